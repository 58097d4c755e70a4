"""A running container as :mod:`vzsim.guest` sees one: its files, its node, its CT ID."""


class Inside:
    """``guest.Guest(Inside(run, content), hostname)``"""

    def __init__(self, run, content):
        self.node, self.ctid, self.content = run.node, run.ctid, content

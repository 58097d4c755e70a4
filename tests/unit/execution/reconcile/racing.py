"""A vzctl that finds the CTID of a new container taken."""

from vzdomain import errors


class Taken:
    """A ``create`` that is beaten to the number so many times."""

    def __init__(self, directory, create, times):
        self.directory, self.create, self.times = directory, create, times

    def __call__(self, ctid, options):
        if not self.times:
            return self.create(ctid, options)
        self.times -= 1
        self.directory.add(ctid)
        raise errors.PrivateAreaExistsError(f"vzctl create {ctid} ended with code 44: exists", 44)

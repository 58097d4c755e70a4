"""The processes that a change of one field starts, and one of twelve."""

from collections import Counter

from . import fleet, highstate
from .minion import Failed

ONE = {"<vcpu>2</vcpu>": "<vcpu>3</vcpu>"}
TWELVE = {
    "<vcpu>2</vcpu>": "<vcpu>4</vcpu>",
    "<memory unit='MiB'>512<": "<memory unit='MiB'>640<",
    "<description>Shop": "<description>Store",
    ".example.com<": ".example.org<",
    "<openvz:onboot>yes</openvz:onboot>": """<openvz:onboot>no</openvz:onboot>
    <openvz:bootorder>10</openvz:bootorder>
    <openvz:cpuunits>1500</openvz:cpuunits>
    <openvz:cpulimit>150</openvz:cpulimit>
    <openvz:stop-timeout>60</openvz:stop-timeout>
    <openvz:ioprio>5</openvz:ioprio>
    <openvz:nameserver>192.0.2.53</openvz:nameserver>
    <openvz:searchdomain>example.org</openvz:searchdomain>""",
}


def measure(home):
    """Number of fields -> the programs that a run over one container starts above the floor to change them."""
    minion = highstate.make(home, 1)
    floor = Counter(minion.processes(f"{highstate.MANAGED}-floor"))
    found = {}
    for words in (ONE, TWELVE):
        minion.give(changed(words))
        started = Counter(minion.processes(highstate.MANAGED, changes=True))
        found[fields(minion.changes)] = started - floor
    if sorted(found) != [1, 12]:
        raise Failed(f"changes of 1 and 12 fields were to be measured, not of {sorted(found)}")
    return found


def changed(words):
    """The pillar of one container whose document says other words."""
    pillar = fleet.pillar(fleet.ctids(1), state="running")
    (entry,) = pillar["openvz"][fleet.KEY].values()
    for old, new in words.items():
        entry["xml"] = entry["xml"].replace(old, new)
    return pillar


def fields(changes):
    """How many fields of how many containers are in the changes of a state."""
    return sum(
        len(dict.fromkeys(line[1:].partition(":")[0] for line in text.splitlines())) for text in changes.values()
    )

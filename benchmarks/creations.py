"""How long it takes to create containers, with several workers, where vzctl takes as long as on disks."""

from . import fleet
from .minion import Minion

LATENCY = {"create": 1.5, "set": 0.005}  # seconds


def measure(home, count, all_workers, tell):
    """Number of workers -> seconds for `count` containers, Salt's own start included."""
    found = {}
    for workers in all_workers:
        tell(f"creation of {count} containers, max_workers {workers}")
        place = home / f"workers {workers}"
        minion = Minion(place / "minion", fleet.make(place / "node", LATENCY), first_ctid=fleet.FIRST)
        minion.give(fleet.pillar(fleet.ctids(count)))
        minion.write("created", {"what the pillar has": {"openvz.managed": [{"max_workers": workers}]}})
        found[workers] = minion.apply("created", changes=True).seconds
    return found

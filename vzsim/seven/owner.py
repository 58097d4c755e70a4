"""
Which node a private area belongs to: ``AREA/.owner``.

It is looked at on shared file systems only; on a local disk a foreign owner is ignored.
"""

from vzsim.codes import Failed
from vzsim.files import read_text, write_text

OWNED_BY_OTHER = 141
FILE = ".owner"


def foreign(node, area):
    """The other node that the area belongs to, perhaps the empty text; ``None`` if it is this one's or nobody looks."""
    if not node.is_shared:
        return None
    try:
        owner = read_text(f"{area}/{FILE}").strip()
    except OSError:
        return None
    return None if owner == node.host_name else owner


def message(node, area, owner):
    return (
        f"Owner check failed on the server '{node.host_name}': "
        f"Container ({node.strip(area)}) is registered for '{owner}'"
    )


def check(run):
    """Fail with 141 if the run's container belongs to another node, unless ``--skipowner`` says not to look."""
    if run.skip_owner or not run.has_conf or not run.area:
        return
    owner = foreign(run.node, run.area)
    if owner is not None:
        raise Failed(OWNED_BY_OTHER, message(run.node, run.area, owner))


def claim(node, area):
    """Write this node's name into the area."""
    write_text(f"{area}/{FILE}", node.host_name)

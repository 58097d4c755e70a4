"""A node of vzctl 7 to 9 in a directory: areas, links, names, and files of the kernel."""

from vzdomain.errors import CannotAskError
from vzdomain.flavours import SEVEN
from vzdomain.host.node import Node
from vzdomain.host.process import Result

CTID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
OTHER = "b2c86f10-4d0e-4a59-9f21-5c1de0aa2202"
VZ_CONF = "LOCKDIR={0}/vz/lock\nTEMPLATE={0}/vz/template\nVE_ROOT={0}/vz/root/$VEID\nVE_PRIVATE={0}/vz/private/$VEID\n"
CONF = 'VE_PRIVATE="{root}/vz/private/$VEID"\nVE_ROOT="{root}/vz/root/$VEID"\nVEID="{ctid}"\nUUID="{uuid}"\n'
HEADER = "         0     0   120\n"  # the node's own line in veinfo


class Programs:
    """vzctl and vzlist that answer what they are told to, and count who asks."""

    def __init__(self):
        self.asked, self.says, self.listed = [], {}, "[\n]\n"
        self.flavour, self.number = SEVEN, "9.0.1"
        self.vzctl = self.vzlist = "vzctl"

    def release(self):
        return SEVEN, self.number

    def version(self):
        return self.number

    def run(self, *argv, **_how):
        self.asked.append(argv)
        return Result(0, self.says.get(argv, ""), "")

    def list(self, *argv):
        self.asked.append(("vzlist", *argv))
        if self.listed is None:
            raise CannotAskError("vzlist ended with code 1")
        return self.listed


class SevenNode:
    """The directory, and `node`."""

    def __init__(self, root):
        self.root, self.programs = root, Programs()
        for path in ("etc/vz/conf", "etc/vz/names", "vz/private", "vz/root", "vz/lock", "sys/class/net", "proc/vz"):
            (root / path).mkdir(parents=True)
        (root / "etc/vz/vz.conf").write_text(VZ_CONF.format(root))
        (root / "proc/mounts").write_text("/dev/vda1 / ext4 rw 0 0\n")
        (root / "proc/vz/veinfo").write_text(HEADER)
        (root / "proc/sys/kernel").mkdir(parents=True)
        (root / "proc/sys/kernel/hostname").write_text("node1.example.test\n")
        self.fresh()

    def fresh(self):
        """A new `Node`, that has read nothing yet."""
        paths = (self.root / "etc/vz", self.root / "sys/class/net", "hn1", self.root / "proc")
        self.node = Node(self.programs, *map(str, paths[:2]), "hn1", str(paths[3]))
        return self.node

    def area(self, name=CTID):
        return self.root / "vz/private" / name

    def conf(self, ctid=CTID):
        return self.root / f"etc/vz/conf/{ctid}.conf"

    def add(self, ctid=CTID, more="", area=None, uuid=None, name=None):
        """A container as ``vzctl create`` leaves it."""
        place = self.area(area or ctid)
        place.mkdir()
        uuid = uuid or (ctid if "-" in ctid else "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303")
        text = CONF.format(root=self.root, ctid=ctid, uuid=uuid).replace("$VEID", area or "$VEID")
        (place / "ve.conf").write_text(text + (f'NAME="{name}"\n' if name else "") + more)
        (place / ".owner").write_text("node1.example.test")
        (place / ".ve.layout").symlink_to("5")
        (place / "dump").mkdir()
        self.conf(ctid).symlink_to(place / "ve.conf")
        if name:
            (self.root / "etc/vz/names" / name).symlink_to(place / "ve.conf")
        return place

    def run(self, ctid=CTID, frozen=None):
        """The kernel has processes of it; `frozen` is what its freezer says, if it has one."""
        with open(self.root / "proc/vz/veinfo", "r+", encoding="utf-8") as stream:
            before = stream.read()
            stream.seek(0)
            stream.write(f"{ctid:>10}     0     2        10.0.0.1\n{before}")
        if frozen:
            place = self.root / "sys/fs/cgroup/freezer/machine.slice" / ctid
            place.mkdir(parents=True)
            (place / "freezer.state").write_text(frozen + "\n")

    def mount(self, ctid=CTID):
        """Something is mounted at its root."""
        with open(self.root / "proc/mounts", "a", encoding="utf-8") as stream:
            stream.write(f"/dev/ploop1p1 {self.root}/vz/root/{ctid} ext4 rw 0 0\n")

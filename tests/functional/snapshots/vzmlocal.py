"""
Stands in for vzmlocal on a simulated node: ``vzmlocal.py NODE -C SOURCE:CTID[:AREA]`` copies and registers an area.

As a real one does, by what can be read of it: another UUID and other MACs, no name, and the addresses of the source.
"""

import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path


def made_up_mac():
    digits = uuid.uuid4().hex
    return f"00:16:3E:{digits[:2]}:{digits[2:4]}:{digits[4:6]}".upper()


def main(node, words):
    node, (source, ctid, *area) = Path(node), words.split(":")
    old, new = node / "vz/private" / source, Path(*area) if area else node / "vz/private" / ctid
    if new.exists():
        print("the area is there", file=sys.stderr)
        return 9
    shutil.copytree(old, new, symlinks=True)
    shutil.rmtree(new / "dump", ignore_errors=True)
    (new / "dump").mkdir()
    text = (new / "ve.conf").read_text()
    text = re.sub(r"^(NAME|VEID|UUID)=.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(
        r"mac=[0-9A-Fa-f:]{17}",
        lambda _: f"mac=00:16:3E:{':'.join(uuid.uuid4().hex[:6][at : at + 2] for at in (0, 2, 4))}",
        text,
    )
    text = re.sub(r"host_ifname=\w+", lambda _: f"host_ifname=veth{uuid.uuid4().hex[:8]}", text)
    (new / "ve.conf").write_text(text)
    done = subprocess.run([node / "bin/vzctl", "register", new, ctid, "--uuid", str(uuid.uuid4())], check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[3]))

"""
The commands of pages that no test runs as they stand, each with the reason and with what is looked at instead.

This list is short on purpose: a page whose commands are not on it has them run.
"""

import configparser
import re
import shlex
import shutil
import subprocess

import salt.modules.saltutil
import salt.runners.saltutil
from pages import REPO


def _made(line):
    """Each target is in the Makefile."""
    rules = re.findall(r"^([\w-]+):", (REPO / "Makefile").read_text(), flags=re.MULTILINE)
    for target in re.findall(r"make ([\w-]+)", line):
        assert target in rules, f"the Makefile makes no {target}"


def _installed(line):
    """The work tree is a package that has this name and the program that pages go on with."""
    config = configparser.ConfigParser()
    config.read(REPO / "setup.cfg")
    assert re.search(r"install ((--upgrade |--editable |--no-deps )*'?\.'?|lxml)$", line), line
    assert config["metadata"]["name"] == "saltext.openvz"
    assert "vzsim = vzsim.cli:main" in config["options.entry_points"]["console_scripts"]


def _synced(line):
    """Salt has the function."""
    library = salt.runners.saltutil if line.startswith("salt-run") else salt.modules.saltutil
    (name,) = re.findall(r"saltutil\.(\w+)", line)
    assert callable(getattr(library, name)), line


def _shipped(line):
    """The state that is applied is a file of this repository."""
    (name,) = re.findall(r"state\.apply ([\w.]+)", line)
    assert (REPO / f"{name.replace('.', '/')}.sls").is_file(), line


def _carried(line):
    """The library is where the page lets Python look for it."""
    assert (REPO / "_utils/vzdomain/__init__.py").is_file(), line


def _asked(line):
    """virsh knows the command."""
    words = shlex.split(line)
    word = next(word for word in words[1:] if not word.startswith("-") and "://" not in word)
    assert subprocess.run([shutil.which("virsh"), "help", word], capture_output=True, check=False).returncode == 0, line


def _started(line):
    """It is about one of Salt's services, and no other."""
    assert re.fullmatch(r"systemctl (re)?start salt-(minion|master)", line), line


def _archived(line):
    """It goes where the snapshot is mounted, and keeps owners by number, ACLs and attributes."""
    known = ("ssh vz1 mkdir -p /mnt/shop /srv/backup", "--numeric-owner --acls --xattrs -czf /srv/backup/shop.tar.gz .")
    assert line.endswith(known), line


# A pattern, why no test runs it as it stands, and what is looked at instead.
LIST = (
    (r"git clone … && cd …", "needs a network; the address is the reader's", _made),
    (r"make [\w-]+( \w+=.*)?", "test_demo.py runs the demo; the tests are what runs", _made),
    (r"(python3 -m venv \S+ && \S+/)?(salt-)?pip install .*", "takes a minute; test_install.py does it", _installed),
    (r"salt(-run)? .*saltutil\.sync_all.*", "needs daemons; test_install.py and test_fleet.py do it", _synced),
    (r"salt .* state\.apply openvz\.deps.*", "installs lxml into Salt; test_install.py does it", _shipped),
    (r"(export PYTHONPATH=/srv/salt/_utils|salt-ssh hn1 openvz\.version)", "needs sshd; test_salt_ssh.py", _carried),
    (r"ssh vz1 (mkdir|tar) .*", "a mounted snapshot of that simulated node shows no files", _archived),
    (r"virsh .*", "there is no libvirt on a simulated node", _asked),
    (r"systemctl .*", "would restart a service of this machine", _started),
)


def reason(line):
    """Why a command is not run, or ``None`` where it is."""
    return next((why for pattern, why, _ in LIST if re.fullmatch(pattern, _bare(line))), None)


def look(line):
    """AssertionError where what is looked at instead is not as the command says."""
    command = _bare(line)
    check = next(check for pattern, _, check in LIST if re.fullmatch(pattern, command))
    check(command)


def _bare(line):
    """A command without the comment behind it."""
    return re.sub(r"\s+#.*", "", line)

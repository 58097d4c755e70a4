"""
The main job, step by step: a node's containers follow their documents in the pillar.

Sets up a simulated node and a masterless minion in ``.demo``, or in a new directory given as argument. Each step says
what it shows, prints the command and the beginning of Salt's output, and is checked. The first step that fails its
check ends the demo with an exit code other than 0.

With ``--family 7`` the node has vzctl 9 instead of 4.11. The story and the pillar are the same but for two documents,
which say what that family cannot have: the node gets its own, from ``demo/virtuozzo``.
"""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
SAID = argparse.ArgumentParser(description="The main job, step by step.")
SAID.add_argument("directory", nargs="?", type=Path, default=REPO / ".demo")
SAID.add_argument("--family", choices=("4", "7"), default="4", help="4: vzctl 4.11 (default), 7: vzctl 9.0.1")
SAID = SAID.parse_args()
HOME = SAID.directory.resolve()
IS_SEVEN = SAID.family == "7"
OWN = REPO / "demo/virtuozzo"  # documents of a node of family 7
TEMPLATES = ("--template", "debian-12-x86_64", "--template", "fedora-core-5-i386")
INIT = ("--family", "7", *TEMPLATES, "--network", "default=virbr0")
NODE = HOME / "node"
RETURNS = HOME / "returns.json"
BIN = Path(sys.executable).parent
PACKAGES = {"bubblewrap": "bwrap", "busybox-static": "busybox"}
PAGE = "{}/**/var/www/index.html"

MINION = """\
id: node1
root_dir: {home}
cachedir: {home}/cache
pki_dir: {home}/pki
sock_dir: {home}/sock
log_file: {home}/minion.log
log_level: error
color: false
state_verbose: false
file_client: local
module_dirs: [{repo}]
rawfile_json.filename: {home}/returns.json
file_roots: {{base: [{repo}/demo/states]}}
pillar_roots: {{base: [{pillar}]}}
"""
EXAMPLES = REPO / "pillar-examples"


class Surprise(Exception):
    """A step did not show what it announces."""


def main():
    """Show all steps; the exit status is 0 if every check passes."""
    steps = (
        *((other_family,) if IS_SEVEN else ()),
        dry_run,
        highstate,
        highstate_again,
        change_by_hand,
        drift,
        dry_run_shows_drift,
        highstate_repairs,
        print_document,
        explain,
        *((other_way,) if IS_SEVEN else ()),
        *((inside, inside_again) if not missing() else ()),
    )
    try:
        set_up()
        for number, step in enumerate(steps, 1):
            say(f"\n=== {number}. {step.__doc__.strip()}")
            step()
    except Surprise as err:
        say(f"\nUnexpected result: {err}")
        return 1
    if missing():
        wanted = " ".join(missing())
        say(f"\nLeft out: states inside a container. They need Debian packages; as root: apt-get install {wanted}")
    say(f"\nAll steps passed. The node is still in {_relative(NODE)} if you want to try things out.")
    return 0


def set_up():
    """Set up a node in a directory, and a minion that knows where its vzctl is."""
    if HOME == REPO / ".demo":  # any other directory is not ours to remove
        shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    kind = "Virtuozzo node (vzctl 9.0.1)" if IS_SEVEN else "OpenVZ node (vzctl 4.11)"
    say(f"Setting up a simulated {kind} in {_relative(NODE)}; Salt runs masterless with pillar-examples/.")
    run(BIN / "vzsim", "init", NODE, *(INIT if IS_SEVEN else ()))
    configure(EXAMPLES)


def configure(*pillars):
    """Write the minion's configuration; of pillars with the same file the first one counts."""
    options = (NODE / "openvz.conf").read_text()
    pillar = ", ".join(map(str, pillars))
    (HOME / "minion").write_text(MINION.format(home=HOME, repo=REPO, pillar=pillar) + options)


def other_family():
    """The pillar of an OpenVZ 6 node on Virtuozzo: what this family cannot have is refused, and nothing runs."""
    returns = salt("state.highstate", "test=True", most=0, fails=True)
    refused = {ret["name"]: ret["comment"] for ret in returns if ret["result"] is False}
    for name, comment in refused.items():
        say(f"{name}: {comment}")
    expect(set(refused) == {"legacy", "vpn"}, "two documents should be refused")
    expect(not changes_made(), "nothing should run")
    say("The node gets its own documents for these two, from demo/virtuozzo/. The other five stay as they are.")
    configure(OWN, EXAMPLES)


def dry_run():
    """Dry run: seven containers would be created and started. Nothing changes yet."""
    returns = salt("state.highstate", "test=True", most=20)
    expect(all(ret["result"] is None and ret["changes"] for ret in returns), "every state should announce changes")
    expect(not list((NODE / "etc/vz/conf").glob("[1-9]*.conf")), "a dry run should create nothing")


def highstate():
    """Real run: the containers are created, configured and started."""
    returns = salt("state.highstate", most=0)
    say(salt_call("openvz.list"))
    expect(all(ret["result"] is True and ret["changes"] for ret in returns), "every state should succeed with changes")
    expect(len(list((NODE / "vz/private").iterdir())) == 7, "there should be seven containers")
    say("What vzctl saved from the document of 2008:")
    lines = (NODE / "etc/vz/conf/209.conf").read_text().splitlines()  # on Virtuozzo a link to 209/ve.conf
    say("\n".join(line for line in lines if line.startswith(("DISK", "IP_", "NETIF", "NETDEV", "DESC"))))


def highstate_again():
    """Run again: every container is in its declared state, so nothing changes."""
    returns = salt("state.highstate")
    expect(all(ret["result"] is True and not ret["changes"] for ret in returns), "nothing should change")


def change_by_hand():
    """Somebody changes container 209 by hand: one address removed, another disk size."""
    argv = ["set", "209", "--ipdel", "192.168.122.15", "--diskspace", "5G", "--save"]
    say("$ vzctl " + shlex.join(argv))
    say(run(NODE / "bin/vzctl", *argv).rstrip())


def drift():
    """Drift: pillar, configuration file and running container, field by field."""
    text = salt_call("openvz.drift", "key=openvz:containers")
    say(text.rstrip())
    expect(text.count(": drifted") == 2, "one container should have drifted, in two fields")


def dry_run_shows_drift():
    """Dry run: it shows this drift in container 209, and nothing else."""
    returns = salt("state.highstate", "test=True")
    drifted = [ret for ret in returns if ret["changes"]]
    expect([ret["result"] for ret in drifted] == [None], "one state should announce changes")
    fields = drifted[0]["containers"]["209"]["changes"]
    expect(set(fields) == {"addresses", "diskspace"}, "it should be those two fields")


def highstate_repairs():
    """Real run: one vzctl call repairs it."""
    calls = len(changes_made())
    returns = salt("state.highstate")
    expect([list(ret["changes"]) for ret in returns if ret["changes"]] == [["209"]], "209 alone should change")
    made = changes_made()[calls:]
    expect(len(made) == 1, "one call should be enough")
    say("The call: vzctl " + shlex.join(made[0]))


def print_document():
    """The container's current document in libvirt's dialect and in that of 2008; on Virtuozzo in its driver's, too."""
    for dialect in ("libvirt", "2008", *(("vz",) if IS_SEVEN else ())):
        text = json.loads(salt_call("openvz.get_xml", "209", f"dialect={dialect}", "--out=json"))["local"]
        say(beginning(text, 9))
        expect("192.168.122.15" in text, "the address should be back")


def explain():
    """Explain: what each line of a document means."""
    text = salt_call("openvz.explain", "pillar_key=openvz:containers:vpn:xml")
    say(beginning(text, 9))
    expect(("AUTOSTOP; " if IS_SEVEN else "NETFILTER; saved at once") in text, "every element should have its option")


def other_way():
    """And back: what an OpenVZ 6 node could not have of the document of the VPN, asked without such a node."""
    text = salt_call("openvz.validate", "pillar_key=openvz:containers:vpn:xml", "family=4", fails=True)
    say(text.rstrip().replace("; line", ";\n  line"))
    expect("Virtuozzo 7 to 9" in text, "it should say which family can")


def inside():
    """Inside container 209: states from the pillar. Salt goes in through vzctl exec, nothing is installed there."""
    configure(REPO / "demo/inside")
    [dry] = salt("state.apply", "inside", "test=True")
    expect(dry["result"] is None and "209" in dry["changes"], "the dry run should announce it")
    expect(not page().exists(), "a dry run should write nothing")
    [done] = salt("state.apply", "inside")
    expect(done["result"] is True and "209" in done["changes"], "the states inside should be applied")
    say(salt_call("openvz.exec", "209", "cat", "/var/www/index.html").rstrip())
    expect("A page from the pillar" in page().read_text(), "the file should be in the container")


def inside_again():
    """Run again: what is inside is as the pillar says, so nothing changes."""
    [again] = salt("state.apply", "inside")
    expect(again["result"] is True and not again["changes"], "nothing should change")


# how


def missing():
    """The Debian packages without which no program runs in a simulated container, as far as they are not there."""
    return [package for package, program in PACKAGES.items() if not shutil.which(program)]


def page():
    """The file that the states inside write, as the node sees it."""
    return next((NODE / "vz/private").glob(PAGE.format("209")), NODE / "none")


def salt(*argv, most=40, fails=False):
    """Show the first lines of a state run and its totals; return the return of every state."""
    text = salt_call(*argv, "--return=rawfile_json", fails=fails)
    states, _, summary = text.partition("\nSummary for")
    say(beginning(states.removeprefix("local:\n"), most))
    say("\n".join(line for line in summary.splitlines() if line.startswith(("Succeeded", "Failed"))))
    last = RETURNS.read_text().splitlines()[-1]
    return list(json.loads(last)["return"].values())


def salt_call(*argv, fails=False):
    """Run ``salt-call --local`` and return what it printed; where it is to fail, with an exit code other than 0."""
    command = [
        BIN / "salt-call",
        "--local",
        f"--config-dir={_relative(HOME)}",
        *argv,
    ]
    say(f"$ {shlex.join(map(_relative, command))}")
    return run(*command, fails=fails)


def beginning(text, most):
    """The first lines of a text, and how many more there are."""
    lines = text.strip("\n").splitlines()
    more = [f"[… {len(lines) - most} more lines]"] if len(lines) > most else []
    return "\n".join([*lines[:most], *more])


def _relative(word):
    """A path below the work tree, as one would type it there."""
    return str(word.relative_to(REPO)) if isinstance(word, Path) and word.is_relative_to(REPO) else str(word)


def changes_made():
    """The argument lists of all vzctl calls so far that change something."""
    rows = (json.loads(line) for line in (NODE / "calls.jsonl").read_text().splitlines())
    argvs = (row["argv"] for row in rows if row["program"] == "vzctl")
    return [argv for argv in argvs if argv[0] in ("create", "set", "start", "stop", "restart", "destroy")]


def run(*argv, fails=False):
    """Run a program and return what it printed; of one that is to fail also its errors."""
    result = subprocess.run([str(one) for one in argv], cwd=REPO, capture_output=True, text=True, check=False)
    expect((result.returncode != 0) is fails, f"{argv[0]} exited with {result.returncode}: {result.stderr}")
    return result.stdout + (result.stderr if fails else "")


def expect(holds, sentence):
    if not holds:
        raise Surprise(sentence)


def say(text):
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())

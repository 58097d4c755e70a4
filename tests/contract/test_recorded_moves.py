"""The contract: two simulated nodes do what the recorded runs of vzmigrate did."""

import gzip
import os

from prefork import Server

from vzsim import cli

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "moves")

# Records that are not met in rc or world, each with the reason. One that is met must not stand here.
KNOWN = {
    "kill-during-start": "recorded while the start on the other node was at work: its lock was still there",
    "live-fail-resume": "the recording's stand-in for `restore --kill` unmounts as well, vzctl does not (read)",
}
# Records that differ in what is printed or sent, each with the reason.
KNOWN_TEXTS = {
    "mid-A": "commands that somebody sent to the other node in the middle, see tests/unit/vzsim/fleet",
    "live-fail-resume": KNOWN["live-fail-resume"],
}


def test_every_recorded_move_is_met_but_the_known_ones(capfd):
    server = Server()
    with server.patched():
        code = cli.main(["replay", DATA])
    server.close()

    shown = capfd.readouterr()
    *differences, texts, last = shown.out.splitlines()
    said = {line.partition(":")[0] for line in differences if ": text: " in line}
    done = {line.partition(":")[0] for line in differences if ": text: " not in line}
    with gzip.open(os.path.join(DATA, "moves.jsonl.gz"), "rt", encoding="utf-8") as records:
        total = sum(1 for line in records if line.strip())
    assert done == set(KNOWN), "\n".join(differences)
    assert said == set(KNOWN_TEXTS), "\n".join(differences)
    assert last == f"{total - len(KNOWN)} of {total} replayed"
    assert texts == f"text: {total - len(KNOWN_TEXTS)} of {total}"
    assert code == 1
    assert shown.err == ""

"""The demo shows what it says, and says so when it does not."""

import runpy
import subprocess
import sys
from pathlib import Path

from families import BOTH, FOUR, SEVEN

DEMO = Path(__file__).parents[2] / "demo/run.py"


SIGHTS = {
    FOUR: ("DISKINODES=", "was updated (diskspace, addresses)", "vzctl --name, NAME"),
    SEVEN: (
        "legacy: ",
        "vzctl 9.0.1 has no parameter for it (OpenVZ legacy has)",
        "DISKINODES=",
        "was updated (diskspace, addresses)",
        "--uuid, UUID; when",
        "vzctl 4 sets no gateway inside a veth pair",
    ),
}


@BOTH
def test_the_demo_finishes(tmp_path, family):
    result = subprocess.run(
        [sys.executable, str(DEMO), "--family", family, str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout[-2000:] + result.stderr
    assert result.stdout.endswith("to try things out.\n")
    for sight in (
        "would be created and started",
        "<name>209</name>",
        "pillar    192.168.122.1, 192.168.122.15",
        "+inside: file.managed /var/www/index.html",
        "<h1>A page from the pillar</h1> <p>on 209",
        *SIGHTS[family],
    ):
        assert sight in result.stdout, sight
    assert len(result.stdout.splitlines()) < 270, "it is to be read on a few screens"
    assert all(line in result.stdout for line in ("Succeeded: 7 (changed=7)", "Succeeded: 7 (changed=1)"))


def test_without_bubblewrap_the_demo_leaves_out_what_needs_it_and_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(DEMO), str(tmp_path / "demo")])
    demo = runpy.run_path(str(DEMO))
    for step in ("set_up", *STEPS):
        monkeypatch.setitem(demo["main"].__globals__, step, nothing)
    monkeypatch.setitem(demo["main"].__globals__, "PACKAGES", {"bubblewrap": "no-such-program"})

    assert demo["main"]() == 0
    said = capsys.readouterr().out
    assert "apt-get install bubblewrap\n" in said
    assert "Inside container" not in said


STEPS = """
    dry_run highstate highstate_again change_by_hand drift dry_run_shows_drift highstate_repairs print_document explain
""".split()


def nothing():
    """Nothing."""


def test_a_step_that_is_not_as_it_says_ends_the_demo_with_1(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [str(DEMO), str(tmp_path / "demo")])
    demo = runpy.run_path(str(DEMO))
    monkeypatch.setitem(demo["main"].__globals__, "salt", lambda *argv, **options: [{"result": True, "changes": {}}])

    assert demo["main"]() == 1
    assert "Unexpected result: every state should announce changes" in capsys.readouterr().out

"""What a node has left, and what it has promised."""

from types import SimpleNamespace

import pytest
from library import CONF
from vzdomain.model.units import UNLIMITED
from vzdomain.reports.usage import capacity

MEMINFO = "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\nBuffers: 50 kB\nCached: 200 kB\nSwapTotal: 80 kB\n"


@pytest.fixture
def of(directory):
    def said(meminfo=MEMINFO, stat="cpu  1\ncpu0 1\ncpu1 1\nintr 5\n"):
        proc = directory.root / "proc"
        proc.mkdir(exist_ok=True)
        for name, text in (("meminfo", meminfo), ("stat", stat)):
            if text is not None:
                (proc / name).write_text(text)
        return capacity.capacity(SimpleNamespace(node=directory.node()))

    return said


def test_promises_are_the_sums_of_limits_of_all_and_of_those_that_run(of, directory):
    directory.add("101", CONF + 'DISKSPACE="1024:2048"\nCPUS="2"\n', "running", name="web")
    directory.add("102", CONF + 'DISKSPACE="1024:2048"\n', "stopped", name="old")
    directory.add("103", f'PHYSPAGES="0:{UNLIMITED}"\n', "running", name="big")

    found = of()

    memory = found["memory"]
    assert (found["containers"], found["running"]) == (3, 2)
    assert (memory["promised_bytes"], memory["promised_running_bytes"]) == (2 * 256 * 1024**2, 256 * 1024**2)
    assert memory["unlimited"] == ["big"]
    assert (found["cpus"]["total"], found["cpus"]["promised"], found["cpus"]["unlimited"]) == (2, 2, ["old", "big"])
    (disk,) = found["disk"]
    assert (disk["promised_bytes"], disk["unlimited"], disk["layouts"]) == (4096 * 1024, ["big"], {"simfs": 3})
    assert disk["new"] is True and disk["total_bytes"] > disk["free_bytes"] > 0


def test_what_is_available_is_what_the_kernel_says_or_what_it_would_give_up(of):
    assert of()["memory"]["available_bytes"] == 600 * 1024
    assert of(MEMINFO.replace("MemAvailable: 600 kB\n", ""))["memory"]["available_bytes"] == 350 * 1024


def test_what_the_kernel_does_not_say_is_left_out_with_the_reason(of):
    found = of("", "")

    assert set(found["unknown"]) == {"memory", "swap", "cpus"}
    assert "total_bytes" not in found["memory"] and "total" not in found["cpus"]


def test_templates_are_those_of_the_cache(of, directory):
    (directory.root / "template/cache/debian-12-x86_64.tar.gz").touch()

    assert of()["templates"] == ["debian-12-x86_64"]

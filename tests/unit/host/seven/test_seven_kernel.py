"""What the kernel has of running containers of vzctl 7 to 9, from its own files."""

import pytest
from sevennode import CTID, OTHER, SevenNode
from vzdomain.host.kernel import runtime
from vzdomain.model.units import UNLIMITED

SAVED = """\
PHYSPAGES="131072:131072"
SWAPPAGES="131072:131072"
CPUUNITS="1500"
CPUS="2"
CPULIMIT="50"
IP_ADDRESS="10.0.0.1/255.255.255.0 "
"""
KERNEL = {  # recorded of such a container, but for the units
    "memory/memory.limit_in_bytes": "536870912",
    "memory/memory.memsw.limit_in_bytes": "1073741824",
    "cpu/cpu.shares": "1536",
    "cpu/cpu.rate": "512",
    "cpu/cpu.nr_cpus": "2",
}


@pytest.fixture
def at(tmp_path):
    made = SevenNode(tmp_path)
    made.add(more=SAVED)
    made.run(frozen="THAWED")
    for path, value in KERNEL.items():
        said(made, path, value)
    return made


def said(at, path, value):
    hierarchy, _, name = path.partition("/")
    place = at.root / "sys/fs/cgroup" / hierarchy / "machine.slice" / CTID
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_text(value + "\n")


def differing(at):
    at.fresh()
    shown = runtime.look(at.node)
    return runtime.differing(at.node, at.node.container(CTID), shown[CTID])


def test_a_container_as_recorded_differs_in_nothing_and_no_program_is_run(at):
    assert differing(at) == {}
    assert at.programs.asked == []


@pytest.mark.parametrize(
    ("path", "value", "field", "kernel"),
    [
        ("memory/memory.limit_in_bytes", "268435456", "memory", "256 MiB"),
        ("cpu/cpu.rate", "1024", "cpulimit", "100 %"),
        ("cpu/cpu.nr_cpus", "1", "vcpu", 1),
        ("cpu/cpu.shares", "1024", "cpuunits", 1000),
    ],
)
def test_what_somebody_has_set_in_the_kernel_alone_is_seen(at, path, value, field, kernel):
    said(at, path, value)

    assert differing(at)[field][1] in (kernel, str(kernel))


def test_an_address_that_the_kernel_lacks_is_seen(at):
    (at.root / "proc/vz/veinfo").write_text(f"{CTID}     0     2\n")

    assert differing(at) == {"addresses": (["10.0.0.1/24"], [])}


def test_no_limit_is_no_limit(at):
    said(at, "memory/memory.limit_in_bytes", str(2**63 - 4096))
    said(at, "memory/memory.memsw.limit_in_bytes", str(2**63 - 4096))

    values = runtime.look(at.fresh())[CTID].values

    assert (values["memory"], values["swap"]) == (UNLIMITED, UNLIMITED)


def test_the_other_hierarchy_tells_memory_and_swap(at):
    (at.root / "sys/fs/cgroup/memory/machine.slice" / CTID / "memory.limit_in_bytes").unlink()
    place = at.root / "sys/fs/cgroup/machine.slice" / CTID
    place.mkdir(parents=True)
    (place / "memory.max").write_text("268435456\n")
    (place / "memory.swap.max").write_text("max\n")

    values = runtime.look(at.fresh())[CTID].values

    assert (values["memory"], values["swap"]) == (262144, UNLIMITED)


def test_what_does_not_run_is_shown_without_values_and_what_runs_without_a_file_too(at):
    at.add("101")
    at.run(OTHER, frozen="THAWED")

    found = runtime.look(at.fresh())

    assert {ctid: one.status for ctid, one in found.items()} == {CTID: "running", OTHER: "running", "101": "stopped"}
    assert found["101"].values == {}

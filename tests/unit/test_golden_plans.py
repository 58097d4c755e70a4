"""Golden plans: the exact plan for each document and configuration file in tests/plans; see the README there."""

import golden
import pytest

BY_FAMILY = pytest.mark.parametrize("family", golden.FAMILIES)


@pytest.mark.parametrize(
    ("folder", "family"), [pytest.param(*case, id=f"{case[0].name}-{case[1]}") for case in golden.cases()]
)
def test_the_plan_of_a_case_is_as_expected(folder, family):
    expected, found = golden.expected(folder, family), golden.calls(folder, family)

    if found != expected:
        pytest.fail(golden.differences(expected, found, f"{folder.name}/{family}.calls"), pytrace=False)


@BY_FAMILY
@pytest.mark.parametrize(("status", "dialect"), [("stopped", "libvirt"), ("running", "2008"), ("stopped", "vz")])
def test_a_recorded_configuration_file_needs_no_change_to_follow_its_own_document(status, dialect, family):
    files = golden.recorded(family)
    plans = {(ctid, text): golden.calls_of_dump(family, ctid, text, status, dialect) for ctid, text in files}

    assert {place: found for place, found in plans.items() if found != "nothing\n"} == {}
    assert len(plans) > 500


@BY_FAMILY
def test_the_plan_from_before_a_recorded_run_to_after_it_is_as_expected(family):
    path = golden.OF_RECORDED[family]
    expected, found = path.read_text("utf-8"), golden.calls_of_recorded(family)

    if found != expected:
        pytest.fail(golden.differences(expected, found, path.name), pytrace=False)


@pytest.mark.parametrize(
    ("family", "others"),
    [
        ("legacy", "ipdel netdev_del netif_del pci_del ifname mac_filter bridge fast"),
        (
            "seven",
            "ipdel netdev_del netif_del pci_del bindmount_del ifname mac_filter network nettype gw gw6 dhcp dhcp6 "
            "configure vporttype device-del device-set device-uuid size mnt image fast",
        ),
    ],
)
def test_every_option_of_vzctl_is_in_a_golden_plan(family, others):
    texts = "".join(golden.expected(*case) for case in golden.cases() if case[1] == family)
    given = {word for line in texts.splitlines() if line.startswith("vzctl ") for word in line.split()}

    rows = golden.FAMILIES[family].parameters.values()
    assert {f"--{row.option}" for row in rows if row.option} | {f"--{one}" for one in others.split()} <= given


def test_an_unknown_key_in_the_circumstances_is_an_error(tmp_path):
    (tmp_path / "circumstances.json").write_text('{"statsu": "running"}')

    with pytest.raises(ValueError, match="statsu"):
        golden.calls(tmp_path, "legacy")

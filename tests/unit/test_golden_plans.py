"""Golden plans: the exact plan for each document and configuration file in tests/plans; see the README there."""

import golden
import pytest
from vzdomain.flavours.legacy.parameters import TABLE


@pytest.mark.parametrize("folder", golden.cases(), ids=lambda folder: folder.name)
def test_the_plan_of_a_case_is_as_expected(folder):
    expected, found = golden.expected(folder), golden.calls(folder)

    if found != expected:
        pytest.fail(golden.differences(expected, found, f"{folder.name}/{golden.EXPECTED}"), pytrace=False)


@pytest.mark.parametrize(("status", "dialect"), [("stopped", "libvirt"), ("running", "2008")])
def test_a_recorded_configuration_file_needs_no_change_to_follow_its_own_document(status, dialect):
    plans = {(ctid, text): golden.calls_of_dump(ctid, text, status, dialect) for ctid, text in golden.recorded()}

    assert {place: found for place, found in plans.items() if found != "nothing\n"} == {}
    assert len(plans) > 500


def test_the_plan_from_before_a_recorded_run_to_after_it_is_as_expected():
    expected, found = golden.OF_RECORDED.read_text("utf-8"), golden.calls_of_recorded()

    if found != expected:
        pytest.fail(golden.differences(expected, found, golden.OF_RECORDED.name), pytrace=False)


def test_every_option_of_vzctl_is_in_a_golden_plan():
    texts = "".join(golden.expected(folder) for folder in golden.cases())
    given = {word for line in texts.splitlines() if line.startswith("vzctl ") for word in line.split()}

    wanted = {f"--{row.option}" for row in TABLE if row.option}
    wanted |= {"--ipdel", "--netdev_del", "--netif_del", "--pci_del", "--ifname", "--mac_filter", "--bridge", "--fast"}
    assert wanted <= given


def test_an_unknown_key_in_the_circumstances_is_an_error(tmp_path):
    (tmp_path / "circumstances.json").write_text('{"statsu": "running"}')

    with pytest.raises(ValueError, match="statsu"):
        golden.calls(tmp_path)

"""What is planned for the documents and configuration files of tests/plans, word for word; see the README there."""

import golden
import pytest
from vzdomain.flavours.legacy.parameters import TABLE


@pytest.mark.parametrize("folder", golden.cases(), ids=lambda folder: folder.name)
def test_a_plan_is_the_one_that_was_read_and_kept(folder):
    expected, found = golden.expected(folder), golden.calls(folder)

    if found != expected:
        pytest.fail(golden.differences(expected, found, f"{folder.name}/{golden.EXPECTED}"), pytrace=False)


@pytest.mark.parametrize(("status", "dialect"), [("stopped", "libvirt"), ("running", "2008")])
def test_every_recorded_configuration_file_agrees_with_its_own_document(status, dialect):
    plans = {(ctid, text): golden.calls_of_dump(ctid, text, status, dialect) for ctid, text in golden.recorded()}

    assert {place: found for place, found in plans.items() if found != "nothing\n"} == {}
    assert len(plans) > 500


def test_the_plans_from_before_a_recorded_run_to_after_it_are_those_that_were_read_and_kept():
    expected, found = golden.OF_RECORDED.read_text("utf-8"), golden.calls_of_recorded()

    if found != expected:
        pytest.fail(golden.differences(expected, found, golden.OF_RECORDED.name), pytrace=False)


def test_every_option_that_a_plan_can_give_is_in_one():
    texts = "".join(golden.expected(folder) for folder in golden.cases())
    given = {word for line in texts.splitlines() if line.startswith("vzctl ") for word in line.split()}

    wanted = {f"--{row.option}" for row in TABLE if row.option}
    wanted |= {"--ipdel", "--netdev_del", "--netif_del", "--pci_del", "--ifname", "--mac_filter", "--bridge", "--fast"}
    assert wanted <= given


def test_a_word_of_the_circumstances_that_means_nothing_is_an_error(tmp_path):
    (tmp_path / "circumstances.json").write_text('{"statsu": "running"}')

    with pytest.raises(ValueError, match="statsu"):
        golden.calls(tmp_path)

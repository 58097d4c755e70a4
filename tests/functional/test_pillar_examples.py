"""Every file of pillar-examples is in its top file, renders, and makes a container that a second run leaves alone."""

from pathlib import Path

import pytest
import yaml

EXAMPLES = Path(__file__).parents[2] / "pillar-examples"
SETTINGS = {"top.sls", "settings.sls"}
FILES = sorted(path.name for path in EXAMPLES.glob("*.sls") if path.name not in SETTINGS)


def test_the_top_file_names_every_file():
    named = yaml.safe_load((EXAMPLES / "top.sls").read_text())["base"]["*"]

    assert sorted(f"{name}.sls" for name in named) == sorted([*FILES, "settings.sls"])


def test_the_seed_is_there_letter_for_letter(loaders, node, seed):
    pillar = loaders.modules.slsutil.renderer(str(EXAMPLES / "seed.sls"))

    assert pillar["openvz"]["containers"]["seed"]["xml"] == seed


@pytest.mark.parametrize("file", FILES)
def test_the_example_is_applied_and_applied_again(loaders, states, openvz, file):
    pillar = loaders.modules.slsutil.renderer(str(EXAMPLES / file))

    for label, container in pillar["openvz"]["containers"].items():
        first = states.running(label, xml=container["xml"])
        second = states.running(label, xml=container["xml"])

        assert first.result is True, first.comment
        assert first.changes
        assert (second.result, second.changes) == (True, {})
        (name,) = first.changes
        assert openvz.plan(xml=openvz.get_xml(name))["steps"] == []
        assert set(openvz.validate(xml=openvz.get_xml(name))["schemas"].values()) == {"valid"}

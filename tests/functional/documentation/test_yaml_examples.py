"""Every YAML of every docstring does what it is an example of: states are applied, beacons are validated."""

import tarfile

import examples
import pytest
import salt.loader
import yaml

pytestmark = pytest.mark.salt_api

LANGUAGE = "yaml"
# What is so with container 209 before a state has something to do there.
STOPPED = {"running", "absent", "purged"}
OF_THE_WHOLE_PILLAR = {"managed", "purged"}


def found(*directories):
    for directory in directories:
        for name, text in examples.docstrings(directory).items():
            for language, block in examples.blocks(text):
                if language == LANGUAGE:
                    yield pytest.param(block, id=f"{directory} {name}")


@pytest.fixture
def world(node, states, state_files, seed, web01):
    """Container 209, made by Salt and running; the document of web01 in the pillar and on the master."""
    states.running("seed", xml=seed)
    (state_files / "containers").mkdir()
    (state_files / "containers/web01.xml").write_text(web01)
    (state_files / "templates").mkdir()
    tarfile.open(state_files / "templates/alma-9-x86_64.tar.gz", "w:gz").close()
    for name in ("nginx", "users"):
        (state_files / f"{name}.sls").write_text(f"/{name}: file.directory\n")
    return node


def function_of(block):
    """``running``, of the one state that an example has."""
    ((state,),) = [list(one) for one in yaml.safe_load(block).values()]
    return state.removeprefix("openvz.")


@pytest.mark.parametrize("block", list(found("_states")))
def test_the_state_is_applied_and_has_no_more_to_do(world, loaders, state_files, web01, block):
    (state_files / "example.sls").write_text(block)
    if function_of(block) in STOPPED:
        world.vzctl("stop", "209")
    pillar = {"openvz": {"domains": {"web01": web01}}} if function_of(block) in OF_THE_WHOLE_PILLAR else None

    dry = list(loaders.modules.state.sls("example", test=True, pillar=pillar))
    real = list(loaders.modules.state.sls("example", pillar=pillar))
    again = list(loaders.modules.state.sls("example", pillar=pillar))

    assert [ret.result for ret in real] == [True] * len(yaml.safe_load(block)), [ret.comment for ret in real]
    assert [ret.changes for ret in dry] == [ret.changes for ret in real]
    assert all(ret.changes for ret in real)
    assert [(ret.result, ret.changes) for ret in again] == [(True, {})] * len(real)


@pytest.mark.parametrize("name", sorted(set(examples.public("_states")) - {"mod_init", "mod_watch"}))
def test_every_state_has_an_example_of_itself(name):
    blocks = [
        block for language, block in examples.blocks(examples.docstrings("_states")[name]) if language == LANGUAGE
    ]

    assert [function_of(block) for block in blocks] == [name]


@pytest.mark.parametrize("block", list(found("_beacons")))
def test_the_beacon_takes_the_configuration(loaders, block):
    beacons = salt.loader.beacons({**loaders.opts, "grains": {}}, loaders.modules)

    for name, config in yaml.safe_load(block)["beacons"].items():
        assert beacons[f"{name}.validate"](config) == (True, "Valid beacon configuration")


def test_the_beacon_shows_each_of_its_looks():
    (block,) = [param.values[0] for param in found("_beacons")]
    shown = {name for one in yaml.safe_load(block)["beacons"]["openvz"] for name in one}

    assert shown >= set(examples.module("_beacons")._LOOKS)


def test_every_yaml_example_is_tried():
    assert list(found(*examples.KINDS.keys() - {"_states", "_beacons"})) == []
    assert len(list(found("_states"))) > 6 and len(list(found("_beacons"))) == 1

"""What the tests of networks share: refusals that run nothing, states in a row, a container that runs."""

import json

import pytest
from wiring import domain, files


@pytest.fixture
def refused(states, node):
    """The sentence with which a document is refused, dry and real, before anything is run."""

    def refused(xml, by=states, state="defined"):
        before = files(node)
        node.forget_calls()
        dry, real = (getattr(by, state)("one", xml=xml, test=test) for test in (True, False))
        assert (dry.result, dry.changes) == (False, {}), dry.comment
        assert (real.result, real.changes) == (False, {}), real.comment
        assert dry.comment == real.comment
        assert node.calls() == []
        assert files(node) == before
        return real.comment

    return refused


@pytest.fixture
def many(loaders, state_files):
    """Run states that follow one another: ``many(("openvz.running", {...}), ..., test=True)``."""

    def run(*steps, test=False):
        (state_files / "many.sls").write_text(
            json.dumps({f"step {n}": {function: [arguments]} for n, (function, arguments) in enumerate(steps)})
        )
        return list(loaders.modules.state.sls("many", test=test))

    return run


@pytest.fixture
def running(openvz, node):
    """Container 209 runs with these devices, and nothing has been called yet."""

    def running(*devices):
        openvz.define(xml=domain(209, *devices))
        openvz.start(209)
        node.forget_calls()

    return running

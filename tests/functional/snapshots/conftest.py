"""A container of an image, on a node of each family."""

import pytest
from imaged import document


@pytest.fixture
def web01(openvz, node, once):
    """The container web01, stopped."""
    once("web01", lambda: openvz.define(xml=document()))
    return node


@pytest.fixture
def pillar(loaders, node):
    """Say what the minion's pillar has below ``openvz``."""
    copies = (loaders.opts["pillar"], loaders.modules.pack["__pillar__"])

    def put(**said):
        for copy in copies:
            copy["openvz"].update(said)

    yield put
    for copy in copies:
        for name in ("domains", "protected"):
            copy["openvz"].pop(name, None)

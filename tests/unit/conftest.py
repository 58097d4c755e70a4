"""Fixtures of the library's tests."""

import pytest
from library import NodeDirectory
from prefork import Server
from vzdomain.execution.journal import Journal


@pytest.fixture(scope="session")
def server():
    """Simulated programs are forks of this process; it is started by the first test that asks for it."""
    one = Server()
    yield one
    one.close()


@pytest.fixture
def directory(tmp_path):
    """An empty node in a directory, with a vzctl that obeys."""
    return NodeDirectory(tmp_path / "node")


@pytest.fixture
def journal(tmp_path):
    return Journal(str(tmp_path / "journal"))


@pytest.fixture(scope="session")
def document_around():
    """``document_around(field)``: a document with the example of a row of `fields.FIELDS`, in its place."""

    def around(row):
        inner, name = row.example, "<name>209</name>"
        if inner.startswith("<name>") or row.name == "ctid":
            name = "<name>web01</name>"
        if inner.startswith("<openvz:"):
            inner = f"<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>{inner}</metadata>"
        elif inner.startswith("<space_"):
            template = "<source name='debian-12-x86_64'/><target dir='/'/>"
            inner = f"<devices><filesystem type='template'>{template}{inner}</filesystem></devices>"
        elif inner.startswith(("<interface", "<hostdev", "<filesystem", "<disk")):
            inner = f"<devices>{inner}</devices>"
        if row.name == "swap":
            inner = f"<memory unit='MiB'>512</memory>{inner}"
        return f"<domain type='openvz'>{'' if inner.startswith('<name>') else name}{inner}</domain>"

    return around

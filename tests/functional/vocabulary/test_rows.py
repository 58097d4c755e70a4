"""Every row of the table from a document to the node and back."""

import pytest
import salt.payload
from returns import fields
from rows import LIVE, RESTARTING, ROWS, RUNNING, STOPPED, WRITTEN, document, example, rows, says, written
from simnode import announced
from vzdomain.document import codec
from vzdomain.model.domain import Domain


def test_every_row_has_an_example_here():
    assert [row.field for row in ROWS] == list(WRITTEN)


@rows(ROWS)
def test_a_container_is_created_with_it_and_says_so_ever_after(openvz, node, row):
    xml = example(row, node)

    dry = openvz.define(xml=xml, test=True)
    assert node.calls() == []
    real = openvz.define(xml=xml)
    dumped = openvz.get_xml(real["ctid"])

    assert real == announced(dry)
    assert written(row, node, real["ctid"])
    assert says(dumped, row, xml)
    node.forget_calls()
    for again in (xml, dumped):
        assert openvz.define(xml=again)["changes"] == {}
    assert node.calls() == []


@rows(LIVE)
def test_a_running_container_gets_it_by_one_set(openvz, containers, row):
    xml = example(row, containers, RUNNING)

    dry = openvz.define(xml=xml, test=True)
    assert containers.calls() == []
    real = openvz.define(xml=xml)

    assert real["changes"] == dry["changes"] != {}
    assert real.get("pending", []) == dry.get("pending", []) == ([row.field] if row.effect == "restart" else [])
    assert written(row, containers, RUNNING)
    assert [argv[0] for argv in containers.calls()] == ["set"]
    assert openvz.define(xml=xml)["changes"] == {}
    assert openvz.define(xml=openvz.get_xml(RUNNING))["changes"] == {}
    assert [argv[0] for argv in containers.calls()] == ["set"]


@rows([row for row in ROWS if row.effect == "creation"])
def test_a_container_that_is_there_never_gets_what_only_creation_sets(openvz, containers, row):
    before = containers.conf_path(STOPPED).stat().st_ino

    result = openvz.define(xml=example(row, containers))

    assert result["changes"] == {}
    assert all("applies only at creation" in warning for warning in result["warnings"])
    assert containers.calls() == []
    assert containers.conf_path(STOPPED).stat().st_ino == before


def test_another_private_area_template_or_layout_is_warned_of(openvz, containers):
    other = "<filesystem type='template'><source name='fedora-core-5-i386'/><target dir='/'/></filesystem>"
    metadata = (
        "<openvz:config>vswap-1g</openvz:config><openvz:layout>ploop</openvz:layout><openvz:private>/a</openvz:private>"
    )

    for test in (True, False):
        result = openvz.define(xml=document(f"<devices>{other}</devices>", metadata=metadata), test=test)
        assert result["changes"] == {}
        for field, had in (
            ("template", "debian-12-x86_64"),
            ("config", "vswap-256m"),
            ("layout", "simfs"),
            ("private", f"{containers.directory}/vz/private/{STOPPED}"),
        ):
            assert any(f"created with {field} {had}" in warning for warning in result["warnings"])


def test_the_root_is_changed_while_the_container_is_stopped(openvz, containers):
    running, stopped = (
        openvz.define(xml=document(name=ctid, metadata="<openvz:root>/srv/$VEID</openvz:root>"))
        for ctid in (RUNNING, STOPPED)
    )

    assert running["changes"] == {}
    assert "vzctl changes it only while the container is stopped" in running["warnings"][0]
    assert (set(stopped["changes"]), stopped["warnings"]) == ({"root"}, [])
    assert containers.conf(STOPPED)["VE_ROOT"] == "/srv/$VEID"
    assert containers.calls() == [["set", str(STOPPED), "--root", "/srv/$VEID", "--save"]]


# all at once


def everything(node, ctid):
    """One document with the examples of all rows, but for those that say the same thing in two ways."""
    apart = {"name", "physpages", "swappages", "private", "layout", *(["interfaces"] if ctid == RUNNING else [])}
    parsed = {row.field: codec.parse(example(row, node)).domain for row in ROWS if row.field not in apart}
    return codec.render(Domain(str(ctid), **{field: getattr(domain, field) for field, domain in parsed.items()}))


@pytest.mark.parametrize(("ctid", "calls"), [(309, ["create", "set"]), (STOPPED, ["set"]), (RUNNING, ["set"])])
def test_all_of_it_at_once_is_one_set(openvz, containers, ctid, calls):
    xml = everything(containers, ctid)

    dry = openvz.define(xml=xml, test=True)
    real = openvz.define(xml=xml)

    assert (real["changes"], real.get("pending")) == (dry["changes"], dry.get("pending"))
    assert sorted(real.get("pending", [])) == (sorted(RESTARTING) if ctid == RUNNING else [])
    assert [argv[0] for argv in containers.calls()] == calls
    assert openvz.define(xml=xml)["changes"] == {}
    assert openvz.define(xml=openvz.get_xml(ctid))["changes"] == {}
    assert salt.payload.dumps(openvz.info(ctid))


def test_twelve_fields_of_a_running_container_cost_one_set(states, containers):
    metadata = "".join(f"<openvz:{name}>{text}</openvz:{name}>" for name, text in (
        ("hostname", "web.example.org"), ("onboot", "yes"), ("bootorder", 5), ("nameserver", "192.0.2.1"),
        ("searchdomain", "example.org"), ("quotatime", 60), ("cpuweight", 10), ("iopslimit", 50),
    ))  # fmt: skip
    body = "<description>d</description><memory unit='MiB'>128</memory><vcpu>2</vcpu>"

    ret = states.running("web", xml=document(f"{body}<cputune><shares>9</shares></cputune>", RUNNING, metadata))

    assert len(fields(ret)[str(RUNNING)]) == 12
    assert [argv[0] for argv in containers.calls()] == ["set"]
    assert ret.comment.startswith(f"Container {RUNNING} was updated (memory, description, hostname, ")


def test_of_a_map_the_keys_that_the_document_does_not_name_stay(openvz, containers):
    containers.vzctl("set", STOPPED, "--features", "ppp:on", "--devnodes", "fuse:rw", "--devnodes", "null:r", "--save")
    containers.forget_calls()
    metadata = "<openvz:features name='nfs' state='on'/><openvz:devnodes name='fuse' access='none'/>"

    changes = openvz.define(xml=document(metadata=metadata))["changes"]

    assert changes["features"] == {"old": None, "new": {"nfs": "on"}}
    assert containers.calls() == [["set", str(STOPPED), "--features", "nfs:on", "--devnodes", "fuse:none", "--save"]]
    assert containers.conf(STOPPED)["FEATURES"] == "nfs:on ppp:on"
    assert containers.conf(STOPPED)["DEVNODES"] == "null:r "
    assert openvz.define(xml=document(metadata=metadata))["changes"] == {}


def test_servers_and_domains_are_replaced_whole(openvz, containers):
    def said(*servers):
        return document(metadata="".join(f"<openvz:nameserver>{one}</openvz:nameserver>" for one in servers))

    openvz.define(xml=said("192.0.2.1", "192.0.2.2"))
    openvz.define(xml=said("192.0.2.3", "192.0.2.1"))

    assert containers.conf(STOPPED)["NAMESERVER"] == "192.0.2.3 192.0.2.1"
    assert openvz.diff(xml=said("192.0.2.1", "192.0.2.3")) != {}


def test_a_copy_of_a_container_is_made_from_its_document(openvz, node):
    """Also of one with beancounters and no limit of memory, which has no swap to say."""
    openvz.define(xml=document(name=312, metadata="<openvz:config>basic</openvz:config>"))
    original = openvz.get_xml(312)

    openvz.define(xml=original.replace("312", "313"))

    assert openvz.get_xml(313) == original.replace("312", "313")
    assert openvz.start(313)["changes"]["status"]["new"] == "running"

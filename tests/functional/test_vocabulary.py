"""Every row of the table from a document to the node and back, and what of it waits for a restart."""

import json
import shutil
import time
from pathlib import Path

import pytest
import salt.payload
from returns import fields
from salt.exceptions import CommandExecutionError
from simnode import SimNode, announced
from vzdomain.document import codec
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.model.domain import Domain
from vzdomain.model.fields import BY_NAME

OPENVZ = "https://openvz.org/schemas/domain/salt/1"
STOPPED, RUNNING = 310, 311
ROWS = [row for row in TABLE if row.option]
LIVE = [row for row in ROWS if row.effect not in ("creation", "stopped") and row.field not in ("name", "interfaces")]
RESTARTING = [row.field for row in ROWS if row.effect == "restart"]

# What vzctl writes into the configuration file for the example of each row.
WRITTEN = {
    "name": "web01",
    "description": "The shop of example.org",
    "hostname": "web01.example.org",
    "onboot": "yes",
    "bootorder": "10",
    "disabled": "yes",
    "stop_timeout": "60",
    "memory": "0:131072",
    "swap": "0:262144",
    "vm_overcommit": "1.5",
    "meminfo": "privvmpages:1",
    "vcpu": "2",
    "cpumask": "0-3",
    "cpuunits": "2000",
    "cpuweight": "500",
    "cpulimit": "150",
    "nodemask": "0",
    "template": "debian-12-x86_64",
    "config": "vswap-256m",
    "layout": "simfs",
    "private": "{node}/srv/vz/209",
    "root": "/vz/root/$VEID",
    "local_uid": "100000",
    "local_gid": "100000",
    "mount_opts": "noatime",
    "diskspace": "10485760:10485760",
    "diskinodes": "200000:220000",
    "diskquota": "yes",
    "quotatime": "600",
    "quotaugidlimit": "100",
    "ioprio": "4",
    "iolimit": "10485760",
    "iopslimit": "100",
    "interfaces": "ifname=eth0,bridge=br0,mac={mac},host_ifname=veth{ctid}.0,host_mac=FE:FF:FF:FF:FF:FF",
    "addresses": "192.168.122.15",
    "hostdevs": "eth1",
    "nameserver": "192.168.122.1",
    "searchdomain": "example.org",
    "netfilter": "stateful",
    "iptables": "ip_tables ip_conntrack iptable_nat ",
    "features": "nfs:on",
    "capabilities": "NET_ADMIN:on",
    "devnodes": "net/tun:rw ",
    "devices": "c:10:200:rw ",
    "pci": "0000:00:1f.0",
    "kmemsize": "14372700:14790164",
    "lockedpages": "2048",
    "privvmpages": "65536:69632",
    "shmpages": "21504",
    "numproc": "240",
    "physpages": "65536:131072",
    "swappages": "65536:131072",
    "vmguarpages": "33792:unlimited",
    "oomguarpages": "26112:unlimited",
    "numtcpsock": "360",
    "numflock": "188:206",
    "numpty": "16",
    "numsiginfo": "256",
    "tcpsndbuf": "1720320:2703360",
    "tcprcvbuf": "1720320:2703360",
    "othersockbuf": "1126080:2097152",
    "dgramrcvbuf": "262144",
    "numothersock": "360",
    "dcachesize": "3409920:3624960",
    "numfile": "9312",
    "numiptent": "128",
    "avnumproc": "180",
}


def rows(chosen):
    return pytest.mark.parametrize("row", chosen, ids=[row.field for row in chosen])


def document(body="", name=STOPPED, metadata=""):
    metadata = f"<metadata xmlns:openvz='{OPENVZ}'>{metadata}</metadata>" if metadata else ""
    return f"<domain type='openvz'><name>{name}</name>{metadata}{body}</domain>"


def example(row, node, name=STOPPED):
    """A document with the example of a parameter in its place; ``no`` would be as good as nothing."""
    said = BY_NAME[row.field].example.replace(">no<", ">yes<").replace("/srv/vz", f"{node.directory}/srv/vz")
    if said.startswith("<openvz:"):
        return document(metadata=said, name=name)
    if said.startswith("<name>"):
        return document(name="web01")
    if said.startswith("<space_"):
        said = f"<filesystem type='template'><source name='debian-12-x86_64'/><target dir='/'/>{said}</filesystem>"
    if said.startswith(("<interface", "<hostdev", "<filesystem")):
        said = f"<devices>{said}</devices>"
    return document(("<memory unit='MiB'>512</memory>" if row.field == "swap" else "") + said, name)


def written(row, node, ctid):
    """Whether the configuration file has what vzctl makes of the example."""
    text = node.conf(ctid)[row.key]
    mac = text.partition("mac=")[2][:17]
    return text == WRITTEN[row.field].format(node=node.directory, ctid=ctid, mac=mac)


def says(xml, row, wanted):
    """Whether a document says of a row what another one does, or more of a map."""
    said, hoped = (getattr(codec.parse(one).domain, row.field) for one in (xml, wanted))
    if row.field == "interfaces":
        return [one.bridge for one in said] == [one.bridge for one in hoped]
    return row.kind.same(hoped, said)


@pytest.fixture(scope="module")
def furnished(pristine, loaders, tmp_path_factory):
    """A copy of the node with two plain containers, one of them running."""
    node, copy = pristine
    node.restore(copy)
    for ctid in (STOPPED, RUNNING):
        loaders.modules.openvz.define(xml=document(name=ctid))
    loaders.modules.openvz.start(RUNNING)
    SimNode(tmp_path_factory.mktemp("furnished") / "copy").restore(node.directory)
    return tmp_path_factory.getbasetemp() / "furnished0" / "copy"


@pytest.fixture
def containers(node, furnished, loaders):
    """The node with the two containers; nothing is noted of them yet."""
    node.restore(furnished)
    shutil.rmtree(Path(loaders.opts["cachedir"]) / "openvz", ignore_errors=True)
    node.forget_calls()
    return node


# row by row


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
    assert all("counts at creation only" in warning for warning in result["warnings"])
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


# what waits for a restart

NFS = document(name=RUNNING, metadata="<openvz:features name='nfs' state='on'/>")


def test_the_state_says_what_waits_in_every_run_until_the_container_is_restarted(states, openvz, containers):
    dry = states.running("web", xml=NFS, test=True)
    first = states.running("web", xml=NFS)
    second = states.running("web", xml=NFS)
    planned = states.running("web", xml=NFS, test=True)

    assert dry.comment == f"Container {RUNNING} would be updated (features); features pending until it is restarted"
    assert first.comment == f"Container {RUNNING} was updated (features); features pending until it is restarted"
    for again in (second, planned):
        assert (again.result, again.changes) == (True, {})
        assert again.comment == (
            f"Container {RUNNING} is in the declared state; features pending until it is restarted"
        )
        assert any("restart: True does it" in warning for warning in again.full_return["warnings"])
    assert [argv[0] for argv in containers.calls()] == ["set"]


@pytest.mark.parametrize("how", ["restart", "stop and start", "by hand"])
def test_once_restarted_nothing_waits(states, openvz, containers, how):
    states.running("web", xml=NFS)

    if how == "restart":
        openvz.restart(RUNNING)
    elif how == "by hand":
        time.sleep(1)  # when it was started is known no better than vzlist is fast, and what is doubtful waits
        containers.vzctl("restart", RUNNING)
    else:
        openvz.stop(RUNNING)
        assert "pending" not in openvz.define(xml=NFS)
        openvz.start(RUNNING)

    assert states.running("web", xml=NFS).comment == f"Container {RUNNING} is in the declared state"
    assert "pending" not in openvz.define(xml=NFS)


def test_a_restart_that_never_reached_the_container_ends_nothing(openvz, containers):
    openvz.define(xml=NFS)
    containers.fault("--command", "restart", "--rc", "7", "--stderr", "no", "--times", "1")

    with pytest.raises(CommandExecutionError):
        openvz.restart(RUNNING)

    assert openvz.define(xml=NFS)["pending"] == ["features"]


def test_a_plan_says_what_would_wait_and_what_a_restart_costs(openvz, containers):
    waiting, restarting = (openvz.plan(xml=NFS, restart=restart) for restart in (False, True))

    assert (waiting["pending"], waiting["disruption"]) == (["features"], "none")
    assert (restarting["pending"], restarting["disruption"]) == ([], "restart")
    assert [step["argv"] for step in restarting["steps"]] == [
        ["set", str(RUNNING), "--features", "nfs:on", "--save"],
        ["restart", str(RUNNING)],
    ]


def test_restart_true_restarts_once(states, containers):
    dry = states.running("web", xml=NFS, restart=True, test=True)
    assert containers.calls() == []
    first = states.running("web", xml=NFS, restart=True)
    second = states.running("web", xml=NFS, restart=True)

    assert dry.comment == f"Container {RUNNING} would be updated (features) and restarted"
    assert first.comment == f"Container {RUNNING} was updated (features) and restarted"
    assert dry.changes == first.changes
    assert fields(first)[str(RUNNING)]["status"] == {"old": "running", "new": "restarted"}
    assert (second.comment, second.changes) == (f"Container {RUNNING} is in the declared state", {})
    assert [argv[0] for argv in containers.calls()] == ["set", "restart"]


def test_restart_true_makes_up_for_an_earlier_run(states, containers):
    states.running("web", xml=NFS)

    ret = states.running("web", xml=NFS, restart=True)

    assert set(fields(ret)[str(RUNNING)]) == {"status"}
    assert ret.comment == f"Container {RUNNING} was restarted"


def test_a_change_that_is_live_restarts_nothing(states, containers):
    states.running("web", xml=document("<vcpu>2</vcpu>", RUNNING), restart=True)

    assert [argv[0] for argv in containers.calls()] == ["set"]


@pytest.mark.parametrize("how", ["the state", "the pillar"])
def test_a_protected_container_is_not_restarted(loaders, state_files, containers, how):
    arguments = {"xml": NFS, "restart": True, **({"protected": True} if how == "the state" else {})}
    pillar = {"openvz": {"protected": [RUNNING]}} if how == "the pillar" else {}
    (state_files / "web.sls").write_text(json.dumps({"web": {"openvz.running": [arguments]}}))

    (ret,) = loaders.modules.state.sls("web", pillar=pillar)

    assert ret.result is True
    assert ret.comment.endswith("was updated (features); features pending until it is restarted")
    assert ret.full_return["warnings"]
    assert [argv[0] for argv in containers.calls()] == ["set"]


def test_a_disabled_container_is_not_stopped_by_a_restart(states, containers):
    xml = NFS.replace("<openvz:features", "<openvz:disabled>yes</openvz:disabled><openvz:features")

    ret = states.defined("web", xml=xml, restart=True)

    assert containers.status(RUNNING)[-1] == "running"
    assert any("disabled and would not start again" in warning for warning in ret.full_return["warnings"])


def test_a_dry_run_of_several_states_tells_of_the_restart_as_it_comes(loaders, state_files, containers):
    steps = [{"xml": NFS}, {"xml": NFS, "restart": True}, {"xml": NFS, "restart": True}]
    sls = {f"step {number}": {"openvz.running": [arguments]} for number, arguments in enumerate(steps)}
    (state_files / "several.sls").write_text(json.dumps(sls))

    dry = list(loaders.modules.state.sls("several", test=True))
    real = list(loaders.modules.state.sls("several"))

    assert [ret.changes for ret in dry] == [ret.changes for ret in real]
    assert [bool(ret.changes) for ret in real] == [True, True, False]
    assert [argv[0] for argv in containers.calls()] == ["set", "restart"]


# what goes wrong


def test_a_kernel_without_io_limits_fails_and_what_it_took_is_told(openvz, containers):
    """The whole set fails, and nothing of it is in the configuration file."""
    kernel = containers.directory / "proc/vz/kernel.json"
    kernel.write_text(json.dumps({**json.loads(kernel.read_text()), "io_limits": False}))
    before = containers.conf_path(RUNNING).read_text()
    address = "<devices><interface type='route'><ip address='198.51.100.7'/></interface></devices>"
    xml = document(address, RUNNING, "<openvz:iolimit unit='MiB'>10</openvz:iolimit>")

    with pytest.raises(CommandExecutionError) as caught:
        openvz.define(xml=xml)

    assert "ended with code 148: Unable to set iolimit: Bad file descriptor" in str(caught.value)
    assert str(caught.value).endswith("applied to the running container but not saved: addresses")
    assert not (caught.value.info or {}).get("changes")
    assert containers.conf_path(RUNNING).read_text() == before


def test_a_failed_set_leaves_nothing_pending(openvz, containers):
    containers.fault("--command", "set", "--rc", "139", "--stderr", "cannot save", "--times", "1")

    with pytest.raises(CommandExecutionError, match="cannot save"):
        openvz.define(xml=NFS)

    assert openvz.define(xml=document(name=RUNNING)).get("pending") is None


def test_an_option_that_vzctl_accepts_and_does_not_save_is_a_failure_that_names_the_field(openvz, containers):
    containers.fault("--command", "set", "--rc", "0", "--times", "1")

    with pytest.raises(CommandExecutionError, match="still differs in: hostname, numproc; vzctl did not save"):
        openvz.define(xml=document(metadata="<openvz:hostname>h</openvz:hostname><openvz:numproc limit='5'/>"))


@pytest.mark.parametrize(
    ("body", "metadata", "sentence"),
    [
        ("", "<openvz:onboot>maybe</openvz:onboot>", "'maybe' is neither yes nor no"),
        ("", "<openvz:netfilter>some</openvz:netfilter>", "not one of disabled, stateless"),
        ("", "<openvz:numproc barrier='x' limit='1'/>", "'x' is not a number"),
        ("", "<openvz:numproc/>", "needs an attribute 'limit'"),
        ("", "<openvz:features name='usb' state='on'/>", "'usb' is not one of sysfs"),
        ("", "<openvz:features name='nfs' state='yes'/>", "'yes' is neither on nor off"),
        ("", "<openvz:devnodes name='loop0' access='rw'/>", "is not a device below /dev"),
        ("", "<openvz:devices name='c:10:200' access='x'/>", "'x' is not an access"),
        ("", "<openvz:pci>1f.0</openvz:pci>", "'1f.0' is not a PCI device"),
        ("", "<openvz:nameserver>ns1</openvz:nameserver>", "'ns1' is not an IP address"),
        ("", "<openvz:iptables>nat</openvz:iptables>", "'nat' is not a module that vzctl knows"),
        ("", "<openvz:meminfo>all</openvz:meminfo>", "'all' is not a mode"),
        ("", "<openvz:vm_overcommit>much</openvz:vm_overcommit>", "'much' is not a number"),
        ("", "<openvz:iolimit unit='GiB'>5</openvz:iolimit>", "is too much"),
        ("", "<openvz:ioprio>8</openvz:ioprio>", "8 is out of range"),
        ("", "<openvz:root>vz/root</openvz:root>", "not a path from the root"),
        ("", "<openvz:onboot>yes</openvz:onboot><openvz:onboot>yes</openvz:onboot>", "said twice"),
        ("", "<openvz:colour>red</openvz:colour>", "this element is not understood"),
        ("<vcpu cpuset='5-2'>1</vcpu>", "", "not a set of numbers"),
        ("<vcpu>1</vcpu>", "<openvz:cpus>2</openvz:cpus>", "says the same thing in another way"),
        ("<memory>8</memory>", "<openvz:physpages barrier='1' limit='9'/>", "the limit is 36 KiB, and memory 8 KiB"),
        ("<cputune><quota>15</quota></cputune>", "", "vzctl counts whole percents"),
        ("<blkiotune><weight>450</weight></blkiotune>", "", "is not a vzctl priority"),
        ("<features><capabilities><syslog state='on'/></capabilities></features>", "", "knows no such capability"),
    ],
)  # fmt: skip
def test_a_bad_document_runs_nothing(openvz, containers, body, metadata, sentence):
    for name in (STOPPED, RUNNING, 312):
        for test in (True, False):
            with pytest.raises(CommandExecutionError) as caught:
                openvz.define(xml=document(body, name, metadata), test=test)
            assert sentence in str(caught.value)
    assert containers.calls() == containers.calls("status") == []


def test_what_others_wrote_and_vzctl_could_not_be_given_is_kept_and_not_written_again(openvz, containers):
    """A value with a character that no shell must see."""
    containers.conf_path(STOPPED).write_text(containers.conf_path(STOPPED).read_text() + 'DESCRIPTION="50 $ a month"\n')
    dumped = openvz.get_xml(STOPPED)

    assert "<description>50 $ a month</description>" in dumped
    assert openvz.define(xml=dumped)["changes"] == {}
    with pytest.raises(CommandExecutionError, match="line 3.*cannot be kept in vzctl's configuration file"):
        openvz.define(xml=dumped.replace(f"<name>{STOPPED}<", "<name>312<"))
    assert containers.calls() == []


def test_a_document_with_such_a_value_means_its_container_in_every_state(openvz, states, containers):
    containers.conf_path(STOPPED).write_text(containers.conf_path(STOPPED).read_text() + 'DESCRIPTION="50 $ a month"\n')
    openvz.adopt(STOPPED)
    dumped = openvz.get_xml(STOPPED)

    with pytest.raises(CommandExecutionError, match="line 3"):
        openvz.validate(xml=dumped)
    for state in (states.defined, states.running, states.stopped, states.absent):
        assert state("odd", xml=dumped).result is True


def test_what_a_person_sets_waits_for_a_restart_too(openvz, containers):
    openvz.set(RUNNING, netfilter="full")

    made = openvz.plan(xml=openvz.get_xml(RUNNING))

    assert made["pending"] == ["netfilter"]
    openvz.restart(RUNNING)
    assert openvz.plan(xml=openvz.get_xml(RUNNING))["pending"] == []


def test_a_sample_configuration_that_the_node_lacks_is_refused_before_anything_runs(openvz, containers):
    metadata = "<metadata xmlns:o='https://openvz.org/schemas/domain/salt/1'><o:config>nosuch</o:config></metadata>"

    with pytest.raises(CommandExecutionError, match="sample configuration nosuch is not on this node"):
        openvz.define(xml=f"<domain type='openvz'><name>401</name>{metadata}</domain>", test=True)

    assert containers.calls() == []

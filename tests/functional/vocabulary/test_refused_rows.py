"""Values that no row takes, and a vzctl that does not do or keep what it was told."""

import json

import pytest
from rows import RUNNING, STOPPED, document
from salt.exceptions import CommandExecutionError

NFS = document(name=RUNNING, metadata="<openvz:features name='nfs' state='on'/>")


def test_a_kernel_without_io_limits_fails_and_what_it_took_is_reported(openvz, containers):
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
        ("", "<openvz:onboot>maybe</openvz:onboot>", "'maybe' is not one of yes, no, auto"),
        ("", "<openvz:netfilter>some</openvz:netfilter>", "not one of disabled, stateless"),
        ("", "<openvz:numproc barrier='x' limit='1'/>", "'x' is not a number"),
        ("", "<openvz:numproc/>", "needs an attribute 'limit'"),
        ("", "<openvz:features name='usb' state='on'/>", "'usb' is not one of sysfs"),
        ("", "<openvz:features name='nfs' state='yes'/>", "'yes' is neither on nor off"),
        ("", "<openvz:devnodes name='loop0' access='rw'/>", "is not a valid device below /dev"),
        ("", "<openvz:devices name='c:10:200' access='x'/>", "'x' is not a valid access mode"),
        ("", "<openvz:pci>1f.0</openvz:pci>", "'1f.0' is not a PCI device"),
        ("", "<openvz:nameserver>ns1</openvz:nameserver>", "'ns1' is neither an IP address"),
        ("", "<openvz:iptables>nat</openvz:iptables>", "'nat' is not a module that vzctl knows"),
        ("", "<openvz:meminfo>all</openvz:meminfo>", "'all' is not a mode"),
        ("", "<openvz:vm_overcommit>much</openvz:vm_overcommit>", "'much' is not a number"),
        ("", "<openvz:iolimit unit='GiB'>5</openvz:iolimit>", "takes less than 2 GiB"),
        ("", "<openvz:ioprio>8</openvz:ioprio>", "8 is out of range"),
        ("", "<openvz:root>vz/root</openvz:root>", "not an absolute path"),
        ("", "<openvz:onboot>yes</openvz:onboot><openvz:onboot>yes</openvz:onboot>", "appears twice"),
        ("", "<openvz:colour>red</openvz:colour>", "this element is not supported"),
        ("<vcpu cpuset='5-2'>1</vcpu>", "", "not a set of numbers"),
        ("<vcpu>1</vcpu>", "<openvz:cpus>2</openvz:cpus>", "sets the same thing to another value"),
        ("<memory>8</memory>", "<openvz:physpages barrier='1' limit='9'/>", "the limit is 36 KiB, and memory 8 KiB"),
        ("<cputune><quota>15</quota></cputune>", "", "vzctl counts whole percents"),
        ("<blkiotune><weight>450</weight></blkiotune>", "", "is not a vzctl priority"),
        ("<features><capabilities><syslog state='on'/></capabilities></features>", "", "does not know this capability"),
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
    with pytest.raises(CommandExecutionError, match="line 3.*cannot be stored in vzctl's configuration file"):
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

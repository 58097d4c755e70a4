"""What is said of a word that is not understood: what to write instead, and where."""

import pytest
from vzdomain import errors
from vzdomain.document import codec
from vzdomain.flavours.legacy.parameters import TABLE

NAMESPACE = codec.NAMESPACE
OURS = f"xmlns:openvz='{NAMESPACE}'"
METADATA = f" in <metadata {OURS}>"


def refusal(body, attributes=""):
    with pytest.raises(errors.DocumentError) as caught:
        codec.parse(f"<domain type='openvz'{attributes}><name>209</name>{body}</domain>")
    return caught.value.message


def interface(inside, attributes="", kind="bridge"):
    source = "<source bridge='br0'/>" if kind == "bridge" else ""
    return f"<devices><interface type='{kind}'{attributes}>{source}{inside}</interface></devices>"


def metadata(inside):
    return f"<metadata {OURS}>{inside}</metadata>"


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        # a slip of the hand
        ("<memmory>512</memmory>", "did you mean <memory>?"),
        ("<Memory>512</Memory>", "did you mean <memory>?"),
        ("<vpcu>2</vpcu>", "did you mean <vcpu>?"),
        ("<desciption>x</desciption>", "did you mean <description>?"),
        ("<devices><filesytem/></devices>", "did you mean <filesystem>?"),
        ("<devices><interfaces/></devices>", "write <interface type='bridge'>"),
        ("<memtune><hardlimit>1</hardlimit></memtune>", "did you mean <hard_limit>?"),
        ("<features><capabilities><net_admn state='on'/></capabilities></features>", "did you mean <net_admin>?"),
        (metadata("<openvz:hostnam>x</openvz:hostnam>"), "did you mean <openvz:hostname>?"),
        (metadata("<openvz:numprocs limit='1'/>"), "did you mean <openvz:numproc>?"),
        ("<metadata><onboot>yes</onboot></metadata>", f"did you mean <openvz:onboot>, with {OURS}?"),
        # other words for it
        ("<vcpus>2</vcpus>", "did you mean <vcpu>?"),
        ("<cpu>2</cpu>", "did you mean <vcpu>?"),
        ("<cpus>2</cpus>", "did you mean <vcpu>?"),
        ("<ram>512</ram>", "did you mean <memory>?"),
        ("<hostname>web01</hostname>", f"write <openvz:hostname>web01.example.org</openvz:hostname>{METADATA}"),
        ("<autostart>yes</autostart>", f"write <openvz:onboot>yes</openvz:onboot>{METADATA}"),
        ("<nameserver>192.0.2.1</nameserver>", f"write <openvz:nameserver>192.168.122.1</openvz:nameserver>{METADATA}"),
        ("<ctid>209</ctid>", f"write <openvz:ctid>209</openvz:ctid>{METADATA}"),
        ("<os>debian-12</os>", "an OS template is <devices><filesystem type='template'>"),
        ("<os><template>debian</template></os>", "write <filesystem type='template'>"),
        ("<ostemplate>debian-12</ostemplate>", "write <filesystem type='template'>"),
        ("<swap>256</swap>", "write <memtune><swap_hard_limit unit='MiB'>"),
        ("<cpulimit>50</cpulimit>", "write <cputune><period>"),
        ("<diskspace>10</diskspace>", "write <space_hard_limit unit='GiB'>10</space_hard_limit> in <filesystem>"),
        ("<ip address='192.0.2.4'/>", "write <interface type='ethernet'><ip address="),
        ("<devices><ip address='192.0.2.4'/></devices>", "write <interface type='ethernet'><ip address="),
        ("<devices><address>192.0.2.4</address></devices>", "write <interface type='ethernet'><ip address="),
        (metadata("<openvz:ram>512</openvz:ram>"), "write <memory unit='MiB'>512</memory> in <domain>"),
        (metadata("<openvz:ipadd>192.0.2.4</openvz:ipadd>"), "write <interface type='ethernet'><ip address="),
        (interface("<address>192.0.2.4</address>", kind="ethernet"), "; write <ip address='192.0.2.4'/>"),
        (interface("<ipaddr>192.0.2.4</ipaddr>", kind="route"), "; write <ip address='192.0.2.4'/>"),
        (
            "<devices><interface><source bridge='br0'/></interface></devices>",
            "needs an attribute 'type': bridge, network",
        ),
        ("<devices><interface type='bridge'><source dev='br0'/></interface></devices>", "did you mean bridge=?"),
        (
            "<devices><interface type='bridge'><source network='x'/></interface></devices>",
            "write <interface type='network'>",
        ),
        (interface("<mac address='00-16-3E-5D-C7-9F'/>"), "is not a MAC address; write 00:16:3e:5d:c7:9f"),
        (interface("<mac address='0016.3e5d.c79f'/>"), "is not a MAC address; write 00:16:3e:5d:c7:9f"),
        ("<memory>512M</memory>", "'512M' is not a number; the unit goes into unit='M'"),
        (
            "<metadata xmlns:o='https://openvz.org/schemas/domain/salt'><o:onboot>yes</o:onboot></metadata>",
            f"unknown namespace; write {OURS}",
        ),
        (interface("<address>192.0.2.4</address>"), "; write <ip address='192.0.2.4' prefix='24'/>"),
        (interface("<ipaddress>192.0.2.4</ipaddress>"), "; write <ip address='192.0.2.4' prefix='24'/>"),
        (interface("<gateway>192.0.2.1</gateway>"), "write <route gateway='192.0.2.1'/> inside <interface>"),
        (interface("<dhcp>yes</dhcp>"), f"; did you mean <openvz:dhcp>, with {OURS}?"),
        ("<devices><disk><size>5</size></disk></devices>", f"; did you mean <openvz:size>, with {OURS}?"),
        ("<disk type='file'/>", "here: <disk> belongs in <devices>"),
        (interface("<bridge>br0</bridge>"), "write <source bridge='br0'/> inside <interface>"),
        (interface("<name>eth0</name>"), "write <guest dev='eth0'/> inside <interface>"),
        (interface("", " bridge='br0'"), "write <source bridge='br0'/> inside <interface>"),
        (interface("", " mac='02:16:3e:00:00:01'"), "write <mac address="),
        # in the wrong place
        ("<interface type='bridge'/>", "here: <interface> belongs in <devices>"),
        ("<devices><memory>512</memory></devices>", "here: <memory> belongs in <domain>"),
        ("<hard_limit>512</hard_limit>", "here: <hard_limit> belongs in <memtune>"),
        ("<capabilities/>", "here: <capabilities> belongs in <features>"),
        (f"<openvz:onboot {OURS}>yes</openvz:onboot>", f"write <openvz:onboot>yes</openvz:onboot>{METADATA}"),
        (metadata("<openvz:memory>512</openvz:memory>"), "here: <memory> belongs in <domain>"),
        # attributes
        ("<memory units='MiB'>512</memory>", "did you mean unit=?"),
        ("<memory Unit='MiB'>512</memory>", "did you mean unit=?"),
        (interface("<mac addr='02:16:3e:00:00:01'/>"), "did you mean address=?"),
        (interface("<ip adress='192.0.2.4'/>", kind="ethernet"), "did you mean address=?"),
        (interface("<ip address='192.0.2.4' netmask='24'/>", kind="ethernet"), "did you mean prefix=?"),
        ("<devices><filesystem type='template'><source nam='x'/></filesystem></devices>", "did you mean name=?"),
        (metadata("<openvz:numproc barier='1' limit='2'/>"), "did you mean barrier=?"),
    ],
)
def test_an_author_is_told_what_to_write(body, advice):
    message = refusal(body)

    assert advice in message
    assert "strict" not in message


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        (metadata("<openvz:layout>simf</openvz:layout>"), "did you mean 'simfs'?"),
        (metadata("<openvz:onboot>true</openvz:onboot>"), "did you mean 'yes'?"),
        (metadata("<openvz:onboot>0</openvz:onboot>"), "did you mean 'no'?"),
        (metadata("<openvz:features name='nsf' state='on'/>"), "did you mean 'nfs'?"),
        (metadata("<openvz:features name='nfs' state='true'/>"), "did you mean 'on'?"),
        (metadata("<openvz:netfilter>statefull</openvz:netfilter>"), "did you mean 'stateful'?"),
        (metadata("<openvz:iptables>ipt_reject</openvz:iptables>"), "did you mean 'ipt_REJECT'?"),
        (interface("", kind="bridged"), "did you mean 'bridge'?"),
        (interface("", kind="veth"), "did you mean 'bridge'?"),
    ],
)
def test_the_value_that_was_meant_is_named(body, advice):
    assert refusal(body).endswith(advice)


@pytest.mark.parametrize(
    "body",
    [
        "<devices><emulator>/usr/bin/x</emulator></devices>",
        "<cpu mode='host-model'/>",
        interface("<model type='virtio'/>"),
        interface("<address type='pci' slot='0x03'/>"),
        "<name2 xmlns='urn:x'/>",
        "<hostname xmlns='urn:x'>x</hostname>",
        "<colour/>",
        f"<{'x' * 3000}/>",
        metadata("<openvz:colour>red</openvz:colour>"),
        "<memory x='1'>512</memory>",
    ],
)
def test_where_nothing_comes_near_nothing_is_guessed(body):
    assert refusal(body).endswith("is not supported; remove it, or set strict to False to ignore it")


def test_an_attribute_of_the_domain_that_is_an_element_is_named_as_one():
    assert refusal("", " memory='512'").endswith("; it is an element, <memory> inside <domain>")


@pytest.mark.parametrize("row", [row for row in TABLE if row.option], ids=lambda row: row.field)
def test_an_option_of_vzctl_in_the_place_of_an_element_is_never_without_advice(row):
    if row.option not in ("name", "description", "features", "devices"):  # elements of the domain
        assert "set strict" not in refusal(f"<{row.option}/>")

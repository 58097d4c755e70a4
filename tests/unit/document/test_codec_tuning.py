"""Memory, processors, priorities and capabilities: what libvirt's elements say of a container, and what they cannot."""

import pytest
from lxml import etree
from vzdomain import errors
from vzdomain.document import codec
from vzdomain.model.domain import Domain, Limit
from vzdomain.model.units import UNLIMITED

MEMORY = "<memory unit='MiB'>512</memory>"


def read(body):
    return codec.parse(f"<domain type='openvz'><name>209</name>\n{body}</domain>").domain


def refused(body):
    """Line, path and sentence of the error; the body begins in line 2."""
    with pytest.raises(errors.DocumentError) as caught:
        read(body)
    return caught.value.line, caught.value.path, caught.value.message


def ours(body):
    return f"<metadata xmlns:openvz='{codec.NAMESPACE}'>{body}</metadata>"


def written(**fields):
    """The children of the domain that a rendered document has beside its name, each on one line."""
    root = etree.fromstring(codec.render(Domain("209", **fields)), etree.XMLParser(remove_blank_text=True))
    etree.cleanup_namespaces(root)
    return [etree.tostring(child, encoding="unicode") for child in root if child.tag != "name"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (
            f"{MEMORY}<memtune><swap_hard_limit unit='MiB'>1536</swap_hard_limit></memtune>",
            {"memory": 524288, "swap": 1048576},
        ),
        (
            "<memtune><hard_limit unit='MiB'>272</hard_limit><soft_limit unit='MiB'>256</soft_limit></memtune>",
            {"privvmpages": Limit(65536, 69632)},
        ),
        ("<memtune><hard_limit unit='MiB'>272</hard_limit></memtune>", {"privvmpages": Limit(69632, 69632)}),
        ("<memtune><soft_limit unit='MiB'>256</soft_limit></memtune>", {"privvmpages": Limit(65536, UNLIMITED)}),
        ("<memtune><hard_limit>5</hard_limit></memtune>", {"privvmpages": Limit(2, 2)}),
        ("<memtune><min_guarantee unit='MiB'>132</min_guarantee></memtune>", {"vmguarpages": Limit(33792, UNLIMITED)}),
        (
            "<memtune><hard_limit>9007199254740991</hard_limit></memtune>",
            {"privvmpages": Limit(UNLIMITED, UNLIMITED)},
        ),
        ("<vcpu>2</vcpu>", {"vcpu": 2}),
        ("<vcpu placement='static' current='2'>2</vcpu>", {"vcpu": 2}),
        ("<vcpu cpuset='0-3'>2</vcpu>", {"vcpu": 2, "cpumask": "0-3"}),
        ("<vcpu cpuset='0-3,^2,7'>2</vcpu>", {"vcpu": 2, "cpumask": "0-1,3,7"}),
        ("<cputune><shares>2000</shares></cputune>", {"cpuunits": 2000}),
        ("<cputune><period>100000</period><quota>150000</quota></cputune>", {"cpulimit": 150}),
        ("<cputune><quota>50000</quota></cputune>", {"cpulimit": 50}),
        ("<cputune><period>20000</period><quota>5000</quota></cputune>", {"cpulimit": 25}),
        ("<cputune><quota>-1</quota></cputune>", {"cpulimit": 0}),
        ("<cputune/>", {}),
        ("<numatune><memory nodeset='0-1,3'/></numatune>", {"nodemask": "0-1,3"}),
        ("<numatune><memory mode='strict' placement='static' nodeset='0'/></numatune>", {"nodemask": "0"}),
        ("<blkiotune><weight>100</weight></blkiotune>", {"ioprio": 0}),
        ("<blkiotune><weight>500</weight></blkiotune>", {"ioprio": 4}),
        ("<blkiotune><weight>800</weight></blkiotune>", {"ioprio": 7}),
        ("<blkiotune/>", {}),
        ("<features/>", {}),
        ("<features><capabilities policy='default'/></features>", {}),
        (
            "<features><capabilities><sys_time state='off'/><net_admin state='on'/></capabilities></features>",
            {"capabilities": (("net_admin", "on"), ("sys_time", "off"))},
        ),
        (
            "<features><capabilities policy='default'><net_admin state='on'/></capabilities></features>"
            + ours("<openvz:capability name='ve_admin' state='on'/>"),
            {"capabilities": (("net_admin", "on"), ("ve_admin", "on"))},
        ),
    ],
)
def test_an_element_of_libvirt_says_what_vzctl_counts(body, fields):
    assert read(body) == Domain("209", **fields)


@pytest.mark.parametrize(
    ("fields", "elements"),
    [
        (
            {"memory": 524288, "swap": 1048576},
            [
                '<memory unit="KiB">524288</memory>',
                '<memtune><swap_hard_limit unit="KiB">1572864</swap_hard_limit></memtune>',
            ],
        ),
        (
            {"privvmpages": Limit(65536, 69632), "vmguarpages": Limit(33792, UNLIMITED)},
            [
                '<memtune><hard_limit unit="KiB">278528</hard_limit><soft_limit unit="KiB">262144</soft_limit>'
                '<min_guarantee unit="KiB">135168</min_guarantee></memtune>'
            ],
        ),
        ({"vcpu": 2, "cpumask": "0-3"}, ['<vcpu cpuset="0-3">2</vcpu>']),
        (
            {"cpuunits": 2000, "cpulimit": 150},
            ["<cputune><shares>2000</shares><period>100000</period><quota>150000</quota></cputune>"],
        ),
        ({"cpulimit": 0}, ["<cputune><period>100000</period><quota>-1</quota></cputune>"]),
        ({"nodemask": "0-1"}, ['<numatune><memory mode="strict" nodeset="0-1"/></numatune>']),
        ({"ioprio": 0}, ["<blkiotune><weight>100</weight></blkiotune>"]),
        (
            {"capabilities": (("kill", "off"),)},
            ['<features><capabilities policy="default"><kill state="off"/></capabilities></features>'],
        ),
    ],
)
def test_what_libvirt_has_words_for_is_written_in_them(fields, elements):
    assert written(**fields) == elements


@pytest.mark.parametrize(
    ("fields", "element"),
    [
        ({"swap": 1024}, '<openvz:swap unit="KiB">1024</openvz:swap>'),
        ({"memory": UNLIMITED, "swap": 1024}, '<openvz:swap unit="KiB">1024</openvz:swap>'),
        ({"vcpu": 0}, "<openvz:cpus>0</openvz:cpus>"),
        ({"vcpu": 65536}, "<openvz:cpus>65536</openvz:cpus>"),
        ({"vcpu": 2, "cpumask": "all"}, "<openvz:cpumask>all</openvz:cpumask>"),
        ({"cpumask": "0-3"}, "<openvz:cpumask>0-3</openvz:cpumask>"),
        ({"nodemask": "all"}, "<openvz:nodemask>all</openvz:nodemask>"),
        ({"cpulimit": 17592186045}, "<openvz:cpulimit>17592186045</openvz:cpulimit>"),
        ({"vmguarpages": Limit(1, 2)}, '<openvz:vmguarpages barrier="1" limit="2"/>'),
        (
            {"privvmpages": Limit(0, 2251799813685248)},
            '<openvz:privvmpages barrier="0" limit="2251799813685248"/>',
        ),
        ({"capabilities": (("ve_admin", "on"),)}, '<openvz:capability name="ve_admin" state="on"/>'),
    ],
)
def test_what_libvirt_has_no_words_for_is_written_in_the_metadata(fields, element):
    metadata = [each for each in written(**fields) if each.startswith("<metadata")]

    assert metadata == [f'<metadata xmlns:openvz="{codec.NAMESPACE}">{element}</metadata>']


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (f"<vcpu>2</vcpu>{ours('<openvz:cpus>2</openvz:cpus>')}", {"vcpu": 2}),
        (
            f"<vcpu cpuset='0,1'>2</vcpu>{ours('<openvz:cpumask>0-1</openvz:cpumask>')}",
            {"vcpu": 2, "cpumask": "0-1"},
        ),
        (
            f"<blkiotune><weight>500</weight></blkiotune>{ours('<openvz:ioprio>4</openvz:ioprio>')}",
            {"ioprio": 4},
        ),
        (
            f"<cputune><quota>-1</quota></cputune>{ours('<openvz:cpulimit>0</openvz:cpulimit>')}",
            {"cpulimit": 0},
        ),
        (
            MEMORY + ours("<openvz:physpages barrier='65536' limit='131072'/>"),
            {"memory": 524288, "physpages": Limit(65536, 131072)},
        ),
        (
            "<memory>524285</memory>" + ours("<openvz:physpages barrier='0' limit='131072'/>"),
            {"memory": 524285, "physpages": Limit(0, 131072)},
        ),
        (
            ours("<openvz:swap unit='MiB'>256</openvz:swap><openvz:swappages barrier='1' limit='65536'/>"),
            {"swap": 262144, "swappages": Limit(1, 65536)},
        ),
        (
            "<features><capabilities><kill state='on'/></capabilities></features>"
            + ours("<openvz:capability name='kill' state='on'/>"),
            {"capabilities": (("kill", "on"),)},
        ),
        (f"{MEMORY}<currentMemory unit='GiB'>1</currentMemory>".replace("512", "1024"), {"memory": 1048576}),
    ],
)
def test_what_is_said_twice_may_agree(body, fields):
    assert read(body) == Domain("209", **fields)


DIFFERS = "line 2 sets the same thing to another value; remove one of them"


@pytest.mark.parametrize(
    ("libvirts", "metadata", "element"),
    [
        ("<vcpu>2</vcpu>", "<openvz:cpus>3</openvz:cpus>", "cpus"),
        ("<vcpu cpuset='0'>2</vcpu>", "<openvz:cpumask>all</openvz:cpumask>", "cpumask"),
        ("<cputune><shares>1000</shares></cputune>", "<openvz:cpuunits>2000</openvz:cpuunits>", "cpuunits"),
        ("<cputune><quota>50000</quota></cputune>", "<openvz:cpulimit>0</openvz:cpulimit>", "cpulimit"),
        ("<numatune><memory nodeset='0'/></numatune>", "<openvz:nodemask>1</openvz:nodemask>", "nodemask"),
        ("<blkiotune><weight>500</weight></blkiotune>", "<openvz:ioprio>5</openvz:ioprio>", "ioprio"),
        (
            f"{MEMORY}<memtune><swap_hard_limit unit='MiB'>768</swap_hard_limit></memtune>",
            "<openvz:swap unit='MiB'>768</openvz:swap>",
            "swap",
        ),
        (
            "<memtune><hard_limit unit='MiB'>256</hard_limit></memtune>",
            "<openvz:privvmpages barrier='65536' limit='65537'/>",
            "privvmpages",
        ),
        (
            "<memtune><min_guarantee unit='MiB'>256</min_guarantee></memtune>",
            "<openvz:vmguarpages barrier='65536'/>",
            "vmguarpages",
        ),
    ],
)
def test_what_is_said_twice_must_agree(libvirts, metadata, element):
    assert refused(f"{libvirts}\n{ours(metadata)}") == (3, f"domain/metadata/openvz:{element}", DIFFERS)


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        (
            MEMORY + ours("\n<openvz:physpages barrier='0' limit='131073'/>"),
            "domain/metadata/openvz:physpages/@limit",
            "the limit is 524292 KiB, and memory 512 MiB",
        ),
        (
            ours("<openvz:swap>1024</openvz:swap>\n<openvz:swappages barrier='0' limit='unlimited'/>"),
            "domain/metadata/openvz:swappages/@limit",
            "the limit is unlimited, and swap 1 MiB",
        ),
        (
            "<features><capabilities><kill state='on'/>\n<kill state='off'/></capabilities></features>",
            "domain/features/capabilities/kill[2]",
            "appears twice; the first is in line 2",
        ),
        (
            "<features><capabilities><kill state='on'/></capabilities></features>"
            + ours("\n<openvz:capability name='kill' state='off'/>"),
            "domain/metadata/openvz:capability",
            "kill is off here and on in line 2",
        ),
        (
            f"{MEMORY}\n<memory unit='MiB'>512</memory>",
            "domain/memory[2]",
            "appears twice; the first is in line 2",
        ),
        (
            f"{MEMORY}\n<currentMemory unit='MiB'>256</currentMemory>",
            "domain/currentMemory",
            "must be equal to <memory>, or be left out: vzctl has no balloon",
        ),
    ],
)
def test_two_that_differ_are_refused_at_the_second(body, path, message):
    assert refused(body) == (3, path, message)


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("<vcpu placement='auto'>2</vcpu>", "vcpu/@placement", "vzctl supports only 'static'"),
        (
            "<vcpu cpuset='5000'>2</vcpu>",
            "vcpu/@cpuset",
            "'5000' is not a set of numbers from 0 to 4095; write it like 0-1,4",
        ),
        ("<vcpu cpuset=''>2</vcpu>", "vcpu/@cpuset", "'' is not a set of numbers; write it like 0-1,4"),
        ("<vcpu cpuset='0,^0'>2</vcpu>", "vcpu/@cpuset", "'0,^0' selects nothing"),
        (
            "<cputune><shares>5</shares></cputune>",
            "cputune/shares",
            "5 is out of range; vzctl takes 8 to 500000",
        ),
        (
            "<cputune><shares>500001</shares></cputune>",
            "cputune/shares",
            "500001 is out of range; vzctl takes 8 to 500000",
        ),
        ("<cputune><period>100000</period></cputune>", "cputune/period", "needs a <quota> too"),
        (
            "<cputune><period>999</period><quota>1000</quota></cputune>",
            "cputune/period",
            "999 is too small; the minimum is 1000",
        ),
        (
            "<cputune><period>100000</period><quota>12500</quota></cputune>",
            "cputune/quota",
            "is 12.5 % of a processor; vzctl counts whole percents, and -1 is no limit",
        ),
        (
            "<cputune><quota>500</quota></cputune>",
            "cputune/quota",
            "is 0.5 % of a processor; vzctl counts whole percents, and -1 is no limit",
        ),
        ("<cputune><quota>0</quota></cputune>", "cputune/quota", "0 is too small; the minimum is 1"),
        ("<cputune><quota>-2</quota></cputune>", "cputune/quota", "'-2' is not a number; use digits only"),
        ("<numatune/>", "numatune", "needs a <memory nodeset=>"),
        ("<numatune><memory mode='strict'/></numatune>", "numatune/memory", "needs an attribute 'nodeset'"),
        (
            "<numatune><memory mode='interleave' nodeset='0'/></numatune>",
            "numatune/memory/@mode",
            "vzctl supports only 'strict'",
        ),
        (
            "<numatune><memory placement='auto' nodeset='0'/></numatune>",
            "numatune/memory/@placement",
            "vzctl supports only 'static'",
        ),
        (
            "<numatune><memory nodeset='x'/></numatune>",
            "numatune/memory/@nodeset",
            "'x' is not a set of numbers; write it like 0-1,4",
        ),
        (
            "<blkiotune><weight>550</weight></blkiotune>",
            "blkiotune/weight",
            "550 is not a vzctl priority; use 100, 200, ... or 800 for 0, 1, ... or 7",
        ),
        (
            "<blkiotune><weight>900</weight></blkiotune>",
            "blkiotune/weight",
            "900 is not a vzctl priority; use 100, 200, ... or 800 for 0, 1, ... or 7",
        ),
        (
            "<blkiotune><weight>0</weight></blkiotune>",
            "blkiotune/weight",
            "0 is not a vzctl priority; use 100, 200, ... or 800 for 0, 1, ... or 7",
        ),
        (
            "<features><capabilities policy='deny'/></features>",
            "features/capabilities/@policy",
            "vzctl has one policy; use 'default', or leave it out",
        ),
        (
            "<features><capabilities><kill/></capabilities></features>",
            "features/capabilities/kill",
            "needs an attribute 'state'",
        ),
        (
            "<features><capabilities><kill state='yes'/></capabilities></features>",
            "features/capabilities/kill/@state",
            "'yes' is neither on nor off; did you mean 'on'?",
        ),
        (
            "<features><capabilities><syslog state='on'/></capabilities></features>",
            "features/capabilities/syslog",
            "vzctl does not know this capability",
        ),
        (
            "<memtune><hard_limit unit='pages'>1</hard_limit></memtune>",
            "memtune/hard_limit/@unit",
            "unknown unit 'pages'; use bytes, KiB, MiB, GiB or TiB (KB, MB, GB and TB are powers of 1000)",
        ),
        ("<memtune><min_guarantee/></memtune>", "memtune/min_guarantee", "'' is not a number; use digits only"),
    ],
)
def test_what_vzctl_cannot_do_is_refused_with_its_place(body, path, message):
    assert refused(body) == (2, f"domain/{path}", message)


@pytest.mark.parametrize("name", ["ve_admin", "chown2", "NET_ADMIN"])
def test_a_capability_that_libvirt_has_no_word_for_is_not_an_element_of_its_own(name):
    body = f"<features><capabilities><{name} state='on'/></capabilities></features>"

    with pytest.raises(errors.UnknownElementError) as caught:
        read(body)

    assert caught.value.path == f"domain/features/capabilities/{name}"

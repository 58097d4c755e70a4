"""
What a name may look like, wherever it comes from: a document, a configuration file or a caller.

Each function returns the name as the library keeps it, or raises ``ValueError`` with a sentence for an operator.
The rules are those of vzctl(8) and of Linux. They are narrower where a name ends up in a file that vzctl's scripts
read with a shell.
"""

import ipaddress
import re
import shlex
from functools import lru_cache

from .ctid import Ctid

NAME_MAX = 255
DEVICE_MAX = 15  # characters of a network device's name in Linux
PROSE_MAX = 4096  # characters; one argument of a program may have 128 KiB
CTID_FIRST, CTID_LAST = 1, 2147483644
CTID_FIRST_NEW = 101  # vzctl(8) keeps 1 to 100 to itself, and lets people use them all the same
# Beginnings of the names of devices that vzctl passes to no container (read, not run).
NEVER_PASSED = ("venet", "tun", "tap", "lo")

_DEVICE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}")
_NETWORK = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@: -]*")
_TEMPLATE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
_CONTAINER = re.compile(r"[A-Za-z0-9_.+ -]+")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,253}")
_PLACE_PART = re.compile(r"[A-Za-z0-9_.+@~-]*")  # of a path in DISK and BINDMOUNT
_PATH_PART = re.compile(r"[A-Za-z0-9_.+@,=~-]*(?:\$(?:VEID|\{VEID\})[A-Za-z0-9_.+@,=~-]*)?")  # between two slashes
_MOUNT_OPTIONS = re.compile(r"[A-Za-z0-9_.,:=+-]+")
_DEVICE_NODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)*")
_DEVICE_NUMBER = re.compile(r"([bc]):([0-9]{1,8}):([0-9]{1,8}|all)")
_PCI = re.compile(r"(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,2}):([0-9a-f]{1,2})\.([0-7])")
_LOOP = re.compile(r"loop[0-9]+")
_LOOP_MAJOR = 7
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BARE_UUID = re.compile(r"[0-9a-f]{32}")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_OF_ONE = re.compile(r"[0-9a-f][02468ace](?::[0-9a-f]{2}){5}")  # a MAC of one device
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = re.compile(rf"(?:{_BYTE}\.){{3}}{_BYTE}")
_DIGITS = re.compile(r"[0-9]+")
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\"\\`$]")


def ctid(text):
    """``ctid("0209")`` -> `Ctid` 209."""
    number = int(text) if _DIGITS.fullmatch(text) and len(text) <= 40 else 0
    if not CTID_FIRST <= number <= CTID_LAST:
        raise ValueError(f"{text!r} is not a valid CTID; use a number from {CTID_FIRST} to {CTID_LAST}")
    return Ctid(number)


def any_ctid(text):
    """The same, or a UUID, which vzctl 7 and later have for CTIDs: ``any_ctid("{8DEA22B3-...}")`` -> lower case."""
    if text.isdecimal():
        return ctid(text)
    try:
        return Ctid(uuid(text.removeprefix("{").removesuffix("}")))
    except ValueError:
        raise ValueError(
            f"{text!r} is not a valid CTID; use a number from {CTID_FIRST} to {CTID_LAST}, or a UUID (vzctl 7)"
        ) from None


def new_ctid(text):
    """The same for a container that is to be created."""
    found = ctid(text)
    if found.number < CTID_FIRST_NEW:
        raise ValueError(
            f"{text!r} cannot be the CTID of a new container; use a number from {CTID_FIRST_NEW} to {CTID_LAST}"
        )
    return found


def container(text):
    """``container("0209")`` -> "209"; ``container("web 1")`` stays, ``container("web/1")`` is refused."""
    text = text.strip()
    if _DIGITS.fullmatch(text):
        return str(ctid(text))
    if not _CONTAINER.fullmatch(text) or text in (".", ".."):  # the name becomes a file: .. was assumed, not run
        raise ValueError(f"{text!r} is not a valid container name; use letters, digits, spaces and - + _ .")
    if len(text) > NAME_MAX:
        raise ValueError(f"a name of {len(text)} characters is too long; the limit, as for a file, is {NAME_MAX}")
    return text


def typed(name):
    """A container's name as a word of a command line of Salt: ``web01``, ``'web 1'``, ``name=-web``."""
    quoted = shlex.quote(str(name))
    return f"name={quoted}" if quoted.startswith("-") else quoted


def uuid(text):
    """``uuid("8DEA22B31D52D8F32516782E98AB8FA0")`` -> "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"."""
    lower = text.strip().lower()
    if _UUID.fullmatch(lower):
        return lower
    if not _BARE_UUID.fullmatch(lower):
        raise ValueError(f"{text!r} is not a UUID; it has 32 hexadecimal digits, with or without hyphens")
    return "-".join((lower[:8], lower[8:12], lower[12:16], lower[16:20], lower[20:]))


def mac(text):
    """``mac("00:16:3E:5D:C7:9E")`` -> "00:16:3e:5d:c7:9e"."""
    lower = text.lower()
    if _OF_ONE.fullmatch(lower) and lower != "00:00:00:00:00:00":
        return lower
    if not _MAC.fullmatch(lower):
        raise ValueError(f"{text!r} is not a MAC address; {_as_mac(lower, '02:16:3e:00:00:01')}")
    raise ValueError(f"{text!r} is not a device's address: the first byte must be even, and not all bytes may be 0")


def any_mac(text):
    """``any_mac("FE:FF:FF:FF:FF:FF")`` -> the same in lower case, whatever it is an address of."""
    if not _MAC.fullmatch(text.lower()):
        raise ValueError(f"{text!r} is not a MAC address; {_as_mac(text.lower(), 'fe:ff:ff:ff:ff:ff')}")
    return text.lower()


def _as_mac(text, example):
    """The same twelve digits as they are written here, or an example."""
    digits = re.sub("[-:. ]", "", text) if len(text) <= 17 else ""
    if not re.fullmatch("[0-9a-f]{12}", digits):
        return f"write it like {example}"
    return f"write {':'.join(digits[at : at + 2] for at in range(0, 12, 2))}"


def device(text):
    """``device("veth209.0")`` -> the same; Linux takes 15 characters, and vzctl's files no commas or quotes."""
    if not _DEVICE.fullmatch(text):
        raise ValueError(f"{text!r} is not a valid network device name; use 1 to 15 letters, digits and _ . -")
    return text


def passed_through(text):
    """``passed_through("eth1")`` -> the same; ValueError for a device that vzctl gives to no container."""
    if text.startswith(NEVER_PASSED):
        raise ValueError(
            f"{text!r} cannot be passed through: vzctl stops reading NETDEV at a name that begins with "
            f"{', '.join(NEVER_PASSED[:-1])} or {NEVER_PASSED[-1]}; leave it out"
        )
    return device(text)


def network(text):
    """``network("default")`` -> the same; a leading ``-`` would be an option of virsh."""
    if not _NETWORK.fullmatch(text) or len(text) > NAME_MAX:
        raise ValueError(f"{text!r} is not a valid network name; use letters, digits and _ . + @ : -, not a leading -")
    return text


def template(text):
    """``template("fedora-core-5-i386")`` -> the same; it names a file in the template cache."""
    if not _TEMPLATE.fullmatch(text) or len(text) > NAME_MAX:
        raise ValueError(f"{text!r} is not a valid OS template name; use letters, digits and _ . + -")
    return text


def host(text):
    """``host("web01.example.org")`` -> the same."""
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is not a valid host name; use letters, digits and . - _")
    return text


def domain(text):
    """``domain("example.org")`` -> the same; ``inherit`` is the node's own."""
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is not a valid domain; write it like example.org")
    return text


def spelled(address, prefix=None):
    """
    ``spelled(IPv4Address("10.0.0.1"), 24)`` -> "10.0.0.1/24"; a prefix of all bits is not said.

    An IPv4 address mapped into IPv6 has dots, as inet_ntop writes it. Python does so from 3.13 on alone.
    """
    mapped = address.ipv4_mapped if address.version == 6 else None
    host = f"::ffff:{mapped}" if mapped else str(address)
    return host if prefix in (None, address.max_prefixlen) else f"{host}/{prefix}"


def is_ipv4(text):
    """Whether it is an IPv4 address in the only way to write one: most are, and `ipaddress` takes long to say so."""
    return _IPV4.fullmatch(text) is not None


@lru_cache(maxsize=512)  # the containers of a fleet ask the same few
def nameserver(text):
    """``nameserver("FD00::1")`` -> "fd00::1"; ``inherit`` is the node's own."""
    if text == "inherit" or is_ipv4(text):
        return text
    address, percent, zone = text.partition("%")
    try:
        if percent and not _DEVICE.fullmatch(zone):  # Python takes any text for a zone
            raise ValueError(zone)
        return f"{spelled(ipaddress.ip_address(address))}{percent}{zone}"
    except ValueError:
        raise ValueError(f"{text!r} is neither an IP address nor inherit (the node's own)") from None


def path(text):
    """``path("/vz/private/$VEID")`` -> the same; vzctl puts the CTID for the first $VEID."""
    if len(text) > PROSE_MAX:
        raise ValueError(f"a path of {len(text)} characters is too long; the limit is {PROSE_MAX}")
    root, *parts = text.split("/")
    if root or not parts or not all(part != ".." and _PATH_PART.fullmatch(part) for part in parts):
        raise ValueError(f"{text!r} is not an absolute path of letters, digits and _ . + @ , = ~ -")
    return text


def place(text):
    """``place("/srv/data")`` -> the same: a path in the node's or a container's files, in DISK and BINDMOUNT."""
    if len(text) > PROSE_MAX or not text.startswith("/") or not _is_place(text.strip("/")):
        raise ValueError(f"{text!r} is not an absolute path of letters, digits and _ . + @ ~ -")
    return text


def image(text):
    """
    ``image("data.hdd")`` -> the same: below the private area, or an absolute path.

    With braces around a UUID, as in ``disk-{7d0c1f4e-…}.hdd``, vzctl makes one itself (recorded).
    """
    plain = text.strip("/").replace("{", "").replace("}", "")
    if len(text) > PROSE_MAX or text.startswith("-") or not plain or not _is_place(plain):
        raise ValueError(f"{text!r} is not the path of an image, of letters, digits and _ . + @ ~ {{ }} -")
    return text


def _is_place(text):
    return not text or all(part != ".." and _PLACE_PART.fullmatch(part) for part in text.split("/"))


def mount_options(text):
    """``mount_options("noatime,nodev")`` -> the same."""
    if not _MOUNT_OPTIONS.fullmatch(text) or len(text) > PROSE_MAX:
        raise ValueError(f"{text!r} are not mount options; write them like noatime,nodev")
    return text


def device_node(text):
    """``device_node("/dev/net/tun")`` -> "net/tun"; loop devices are never passed through."""
    name = text.removeprefix("/dev/")
    if not _DEVICE_NODE.fullmatch(name) or len(name) > NAME_MAX or _LOOP.fullmatch(name):
        raise ValueError(f"{text!r} is not a valid device below /dev; write it like net/tun")
    return name


def device_number(text):
    """``device_number("c:10:200")`` -> the same; ``all`` stands for every minor number."""
    match = _DEVICE_NUMBER.fullmatch(text)
    if not match or int(match.group(2)) == _LOOP_MAJOR:
        raise ValueError(f"{text!r} is not a valid device; write it like c:10:200 or b:8:all")
    kind, major, minor = match.groups()
    return f"{kind}:{int(major)}:{minor if minor == 'all' else int(minor)}"


def pci(text):
    """``pci("00:1F.0")`` -> "0000:00:1f.0"."""
    match = _PCI.fullmatch(text.lower())
    if not match:
        raise ValueError(f"{text!r} is not a PCI device; write it like 0000:00:1f.0")
    bus = ":".join(f"{int(part or '0', 16):0{width}x}" for part, width in zip(match.groups(), (4, 2, 2), strict=False))
    return f"{bus}.{match.group(4)}"


def rate(text):
    """``"eth0:1:1024"``: device of the node, class of traffic, kbit/s."""
    if not re.fullmatch(r"(?:\*|[A-Za-z0-9_.-]{1,15}):[0-9]{1,2}:[1-9][0-9]{0,9}", text):
        raise ValueError(f"{text!r} is not a rate; write device:class:kbit, such as eth0:1:1024, or *:1:1024")
    return text


def distribution(text):
    """``"almalinux"``: what vzctl's scripts for the container's files are chosen by."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", text):
        raise ValueError(f"{text!r} is not a distribution; use a word such as almalinux or debian")
    return text


def sample(text):
    """``sample("vswap-256m")`` -> the same; it names the file ve-vswap-256m.conf-sample."""
    if not _TEMPLATE.fullmatch(text) or len(text) > NAME_MAX:
        raise ValueError(f"{text!r} is not a valid sample configuration name; use letters, digits and _ . + -")
    return text


def word(text):
    """``word("pages:256")`` -> the same: an argument that vzctl reads back as it is, and that no shell acts on."""
    if len(text) > PROSE_MAX:
        raise ValueError(f"a text of {len(text)} characters is too long; the limit is {PROSE_MAX}")
    found = _UNREADABLE.search(text)
    if found:
        raise ValueError(
            f"{found.group()!r} cannot be stored in vzctl's configuration file; "
            'leave out line breaks, control characters, \\, ", $ and `'
        )
    return text


def prose(text):
    """``prose(" my web server ")`` -> "my web server"; vzctl reads it back as it is, and no shell acts on it."""
    return word(text.strip())

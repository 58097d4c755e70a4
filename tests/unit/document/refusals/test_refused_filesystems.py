"""What the codec refuses in a filesystem, with its place and its whole sentence."""

import pytest
from refusing import OURS, check
from vzdomain.document import codec

TEMPLATE = "<filesystem type='template'><source name='x'/>"
DIFFERS = "sets the same thing to another value; remove one of them"


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("<filesystem/>", "", "needs a <source dir=> with the private area"),
        ("<filesystem type='mount'/>", "", "needs a <source dir=> with the private area"),
        (
            "<filesystem type='bind'/>",
            "",
            "a filesystem of type 'bind' is not supported by vzctl; use template or mount",
        ),
        ("<filesystem type='template'/>", "", "needs a <source name=> with the OS template"),
        ("<filesystem type='template'><source/></filesystem>", "/source", "needs an attribute 'name'"),
        (
            "<filesystem type='template'><source name='x'/><target dir='/mnt'/></filesystem>",
            "/target/@dir",
            "a template becomes the container's root; use '/'",
        ),
        (
            "<filesystem type='template'><source name='x'/><quota type='files' max='1'/></filesystem>",
            "/quota/@type",
            "'files' is not a quota type; use 'size' (KiB) or 'inodes'",
        ),
        (
            "<filesystem type='template'><source name='x'/><quota type='size' max='1G'/></filesystem>",
            "/quota/@max",
            "'1G' is not a number; use digits only",
        ),
        (
            "<filesystem type='template'><source name='x'/><space_soft_limit>1</space_soft_limit></filesystem>",
            "/space_soft_limit",
            "needs a <space_hard_limit> too",
        ),
        (
            "<filesystem type='template'><source name='x'/><quota type='size' max='1'/>"
            "<space_hard_limit>2048</space_hard_limit></filesystem>",
            "/space_hard_limit",
            f"line 3 {DIFFERS}",
        ),
        (
            "<filesystem type='template'><source name='x'/>"
            "<quota type='inodes' max='1'/><quota type='inodes' max='2'/></filesystem>",
            "/quota[2]",
            f"line 3 {DIFFERS}",
        ),
    ],
)
def test_a_filesystem_is_refused_with_its_place(body, path, message):
    check(f"<devices>\n{body}</devices>", 3, f"domain/devices/filesystem{path}", message)


def test_there_is_one_filesystem():
    one = "<filesystem type='template'><source name='x'/></filesystem>"

    check(
        f"<devices>{one}\n{one}</devices>",
        3,
        "domain/devices/filesystem[2]",
        "appears twice; the first is in line 2",
    )


def test_inodes_in_metadata_agree_with_the_quota():
    quota = "<filesystem type='template'><source name='x'/><quota type='inodes' max='1'/></filesystem>"
    metadata = f"<metadata {OURS}>\n<openvz:diskinodes hard='2'/></metadata>"

    check(f"<devices>{quota}</devices>{metadata}", 3, "domain/metadata/openvz:diskinodes", f"line 2 {DIFFERS}")


@pytest.mark.parametrize(
    "body",
    [
        f"<devices>{TEMPLATE}\n<quota type='size' max='99999999999999999'/></filesystem></devices>",
        f"<devices>{TEMPLATE}\n<space_hard_limit unit='TiB'>99999999</space_hard_limit></filesystem></devices>",
        f"<metadata {OURS}>\n<openvz:diskspace hard='9007199254740991'/></metadata>",
    ],
)
def test_unlimited_disk_space_cannot_be_given_to_vzctl(body):
    document = codec.parse(f"<domain type='openvz'><name>209</name>\n{body}</domain>")

    assert document.unwritable["diskspace"].line == 3
    assert "vzctl has no unlimited disk space" in str(document.unwritable["diskspace"])

"""Disks, directories of the node, and what is inside a veth pair: refused with place and reason."""

import pytest
from refusing import OURS, check

PATH = "is not an absolute path of letters, digits and _ . + @ ~ -"
IMAGE = "is not the path of an image, of letters, digits and _ . + @ ~ { } -"


@pytest.mark.parametrize(
    ("body", "path", "message"),
    [
        ("<disk/>", "disk", "says nothing; give a <source file=>, or an <openvz:size> for a new image"),
        ("<disk type='volume'/>", "disk/@type", "a disk of type 'volume' is not supported by vzctl; use file or block"),
        ("<disk device='cdrom'/>", "disk/@device", "a container has no 'cdrom'; use device='disk'"),
        ("<disk type='block'/>", "disk", "needs a <source dev=> with the node's block device"),
        ("<disk><source file='/a b'/></disk>", "disk/source/@file", f"'/a b' {IMAGE}"),
        ("<disk><source file='../a'/></disk>", "disk/source/@file", f"'../a' {IMAGE}"),
        ("<disk><source file='a,size=1'/></disk>", "disk/source/@file", f"'a,size=1' {IMAGE}"),
        ("<disk><source file='-rf'/></disk>", "disk/source/@file", f"'-rf' {IMAGE}"),
        ("<disk type='block'><source dev='sdb'/></disk>", "disk/source/@dev", f"'sdb' {PATH}"),
        (
            "<disk><source file='/a'/><openvz:image>b</openvz:image></disk>",
            "disk/openvz:image",
            "<source> already says where the disk is; keep one",
        ),
        (
            "<disk><serial>7</serial></disk>",
            "disk/serial",
            "'7' is not a UUID; it has 32 hexadecimal digits, with or without hyphens",
        ),
        ("<disk><openvz:size>0</openvz:size></disk>", "disk/openvz:size", "0 is not the size of a disk; give its size"),
        ("<disk><openvz:mount>data</openvz:mount></disk>", "disk/openvz:mount", f"'data' {PATH}"),
        ("<disk><openvz:mount>/a/../b</openvz:mount></disk>", "disk/openvz:mount", f"'/a/../b' {PATH}"),
        ("<disk><openvz:enabled>on</openvz:enabled></disk>", "disk/openvz:enabled", "'on' is neither yes nor no"),
        (
            "<disk><source file='/a'/></disk><disk><source file='/a'/></disk>",
            "disk[2]",
            "the image /a is already in line 2; keep one",
        ),
        (
            "<disk><source file='/a'/><openvz:mount>/d</openvz:mount></disk>"
            "<filesystem type='file'><source file='/b'/><target dir='/d'/></filesystem>",
            "disk",
            "the mount point /d is already in line 2; keep one",
        ),
        (
            "<disk><serial>00000000-0000-0000-0000-000000000000</serial></disk>",
            "disk/serial",
            "this is the container's own disk; its size is the <space_hard_limit> of its <filesystem>",
        ),
        (
            "<disk><source file='/a'/><openvz:mount>/</openvz:mount></disk>",
            "disk/openvz:mount",
            "this is the container's own disk; its size is the <space_hard_limit> of its <filesystem>",
        ),
        (
            "<disk><openvz:size>99999999999999999999</openvz:size></disk>",
            "disk/openvz:size",
            "99999999999999999999 is not the size of a disk; give its size",
        ),
        (
            "<filesystem><source dir='/s'/><target dir='//'/></filesystem>",
            "filesystem/target/@dir",
            "nothing can be mounted over the container's root",
        ),
        ("<filesystem type='file'><target dir='/d'/></filesystem>", "filesystem", "needs a <source file=>"),
        (
            "<filesystem type='file'><driver type='loop'/><source file='/b'/><target dir='/d'/></filesystem>",
            "filesystem/driver/@type",
            "'loop' is not how vzctl stores disks; use ploop",
        ),
        ("<filesystem><source dir='srv'/><target dir='/m'/></filesystem>", "filesystem/source/@dir", f"'srv' {PATH}"),
        ("<filesystem><source dir='/a:b'/><target dir='/m'/></filesystem>", "filesystem/source/@dir", f"'/a:b' {PATH}"),
        ("<filesystem><source dir='/s'/><target dir='m'/></filesystem>", "filesystem/target/@dir", f"'m' {PATH}"),
        (
            "<filesystem><source dir='/s'/><target dir='/m'/><openvz:options>suid</openvz:options></filesystem>",
            "filesystem/openvz:options",
            "'suid' is not an option of a bind mount; use nodev, noexec, nosuid, ro",
        ),
        (
            "<filesystem><source dir='/s'/><target dir='/m'/></filesystem>"
            "<filesystem><source dir='/t'/><target dir='/m'/></filesystem>",
            "filesystem[2]",
            "the target /m is already in line 2; keep one",
        ),
        (
            "<filesystem><source dir='/a'/><target dir='/'/></filesystem><filesystem><source dir='/b'/></filesystem>",
            "filesystem[2]",
            "appears twice; the first is in line 2",
        ),
    ],
)
def test_a_disk_or_a_mount_is_refused_with_its_place(body, path, message):
    check(f"<devices {OURS}>{body}</devices>", 2, f"domain/devices/{path}", message)


@pytest.mark.parametrize(
    ("inside", "path", "message"),
    [
        (
            "<ip address='10.0.0.5'/><ip address='10.0.0.5' prefix='24'/>",
            "ip[2]",
            "10.0.0.5 is already in line 3; keep one",
        ),
        (
            "<ip address='10.0.0.5/24'/>",
            "ip/@address",
            "'10.0.0.5/24' contains a slash; use address='10.0.0.5' and prefix=",
        ),
        ("<ip address='10.0.0.5' prefix='33'/>", "ip/@prefix", "33 is too long; the maximum is 32"),
        ("<ip address='10.0.0.5' prefix='0'/>", "ip/@prefix", "0 is too small; the minimum is 1"),
        ("<ip address='0.0.0.0'/>", "ip/@address", "'0.0.0.0' cannot be a container's address; remove it"),
        ("<route/>", "route", "needs an attribute 'gateway'"),
        ("<route gateway='remove'/>", "route/@gateway", "'remove' is not an IP address"),
        ("<route gateway=''/>", "route/@gateway", "'' is not an IP address"),
        ("<route gateway='010.0.0.1'/>", "route/@gateway", "'010.0.0.1' is not an IP address"),
        (
            "<route gateway='0.0.0.0'/>",
            "route/@gateway",
            "'0.0.0.0' cannot be a gateway; give a router's address, or remove the route",
        ),
        (
            "<route gateway='224.0.0.1'/>",
            "route/@gateway",
            "'224.0.0.1' cannot be a gateway; give a router's address, or remove the route",
        ),
        ("<route family='ipv6' gateway='10.0.0.1'/>", "route/@family", "10.0.0.1 is an ipv4 address"),
        (
            "<route address='10.1.0.0' prefix='16' gateway='10.0.0.1'/>",
            "route/@address",
            "vzctl sets only the default route; leave address and prefix out, and set others in the container",
        ),
        (
            "<route gateway='10.0.0.1'/><route gateway='10.0.0.2'/>",
            "route[2]",
            "this interface already has a gateway for ipv4; keep one",
        ),
        ("<openvz:dhcp>on</openvz:dhcp>", "openvz:dhcp", "'on' is neither yes nor no"),
        ("<openvz:dhcp family='ip'>no</openvz:dhcp>", "openvz:dhcp/@family", "'ip' is not a family; use ipv4 or ipv6"),
        (
            "<openvz:dhcp>no</openvz:dhcp><openvz:dhcp>yes</openvz:dhcp>",
            "openvz:dhcp[2]",
            "this interface already says it for ipv4; keep one",
        ),
        (
            "<virtualport type='802.1Qbg'/>",
            "virtualport/@type",
            "'802.1Qbg' is not supported by vzctl; use openvswitch",
        ),
    ],
)
def test_what_is_inside_a_pair_is_refused_with_its_place(inside, path, message):
    body = f"<devices {OURS}><interface type='bridge'><source bridge='br0'/>\n{inside}</interface></devices>"
    check(body, 3, f"domain/devices/interface/{path}", message)

"""Reading and rewriting a container's configuration file."""

import os

import pytest

from vzsim.grammar import conf


def read(text):
    return conf.parse(text, "F")


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('HOSTNAME="x"', "x"),
        ("HOSTNAME=two words", "two words"),
        ("HOSTNAME='single'", "'single'"),
        ('HOSTNAME=""', ""),
        ("HOSTNAME=", ""),
        (' \tHOSTNAME="x"', "x"),
        ('HOSTNAME="x"\r', "x"),
        ('HOSTNAME="x" # note', "x"),
        ("HOSTNAME=x # note", "x # note"),
        ('HOSTNAME="say "hi" there"', 'say "hi" there'),
        (r'HOSTNAME="say \"hi\""', 'say "hi"'),
        (r'HOSTNAME="a\nb\\c"', r"anb\c"),
        ('HOSTNAME= "x"', ' "x"'),
        ('HOSTNAME=open"', 'open"'),
        ('HOSTNAME="x"; CPUS="2"', 'x"; CPUS="2'),
        ('HOSTNAME="$VEID"', "$VEID"),
        ('HOSTNAME="a=b"', "a=b"),
    ],
)
def test_how_one_line_is_read(line, value):
    assert read(line).params["HOSTNAME"] == value
    assert read(line).messages == []


@pytest.mark.parametrize("line", ["", "  # HOSTNAME=x", "VZFASTBOOT=no"])
def test_a_line_that_says_nothing(line):
    assert read(line).params == {}
    assert read(line).messages == []


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('HOSTNAME ="x"', "HOSTNAME "),
        (";HOSTNAME=x", ";HOSTNAME"),
        ("export HOSTNAME=x", "export HOSTNAME"),
        ("hostname=x", "hostname"),
        ("\ufeffHOSTNAME=x", "\ufeffHOSTNAME"),
        ("X" * 511 + "=x", "X" * 511),
    ],
)
def test_an_unknown_key_is_remarked_upon_for_those_who_ask(line, key):
    assert read(line).params == {}
    assert read(line).messages == [("verbose", f'Warning at F:1: unknown parameter {key} ("x"), ignored')]


def test_an_old_key_is_remarked_upon():
    message = "Warning: VETH parameter is deprecated, remove it and use --netif_add instead"
    assert read("VETH=x").messages == [("out", message)]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('HOSTNAME="open', "Warning: can't parse F:2 (unmatched quotes), skipping"),
        ('HOSTNAME="a\0b"', "Warning: can't parse F:2 (unmatched quotes), skipping"),
        ("HOSTNAME", "Warning: can't parse F:2 ('=' not found), skipping"),
        ("X" * 512 + "=1", "Warning: can't parse F:2 (too long value), skipping"),
        ('CPUS="two"', 'Warning at F:2: invalid value for CPUS ("two"), skipped'),
        ('CPUS=" 2 "', 'Warning at F:2: invalid value for CPUS (" 2 "), skipped'),
        ('ONBOOT="YES"', 'Warning at F:2: invalid value for ONBOOT ("YES"), skipped'),
        ('CPUUNITS="5"', 'Warning at F:2: invalid value for CPUUNITS ("5"), skipped'),
        ('="x"', 'Warning at F:2: invalid value for  ("x"), skipped'),
        ('NAME="a/b"', 'Warning at F:2: invalid value for NAME ("a/b"), skipped'),
    ],
)
def test_a_line_that_is_skipped_with_a_warning(line, complaint):
    found = read(f"#\n{line}")

    assert found.params == {}
    assert found.messages == [("err", complaint)]


def test_the_first_of_two_lines_wins():
    found = read('HOSTNAME="a"\nHOSTNAME="b"\nCPUS="x"\nCPUS="2"\n')

    assert (found.params["HOSTNAME"], found.params["CPUS"]) == ("a", 2)
    assert found.messages == [
        ("err", 'Warning at F:2: duplicate for HOSTNAME ("b"), ignored'),
        ("err", 'Warning at F:3: invalid value for CPUS ("x"), skipped'),
    ]


def test_memory_takes_the_last_line_and_lists_add_up():
    found = read(
        'PHYSPAGES=1\nPHYSPAGES=0:2\nIP_ADDRESS="10.0.0.1 10.0.0.2"\nIP_ADDRESS="10.0.0.1/24"\nNETFILTER=full\n'
    )

    assert found.params["PHYSPAGES"] == (0, 2)
    assert found.params["IP_ADDRESS"] == ["10.0.0.1", "10.0.0.2"]
    assert found.messages == []


def test_the_addresses_before_a_bad_one_are_kept():
    found = read('IP_ADDRESS="10.0.0.1 nonsense 10.0.0.2"')

    assert found.params["IP_ADDRESS"] == ["10.0.0.1"]
    assert found.messages == [("err", 'Warning at F:1: invalid value for IP_ADDRESS ("10.0.0.1"), skipped')]


def test_a_comma_is_no_way_to_separate_addresses():
    found = read('IP_ADDRESS="10.0.0.1,10.0.0.2"')

    assert found.params["IP_ADDRESS"] == []
    assert found.messages == [("err", 'Warning at F:1: invalid value for IP_ADDRESS ("10.0.0.1,10.0.0.2"), skipped')]


def test_a_number_too_large_for_the_machine_is_cut():
    found = read('PHYSPAGES="0:9999999999999T"\nNUMPROC="-1"')

    assert found.params == {"PHYSPAGES": (0, 2**63 - 1), "NUMPROC": (2**63 - 1, 2**63 - 1)}
    assert found.messages == [
        ("err", 'Warning at F:1: too large value for PHYSPAGES ("0:9999999999999T"), truncated'),
        ("err", 'Warning at F:2: too large value for NUMPROC ("-1"), truncated'),
    ]


@pytest.mark.parametrize("line", ["=", '="10.0.0.1"', '="all"'])
def test_a_line_without_a_key_may_hold_addresses(line):
    assert (read(line).params, read(line).messages) == ({}, [])


def test_keys_of_vz_conf_are_checked_in_any_file():
    assert read('LOGGING="maybe"\nVEID="x"').messages == [
        ("err", 'Warning at F:1: invalid value for LOGGING ("maybe"), skipped'),
        ("err", 'Warning at F:2: invalid value for VEID ("x"), skipped'),
    ]


def test_an_unknown_feature_is_said_on_standard_output():
    found = read('FEATURES="nosuch:on nfs:on"')

    assert found.params["FEATURES"] == {"nfs": True}
    assert found.messages == [("out", "Warning: Unknown feature: nosuch:on")]


def test_a_second_name_for_a_key():
    assert read('DCACHE="1:2"\nIPTENTRIES="3"').params == {"DCACHESIZE": (1, 2), "NUMIPTENT": (3, 3)}


# writing


def test_a_line_is_replaced_where_it_stands_and_its_comment_lost():
    text = '# head\nCPUS="2" # two\n\ngarbage\nX=1\n'

    assert conf.rewrite(text, [("CPUS", "4")]) == '# head\nCPUS="4"\n\ngarbage\nX=1\n'


@pytest.mark.parametrize("line", ['  CPUS="2"', 'CPUS ="2"', '#CPUS="2"'])
def test_a_line_that_does_not_begin_with_the_key_is_not_found(line):
    assert conf.rewrite(line + "\n", [("CPUS", "4")]) == f'{line}\nCPUS="4"\n'


def test_of_two_lines_only_the_first_is_rewritten():
    assert conf.rewrite("CPUS='1'\nCPUS=2\n", [("CPUS", "4")]) == 'CPUS="4"\nCPUS=2\n'


def test_other_lines_keep_their_bytes_and_a_missing_newline_is_supplied():
    assert conf.rewrite('A="1"\r\nB="2"', [("CPUS", "4")]) == 'A="1"\r\nB="2"\nCPUS="4"\n'


def test_a_value_with_a_newline_glues_the_next_line_to_its_tail():
    assert conf.rewrite("", [("DESCRIPTION", "a\nb"), ("CPUS", "1")]) == 'DESCRIPTION="a\nb"CPUS="1"\n'


def test_a_very_long_line_comes_back_in_pieces():
    text = conf.rewrite('X="' + "d" * 20000 + '"\n', [])

    assert [len(line) for line in text.splitlines()] == [16383, 20004 - 16383]


def test_what_follows_a_nul_is_lost_with_the_next_save():
    assert conf.rewrite('X="a\0b"\nY=1\n', [("CPUS", "1")]) == 'X="a\nY=1\nCPUS="1"\n'


def test_saving_leaves_a_link_a_link_and_never_a_temporary_file(tmp_path):
    real, link = tmp_path / "real", tmp_path / "1.conf"
    real.write_text("CPUS=1\n")
    link.symlink_to(real)

    conf.save(str(link), [("CPUS", "2")])

    assert link.is_symlink()
    assert real.read_text() == 'CPUS="2"\n'
    assert sorted(os.listdir(tmp_path)) == ["1.conf", "real"]


def test_bytes_that_are_not_utf8_survive(tmp_path):
    place = tmp_path / "1.conf"
    place.write_bytes(b'DESCRIPTION="\xe9\xff"\n')

    conf.save(str(place), [("CPUS", "2")])

    assert place.read_bytes() == b'DESCRIPTION="\xe9\xff"\nCPUS="2"\n'


# what a held-out line of the same kinds says


@pytest.mark.parametrize(
    ("text", "messages", "params"),
    [
        ('NETIF=""\nNETIF="ifname=eth0"', [], {"NETIF": [{"ifname": "eth0"}]}),
        (
            'NETIF="ifname=eth0;ifname=eth1,mac=zz;ifname=eth2"',
            [("err", 'Warning at F:1: invalid value for NETIF ("ifname=eth0"), skipped')],
            {"NETIF": [{"ifname": "eth0"}]},
        ),
        (
            'IPTABLES="nosuch ip_tables other"',
            [
                ("err", "Warning: Unknown iptable module: nosuch, skipped"),
                ("err", "Warning: Unknown iptable module: other, skipped"),
            ],
            {"IPTABLES": ["ip_tables"]},
        ),
        (
            'DISKSPACE="9999999999T"',
            [("err", 'Warning at F:1: invalid value for DISKSPACE ("9999999999T"), skipped')],
            {"DISKSPACE": (2**63 - 1, 2**63 - 1)},
        ),
        (
            'IOLIMIT="4G"',
            [("err", 'Warning at F:1: too large value for IOLIMIT ("4G"), truncated')],
            {"IOLIMIT": 2**31 - 1},
        ),
        ('CPUS="x"\nCPUS="2"', [("err", 'Warning at F:1: invalid value for CPUS ("x"), skipped')], {"CPUS": 2}),
        ('FEATURES="nfs:on"\nFEATURES="nfs:off ppp:off"', [], {"FEATURES": {"nfs": True, "ppp": False}}),
        ('CAPABILITY="kill:off"\nCAPABILITY="kill:on"', [], {"CAPABILITY": {"KILL": True}}),
        ('MEMINFO=""', [], {}),
        (
            'IP_ADDRESS=" bad 10.0.0.1"',
            [("err", 'Warning at F:1: invalid value for IP_ADDRESS (" bad"), skipped')],
            {"IP_ADDRESS": []},
        ),
        ("=x y", [("err", 'Warning at F:1: invalid value for  ("x"), skipped')], {}),
        ("X" * 512 + '="open', [("err", "Warning: can't parse F:1 (too long value), skipping")], {}),
        ("\\ CPUS=2", [], {"CPUS": 2}),
    ],
)
def test_lines_that_are_only_partly_good(text, messages, params):
    assert read(text).messages == messages
    assert read(text).params == params


# next to the recorded confs


def test_a_user_that_is_not_a_number_is_passed_over_without_a_word():
    found = read("LOCAL_UID=x\nLOCAL_UID=5\nLOCAL_UID=6\n")

    assert (found.params, found.messages) == ({"LOCAL_UID": 5}, [])


def test_a_bad_io_limit_takes_the_one_before_it_away():
    found = read("IOLIMIT=5\nIOLIMIT=x\nIOPRIO=3\nIOPRIO=x\n")

    assert found.params == {"IOPRIO": 3}
    assert [stream for stream, _ in found.messages] == ["err", "err"]

"""A size that no container lives with is a warning that names the likely unit."""

import pytest
from vzdomain.document import codec

OURS = f"xmlns:openvz='{codec.NAMESPACE}'"
SPACE = "<devices><filesystem type='template'><source name='x'/>{}</filesystem></devices>"


def metadata(text):
    return f"<metadata {OURS}>{text}</metadata>"


def warnings(body):
    found = codec.parse(f"<domain type='openvz'><name>209</name>{body}</domain>").warnings
    return [warning for warning in found if "too little" in warning]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("<memory>512</memory>", "domain/memory: memory is 512 KiB, {}; did you mean unit='MiB'?"),
        ("<memory unit='KiB'>2048</memory>", "domain/memory: memory is 2 MiB, {}; did you mean unit='MiB'?"),
        ("<memory unit='kb'>512</memory>", "domain/memory: memory is 500 KiB, {}; did you mean unit='MiB'?"),
        ("<memory>2</memory>", "domain/memory: memory is 2 KiB, {}; did you mean unit='GiB'?"),
        ("<memory unit='MiB'>4</memory>", "domain/memory: memory is 4 MiB, {}; did you mean unit='GiB'?"),
        ("<memory unit='B'>536870</memory>", "domain/memory: memory is 525 KiB, {}; did you mean unit='MiB'?"),
        ("<memory>16383</memory>", "domain/memory: memory is 16383 KiB, {}; did you mean unit='MiB'?"),
        (
            "<memtune><hard_limit>512</hard_limit></memtune>",
            "domain/memtune/hard_limit: privvmpages is 512 KiB, {}; did you mean unit='MiB'?",
        ),
        (metadata("<openvz:swap>256</openvz:swap>"), "openvz:swap: swap is 256 KiB, {}; did you mean unit='MiB'?"),
        (
            metadata("<openvz:physpages barrier='0' limit='512'/>"),
            "openvz:physpages: physpages is 2 MiB, {}; a limit counts pages of 4 KiB, and 512 MiB is limit='131072'",
        ),
        (
            SPACE.format("<space_hard_limit>10</space_hard_limit>"),
            "space_hard_limit: diskspace is 1 KiB, {}; did you mean unit='GiB'?",
        ),
        (
            SPACE.format("<space_hard_limit unit='KiB'>100</space_hard_limit>"),
            "space_hard_limit: diskspace is 100 KiB, {}; did you mean unit='MiB'?",
        ),
        (
            SPACE.format("<quota type='size' max='10'/>"),
            "quota: diskspace is 10 KiB, {}; max counts KiB, and 1 GiB is max='1048576'",
        ),
    ],
)
def test_a_size_below_sixteen_mib_is_shown_for_people_with_the_likely_unit(body, sentence):
    (warning,) = warnings(body)

    assert warning.endswith(sentence.format("which is too little for a container"))
    assert warning.startswith("line 1, column ")


@pytest.mark.parametrize(
    "body",
    [
        "<memory>16384</memory>",
        "<memory unit='MiB'>16</memory>",
        "<memory unit='MiB'>512</memory><memtune><swap_hard_limit unit='MiB'>512</swap_hard_limit></memtune>",
        "<memory unit='MiB'>512</memory><memtune><swap_hard_limit unit='MiB'>513</swap_hard_limit></memtune>",
        metadata("<openvz:swap>0</openvz:swap>"),
        metadata("<openvz:swappages barrier='0' limit='0'/>"),
        metadata("<openvz:physpages barrier='0' limit='unlimited'/>"),
        metadata("<openvz:kmemsize barrier='1' limit='2'/><openvz:lockedpages limit='8'/>"),
        SPACE.format("<space_hard_limit unit='MiB'>16</space_hard_limit>"),
    ],
)
def test_other_sizes_are_left_alone(body):
    assert warnings(body) == []


@pytest.mark.parametrize(
    ("said", "warned"),
    [
        (">10<", True),
        (">65535<", True),
        (">65536<", False),
        (" unit='KB'>3<", False),
        (" unit='MiB'>10<", False),
        (">0<", False),
    ],
)
def test_a_rate_without_unit_that_no_container_lives_with_is_a_warning(said, warned):
    ours = f"xmlns:o='{codec.NAMESPACE}'"
    text = f"<metadata {ours}><o:iolimit{said}/o:iolimit></metadata>"

    warnings = codec.parse(f"<domain type='openvz'><name>209</name>{text}</domain>").warnings

    assert [one.endswith("too little for a container; did you mean unit='MiB'?") for one in warnings] == [True] * warned

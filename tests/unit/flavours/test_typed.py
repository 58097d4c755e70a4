"""What an operator types for ``openvz.set`` and ``openvz.create``."""

import pytest
from vzdomain.document import vocabulary
from vzdomain.flavours import FLAVOURS, LEGACY
from vzdomain.flavours.legacy import typed


@pytest.mark.parametrize("flavour", FLAVOURS, ids=lambda flavour: flavour.family)
def test_every_option_and_key_of_a_family_is_a_word_of_the_vocabulary(flavour):
    words = [(word, row.field) for row in flavour.parameters.values() for word in (row.option, row.key) if word]
    shared = {("PHYSPAGES", "memory"), ("SWAPPAGES", "swap"), ("cpulimit", "cpulimit_mhz")}

    assert {word for word in set(words) - shared if vocabulary.field_meant(word[0]) != word[1]} == set()


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("memory", "ram"), ("mem", "ram"), ("cpu", "cpus"), ("vcpu", "cpus"), ("cores", "cpus"), ("ip", "ipadd"),
        ("address", "ipadd"), ("dns", "nameserver"), ("autostart", "onboot"), ("template", "ostemplate"),
        ("disk_space", "diskspace"), ("interface", "netif_add"), ("numprocs", "numproc"), ("hostnam", "hostname"),
        ("MEMORY", "ram"), ("cpu-limit", "cpulimit"), ("capabilities", "capability"),
    ],
)  # fmt: skip
def test_the_option_that_was_meant_is_named(name, option):
    assert typed.OPTIONS.advice(name, LEGACY.set) == f"; did you mean {option}?"


def test_an_option_that_create_does_not_take_is_set_afterwards():
    assert typed.OPTIONS.advice("memory", LEGACY.create) == "; set it after the creation, with openvz.set and ram"


def test_an_option_that_is_nobodys_is_answered_with_the_whole_list():
    assert typed.OPTIONS.advice("colour", LEGACY.set) == f"; there are: {', '.join(sorted(LEGACY.set))}"

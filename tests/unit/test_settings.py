"""Who wins among pillar, minion configuration and default, and what a setting of the wrong kind is told by."""

import pytest
from vzdomain import errors, settings


def found(name, pillar=None, configuration=None):
    places = ({"openvz": one} for one in (pillar, configuration))
    return settings.Settings(*places)[name]


@pytest.mark.parametrize(
    ("pillar", "configuration", "value"),
    [
        ({"first_ctid": 201}, {"first_ctid": 301}, 201),
        ({"first_ctid": None}, {"first_ctid": 301}, 301),
        ({"vzctl": "/opt/vzctl"}, {"first_ctid": 301}, 301),
        ({}, {}, 101),
        (None, None, 101),
    ],
    ids=["the pillar wins", "null says nothing", "setting by setting", "the default", "no key at all"],
)
def test_the_pillar_wins_over_the_configuration_and_that_over_the_default(pillar, configuration, value):
    assert found("first_ctid", pillar, configuration) == value


def test_a_map_of_the_pillar_takes_the_place_of_the_minions():
    assert found("networks", {"networks": {"a": "br0"}}, {"networks": {"b": "br1"}}) == {"a": "br0"}


def test_where_there_is_no_pillar_yet_the_configuration_counts():
    assert settings.Settings(configuration={"openvz": {"config_dir": "/srv/vz"}})["config_dir"] == "/srv/vz"


@pytest.mark.parametrize("said", [["vzctl"], "vzctl", 5, True])
def test_a_key_openvz_that_is_not_a_mapping_is_refused_since_its_settings_would_be_passed_over(said):
    with pytest.raises(errors.ConfigurationError, match="^openvz must be a mapping, not "):
        found("vzctl", said)


@pytest.mark.parametrize("said", [errors.MASK, {"vzctl": errors.MASK}])
def test_a_mask_is_not_a_value(said):
    with pytest.raises(errors.ConfigurationError, match="has only a masked value for openvz"):
        found("vzctl", said, {"vzctl": "/opt/vzctl"})


def test_a_key_that_is_near_to_a_setting_is_reported_with_its_place_unless_it_is_asked_for():
    both = settings.Settings({"openvz": {"network": {}, "colour": 1}}, {"openvz": {"lock_timeut": 5}})

    assert both.misspelled() == [
        "pillar openvz:network is not a setting; did you mean openvz:networks?",
        "minion configuration openvz:lock_timeut is not a setting; did you mean openvz:lock_timeout?",
    ]
    assert both.unknown("openvz:network:web01") == [
        ("pillar openvz:colour", None),
        ("minion configuration openvz:lock_timeut", "openvz:lock_timeout"),
    ]


@pytest.mark.parametrize("value", [True, "many", -1, [2], ""])
def test_an_argument_that_is_not_a_whole_number_is_refused_by_name(value):
    with pytest.raises(errors.ArgumentError, match="^max_creates must be a whole number of at least 0"):
        settings.whole("max_creates", value)


def test_no_limit_and_a_number_in_quotes_are_arguments():
    assert (settings.whole("max_creates", None), settings.whole("max_creates", "3")) == (None, 3)
    assert (settings.timeout("timeout", None), settings.timeout("timeout", "1.5")) == (None, 1.5)
    with pytest.raises(errors.ArgumentError, match="^max_workers must be a whole number of at least 1"):
        settings.whole("max_workers", None, lowest=1)

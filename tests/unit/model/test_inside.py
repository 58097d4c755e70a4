"""What came out of a container is looked at before it is counted: root inside may say anything."""

import pytest
from vzdomain.model.inside import How, of_returns

MOTD = "file_|-motd_|-/etc/motd_|-managed"


def state(result=True, changes=None, comment="", **more):
    return {"result": result, "changes": changes or {}, "comment": comment, **more}


def test_states_are_counted_by_what_they_say():
    done = of_returns(
        {
            MOTD: state(changes={"diff": "New file"}, name="/etc/motd", __run_num__=1),
            "cmd_|-no_|-no_|-run": state(False, comment="no such program", __run_num__=0),
            "test_|-idle_|-idle_|-nop": state(__run_num__=2),
        }
    )
    assert done.changed == {"file.managed /etc/motd": {"diff": "New file"}}
    assert done.failed == {"cmd.run no": "no such program"}
    assert (done.count, done.retcode) == (3, 2)


def test_a_test_run_that_would_change_something_has_not_failed():
    done = of_returns({MOTD: state(None, {"newfile": "/etc/motd"})})
    assert done.retcode == 0
    assert list(done.changed) == ["file.managed /etc/motd"]


def test_two_states_of_one_name_are_told_apart():
    one = state(changes={"a": 1}, name="x")
    done = of_returns({"cmd_|-a_|-x_|-run": one, "cmd_|-b_|-x_|-run": one})
    assert list(done.changed) == ["cmd.run x", "cmd.run x (2)"]


def test_what_could_not_be_compiled_has_code_1():
    done = of_returns(["Rendering SLS 'base:web' failed"])
    assert (done.retcode, done.count, done.changed) == (1, 0, {})
    assert done.failed == {"not compiled": "Rendering SLS 'base:web' failed"}


@pytest.mark.parametrize(
    "returns",
    [
        None,
        "ok",
        7,
        {"no key": state()},
        {MOTD: "done"},
        {MOTD: {"changes": {}, "comment": ""}},
        {MOTD: state(1)},
        {MOTD: state("yes")},
        {MOTD: {"result": True, "changes": [], "comment": ""}},
        {MOTD: {"result": True, "changes": {}, "comment": None}},
    ],
    ids=str,
)
def test_what_is_no_return_of_states_is_refused(returns):
    with pytest.raises(ValueError, match=r"^(no|a) "):
        of_returns(returns)


def test_no_secret_is_shown_with_what_is_wanted():
    how = How(("web",), pillar={"password": "hunter2"}, grains={"token": "hunter2"})
    assert "hunter2" not in repr(how)
    assert (how.words, How().words) == ("web", "highstate")


def test_thousands_of_states_of_one_name_are_told_apart_without_comparing_each_with_all():
    one = state(True, {"new": 1})
    done = of_returns({f"cmd_|-{number}_|-x_|-run": one for number in range(20_000)})

    assert len(done.changed) == 20_000
    assert list(done.changed)[:3] == ["cmd.run x", "cmd.run x (2)", "cmd.run x (3)"]

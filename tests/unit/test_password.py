"""Password hashes: compared first, sent over standard input, and never seen again."""

import pytest
from library import container
from vzdomain import errors, password
from vzdomain.vzctl import Result, Vzctl

OLD, NEW = "$6$old$oldoldold", "$6$salt$sesame"


class Inside:
    """A vzctl whose containers have a shadow file and a chpasswd."""

    def __init__(self, shadow=f"root:{OLD}:19000:0:99999:7:::\nwww:!:1::::::\n", failure=None, deaf=False):
        self.shadow, self.failure, self.deaf = shadow, failure, deaf
        self.runs = []

    def run(self, *argv, stdin=None, secret=None):
        self.runs.append((argv, stdin))
        if argv[2:] == ("cat", "/etc/shadow"):
            return Result(0, self.shadow, "")
        if self.failure:
            raise self.failure
        if not self.deaf:
            user, secret = stdin.rstrip("\n").split(":", 1)
            self.shadow = f"{user}:{secret}:19000::::::\n"
        return Result(0, "", "")


def test_a_new_hash_is_one_step_that_hides_it():
    made = password.plan(Inside(), container(), "root", NEW)

    assert [step.argv for step in made.steps] == [("exec3", "209", "chpasswd", "-e")]
    assert made.changes == {"password of root": {"old": "(hidden)", "new": "(hidden)"}}
    assert "sesame" not in repr(made) and "oldold" not in repr(made)


def test_an_equal_hash_is_no_step():
    inside = Inside()

    assert password.plan(inside, container(), "root", OLD).steps == ()
    assert [argv for argv, _ in inside.runs] == [("exec3", "209", "cat", "/etc/shadow")]


def test_a_hash_goes_over_standard_input():
    inside = Inside()

    password.change(inside, container(), "root", NEW)

    assert (("exec3", "209", "chpasswd", "-e"), f"root:{NEW}\n") in inside.runs
    assert "sesame" not in repr([argv for argv, _ in inside.runs])
    assert password.plan(inside, container(), "root", NEW).steps == ()


@pytest.mark.parametrize("before", [0, 970, 3000])
def test_what_chpasswd_quotes_is_hidden_wherever_the_error_is_cut(tmp_path, before):
    program = tmp_path / "vzctl"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo vzctl version 4.11 && exit\n'
        f"printf '%{before}sline 1: ' >&2; cat >&2; printf '%3000s' end >&2; exit 1\n"
    )
    program.chmod(0o755)

    with pytest.raises(errors.VzctlError) as caught:
        password.change(Vzctl(str(program)), container(), "root", NEW)

    assert caught.value.rc == 1
    assert "sesa" not in repr(caught.value) and "$6$" not in repr(caught.value)


def test_a_stopped_container_stays_its_own_error():
    failure = errors.NotRunningError("vzctl exec3 209 ended with code 31: Container is not running", 31)

    with pytest.raises(errors.NotRunningError):
        password.change(Inside(failure=failure), container(), "root", NEW)


def test_a_hash_that_was_not_taken_is_noticed():
    with pytest.raises(errors.NotTakenError) as caught:
        password.change(Inside(deaf=True), container(), "root", NEW)

    assert "root has another password" in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "secret",
    [
        "$6$salt$abcdefghijklmnopqrstuv./ABC",
        "$6$rounds=5000$salt$abc",
        "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
        "$2b$12$abcdefghijklmnopqrstuv",
        "$1$salt$abc",
    ],
)
def test_every_usual_hash_is_one(secret):
    assert password.plan(Inside(), container(), "root", secret).steps


@pytest.mark.parametrize("secret", ["sesame", "", "$6$", None, 6, "$6$salt$a\nroot2:$6$x$y", "$6$salt$a:b", "!$6$a$b"])
def test_a_password_in_the_clear_is_refused_without_showing_it(secret):
    with pytest.raises(errors.RefusedError, match="must be a crypt hash") as caught:
        password.plan(Inside(), container(), "root", secret)

    assert not secret or str(secret) not in str(caught.value).replace("openssl passwd -6", "")


@pytest.mark.parametrize("user", ["", "ro:ot", "ro ot", "-x", "root\nwww", "1st"])
def test_an_odd_user_is_refused(user):
    inside = Inside()

    with pytest.raises(errors.RefusedError, match="is no user name"):
        password.plan(inside, container(), user, NEW)

    assert inside.runs == []


@pytest.mark.parametrize("user", ["mail", "roo", "ROOT"])
def test_a_user_that_is_not_there_is_refused(user):
    with pytest.raises(errors.RefusedError, match=f"container 209 has no user {user}"):
        password.plan(Inside(), container(), user, NEW)


def test_a_locked_account_gets_its_password():
    assert password.plan(Inside(), container(), "www", NEW).steps

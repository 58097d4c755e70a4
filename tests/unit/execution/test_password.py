"""Password hashes: compared first, sent over standard input, and never seen again."""

import base64

import pytest
from library import container
from vzdomain import errors
from vzdomain.execution import password
from vzdomain.flavours import LEGACY
from vzdomain.host import process
from vzdomain.host.process import Result
from vzdomain.host.vzctl import Vzctl

OLD, NEW = "$6$old$oldoldold", "$6$salt$sesame"


class Inside:
    """A vzctl whose containers have a shadow file and a chpasswd."""

    flavour = LEGACY

    def __init__(self, shadow=f"root:{OLD}:19000:0:99999:7:::\nwww:!:1::::::\n", failure=None, deaf=False):
        self.shadow, self.failure, self.deaf = shadow, failure, deaf
        self.runs = []

    def run(self, *argv, stdin=None, secret=False):
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

    assert [step.argv for step in made.calls] == [("exec3", "209", "chpasswd", "-e")]
    assert made.changes == {"password of root": {"old": "(hidden)", "new": "(hidden)"}}
    assert "sesame" not in repr(made) and "oldold" not in repr(made)


def test_an_equal_hash_is_not_a_step():
    inside = Inside()

    assert password.plan(inside, container(), "root", OLD).calls == ()
    assert [argv for argv, _ in inside.runs] == [("exec3", "209", "cat", "/etc/shadow")]


def test_a_hash_goes_over_standard_input():
    inside = Inside()

    password.change(inside, container(), "root", NEW)

    assert (("exec3", "209", "chpasswd", "-e"), f"root:{NEW}\n") in inside.runs
    assert "sesame" not in repr([argv for argv, _ in inside.runs])
    assert password.plan(inside, container(), "root", NEW).calls == ()


SHAPES = {
    "as it is": NEW,
    "in two lines": f"{NEW[:9]}\n{NEW[9:]}",
    "a character a line": "\n".join(NEW),
    "backwards": NEW[::-1],
    "in hex": NEW.encode().hex(),
    "in base64": base64.b64encode(NEW.encode()).decode(),
    "escaped": NEW.replace("$", "\\\\$"),
    "in capitals": NEW.upper(),
    "far inside": f"{'x' * 970}{NEW}{'y' * 3000}",
    "the whole shadow file": f"root:{NEW}:19000:0:99999:7:::\nwww:{OLD}:19000::::::\n",
}
CODES = (1, 9, 14, 20, 31, 105, 139, 255)  # each has a class of its own, or none


@pytest.fixture
def talker(tmp_path):
    """``talker(text, stream, code)``: a vzctl that prints a text for each command in a container and ends so."""

    def make(text, stream, code):
        (tmp_path / "said").write_text(text)
        (tmp_path / "vzctl").write_text(
            '#!/bin/sh\n[ "$1" = --version ] && echo vzctl version 4.11 && exit\n'
            f"cat > /dev/null; cat {tmp_path}/said >&{stream}; exit {code}\n"
        )
        (tmp_path / "vzctl").chmod(0o755)
        return Vzctl(str(tmp_path / "vzctl"), lock_timeout=0)

    return make


@pytest.mark.parametrize("do", [password.change, password.plan])
@pytest.mark.parametrize("stream", [1, 2])
@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_is_printed_with_whatever_code_is_in_no_error_and_no_log(talker, do, stream, shape, caplog):
    caplog.set_level(1)

    for code in CODES:
        with pytest.raises(errors.VzctlError) as caught:
            do(talker(SHAPES[shape], stream, code), container(), "root", NEW)

        failure = caught.value
        assert str(failure) == (
            f"vzctl exec3 209 ended with code {code}; its output is not shown since it may contain secrets"
        )
        told = f"{failure!r} {failure.args} {vars(failure)} {failure.__cause__} {failure.__context__} {caplog.text}"
        assert not [line for line in SHAPES[shape].split() if len(line) > 1 and line in told]


@pytest.mark.parametrize("limits", [{"command_timeout": 0.2}, {}])
def test_a_call_that_is_killed_shows_nothing_of_what_it_printed(tmp_path, limits, monkeypatch):
    monkeypatch.setattr(process, "MAX_BYTES", 2000)
    program = tmp_path / "vzctl"
    endless = "sleep 60" if limits else f"while :; do echo {NEW!r}; done"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo vzctl version 4.11 && exit\necho {NEW!r}; {endless}\n')
    program.chmod(0o755)

    with pytest.raises(errors.CannotAskError) as caught:
        password.change(Vzctl(str(program), **limits), container(), "root", NEW)

    assert "was killed" in str(caught.value)
    assert "sesame" not in f"{caught.value!r} {caught.value.__cause__} {caught.value.__context__}"


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
    assert password.plan(Inside(), container(), "root", secret).calls


@pytest.mark.parametrize("secret", ["sesame", "", "$6$", None, 6, "$6$salt$a\nroot2:$6$x$y", "$6$salt$a:b", "!$6$a$b"])
def test_a_password_in_the_clear_is_refused_without_showing_it(secret):
    with pytest.raises(errors.RefusedError, match="must be a crypt hash") as caught:
        password.plan(Inside(), container(), "root", secret)

    assert not secret or str(secret) not in str(caught.value).replace("openssl passwd -6", "")


@pytest.mark.parametrize("user", ["", "ro:ot", "ro ot", "-x", "root\nwww", "1st"])
def test_an_odd_user_is_refused(user):
    inside = Inside()

    with pytest.raises(errors.RefusedError, match="is not a valid user name"):
        password.plan(inside, container(), user, NEW)

    assert inside.runs == []


def test_a_hash_in_the_place_of_the_user_is_not_repeated():
    with pytest.raises(errors.RefusedError, match="the order is name, user, pillar_key") as caught:
        password.plan(Inside(), container(), NEW, OLD)

    assert "sesame" not in repr(caught.value)


@pytest.mark.parametrize("user", ["mail", "roo", "ROOT"])
def test_a_user_that_is_not_there_is_refused(user):
    with pytest.raises(errors.RefusedError, match=f"container 209 has no user {user}"):
        password.plan(Inside(), container(), user, NEW)


def test_a_locked_account_gets_its_password():
    assert password.plan(Inside(), container(), "www", NEW).calls

"""What another family of vzctl would refuse is said without a node of it."""

import pytest
from salt.exceptions import CommandExecutionError, SaltInvocationError

OURS = "https://openvz.org/schemas/domain/salt/1"
NEWER = f"""<domain type='openvz'>
  <name>209</name>
  <metadata xmlns:openvz='{OURS}'>
    <openvz:autostop>suspend</openvz:autostop>
  </metadata>
</domain>"""
OLDER = f"""<domain type='openvz'>
  <name>209</name>
  <metadata xmlns:openvz='{OURS}'>
    <openvz:netfilter>full</openvz:netfilter>
  </metadata>
</domain>"""


def test_a_document_is_checked_for_the_vzctl_of_the_node(openvz):
    with pytest.raises(CommandExecutionError) as caught:
        openvz.validate(xml=NEWER)

    assert str(caught.value).startswith("line 4, column 5 domain/metadata/openvz:autostop: vzctl 4.11.1")
    assert str(caught.value).endswith("(Virtuozzo 7 to 9 has)")


@pytest.mark.parametrize("named", [7, "8", "9.0.1", "Virtuozzo 7 to 9"])
def test_a_document_is_checked_for_the_family_that_is_named(openvz, named):
    assert openvz.validate(xml=NEWER, family=named)["name"] == "209"


def test_of_one_family_one_release_may_lack_what_another_one_has(openvz):
    assert openvz.validate(xml=OLDER, family="8.0.20")["family"] == "8.0.20"
    with pytest.raises(CommandExecutionError, match="line 4, .*: vzctl 9 has no parameter for it: only 8.0.25 and ear"):
        openvz.validate(xml=OLDER, family=9, writable=False)


@pytest.mark.parametrize("function", ["validate", "explain"])
def test_another_word_is_not_a_family(openvz, function):
    with pytest.raises(SaltInvocationError, match="'12' is not a family of vzctl; use 4, 7, 8, 9"):
        getattr(openvz, function)(xml=NEWER, family=12)


def test_a_document_is_explained_for_the_family_that_is_named(openvz):
    def line(**family):
        return next(one for one in openvz.explain(xml=NEWER, **family) if one["field"] == "autostop")

    assert (line(family=9)["option"], line(family=9)["key"]) == ("autostop", "AUTOSTOP")
    assert line()["option"] is None
    assert line(family=4)["note"].endswith("vzctl 4 has no parameter for it (Virtuozzo 7 to 9 has)")


def test_a_plan_refuses_with_the_line(openvz):
    with pytest.raises(CommandExecutionError, match="^line 4, column 5 domain/metadata/openvz:autostop: vzctl 4.11.1"):
        openvz.plan(xml=NEWER)


def test_without_a_vzctl_the_family_is_asked_for_or_not_known(openvz, node):
    (node.directory / "bin/vzctl").unlink()

    assert openvz.validate(xml=NEWER)["family"] is None
    assert openvz.validate(xml=NEWER, family=9)["family"] == "9"
    with pytest.raises(
        SaltInvocationError, match="there is no vzctl on this minion to explain it for; pass family=4, 7, 8 or 9"
    ):
        openvz.explain(xml=NEWER)

"""What the reference shows of settings and of messages is what a minion makes of them."""

import re
from pathlib import Path

import pytest
import yaml
from salt.exceptions import CommandExecutionError
from vzdomain import settings

REFERENCE = Path(__file__).parents[3] / "docs/reference"


def block(page, language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", (REFERENCE / page).read_text(), re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture
def configured(loaders):
    """``configured({"openvz": ...})``: what the pillar says of settings, beside what this node needs."""
    pillar = loaders.modules.pack["__pillar__"]["openvz"]
    before = dict(pillar)
    yield lambda said: pillar.update(said["openvz"])
    pillar.clear()
    pillar.update(before)


def test_the_settings_that_are_shown_have_their_effect(openvz, node, states, configured, web01):
    said = yaml.safe_load(block("configuration.md", "yaml"))
    assert set(said["openvz"]) <= set(settings.DEFAULTS)

    configured(said)
    states.running("db01", xml=web01.replace("web01", "db01"))

    assert openvz.node_info()["networks"]["default"] == said["openvz"]["networks"]["default"]
    assert openvz.info("db01")["db01"]["protected"] is True


@pytest.mark.parametrize("key", ["first_ctid", "lock_timeout", "command_timeout", "protected", "networks"])
def test_a_setting_that_cannot_be_used_is_named(openvz, node, configured, key):
    configured({"openvz": {key: {"no": "such thing"} if key != "networks" else "virbr0"}})

    with pytest.raises(CommandExecutionError, match=f"openvz:{key}"):
        openvz.list()


def test_the_message_of_a_code_is_as_it_is_shown(openvz, node, states, seed):
    message = block("exit-codes.md", "text").strip()
    command, code, said = re.fullmatch(r"vzctl (.*) ended with code (\d+): (.*)", message).groups()
    states.running("seed", xml=seed)
    node.fault("--command", command.split()[0], "--rc", code, "--stderr", said)

    with pytest.raises(CommandExecutionError) as raised:
        openvz.set(command.split()[1], cpus=3)

    assert str(raised.value) == message


def test_the_refusal_of_a_family_is_as_it_is_shown(openvz):
    shown = block("families.md", "text").strip()
    document = """\
<domain type='openvz'>
  <name>web01</name>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='bridge'>
      <source bridge='br0'/>
      <ip address='198.51.100.10' prefix='24'/>
    </interface>
  </devices>
</domain>
"""

    with pytest.raises(CommandExecutionError) as raised:
        openvz.validate(xml=document, family="4.11.1")

    assert str(raised.value).startswith(shown)


@pytest.mark.parametrize(("code", "tries"), [("9", 2), ("14", 1), ("20", 1), ("139", 1)])
def test_nothing_but_a_lock_is_tried_again(openvz, node, states, seed, code, tries):
    states.running("seed", xml=seed)
    node.fault("--command", "set", "--rc", code, "--stderr", "no", "--times", "1")
    node.forget_calls()

    failed = None
    try:
        openvz.set("209", cpus=3)
    except CommandExecutionError as err:
        failed = f"ended with code {code}: no" in str(err)

    assert failed is (None if tries == 2 else True)
    assert len(node.calls("set")) == tries


@pytest.mark.parametrize(("page", "name"), [("module", "openvz.define"), ("states", "openvz.managed")])
def test_the_command_that_shows_a_page_on_a_terminal_does_so(loaders, page, name):
    text = (REFERENCE / f"{page}.md").read_text()
    ((function, what),) = re.findall(r"`salt '\*' (sys\.\w+) (\w+)`", text)

    assert name in loaders.modules[function](what)

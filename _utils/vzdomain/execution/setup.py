"""
The library put together for one minion, from its `settings.Settings`.
"""

import os

from .. import flavours
from ..errors import OpenVZError
from ..host.networks import Networks
from ..host.node import Node
from ..host.process import Program
from ..host.vzctl import Vzctl
from .converting.converter import Converter
from .inside.door import Door
from .journal import Journal, machine
from .moving.mover import Mover
from .reconcile import Reconciler
from .templates import fetching


def vzctl(settings):
    """The programs of a node."""
    programs = {name: settings[name] for name in ("vzctl", "vzlist", "ip", "brctl", "vzmlocal")}
    return Vzctl(**programs, lock_timeout=settings["lock_timeout"], command_timeout=settings["command_timeout"])


def asking(settings, most):
    """vzctl and vzlist alone, for who changes nothing: no call takes more than `most` seconds."""
    return Vzctl(settings["vzctl"], settings["vzlist"], command_timeout=most)


def family(settings, word=None):
    """
    The flavour that documents are for, and its version: what a `word` names, else those of this node's vzctl.

    ``(None, None)`` where there is no vzctl to ask. ArgumentError as `flavours.named` says.
    """
    if word is not None:
        return flavours.named(word)
    try:
        return vzctl(settings).release()
    except OpenVZError:
        return None, None


def refusing(settings):
    """What this node's vzctl cannot have, as `Sources` wants it; it is asked once, and only if there is a document."""
    asked = []

    def refused(domain):
        if not asked:
            asked.append(family(settings))
        its, version = asked[0]
        return flavours.refused(domain, its, version) if its else ()

    return refused


def node(settings, minion):
    """The node that a minion runs on; `minion` is the id that marks name."""
    return Node(vzctl(settings), settings["config_dir"], settings["sys_class_net"], minion, settings["proc_dir"])


def reconciler(settings, minion, cache, job, protecting, elsewhere=None):
    """
    The `Reconciler` of a minion.

    minion, cache
        The minion's id, and its cache directory: the journal is kept there.

    job
        Called for whose work this is: what others are told while they wait for it, and what the history has.

    protecting
        As `Sources.protecting`.

    elsewhere
        Makes what is known of other nodes, of the mode in the settings, the minion, and what its machine is called;
        ``None`` where nothing is known of any.
    """
    directory, mode = os.path.join(cache, "openvz"), settings["fleet"]
    its = node(settings, minion)
    its.template_sources = {name: one.shown for name, one in template_sources(settings).items()}
    made = Reconciler(
        its,
        Networks(settings["networks"], settings["libvirt_uri"]),
        Journal(directory, settings["lock_timeout"], job, settings["history_days"]),
        first_ctid=settings["first_ctid"],
        lock_timeout=settings["lock_timeout"],
        protected=settings["protected"],
        protectors=protecting,
        elsewhere=elsewhere and elsewhere(mode, minion, lambda: machine.token(directory)),
    )
    limits = {"timeout": settings["inside_timeout"], "python": settings["inside_python"]}
    made.door = lambda container: Door(its, container, **limits)
    made.max_output = settings["inside_max_output"]
    return made


def template_sources(settings):
    """Name -> `templates.fetching.Source`; ConfigurationError for one that cannot be used."""
    return fetching.sources(settings["templates"])


def mover(settings, made):
    """The node's part of moves: a `Mover` over the `Reconciler` of a minion."""
    return Mover(made, (settings["vzmigrate"],), settings["ssh_host"] or made.node.node_id)


def converter(settings, made, documents):
    """The node's part of conversions: a `Converter`; `documents` are the entries of a key of the pillar."""
    programs, host = (settings["vzmigrate"],), settings["ssh_host"] or made.node.node_id
    its = {name: tool for name, tool in tools(settings).items() if name in ("rsync", "ssh")}
    return Converter(made, programs, host, its, documents)


def tools(settings):
    """The programs that convert containers: ``rsync`` and ``ssh``."""
    packages = {"rsync": "rsync", "ssh": "openssh-client"}
    return {name: Program(settings[name], package, name) for name, package in packages.items()}

"""
What an OpenVZ node says of itself to the master: family and version of vzctl, how many containers, on what layouts.

Machines without vz.conf have no such grain, and nothing is run on them. vzlist is never asked.
``openvz:config_dir`` and ``openvz:vzctl`` come from the minion configuration: grains are made before the pillar.
"""

import logging
import os
from collections import Counter

try:
    import vzdomain  # synced: Salt puts <extension_modules>/utils on sys.path while it loads this file

    vzdomain = vzdomain.current()
except ImportError:
    from saltext.openvz.utils import vzdomain  # pip

log = logging.getLogger(__name__)

_TIMEOUT = 30  # seconds for vzctl --version: a minion must come up


def openvz():
    """
    Return ``{"openvz": {"flavour", "version", "containers", "layouts"}}``, ``{}`` where this is not a node.

    ``layouts`` has the number of containers by ``simfs`` and ``ploop``. What cannot be asked is left out and logged.

    CLI Example:

    .. code-block:: bash

        salt -G 'openvz:flavour:OpenVZ legacy' grains.get openvz
    """
    settings = vzdomain.settings.Settings(configuration=__opts__)
    try:
        vzctl = vzdomain.host.vzctl.Vzctl(settings["vzctl"], command_timeout=_TIMEOUT)
        node = vzdomain.host.node.Node(vzctl, settings["config_dir"])
    except vzdomain.errors.ConfigurationError as err:
        log.warning("There is no openvz grain: %s", err)
        return {}
    if not os.path.isfile(node.path("vz.conf")):
        return {}
    said = {**_known(_program, vzctl), **_known(_containers, node)}
    return {"openvz": vzdomain.errors.harmless(said)}


def _program(vzctl):
    return {"flavour": vzctl.flavour.name, "version": vzctl.version()}


def _containers(node):
    """Whole containers, by their files; half of one is none."""
    layouts = Counter(node.layout(ctid) for ctid in node.ctids() if not node.leftovers(ctid))
    return {"containers": layouts.total(), "layouts": dict(layouts)}


def _known(ask, *what):
    """An answer, empty where there is none: grains that fail would take others with them."""
    try:
        return ask(*what)
    except (vzdomain.errors.OpenVZError, OSError, ValueError) as err:
        log.warning("The openvz grain is incomplete: %s", err)
        return {}

"""
libvirt network -> bridge of this node, asked of virsh(1).

A document names a network (``default``), and each node has its own bridge for it (``virbr0``): the format is that of
https://libvirt.org/formatnetwork.html. Whether the bridge exists and is up is not looked at here.
"""

import functools
import logging
import re
import shlex

from ..document import reader
from ..errors import (
    BridgeMissingError,
    CannotAskError,
    CommandTimeoutError,
    DocumentError,
    LibvirtMissingError,
    LibvirtUnreachableError,
    MissingProgramError,
    NetworkError,
    NetworkInactiveError,
    NetworkUndefinedError,
    NetworkWithoutBridgeError,
    OpenVZError,
    RefusedError,
    kind_of,
    public,
)
from ..model import names
from . import process

log = logging.getLogger(__name__)


class Networks:
    """
    The networks of one node, each asked for once: make a new one for each run.

    ``Networks({"lan": "br0"}).bridge("lan")`` -> "br0", from configuration alone;
    ``Networks(uri="test:///default").bridge("default")`` -> "virbr0", from libvirt.
    """

    def __init__(self, mapping=None, uri=None, virsh="virsh", timeout=30):
        self._mapping = {str(name): bridge for name, bridge in (mapping or {}).items()}  # YAML makes a number of 5
        self._uri, self._timeout = uri, timeout
        self._virsh = process.Program(virsh, "libvirt-clients")
        self._known = {}  # name -> bridge, or the error that was the answer
        self._silent = None  # makes the error for a name, once virsh has hung or could not be run

    def bridge(self, name):
        """Return the name of the bridge; a `NetworkError`, or `CommandTimeoutError`, says why there is none."""
        if name not in self._known:
            self._known[name] = self._answer(name)
        answer = self._known[name]
        if isinstance(answer, OpenVZError):
            raise answer
        return answer

    def why_without(self, name, bridge):
        """The error for a network whose bridge is not on this node: libvirt has not started it, or knows no better."""
        if name in self._mapping:
            return BridgeMissingError(
                f"openvz:networks gives the network {name!r} the bridge {bridge}, which is not on this node; "
                f"make the bridge, or fix the setting"
            )
        result = self._run(name, "net-info")
        if result.rc:
            return _failure(name, result.stderr, self._uri)
        if re.search(r"^Active:\s+no$", result.stdout, re.MULTILINE):
            return NetworkInactiveError(
                f"libvirt's network {name!r} is not active, so its bridge {bridge} is not on this node; "
                f"start it: {self.command('net-start', name)} "
                f"({self.command('net-autostart', name)} for the next boot)"
            )
        return BridgeMissingError(
            f"libvirt's network {name!r} is active, but its bridge {bridge} is not on this node; "
            f"start it again: {self.command('net-destroy', name)}, then {self.command('net-start', name)}"
        )

    def by_bridge(self):
        """Bridge -> network, of the configuration and of libvirt's active networks, as far as libvirt answers."""
        return dict(self._by_bridge)

    @functools.cached_property
    def _by_bridge(self):
        try:
            active = self.active()
        except OpenVZError as err:
            log.debug("libvirt's networks cannot be listed: %s", err)
            active = []
        found = {}
        for name, bridge in self._bridged([*self._mapping, *active]):
            found.setdefault(bridge, name)
        return found

    def _bridged(self, networks):
        """Those that have a bridge, with it: one that has none, or none that can be, is nobody's."""
        for name in networks:
            try:
                yield name, self.bridge(name)
            except OpenVZError:
                continue

    def known(self):
        """Network -> bridge, of the configuration and of libvirt's active networks, as far as libvirt answers."""
        return {name: bridge for bridge, name in self.by_bridge().items()} | dict(self._bridged(self._mapping))

    def command(self, verb, name):
        """What a person types, with the connection that is asked here."""
        connect = [] if self._uri is None else ["--connect", str(self._uri)]
        return shlex.join(["virsh", *connect, verb, name])

    def active(self):
        """The names of libvirt's active networks."""
        return self._list()

    def inactive(self):
        """The names of the networks that libvirt knows and has not started."""
        return self._list("--inactive")

    def _list(self, *options):
        result = self._run(None, "net-list", "--name", *options)
        if result.rc:
            raise _failure(None, result.stderr, self._uri)
        return [line.strip() for line in result.stdout.splitlines() if line.strip()]

    def _answer(self, name):
        try:
            names.network(name)
            return self._configured(name) if name in self._mapping else self._ask(name)
        except ValueError as err:
            return NetworkError(str(err))
        except OpenVZError as err:
            return err

    def _configured(self, name):
        bridge = self._mapping[name]
        if not isinstance(bridge, str):
            raise NetworkError(f"openvz:networks:{name} must be text, the name of a bridge, not {kind_of(bridge)}")
        try:
            return names.device(bridge)
        except ValueError:
            raise NetworkError(
                f"openvz:networks:{name} is not the name of a bridge; use 1 to 15 letters, digits and _ . -"
            ) from None

    def _ask(self, name):
        result = self._run(name, "net-dumpxml")
        if result.rc:
            raise _failure(name, result.stderr, self._uri)
        return _read_bridge(name, result.stdout)

    def _run(self, name, command, *options):
        """The `process.Result` of virsh; one that hangs or cannot be run is asked once."""
        if self._silent is None:
            connect = [] if self._uri is None else ["--connect", self._uri]
            argv = [*connect, command, *options, *([] if name is None else [name])]
            try:
                return self._virsh.run(argv, self._timeout, logged=list(map(public, argv)))
            except CommandTimeoutError:
                self._silent = functools.partial(_late, timeout=self._timeout)
            except MissingProgramError as err:
                self._silent = functools.partial(_missing, virsh=self._virsh.path, reason=_reason(err.__cause__))
            except CannotAskError:
                self._silent = _endless
            except RefusedError:
                raise NetworkError(f"virsh cannot be asked for the network {name!r}: the name contains a NUL") from None
        raise self._silent(name)


def _asked(name):
    """What virsh was asked about, and what to do without its answer."""
    if name is None:
        return "the networks", "set openvz:networks"
    return f"the network {name!r}", f"set openvz:networks:{name} to the bridge"


def _late(name, timeout):
    what, else_ = _asked(name)
    return CommandTimeoutError(
        f"virsh did not answer within {timeout} seconds when asked for {what}; check libvirt on this node, or {else_}"
    )


def _endless(name):
    what, else_ = _asked(name)
    return NetworkError(f"virsh gave far too long an answer when asked for {what}; check libvirt, or {else_}")


def _reason(err):
    return "is not installed" if isinstance(err, FileNotFoundError) else f"cannot be run ({err.strerror})"


def _missing(name, virsh, reason):
    what, else_ = _asked(name)
    return LibvirtMissingError(
        f"{virsh} {reason}, so the bridge of {what.removeprefix('the ')} is unknown; "
        f"install libvirt-clients, or {else_}"
    )


def _failure(name, stderr, uri):
    """Tell virsh's failures apart by its own words; its exit code is 1 for all of them."""
    what, else_ = _asked(name)
    sentence = "; ".join(line.removeprefix("error: ").strip() for line in stderr.splitlines() if line.strip())
    where = "libvirt" if uri is None else f"libvirt at {uri}"
    if "failed to connect to the hypervisor" in stderr:
        return LibvirtUnreachableError(
            f"{where} cannot be reached to ask for {what}: {sentence}; "
            f"start its daemon, set openvz:libvirt_uri, or {else_}"
        )
    if "Network not found" in stderr:
        return NetworkUndefinedError(f"{where} has no network {name!r}; define it (virsh net-define), or {else_}")
    return NetworkError(f"virsh could not show {what}: {sentence or 'no message'}")


def _read_bridge(name, text):
    """``<network>...<bridge name='virbr0'/></network>`` -> "virbr0"."""
    try:
        root = reader.load(text)
    except DocumentError as err:
        raise NetworkError(f"virsh's description of the network {name!r} cannot be read: {err}") from None
    bridge, forward = root.find("bridge"), root.find("forward")
    mode = "none" if forward is None else forward.get("mode", "nat")
    if bridge is None:
        raise NetworkWithoutBridgeError(
            f"the network {name!r} has no bridge: its forward mode is {mode!r}; "
            f"use a network of mode nat, route, open or bridge, or set openvz:networks:{name} to a bridge"
        )
    if not bridge.get("name"):
        raise NetworkWithoutBridgeError(
            f"the bridge of network {name!r} has no name yet; start it (virsh net-start {name}), "
            f"or set openvz:networks:{name} to the bridge"
        )
    return _checked(name, bridge.get("name"))


def _checked(name, bridge):
    try:
        return names.device(bridge)
    except ValueError as err:
        raise NetworkError(f"the bridge of network {name!r} cannot be used: {err}") from None

"""
What must be done to the veth pairs of a container: actions. Pure.
"""

from dataclasses import replace

from ..errors import RefusedError
from ..model.actions import AddVeth, Bridge, ChangeVeth, FilterVeth, RemoveVeth
from . import match


class Pairs:
    """
    The pairs of a document over those of a container.

    `expected` are all of them as they are when the actions are done, if any pair is touched; `touched` their guest
    devices.
    """

    def __init__(self, desired, live, context):
        self.desired, self.live, self.context = desired, live, context
        self.expected, self.touched = None, []
        self._actions = []
        self._staying = []  # the pairs that are there after the first call
        self._its = context.flavour.pairs
        self._found = tuple(self._its.as_read(live.ctid, one) for one in live.domain.interfaces or ())
        self._targets = {one.target for one in (*(desired.interfaces or ()), *self._found)}

    def actions(self):
        """RefusedError for what vzctl has no way to do, and where two devices would have one name, or one MAC."""
        if self.desired.interfaces is None:
            self._refuse_two_of_a_name(has_devices=self._devices_differ())
            return []
        devices = (*(self.desired.hostdevs or ()), *(self.live.domain.hostdevs or ()))
        pairs, extra = match.match(self.desired.interfaces, self._found, self._its, devices)
        self._actions += [RemoveVeth(one, disruption=self._disruption("network")) for one in extra]
        self._staying = [pair for pair in pairs if not pair.must_be_replaced]
        made = [self._interface(pair) for pair in pairs]
        written = [one for one in self._actions if not isinstance(one, Bridge)]
        if "interfaces" in self.context.unwritable and written:
            raise self.context.unwritable["interfaces"]
        if written:
            made = [match.overlaid(one) if isinstance(one, match.Pair) else one for one in made]
            self.expected = tuple(replace(one, target=self._its.target(self.live.ctid, one)) for one in made)
        self.touched = list(dict.fromkeys(_guest(one) for one in written if not isinstance(one, FilterVeth)))
        if self.touched:
            self._refuse_twins(self.expected)
        self._refuse_two_of_a_name(bool(self.touched) or self._devices_differ())
        return self._actions

    def _disruption(self, disruption):
        return disruption if self.live.running else "none"

    def _refuse_twins(self, pairs):
        """What one pair keeps is not given to another."""
        for field, what in (("mac", "MAC"), ("target", "device on the node")):
            first = {}
            for pair in pairs:
                value = getattr(pair, field)
                if value and value in first:
                    raise RefusedError(
                        f"interfaces {first[value]} and {pair.guest} of container {self.live.ctid} would have the same "
                        f"{what}, {value}; change it for the one that has it now"
                    )
                first[value] = pair.guest

    def _devices_differ(self):
        new, old = self.desired.hostdevs, self.live.domain.hostdevs or ()
        return new is not None and set(new) != set(old)

    def _refuse_two_of_a_name(self, has_devices):
        """A container with two devices of one name does not start: vzctl ends with 104."""
        if not has_devices:
            return
        passed = self.live.domain.hostdevs if self.desired.hostdevs is None else self.desired.hostdevs
        guests = {one.guest for one in self.live.domain.interfaces or ()}
        for action in self._actions:
            if isinstance(action, RemoveVeth):
                guests.discard(action.old.guest)
            elif isinstance(action, (AddVeth, ChangeVeth)):
                guests.add(action.new.guest)
        for device in passed or ():
            if device in guests:
                raise RefusedError(
                    f"container {self.live.ctid} would have two devices {device}: that of a veth pair, and one of the "
                    f"node that is passed through; choose another <guest dev=> for the pair"
                )

    def _interface(self, pair):
        """Plan one interface; returns what it is afterwards, or the `match.Pair` where it stays as it is."""
        if pair.live is None:
            new = self._add(pair.desired)
        elif pair.must_be_replaced:
            new = self._replace(pair)
        else:
            new = self._change(pair) if pair.differing else pair.live
            self._move(pair, new)
        self._mac_filter(pair)
        return pair if new is pair.live else new

    def _add(self, desired):
        mac = desired.mac or self._mac(desired.guest)
        target = desired.target or self._target(desired.guest, mac)
        new = replace(desired, mac=mac, target=target)
        self._refuse_first(new, self.live.domain.interfaces)
        device = self._its.target(self.live.ctid, new)
        self._actions.append(AddVeth(new, device, is_running=self.live.running, disruption=self._disruption("live")))
        return replace(new, host_mac=new.host_mac or self._its.HOST_MAC.lower() or None)

    def _mac_filter(self, pair):
        """Of a device that is there, or that is added again and then has it on."""
        is_new, guest = pair.live is None or pair.must_be_replaced, pair.desired.guest
        found = None if is_new else pair.live.mac_filter
        wanted = pair.desired.mac_filter if pair.live is None else match.filtered(pair)
        old, new = found is not False, wanted is not False
        if old == new:
            return
        if self.live.running and pair.live and "mac_filter" not in self._its.LIVE:
            raise RefusedError(self._only_stopped(guest, "MAC filter"))
        self._actions.append(FilterVeth(guest, None if pair.live is None else old, new))

    def _only_stopped(self, guest, what):
        return (
            f"interface {guest} of container {self.live.ctid} gets another {what} only while it "
            f"is stopped: vzctl cannot change that in the kernel"
        )

    def _change(self, pair):
        new = match.overlaid(pair)
        fixed = [name for name in pair.differing if name not in self._its.LIVE]
        if self.live.running and fixed:
            raise RefusedError(self._only_stopped(new.guest, " and ".join(fixed)))
        if self.live.running and not pair.live.mac and not self._its.MOVES:
            raise RefusedError(self._without_mac(new.guest))
        self._refuse_beside_dhcp(pair, new)
        self._actions.append(ChangeVeth(pair.live, new, pair.differing, self._disruption("network")))
        return new

    def _refuse_beside_dhcp(self, pair, new):
        """
        The container has DHCP on, the document says addresses and nothing of DHCP: vzctl would not save them.

        A document that says both is refused with its line.
        """
        wanted = self._its.settled(pair.desired).addresses or ()
        if "addresses" in pair.differing and set(wanted) - set(new.addresses or ()):
            raise RefusedError(
                f"interface {new.guest} of container {self.live.ctid} has DHCP on, and vzctl keeps no address of that "
                f"family beside it; write <openvz:dhcp>no</openvz:dhcp> (family='ipv6' for IPv6) to turn it off"
            )

    def _move(self, pair, new):
        """
        See the pair of a running container into the bridge that its file has, or will have.

        The script that vzctl calls takes no device out of another bridge, and reads the file as it was before.
        """
        if not self.live.running or not new.bridge or new.bridge in self.context.foreign or self._moved_by_vzctl(pair):
            return
        holder = self.context.held.get(new.target, pair.live.bridge)
        if holder != new.bridge:
            self._actions.append(Bridge(new.guest, new.target, holder, new.bridge))

    def _moved_by_vzctl(self, pair):
        return self._its.MOVES and "bridge" in pair.differing

    def _without_mac(self, guest):
        return (
            f"interface {guest} of container {self.live.ctid} has no MAC in its configuration file, and vzctl would "
            f"generate another one for this change; stop the container, and set <mac address=> if it leaves a bridge"
        )

    def _replace(self, pair):
        """vzctl cannot take a pair out of its bridge: it goes, and comes back without one."""
        new = replace(match.overlaid(pair), bridge=None)
        if not new.mac:
            raise RefusedError(self._without_mac(new.guest))
        self._refuse_first(new, self._staying)  # what the file has when it comes back
        self._actions.append(RemoveVeth(pair.live, comes_back=True, disruption=self._disruption("network")))
        device = self._its.target(self.live.ctid, new)
        self._actions.append(AddVeth(new, device, old=pair.live, disruption=self._disruption("network")))
        return new

    def _refuse_first(self, new, others):
        """The node's bridge script fails where the file has no interface yet (vzctl ends with 130)."""
        if self.live.running and self.context.bridge_script and not others and not self._its.MOVES:
            raise RefusedError(
                f"container {self.live.ctid} is running and has no interface other than {new.guest}: vzctl cannot "
                f"add the first one to a running container; stop it first"
            )

    def _target(self, guest, mac):
        """``None`` where vzctl's own name for the node's end will do."""
        chosen = match.free_target(self._its, self.live.ctid, guest, mac, self._targets)
        self._targets.add(chosen)
        return None if chosen == self._its.vzctls_target(self.live.ctid, guest, mac) else chosen

    def _mac(self, guest):
        uuid = self.desired.uuid or self.live.domain.uuid
        return match.derived_mac(uuid or f"{self.context.node_id} {self.live.ctid}", guest)


def _guest(action):
    return action.old.guest if isinstance(action, RemoveVeth) else action.new.guest

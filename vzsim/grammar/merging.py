"""
Options that add to a list of the conf or remove from it: the resulting list.
"""

from vzsim.grammar import netvalues


def merge_lists(run, wanted, params):
    """Turn additions and removals into the future conf."""
    known = run.conf.params
    for key in ("CAPABILITY", "FEATURES"):
        if key in params:
            params[key] = {**known.get(key, {}), **params[key]}
    if wanted.changes_ip:
        params["IP_ADDRESS"] = new_addresses(known.get("IP_ADDRESS", []), wanted)
    for key, removed in (("NETDEV", wanted.netdev_del), ("PCI", wanted.pci_del)):
        if removed or key in params:
            added = params.get(key, [])
            params[key] = [item for item in known.get(key, []) if item not in (*removed, *added)] + added
    merge_device_permissions(known, params)


def new_addresses(known, wanted):
    """Remove first, then add: an address both removed and added stays."""
    addresses = [] if wanted.ip_del_all else list(known)
    for address in wanted.ip_del:
        netvalues.remove_address(addresses, address)
    for address in wanted.ip_add:
        netvalues.add_address(addresses, address)
    return addresses


def merge_device_permissions(known, params):
    """Changed devices go to the end. Once any device is in the conf, a change of one kind writes both kinds."""
    changed = "DEVNODES" in params or "DEVICES" in params
    for key in ("DEVNODES", "DEVICES"):
        if changed and (known.get("DEVNODES") or known.get("DEVICES") or key in params):
            added = params.get(key, {})
            kept = {name: mode for name, mode in known.get(key, {}).items() if name not in added}
            params[key] = {**kept, **added}
    if changed and not (known.get("DEVNODES") or known.get("DEVICES")):  # nothing to remove from (read, not run)
        for key in ("DEVNODES", "DEVICES"):
            if not any(params.get(key, {}).values()):
                params.pop(key, None)

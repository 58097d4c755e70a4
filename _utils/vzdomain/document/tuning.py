"""
Memory, processors, priorities and capabilities <-> the fields of ``Domain``.

The forms are those of https://libvirt.org/formatdomain.html: memory allocation and tuning, CPU allocation and tuning,
NUMA tuning, block I/O tuning, hypervisor features. A value that such an element has no room for is left to
``<metadata>``.
"""

from ..model import fields, units
from ..model.domain import Limit
from ..model.units import PAGE_KIB, UNLIMITED
from .metadata import add_pair
from .reader import Shape
from .sizes import ordered, parse_number, parse_size, render_size
from .writer import add

_PERIOD = 100000  # microseconds; libvirt's own default
_WEIGHT = 100  # libvirt's weight of 100 to 800 for vzctl's priority of 0 to 7
_MOST_VCPUS, _MOST_QUOTA = 65535, 17592186044415  # of libvirt's schema
_UNKNOWN_TO_VZCTL = "audit_control block_suspend mac_admin mac_override syslog wake_alarm"
_KIND = {field: row.kind for field, row in fields.BY_NAME.items()}
_OWN = ("ve_admin",)  # a capability that libvirt has no word for
_TWINS = (("memory", "physpages"), ("swap", "swappages"))
_MEMTUNE = Shape(once="swap_hard_limit hard_limit soft_limit min_guarantee")
_VCPU = Shape(attributes="placement current cpuset")
_CPUTUNE = Shape(once="shares period quota")
_NUMATUNE, _NODES = Shape(once="memory"), Shape(attributes="mode nodeset placement")
_BLKIOTUNE = Shape(once="weight")
_FEATURES = Shape(once="capabilities")
_CAPABILITIES = Shape(
    attributes="policy",
    once=" ".join((*(name for name in _KIND["capabilities"].known if name not in _OWN), _UNKNOWN_TO_VZCTL)),
)
_CAPABILITY = Shape(attributes="state")


def check_twins(reader):
    """A beancounter and the size that is its limit must agree."""
    for size, counter in _TWINS:
        if counter not in reader.fields:
            continue
        kib, limit = reader.fields.get(size), reader.fields.get(counter)
        if kib is None or limit is None:
            continue
        if units.whole_pages(kib) != units.pages_kib(limit.hard):
            raise reader.error(
                reader.first(counter),
                f"the limit is {units.show_kib(units.pages_kib(limit.hard))}, and {size} {units.show_kib(kib)}",
                "limit",
            )


def render_tuning(root, left, dialect):
    """Write what these elements can say, and take it out of `left`; libvirt's Virtuozzo driver refuses most of them."""
    if dialect == "vz":
        _render_memory_alone(root, left)
        _render_vcpu(root, left)
        return
    _render_blkiotune(root, left)
    _render_memory(root, left)
    _render_vcpu(root, left)
    _render_cputune(root, left)
    _render_numatune(root, left)


def _parse_memory(reader, element):
    """``<memory unit='MiB'>512</memory>`` -> 524288."""
    kib = parse_size(reader, element, "KiB")
    if not kib:
        raise reader.error(element, "0 is not a size; libvirt's own driver prints 0 for an unknown size: leave it out")
    reader.put(element, "memory", kib)


def _parse_current_memory(reader, element):
    """``<currentMemory>`` beside an equal ``<memory>`` is as good as nothing."""
    if parse_size(reader, element, "KiB") != reader.fields.get("memory"):
        raise reader.error(element, "must be equal to <memory>, or be left out: vzctl has no balloon")
    reader.means(element, "memory")


def _parse_memtune(reader, element):
    """Swap as memory and swap together; privvmpages as hard and soft limit; vmguarpages as guarantee."""
    parts = reader.parts(element, _MEMTUNE)
    if "swap_hard_limit" in parts:
        _parse_swap(reader, parts["swap_hard_limit"])
    hard, soft = parts.get("hard_limit"), parts.get("soft_limit")
    for other in (hard, soft):
        if other is not None:
            first = soft if soft is not None else hard
            limit = Limit(_pages(reader, first), UNLIMITED if hard is None else _pages(reader, hard))
            reader.put(other, "privvmpages", limit)
    if hard is not None and soft is not None:
        ordered(reader, soft, reader.fields["privvmpages"], _KIND["privvmpages"])
    if "min_guarantee" in parts:
        guarantee = Limit(_pages(reader, parts["min_guarantee"]), UNLIMITED)
        reader.put(parts["min_guarantee"], "vmguarpages", guarantee)


def _parse_swap(reader, element):
    """``<swap_hard_limit>786432</swap_hard_limit>`` beside 512 MiB of memory -> 262144."""
    memory = reader.fields.get("memory")
    if memory is None:
        raise reader.error(element, "is memory plus swap, so <memory> is needed too")
    kib = parse_size(reader, element, "KiB")
    if kib < memory:
        raise reader.error(element, f"is memory plus swap, and must not be less than <memory> ({memory} KiB)")
    reader.put(element, "swap", UNLIMITED if kib == UNLIMITED else kib - memory)


def _pages(reader, element):
    kib = parse_size(reader, element, "KiB")
    return kib if kib == UNLIMITED else -(-kib // PAGE_KIB)


def _render_memory_alone(root, left):
    if left.get("memory"):
        render_size(root, "memory", left.pop("memory"), "KiB")
    elif left.get("memory") == 0 and left.get("physpages"):
        left.pop("memory")  # said there


def _render_memory(root, left):
    """
    ``<memory>``, and ``<memtune>`` for memory and swap together.

    libvirt has no word for swap without memory, nor for some swap beside unlimited memory.
    """
    memory, swap = left.get("memory"), left.get("swap")
    _render_memory_alone(root, left)
    sizes = _render_privvmpages(left)
    total = UNLIMITED if swap == UNLIMITED else (memory or 0) + (swap or 0)
    if memory and swap is not None and (swap == UNLIMITED or total < units.UNLIMITED_KIB):
        sizes["swap_hard_limit"] = total
        left.pop("swap")
    if left.get("vmguarpages") and left["vmguarpages"].hard == UNLIMITED and _fits(left["vmguarpages"].soft):
        sizes["min_guarantee"] = units.pages_kib(left.pop("vmguarpages").soft)
    memtune = add(root, "memtune") if sizes else None
    for tag, kib in sizes.items():
        render_size(memtune, tag, kib, "KiB")


def _render_privvmpages(left):
    """The elements of ``<memtune>`` for them: tag -> KiB."""
    limit = left.get("privvmpages")
    if not (limit and _fits(limit.soft) and _fits(limit.hard)):
        return {}
    left.pop("privvmpages")
    return {"hard_limit": units.pages_kib(limit.hard), "soft_limit": units.pages_kib(limit.soft)}


def _fits(pages):
    """Whether a number of pages is a size that libvirt takes for what it is."""
    return pages == UNLIMITED or pages * PAGE_KIB < units.UNLIMITED_KIB


def _parse_vcpu(reader, element):
    """``<vcpu placement='static' cpuset='0-3'>2</vcpu>`` -> 2 processors, any of these four."""
    vcpu = parse_number(reader, element, reader.words(element, _VCPU), least=1)
    attributes = dict(element.items())
    if attributes.get("placement", "static") != "static":
        raise reader.error(element, "vzctl supports only 'static'", "placement")
    if "current" in attributes and parse_number(reader, element, attributes["current"], "current") != vcpu:
        raise reader.error(element, f"must be {vcpu}, or be left out: vzctl has no spare processors", "current")
    if vcpu > _KIND["vcpu"].most:
        vcpu = reader.taken(element, "vcpu", _KIND["vcpu"], str(vcpu))
    reader.put(element, "vcpu", vcpu)
    if "cpuset" in attributes:
        mask = reader.checked(element, _KIND["cpumask"].parse, attributes["cpuset"], "cpuset")
        reader.put(element, "cpumask", mask, "cpuset")


def _render_vcpu(root, left):
    vcpu, mask = left.get("vcpu"), left.get("cpumask")
    if not vcpu or vcpu > _MOST_VCPUS:
        return
    sayable = mask if mask != "all" else None
    add(root, "vcpu", left.pop("vcpu"), cpuset=sayable)
    if sayable:
        left.pop("cpumask")


def _parse_cputune(reader, element):
    """``<shares>`` are CPU units; ``<quota>`` of a ``<period>``, in microseconds, is a limit in percent."""
    parts = reader.parts(element, _CPUTUNE)
    shares, quota, period = parts.get("shares"), parts.get("quota"), parts.get("period")
    if shares is not None:
        reader.put(shares, "cpuunits", reader.checked(shares, _KIND["cpuunits"].parse, reader.words(shares)))
    if quota is None and period is not None:
        raise reader.error(period, "needs a <quota> too")
    if quota is not None:
        percent = str(_parse_quota(reader, quota, period))
        reader.put(quota, "cpulimit", reader.taken(quota, "cpulimit", _KIND["cpulimit"], percent))
    if period is not None:
        reader.means(period, "cpulimit")


def _parse_quota(reader, quota, period):
    """150000 of 100000 microseconds -> 150 percent; a quota of -1 is no limit."""
    text = reader.words(quota)
    whole = _PERIOD if period is None else parse_number(reader, period, reader.words(period), least=1000)
    if text == "-1":
        return 0
    percent, rest = divmod(parse_number(reader, quota, text, least=1) * 100, whole)
    if rest or not percent:
        raise reader.error(
            quota, f"is {percent + rest / whole:.4g} % of a processor; vzctl counts whole percents, and -1 is no limit"
        )
    return percent


def _render_cputune(root, left):
    shares, limit = left.get("cpuunits"), left.get("cpulimit")
    is_sayable = limit is not None and limit * _PERIOD // 100 <= _MOST_QUOTA
    if shares is None and not is_sayable:
        return
    cputune = add(root, "cputune")
    if shares is not None:
        add(cputune, "shares", left.pop("cpuunits"))
    if is_sayable:
        add(cputune, "period", _PERIOD)
        add(cputune, "quota", left.pop("cpulimit") * _PERIOD // 100 or -1)


def _parse_numatune(reader, element):
    """``<memory mode='strict' nodeset='0-1'/>``: vzctl binds to these nodes and no others."""
    memory = reader.parts(element, _NUMATUNE).get("memory")
    if memory is None:
        raise reader.error(element, "needs a <memory nodeset=>")
    reader.parts(memory, _NODES)
    for name, only in (("mode", "strict"), ("placement", "static")):
        if memory.get(name, only) != only:
            raise reader.error(memory, f"vzctl supports only {only!r}", name)
    nodes = reader.attribute(memory, "nodeset")
    reader.put(memory, "nodemask", reader.checked(memory, _KIND["nodemask"].parse, nodes, "nodeset"))


def _render_numatune(root, left):
    if left.get("nodemask") not in (None, "all"):
        add(add(root, "numatune"), "memory", mode="strict", nodeset=left.pop("nodemask"))


def _parse_blkiotune(reader, element):
    """``<weight>500</weight>`` -> priority 4."""
    weight = reader.parts(element, _BLKIOTUNE).get("weight")
    if weight is None:
        return
    number = parse_number(reader, weight, reader.words(weight))
    priority, rest = divmod(number, _WEIGHT)
    if rest or not 1 <= priority <= 8:
        raise reader.error(weight, f"{number} is not a vzctl priority; use 100, 200, ... or 800 for 0, 1, ... or 7")
    reader.put(weight, "ioprio", priority - 1)


def _render_blkiotune(root, left):
    if left.get("ioprio") is not None:
        add(add(root, "blkiotune"), "weight", (left.pop("ioprio") + 1) * _WEIGHT)


def _parse_features(reader, element):
    """``<capabilities policy='default'><net_admin state='on'/></capabilities>`` -> (("net_admin", "on"),)."""
    capabilities = reader.parts(element, _FEATURES).get("capabilities")
    if capabilities is None:
        return
    parts = reader.parts(capabilities, _CAPABILITIES)
    if capabilities.get("policy", "default") != "default":
        raise reader.error(capabilities, "vzctl has one policy; use 'default', or leave it out", "policy")
    row = fields.BY_NAME["capabilities"]
    for name in sorted(parts, key=tuple(_CAPABILITIES.comes_often).index):
        _parse_capability(reader, parts[name], row, name)


def _parse_capability(reader, element, row, name):
    reader.parts(element, _CAPABILITY)
    if name in _UNKNOWN_TO_VZCTL.split():
        raise reader.error(element, "vzctl does not know this capability")
    add_pair(reader, element, row, name, reader.attribute(element, "state"), "state")


def render_features(root, left):
    """The capabilities that libvirt has a word for."""
    stated = dict(left.get("capabilities") or ())
    ours = {name: stated.pop(name) for name in _OWN if name in stated}
    if stated:
        capabilities = add(add(root, "features"), "capabilities", policy="default")
        for name, state in stated.items():
            add(capabilities, name, state=state)
        left["capabilities"] = tuple(ours.items()) or None


PARSERS = (  # in this order, since some need what another has said
    ("memory", _parse_memory),
    ("currentMemory", _parse_current_memory),
    ("memtune", _parse_memtune),
    ("vcpu", _parse_vcpu),
    ("cputune", _parse_cputune),
    ("numatune", _parse_numatune),
    ("blkiotune", _parse_blkiotune),
    ("features", _parse_features),
)

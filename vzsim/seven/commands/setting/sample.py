"""``vzctl set --applyconfig``: what a sample changes. Options of the same call win."""

from vzsim.codes import PARAM_VALUE, Failed
from vzsim.files import read_text
from vzsim.seven.grammar import conf, keys
from vzsim.seven.grammar.values import Bad

NO_SAMPLE = 206
PLAIN = ("DESCRIPTION", "NAMESERVER", "SEARCHDOMAIN")  # keys whose text is taken as it is


def read(run, name):
    """
    The changes that a sample asks for, ``{}`` without one: ``{"ONBOOT": "yes", "SWAPPAGES": "0:0"}``.

    Fails with 206 if there is no such sample; a path is not understood.
    """
    if name is None:
        return {}
    path = run.node.sample_path(name)
    try:
        values = conf.read_values(read_text(path))
    except OSError:
        raise Failed(NO_SAMPLE, f"Unable to open {path}: No such file or directory") from None
    changes = {}
    for key, text in values.items():
        if key in keys.NOT_APPLIED or key not in keys.ORDER:
            continue
        changes.update(_change(run, key, text))
    return changes


def _change(run, key, text):
    if key == "NETFILTER":
        return {key: text} if run.node.is_old else {}
    if key in PLAIN:
        return {key: text}
    if key not in keys.READERS:
        return {}
    try:
        value = keys.READERS[key](text)
    except Bad:
        raise Failed(PARAM_VALUE, f"Invalid parameter {key}: '{text}'") from None
    return {} if value is None else {key: None if key == "CPUS" and value == "0" else value}


def overridden(sample, changes):
    """The changes of a sample without those that options of the same call make."""
    if {"CPULIMIT", "CPULIMIT_MHZ"} & set(changes):
        sample = {key: value for key, value in sample.items() if not key.startswith("CPULIMIT")}
    return {**sample, **changes}

"""
What a state says of its containers: the comment, the changes as people read them, and the same as data.
"""

import textwrap

_ROOM = 62  # columns: Salt's highstate shows changes 18 columns from the left


class Report:
    """
    The return of a state of one container while it is made: only what has happened, or would in a dry run, gets in.

    name
        What the state is called.

    test
        Whether this is a dry run.
    """

    def __init__(self, name, test=False):
        self.name, self.label, self.test = name, str(name), test
        self.changes, self.warnings, self.did, self.pending = {}, [], [], []

    def take(self, container, told):
        """Add what a function returned, of the container that is called so."""
        self.label = container
        for warning in told["warnings"]:
            self.warn(warning)
        self.pending = told.get("pending", self.pending)
        if told["ctid"] and str(told["ctid"]) != container:
            self.label = f"{container} (CTID {told['ctid']})"
        if told["changes"]:
            self.changes.setdefault(container, {}).update(told["changes"])
            self.did += told["did"]

    def warn(self, warning):
        warning = _sentence(warning)
        if warning not in self.warnings:
            self.warnings.append(warning)

    def finished(self, comment=None):
        """The return of a state that finished; `comment` is what it says where nothing was done."""
        waits = f"; waiting for a restart: {', '.join(self.pending)}" if self.pending else ""
        if not self.did:
            return self._ret(True, (comment or f"Container {self.label} is in the declared state") + waits)
        was, result = ("would be", None) if self.test else ("was", True)
        return self._ret(result, f"Container {self.label} {was} {' and '.join(self.did)}{waits}")

    def failed(self, error, changes=None):
        """The return of a state that an error has stopped, after the `changes` by container."""
        for container, fields in (changes or {}).items():
            self.changes.setdefault(container, {}).update(fields)
        return {
            **self._ret(False, error),
            "skip_watch": True,
        }  # or Salt would put the return of `mod_watch` in its place

    def _ret(self, result, comment):
        """Salt's highstate shows `changes`, for people; the same as data is beside them, which ``--out=json`` shows."""
        changes = {container: difference(fields) for container, fields in self.changes.items()}
        ret = {"name": self.name, "result": result, "changes": changes, "comment": comment}
        if changes:
            ret["containers"] = {container: {"changes": fields} for container, fields in self.changes.items()}
        return {**ret, "warnings": self.warnings} if self.warnings else ret


def of_many(name, told, nothing, test):
    """The return of a state of many containers, from what was told of each; `nothing` is said where there are none."""
    returns = {label: _of_one(one, test) for label, one in told["containers"].items()}
    changes, data = {}, {}
    for one in returns.values():
        changes.update(one["changes"])
        data.update(one.get("containers", {}))
    has_failed = any("error" in one for one in told["containers"].values())
    ret = {
        "name": name,
        "result": False if has_failed else None if changes and test else True,
        "changes": changes,
        "comment": _summary(told, returns) or nothing,
        "skip_watch": True,  # all is said
        **({"containers": data} if data else {}),
    }
    warnings = [_sentence(text) for text in told.get("warnings", ())]
    warnings += [text for one in returns.values() for text in one.get("warnings", ())]
    return {**ret, "warnings": list(dict.fromkeys(warnings))} if warnings else ret


def _of_one(told, test):
    """The return that a state of this one container would have."""
    report = Report(told["name"], test)
    report.take(told["name"], told)
    return report.failed(told["error"]) if "error" in told else report.finished()


def _summary(told, returns):
    """How many were what, and a line for each of which there is something to say; empty where there are none."""
    lines = [told["summary"]] if returns else []
    for label, one in told["containers"].items():
        if "error" in one:
            lines.append(f"{one['name']} failed: {returns[label]['comment']}")
        elif one["changes"] or "pending" in one:
            lines.append(returns[label]["comment"])
    return "\n".join(lines)


def difference(fields):
    """``-memory: 256 MiB`` and ``+memory: 512 MiB``, a line each; of a document, where to find it."""
    lines = [
        f"{sign}{field}: {_text(change[side])}"
        for field, change in fields.items()
        for sign, side in (("-", "old"), ("+", "new"))
        if field != "xml" and change.get(side) is not None
    ]
    lines += ["its document: --out=json, containers"] if "xml" in fields else []
    return "\n".join(textwrap.fill(line, _ROOM, subsequent_indent="  ", break_long_words=False) for line in lines)


def _text(value):
    """A value of a field in one line: YAML's words, and lists with commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items() if one is not None) or "none"
    return (", ".join(map(_text, value)) or "none") if isinstance(value, (list, tuple)) else str(value)


def _sentence(warning):
    """With a full stop: Salt joins warnings with blanks."""
    return warning if warning.endswith((".", "?")) else f"{warning}."

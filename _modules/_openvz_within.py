"""
The program that runs inside a container, with the thin of the node's Salt. Sent as text; never loaded by a minion.

``main(job, payload)`` returns what is told to the node, and an exit code. It must run with every Python that a thin
runs with, and imports nothing of Salt before the thin is on the path.

job
    ``deposit`` (where the thin is), ``what`` (``grains``, ``call``, ``states``), ``id``, ``pillar``, ``grains`` (beside
    those of the container), ``opts``, ``known`` (the fingerprint of the grains that the node knows);
    ``fun``, ``args``, ``kwargs``; ``chunks``, ``test``.

payload
    A tar archive: ``roots/ENV/...`` are files for ``salt://``, ``ext/modules``, ``ext/states``... are custom modules.
"""

import hashlib
import json
import os
import sys
import tarfile

# What differs from process to process; no state depends on it.
VOLATILE = ("pid", "cwd", "path", "pythonpath", "systempath", "saltpath", "pythonexecutable")
PARTS = ("roots", "ext")
SETTING_GRAINS = {f"grains.{name}" for name in "append delkey delval remove set setval setvals".split()}


def main(job, payload):
    place = os.getcwd()
    for name in ("pyall", "py3"):
        sys.path.insert(0, os.path.join(job["deposit"], name))
    try:
        import salt.config
        import salt.loader
    except (ImportError, SyntaxError, TypeError, AttributeError) as err:
        return {"broken": str(err), "python": list(sys.version_info[:3])}, 1
    os.umask(0o077)
    if payload:
        unpack(payload, place)
    opts = options(job, place)
    os.chdir("/")
    opts["grains"] = salt.loader.grains(opts)
    opts["grains"].update(job.get("grains") or {})
    grains = plain({name: value for name, value in opts["grains"].items() if name not in VOLATILE})
    fingerprint = fingerprint_of(grains)
    if job["what"] == "grains":
        return {"grains": grains, "known": fingerprint}, 0
    os.umask(0o022)  # as any minion's states and functions have it
    if job["what"] in ("call", "has"):
        return called(opts, job)
    if job.get("known") != fingerprint:
        return {"grains": grains, "known": fingerprint}, 0
    return applied(opts, job)


def unpack(payload, place):
    """The archive is the node's own; names are looked at all the same."""
    with tarfile.open(payload) as archive:
        for member in archive.getmembers():
            parts = member.name.split("/")
            if parts[0] not in PARTS or ".." in parts or not (member.isfile() or member.isdir()):
                raise ValueError("the payload has an unexpected member")
        archive.extractall(place)
    os.unlink(payload)


def options(job, place):
    """Those of a minion without a master. What it keeps is beside the thin; what is for this run alone, in `place`."""
    import salt.config
    import salt.version

    kept = os.path.join(os.path.dirname(job["deposit"]), "minion")
    os.makedirs(kept, 0o700, exist_ok=True)
    roots = os.path.join(place, "roots")
    envs = sorted(os.listdir(roots)) if os.path.isdir(roots) else []
    opts = salt.config.DEFAULT_MINION_OPTS.copy()
    opts.update(job.get("opts") or {})
    opts.update(
        id=job["id"],
        file_client="local",
        local=True,
        master_type="disable",
        use_master_when_local=False,
        root_dir="/",
        conf_file="/etc/salt/minion",
        cachedir=kept,
        extension_modules=os.path.join(place, "ext"),
        pki_dir=os.path.join(place, "pki"),
        sock_dir=os.path.join(place, "sock"),
        log_file=os.path.join(place, "log"),
        file_roots={"base": [], **{env: [os.path.join(roots, env)] for env in envs}},
        pillar_roots={"base": []},
        pillar=job.get("pillar") or {},
        module_dirs=[],
        test=bool(job.get("test")),
        enable_fqdns_grains=False,
        enable_gpu_grains=False,
        saltversion=salt.version.__version__,
    )
    unmask()
    return opts


def unmask():
    """Salt 3008 hides the pillar from modules; this one is for nobody but this container."""
    try:
        import salt.utils.secret

        salt.utils.secret.mask_pillar.set(False)
    except (ImportError, AttributeError):
        pass


def called(opts, job):
    """One function, as ``salt-call`` calls it."""
    import salt.exceptions
    import salt.loader

    fun, context = job["fun"], {}
    if fun in SETTING_GRAINS:
        os.makedirs("/etc/salt", exist_ok=True)  # where Salt keeps what they set
    functions = salt.loader.minion_mods(opts, context=context, utils=salt.loader.utils(opts, context=context))
    if job["what"] == "has":
        return {"return": fun in functions}, 0
    if fun not in functions:
        return {"error": functions.missing_fun_string(fun)}, 1
    kwargs = dict(job.get("kwargs") or {})
    if job.get("typed") and fun.startswith("cmd."):
        kwargs.setdefault("__pub_jid", "openvz")  # by this it knows that a person has typed it, and takes a shell
    try:
        found = functions[fun](*job.get("args") or (), **kwargs)
    except salt.exceptions.SaltException as err:
        return {"error": str(err)}, 1
    except TypeError as err:
        return {"error": f"{fun} does not take these arguments: {err}"}, 1
    except Exception as err:
        return {"error": f"{fun} failed: {err}"}, 1
    retcode = context.get("retcode", 0)
    if not retcode and isinstance(found, dict) and not all(found.get(key, True) for key in ("result", "success")):
        retcode = 1
    return {"return": plain(found)}, retcode if isinstance(retcode, int) else 1


def applied(opts, job):
    """States that the node has compiled, as ``state.pkg`` runs them."""
    import salt.state

    class State(salt.state.State):
        """Its pillar is what the node says, and nothing has to be compiled again."""

        def _gather_pillar(self):
            return job.get("pillar") or {}

    chunks = job["chunks"]
    if not job["test"] and any(chunk.get("state") == "grains" for chunk in chunks):
        os.makedirs("/etc/salt", exist_ok=True)
    if not chunks:
        return {"return": {}}, 0
    state = State(opts)
    if hasattr(state, "dependency_dag"):  # since 3008 the order is part of a run
        chunks, errors = state.order_chunks(chunks)
        if errors:
            return {"return": plain(errors)}, 1
    returns = state.call_chunks(chunks)
    returns = state.call_listen(chunks, returns)
    return {"return": plain(joined(returns))}, 0


def joined(returns):
    """Comments as text: a state may give a list of them."""
    for one in returns.values() if isinstance(returns, dict) else ():
        if isinstance(one, dict) and isinstance(one.get("comment"), (list, tuple)):
            one["comment"] = "\n".join(str(line) for line in one["comment"])
    return returns


def plain(value, depth=0):
    """What JSON can say of a value; a tuple is a list, and what is none of these its text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if value == value and value not in (float("inf"), float("-inf")) else str(value)
    if depth > 90:
        return "..."
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "items"):
        return {key if isinstance(key, str) else str(key): plain(one, depth + 1) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one, depth + 1) for one in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(one, depth + 1) for one in value), key=str)
    return str(value)


def fingerprint_of(grains):
    return hashlib.sha256(json.dumps(grains, sort_keys=True).encode()).hexdigest()

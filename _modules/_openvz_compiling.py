"""
Compile states on the node for a container: with its id, its grains and its pillar, and nothing of the node's.

Loaded by ``_openvz_inside.py``. What stands in a template as ``salt["cmd.run"]`` runs in the container. No client for
files or pillar is ever made of the container's options: it would log in to the master by an id that is none.
"""

import contextlib
import copy
import os
from collections.abc import Mapping, MutableMapping

import salt.config
import salt.exceptions
import salt.fileclient
import salt.loader
import salt.state
import salt.utils.data
import salt.utils.url

with contextlib.suppress(ImportError):  # since 3008, which hides pillar from modules
    import salt.utils.secret

NAME = "openvz_inside"  # of what is loaded here: modules of the node itself keep their options
# Of the node's options: how states are written and where files are. Nothing that opens a door, and no secrets.
KEPT = """
    cachedir default_top env_order extension_modules extra_filerefs failhard file_ignore_glob file_ignore_regex
    file_roots fileserver_backend fileserver_followsymlinks fileserver_ignoresymlinks fileserver_limit_traversal
    fips_mode global_state_conditions gpg_cache gpg_decrypt_must_succeed gpg_keydir hash_type jinja_env
    jinja_lstrip_blocks jinja_sls_env jinja_trim_blocks module_dirs nodegroups optimization_order render_dirs
    renderer renderer_blacklist renderer_whitelist state_aggregate state_auto_order state_top state_top_saltenv
    top_file_merging_strategy yaml_utf8
""".split()
GOES_INSIDE = (
    "failhard hash_type jinja_env jinja_lstrip_blocks jinja_sls_env jinja_trim_blocks renderer state_aggregate".split()
)
# Functions that are answered on the node, from the container's own options, grains and pillar; all others run inside.
HERE = {
    "config": "get option merge dot_vals",
    "grains": "get item items ls has_value equals fetch filter_by",
    "defaults": "get merge deepcopy update",
    "slsutil": "merge merge_all update renderer serialize deserialize boolstr banner dir_exists file_exists path_exists"
    " findup",
    "match": "compound data glob grain grain_pcre ipcidr list pcre pillar pillar_exact pillar_pcre filter_by search_by",
    "log": "trace debug info warning error critical exception",
}
READING = (
    "get_file_str cache_file hash_file list_master list_master_dirs list_master_symlinks list_states is_cached".split()
)


class Compiled:
    """What came of it: `chunks` to run, or `errors` in sentences, or the `returns` of a run without states."""

    def __init__(self, chunks=None, errors=None, returns=None):
        self.chunks, self.errors, self.returns = chunks, errors, returns


def compiled(node_opts, client, who, how, test, remote, mine):
    """
    Compile what `how` wants for the container that `who` describes (id, grains).

    client
        The node's own client for files. `remote`: ``remote(function, args, kwargs)`` calls a function inside.
    """
    with _unmasked(), _Highstate(options(node_opts, who, how, test), client, remote, mine) as highstate:
        try:
            return highstate.compiled(how)
        except salt.exceptions.SaltRenderError as err:
            return Compiled(errors=[f"{err}"])


@contextlib.contextmanager
def _unmasked():
    """This pillar is for nobody but the container."""
    if not hasattr(salt.utils, "secret"):
        yield
        return
    before = salt.utils.secret.mask_pillar.set(False)
    try:
        yield
    finally:
        salt.utils.secret.mask_pillar.reset(before)


def options(node_opts, who, how, test):
    """A minion's options for the container, of the defaults and of what the node's say of states and files."""
    opts = salt.config.DEFAULT_MINION_OPTS.copy()
    opts.update({name: copy.deepcopy(node_opts[name]) for name in KEPT if name in node_opts})
    opts.update(
        id=who.id,
        grains=dict(who.grains),
        pillar=how.pillar,
        saltenv=how.saltenv if how.sls is None else how.saltenv or "base",
        test=test,
        file_client="local",
        local=True,
        master_type="disable",
        pillar_roots={"base": []},
        ext_pillar=[],
        conf_file=os.path.join(node_opts["cachedir"], "openvz", "none"),
        pki_dir=os.path.join(node_opts["cachedir"], "openvz", "none"),
    )
    return opts


class _State(salt.state.State):
    """What compiling needs of it."""

    def __init__(self, opts, client, functions):
        self._its = functions
        super().__init__(opts, file_client=client)

    def _gather_pillar(self):
        return self.opts["pillar"]

    def load_modules(self, data=None, proxy=None):
        known = {"loaded_base_name": NAME}
        self.functions = self._trusted_functions = self._its
        self.utils = salt.loader.utils(self.opts, file_client=self.file_client, **known)
        self.serializers = salt.loader.serializers(self.opts, **known)
        self.states = _States(self.opts, self._its, self.utils, self.serializers)
        more = {"states": self.states, "context": self.state_con, "file_client": self.file_client, **known}
        self.rend = salt.loader.render(self.opts, self.functions, **more)

    def check_refresh(self, *args, **kwargs):
        pass

    def module_refresh(self):
        pass


class _States:
    """The node does not know which states there are inside; which of them watch is decided there."""

    def __init__(self, opts, *more):
        self._make = lambda: salt.loader.states(opts, *more, loaded_base_name=NAME)
        self._made = None

    def __contains__(self, name):
        return True

    def __getattr__(self, name):
        self._made = self._made or self._make()
        return getattr(self._made, name)

    def __getitem__(self, name):
        return self.__getattr__("__getitem__")(name)

    def __iter__(self):
        return iter(self.__getattr__("keys")())


class _Highstate(salt.state.BaseHighState):
    """SLS files to chunks, with the node's client for files."""

    stack = []

    def __init__(self, opts, client, remote, mine):
        self.client = client
        super().__init__(opts)
        client.opts["file_roots"] = self.opts["file_roots"]  # of another one Jinja would make a client of its own
        self.functions = Functions(self.opts, client, remote, mine)
        self.state = _State(self.opts, client, self.functions)
        self.opts = self.state.opts
        self.matchers = salt.loader.matchers(self.opts, loaded_base_name=NAME)
        self._pydsl_all_decls, self._pydsl_render_stack, self._pydsl_sls_matches = {}, [], None

    def load_dynamic(self, matches):
        pass

    def _master_tops(self):
        """They know minions."""
        return {}

    def destroy(self):
        pass

    def __enter__(self):
        active = getattr(salt.state.HighState, "stack", None)
        if active is not None:
            active.append(self)
        return self

    def __exit__(self, *_):
        active = getattr(salt.state.HighState, "stack", None)
        if active:
            active.pop()

    def compiled(self, how):
        if how.sls is None:
            high, errors, returns = self._of_top()
            if returns is not None:
                return Compiled(returns=returns)
        else:
            high, errors = self.render_highstate({how.saltenv or "base": list(how.sls)})
        if how.exclude:
            high.setdefault("__exclude__", []).extend(how.exclude)
        if errors:
            return Compiled(errors=errors)
        return self._chunks(high)

    def _of_top(self):
        """The same words as of a minion's own highstate."""
        try:
            top = self.get_top()
        except salt.exceptions.SaltRenderError as err:
            return {}, [], _nothing(f"Unable to render top file: {err.error}")
        errors = self.verify_tops(top)
        matches = self.top_matches(top)
        if not matches and not errors:
            return {}, [], _nothing(f"No Top file or master_tops data matches found for {self.opts['id']}.")
        high, more = self.render_highstate(matches)
        return high, [*errors, *more], None if high or errors or more else _nothing("No states found for this minion")

    def _chunks(self, high):
        high, errors = self.state.reconcile_extend(high)
        errors += self.state.verify_high(high)
        if errors:
            return Compiled(errors=errors)
        high, errors = self.state.requisite_in(high)
        high = self.state.apply_exclude(high)
        if errors:
            return Compiled(errors=errors)
        made = self.state.compile_high_data(high)
        chunks, errors = made if isinstance(made, tuple) else (made, [])  # since 3008 it says what is wrong
        return Compiled(errors=errors) if errors else Compiled(chunks=list(chunks))


def _nothing(comment):
    one = {"result": False, "comment": comment, "name": "No States", "changes": {}, "__run_num__": 0}
    return {"no_|-states_|-states_|-None": one}


class Functions(MutableMapping):
    """What templates have as ``salt``: a few functions are answered here, all others inside the container."""

    def __init__(self, opts, client, remote, mine):
        self._opts, self._remote, self._aliases = opts, remote, {}
        self._local = self._loaded(opts, client)
        self._own = {f"pillar.{name}": function for name, function in _of_pillar(opts["pillar"]).items()}
        self._own["mine.get"] = mine

    def _loaded(self, opts, client):
        known = {"loaded_base_name": NAME}
        context = {}
        pack = {
            "__salt__": self,
            "__context__": context,
            "__utils__": salt.loader.utils(opts, context=context, file_client=client, **known),
            "__grains__": opts["grains"],
            "__pillar__": opts["pillar"],
            "__proxy__": {},
            "__file_client__": client,
        }
        directory = os.path.join(os.path.dirname(salt.__file__), "modules")
        names = ["config", "cp", "defaults", "grains", "logmod", "log", "match", "slsutil"]
        return salt.loader.LazyLoader([directory], opts, tag="module", pack=pack, whitelist=names, **known)

    def __getitem__(self, name):
        if "." not in name:
            return _Module(name, self)
        if name in self._aliases:
            return self._aliases[name]
        if name in self._own:
            return self._own[name]
        module, _, function = name.partition(".")
        if function in HERE.get(module, "").split():
            return self._local[name]
        if module == "cp":
            return self._of_files(name, function)
        return lambda *args, **kwargs: self._remote(name, args, kwargs)

    def _of_files(self, name, function):
        """Those that read what the master serves. Any other one would write on the node, or read what it has."""

        def call(*args, **kwargs):
            path = args[0] if args else kwargs.get("path", "")
            if function not in READING:
                raise salt.exceptions.SaltInvocationError(
                    f"{name} cannot be called in a template for a container; use a state"
                )
            if not function.startswith("list_") and not str(path).startswith("salt://"):
                raise salt.exceptions.SaltInvocationError(f"{name} reads salt:// only, in a template for a container")
            return self._local[name](*args, **kwargs)

        return call

    def __contains__(self, name):
        module, _, function = str(name).partition(".")
        here = name in self._own or name in self._aliases or function in HERE.get(module, "").split()
        return here or (bool(function) and self._remote(name, None, None))

    def __setitem__(self, name, function):
        self._aliases[name] = function

    def __delitem__(self, name):
        del self._aliases[name]

    def __iter__(self):
        return iter([*self._own, *self._aliases])

    def __len__(self):
        return len(self._own) + len(self._aliases)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]


class _Module:
    """``salt.cmd.run`` in a template."""

    def __init__(self, name, functions):
        self._name, self._functions = name, functions

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self._functions[f"{self._name}.{name}"]


def _of_pillar(pillar):
    """Salt's own would have it compiled again, by the master and for an id that it does not know."""

    def found(key, default="", delimiter=":"):
        return salt.utils.data.traverse_dict_and_list(pillar, key, default, delimiter)

    def get(key, default="", merge=False, delimiter=":", **_):
        value = copy.deepcopy(found(key, default, delimiter))
        if merge and isinstance(default, Mapping) and isinstance(value, Mapping):
            return salt.utils.dictupdate.update(copy.deepcopy(dict(default)), value)
        if merge and isinstance(default, list) and isinstance(value, list):
            return [*default, *(one for one in value if one not in default)]
        return value

    def item(*keys, default="", delimiter=":", **_):
        return {key: get(key, default, delimiter=delimiter) for key in keys}

    def items(*keys, **_):
        return {key: copy.deepcopy(pillar[key]) for key in keys or pillar if key in pillar}

    def filter_by(lookup_dict, pillar="", merge=None, default="default", base=None, **_):
        return salt.utils.data.filter_by(lookup_dict, pillar, _pillar, merge=merge, default=default, base=base)

    def raw(key=None, **_):
        return get(key, {}) if key else copy.deepcopy(dict(pillar))

    def keys(key, delimiter=":", **_):
        return list(found(key, {}, delimiter))

    _pillar = pillar
    return {
        "get": get,
        "fetch": get,
        "item": item,
        "items": items,
        "data": items,
        "ls": lambda *_: list(pillar),
        "keys": keys,
        "raw": raw,
        "filter_by": filter_by,
    }

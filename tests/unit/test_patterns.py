"""
No text from outside can make a regular expression search for minutes: every pattern is tried on its own worst.

The patterns are found in the code, with the methods that they are called by; the texts are made of their own parts.
"""

import ast
import functools
import importlib.util
import itertools
import re
import signal
import sys
import time
from pathlib import Path

import pytest
import vzdomain

try:
    from re import _constants as constants
    from re import _parser as parser
except ImportError:  # before Python 3.11
    import sre_constants as constants
    import sre_parse as parser

REPO = Path(__file__).parents[2]
PLACES = ("_utils/vzdomain", "_modules", "_states", "_runners", "_output", "_beacons", "_grains", "_resources", "vzsim")
FILES = sorted(path for place in PLACES for path in (REPO / place).rglob("*.py"))
METHODS = ("match", "fullmatch", "search", "sub", "findall", "finditer", "split")
GIVEN = {  # made of what somebody has said, which is escaped, or (in the simulator) is a pattern of the tests' own
    ("conffile.py", "_with_comment"),
    ("locks.py", "clear_scratch"),
    ("reading.py", "numbers"),
    ("globbing.py", "fits"),
    ("records.py", ""),
    ("compared.py", ""),
    ("compared7.py", ""),
}
BYTES = 10_000
FAILING = ("", "!", " ", "\0", "\n", "\u20ac")  # what may stand behind, so that what fits in front is tried in vain
FLOOR = 0.01  # seconds of CPU for 10 kB: a linear pattern takes a tenth of it, and what takes less may grow as it likes
GUARD = 1  # seconds of CPU, after which an exponential one is stopped


def _calls(tree):
    """(function or None for the module, call) of every ``re.something(...)``."""
    inside = {}
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.Lambda)):
            for node in ast.walk(function):
                inside[node] = getattr(function, "name", "lambda")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_re(node.func.value):
            yield inside.get(node), node


BESIDE = {"vzdomain": vzdomain, **dict.fromkeys(("compiling", "carrying", "tty", "node"))}


def _is_re(node):
    return isinstance(node, ast.Name) and node.id == "re"


def _literal(node):
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _flags(call):
    names = [node.attr for argument in call.args[1:] for node in ast.walk(argument) if isinstance(node, ast.Attribute)]
    return functools.reduce(lambda one, other: one | other, (getattr(re, n) for n in names if hasattr(re, n)), 0)


def _module(path):
    name = f"_patterns_{path.parent.name}_{path.stem}"
    for package in (REPO / "_utils/vzdomain", REPO / "vzsim"):
        if path.is_relative_to(package):
            parts = path.relative_to(package.parent).with_suffix("").parts
            return importlib.import_module(".".join(part for part in parts if part != "__init__"))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if path.stem.startswith("_openvz"):  # gets these from the file beside it that loads it
        vars(module).update(BESIDE)
    spec.loader.exec_module(module)
    return module


def _held(value, depth=2):
    """The compiled patterns in a value of a module, in what it holds too."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, (tuple, list, set, frozenset)):
        yield from itertools.chain.from_iterable(_held(one, depth - 1) for one in value)
    elif depth and isinstance(value, dict):
        yield from itertools.chain.from_iterable(_held(one, depth - 1) for one in value.values())
    elif depth and hasattr(value, "__dict__") and not isinstance(value, type(re)):
        yield from itertools.chain.from_iterable(_held(one, depth - 1) for one in vars(value).values())


def _methods(tree, name):
    """How a pattern is used by the name it has, or, where it is passed on, how any pattern of the module is."""
    calls = [(ast.unparse(node.value), node.attr) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    used = {method for one, method in calls if one == name and method in METHODS}
    return sorted(used or {method for one, method in calls if one != "re" and method in METHODS}) or ["fullmatch"]


def _patterns():
    """(name, compiled pattern, method)"""
    for path in FILES:
        text = path.read_text()
        if "re." not in text:
            continue
        tree = ast.parse(text)
        for function, call in _calls(tree):
            if call.func.attr in METHODS and _literal(call.args[0]):
                pattern = re.compile(_literal(call.args[0]), _flags(call))
                yield f"{path.name}:{function}:{pattern.pattern}", pattern, call.func.attr
        if any(call.func.attr == "compile" for _, call in _calls(tree)):
            for name, value in list(vars(_module(path)).items()):
                if not name.startswith("__"):
                    for pattern in _held(value):
                        for method in _methods(tree, name):
                            yield f"{path.name}:{name}:{pattern.pattern}", pattern, method


FOUND = {(name, method): (pattern, method) for name, pattern, method in _patterns()}


# texts that suit a pattern


def _characters(items):
    """Two or three characters of a set."""
    found, negated = [], False
    for op, argument in items:
        if op is constants.NEGATE:
            negated = True
        elif op is constants.LITERAL:
            found.append(chr(argument))
        elif op is constants.RANGE:
            found += [chr(argument[0]), chr(argument[1])]
        elif op is constants.CATEGORY:
            found += {constants.CATEGORY_SPACE: " \n", constants.CATEGORY_DIGIT: "07"}.get(argument, "a")
    if negated:
        return [char for char in "a0 /;" if char not in found][:3] or ["\u20ac"]
    return sorted(dict.fromkeys(found))[:: max(1, len(found) // 3)][:4]


def _texts(tree, times):
    """A few texts that fit a parsed pattern, with what may repeat said `times` times."""
    found = [""]
    for op, argument in tree:
        found = [start + end for start in found[:8] for end in _texts_of(op, argument, times)[:3]]
        found = list(dict.fromkeys(sorted(found, key=len)))
    return found


def _texts_of(op, argument, times):
    if op is constants.LITERAL:
        return [chr(argument)]
    if op is constants.NOT_LITERAL:
        return ["a" if argument != ord("a") else "b"]
    if op is constants.ANY:
        return ["a", "."]
    if op is constants.IN:
        return _characters(argument)
    if op is constants.BRANCH:
        return [text for tree in argument[1] for text in _texts(tree, times)[:2]]
    if op is constants.SUBPATTERN:
        return _texts(argument[-1], times)
    if op in REPEATS:
        least, most, tree = argument
        numbers = sorted({max(least, min(int(most), times)), least}, reverse=True)
        return [text * number for number in numbers for text in _texts(tree, times)[:2]]
    return [""]  # where it is, not what


REPEATS = tuple(
    getattr(constants, name)
    for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
    if getattr(constants, name, None)
)


def _repeated(tree):
    """What of a pattern may stand there any number of times: (texts in front, texts of it)."""
    before = [""]
    for op, argument in tree:
        inner = []
        if op in REPEATS:
            least, most, inner_tree = argument
            if int(most) - least > 8:
                yield before[:3], [text for times in (1, 2) for text in _texts(inner_tree, times) if text]
            inner = [inner_tree]
        elif op is constants.SUBPATTERN:
            inner = [argument[-1]]
        elif op is constants.BRANCH:
            inner = argument[1]
        for one in inner:
            for front, texts in _repeated(one):
                yield [start + more for start in before[:2] for more in front[:2]], texts
        before = [start + end for start in before[:2] for end in _texts_of(op, argument, 1)[:2]]


def worst(pattern, length):
    """Texts of about `length` characters that begin as the pattern wants it, go on for long, and fail at last."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    attacks = [(front, text) for fronts, texts in _repeated(tree) for front in fronts for text in texts]
    attacks += [("", text) for text in _texts(tree, 1) if text] or [("", "a")]
    for front, text in dict.fromkeys(attacks):
        for end in FAILING:
            yield (front + text * (length // len(text)))[:length] + end


def _cpu(pattern, method, text):
    ask = getattr(pattern, method)
    started = time.process_time()
    found = ask("", text) if method == "sub" else ask(text)
    if method == "finditer":
        list(found)
    return time.process_time() - started


def _stop(*_):
    raise TimeoutError("the pattern backtracks")


@pytest.fixture
def guard():
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, GUARD)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


def slow(pattern, method):
    """The beginning of a text on which a pattern takes more than twice as long where there is twice as much of it."""
    for half, whole in zip(worst(pattern, BYTES // 2), worst(pattern, BYTES), strict=True):
        if _cpu(pattern, method, whole) < FLOOR:
            continue
        short, long = (min(_cpu(pattern, method, text) for _ in range(3)) for text in (half, whole))
        if long > FLOOR and long > 3 * short:
            return whole[:60]
    return None


@pytest.mark.parametrize(("pattern", "method"), FOUND.values(), ids=[f"{name}-{method}" for name, method in FOUND])
def test_a_pattern_takes_no_more_than_its_share_for_ten_thousand_characters_of_its_worst(pattern, method, guard):
    assert slow(pattern, method) is None


@pytest.mark.parametrize(
    ("source", "method"),
    [
        (r"(/[a-z]*(\$VEID)?[a-z]*)+", "fullmatch"),
        (r"([a-z]+)+", "fullmatch"),
        (r"(a|a)*b", "match"),
        (r"([a-z]+\.?)*x", "match"),
    ],
)
def test_what_backtracks_for_ever_is_found_out(source, method, guard):
    with pytest.raises(TimeoutError):
        slow(re.compile(source), method)


@pytest.mark.parametrize(("source", "method"), [(r"[a-z]*[a-z]*!", "fullmatch"), (r"\s+$", "sub"), ("a*b", "search")])
def test_what_grows_with_the_square_is_found_out(source, method):
    assert slow(re.compile(source), method)


def test_all_patterns_of_the_code_are_tried():
    names = {name.split(":")[0] for name, _ in FOUND}

    assert {"names.py", "scalars.py", "vzctl.py", "places.py", "openvz.py", "runtime.py"} <= names
    assert any("_PATH_PART" in name for name, _ in FOUND)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_pattern_is_written_out_where_it_stands_or_compiled_by_its_module(path):
    for function, call in _calls(ast.parse(path.read_text())):
        if call.func.attr == "escape":
            continue
        known = (path.name, function) in GIVEN or (path.name, "") in GIVEN
        if call.func.attr == "compile":
            assert function is None or known, f"line {call.lineno} compiles a pattern in a function"
        else:
            assert _literal(call.args[0]) is not None or known, f"line {call.lineno} has a pattern that nothing tries"

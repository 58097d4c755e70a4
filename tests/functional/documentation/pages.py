"""A page of the documentation as tests read it: its fenced blocks, what each is, and what a block says is shown."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).parents[3]
HOWTO = REPO / "docs/how-to"
TEMPLATES = REPO / "docs/templates"  # what the reference is made from; the page that is made is looked at instead
_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>[^`\n]*)$")
_PATH = re.compile(r"(?:# |<!-- )((?:/|~/)\S+?)(?: -->)?")
_HEREDOC = re.compile(r"<<-?'?(\w+)'?")
_PLAN_ID = re.compile("(plan|fleet)-[0-9a-f]{16}")


@dataclass(frozen=True)
class Block:
    """A fenced block: the page's name below the work tree, the line of its fence, its language, its text."""

    page: str
    line: int
    language: str
    text: str

    @property
    def path(self):
        """The file that it is, by its first line, or ``None``."""
        found = _PATH.fullmatch(self.text.partition("\n")[0])
        return found and found.group(1)


def names():
    """All pages that people read, as paths below the work tree."""
    pages = [path for path in sorted((REPO / "docs").rglob("*.md")) if TEMPLATES not in path.parents]
    return ["README.md", *(str(path.relative_to(REPO)) for path in pages if "_build" not in path.parts)]


def blocks(name):
    """The `Block`s of a page, in its order."""
    lines = enumerate((REPO / name).read_text().splitlines(), 1)
    for number, line in lines:
        opened = _FENCE.match(line)
        if opened:
            inside = []
            for _, text in lines:
                if text.strip() == opened["fence"]:
                    break
                inside.append(text[len(opened["indent"]) :])
            yield Block(name, number, opened["language"].strip(), textwrap.dedent("\n".join(inside) + "\n"))


def prose(name):
    """``[(number, line), ...]`` of what stands outside of fenced blocks."""
    fence = None
    for number, line in enumerate((REPO / name).read_text().splitlines(), 1):
        opened = _FENCE.match(line)
        if fence is None and opened:
            fence = opened["fence"]
        elif fence is None:
            yield number, line
        elif line.strip() == fence:
            fence = None


def parts(name):
    """``[("file", path, text), ("command", line, what is shown), ...]`` of a page, in its order."""
    for block in blocks(name):
        if block.path:
            yield "file", block.path, block.text.partition("\n")[2]
        elif block.language == "console":
            yield from (("command", line, shown) for line, shown in commands(block.text))


def commands(text):
    """``[(command without its prompt, what is shown below it), ...]`` of a console block."""
    lines, found = iter(text.splitlines(keepends=True)), []
    for line in lines:
        if line.startswith(("# ", "$ ")):
            command = line[2:]
            while command.endswith("\\\n"):
                command += next(lines)
            heredoc = _HEREDOC.search(command)
            while heredoc and not command.endswith(f"\n{heredoc.group(1)}\n"):
                command += next(lines)
            found.append((command.rstrip("\n"), ""))
        elif found:
            found[-1] = (found[-1][0], found[-1][1] + line)
        else:
            raise ValueError(f"a console block begins with a command, not with {line!r}")
    return found


def agrees(shown, real):
    """Whether a page shows what came: ``[…]`` stands for any lines, ``…`` for any words, plan ids vary."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "[…]" else _PLAN_ID.sub(r"\1-[0-9a-f]{16}", _escaped(line)) + r"\n"
        for line in shown.splitlines()
    ]
    return re.fullmatch("".join(lines), "".join(f"{line.rstrip()}\n" for line in real.splitlines())) is not None


def _escaped(line):
    """`re.escape` leaves nothing in a plan id to be escaped but its dash."""
    return re.sub(r"(plan|fleet)\\-", r"\1-", re.escape(line.rstrip())).replace("…", ".*")

"""What images are made by: which files, and by which shells (pure)."""

from __future__ import annotations

import re
from typing import NamedTuple

NAMES = ("dockerfile", "containerfile")
BESIDE = frozenset(
    {"dockerignore", "md", "txt", "py", "sh", "json", "yml", "yaml", "bak", "orig"}
    | {"j2", "jinja", "jinja2", "tmpl", "tpl", "gotmpl", "template", "erb", "in", "mustache"}
)
"""Endings of what lies beside a Dockerfile with its name, or makes one."""
WINDOWS = re.compile(r"windows|nanoserver|servercore", re.IGNORECASE)
OTHER_SHELLS = frozenset({"powershell", "pwsh", "cmd"})
_TAKES_LINES = re.compile(r"\s*(?:ONBUILD\s+)?(RUN|COPY|ADD)\s", re.IGNORECASE)
_MARK = re.compile(r"(?<!<)<<(?P<strip>-?)(?P<quote>[\"']?)(?P<end>[A-Za-z_]\w*)(?P=quote)")
_PRAGMA = re.compile(r"#\s*hadolint\s+shell\s*=\s*(\S+)")
_INSTRUCTION = re.compile(r"\s*(FROM|SHELL)\s+(.*)", re.IGNORECASE)


def is_dockerfile(path: str) -> bool:
    """Whether an image is made by this file, by its name."""
    name = path.rpartition("/")[2].lower()
    ending = name.rpartition(".")[2]
    if name in NAMES or ending in NAMES:
        return True
    return name.startswith(tuple(f"{each}{joint}" for each in NAMES for joint in ".-_")) and ending not in BESIDE


class Spaced(NamedTuple):
    """A Dockerfile as hadolint reads it: it knows a here-document by the blank line below it, and no tabs before it."""

    text: str
    added: tuple[int, ...]
    """The numbers of the blank lines."""
    is_whole: bool
    """Whether each here-document is of a form that it knows: a RUN with several is not."""

    def line(self, number: int) -> int:
        """The line of the Dockerfile itself."""
        return number - sum(each < number for each in self.added)


def spaced(text: str) -> Spaced:
    """The text with a blank line below each here-document, and without the tabs that a `<<-` leaves out."""
    lines, made, added = text.split("\n"), list[str](), list[int]()
    is_whole, marks = True, list[re.Match[str]]()
    is_within = False
    for line in lines:
        if marks:
            ended = line.rstrip("\r").lstrip("\t" if marks[0]["strip"] else "") == marks[0]["end"]
            made.append(line.lstrip("\t") if marks[0]["strip"] else line)
            if ended and not marks[1:]:
                made.append("")
                added.append(len(made))
            marks = marks[ended:]
            continue
        begun = _TAKES_LINES.match(line)
        if begun or is_within:
            marks = list(_MARK.finditer(line))
            is_run = begun is None or begun[1].upper() == "RUN"
            is_whole = is_whole and not (is_run and len(marks) > 1)
        is_within = (begun is not None or is_within) and line.rstrip().endswith("\\")
        made.append(line)
    return Spaced("\n".join(made), tuple(added), is_whole and not marks)


def lines_for_other_shells(text: str) -> frozenset[int]:
    """The lines whose commands no shell of POSIX runs: PowerShell does, or the one of Windows."""
    found: set[int] = set()
    other = told = False
    for number, line in enumerate(text.split("\n"), 1):
        pragma, instruction = _PRAGMA.match(line), _INSTRUCTION.match(line)
        if pragma is not None:
            other = told = _is_other(pragma[1])
        elif instruction is not None and instruction[1].upper() == "FROM":
            other, told = told or WINDOWS.search(instruction[2]) is not None, False
        elif instruction is not None:
            other = _is_other(instruction[2].strip("[ ").split('"')[1] if '"' in instruction[2] else "")
        if other:
            found.add(number)
    return frozenset(found)


def _is_other(shell: str) -> bool:
    name = re.split(r"[\\/]", shell.lower())[-1]
    return name.removesuffix(".exe") in OTHER_SHELLS

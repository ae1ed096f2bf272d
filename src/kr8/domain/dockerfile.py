"""What images are made by: which files, and by which shells (pure)."""

from __future__ import annotations

import re
from typing import NamedTuple

_LANGUAGES = """
bash bat bzl c cc cjs clj cmd cpp cs css cts dart ejs erl ex exs fish fs go gradle groovy h hcl hpp hs java jl js jsx kt
kts lua mjs mk ml mts nix php pl pm ps1 py pyi rb rs scala scss sh sql swift tf ts tsx vim vue zig zsh
"""
_DOCUMENTS = "adoc cfg conf htm html ini json lock log md org pdf png properties rst svg toml txt xml yaml yml"
_OLDER_OR_OTHER = "bak diff dockerignore gz orig patch rej swp tar tmp zip"
_TEMPLATES = "erb gotmpl hbs in j2 jinja jinja2 mustache template tmpl tpl"
BESIDE = frozenset(f"{_LANGUAGES} {_DOCUMENTS} {_OLDER_OR_OTHER} {_TEMPLATES}".split())
"""Endings of languages, patches and documents: what has them lies beside a Dockerfile with its name, or makes one."""
_NAMED = re.compile(r"(?:.+\.)?(?:dockerfile|containerfile)", re.IGNORECASE)
_OF_A_KIND = re.compile(r"(?:dockerfile|containerfile)\..*?([^.]+)", re.IGNORECASE)
_OF_A_KIND_WITHOUT_ENDING = re.compile(r"(?:Docker|Container)file[-_][\w-]+")
WINDOWS = re.compile(r"windows|nanoserver|servercore", re.IGNORECASE)
OTHER_SHELLS = frozenset({"powershell", "pwsh", "cmd"})
_TAKES_LINES = re.compile(r"\s*(?:ONBUILD\s+)?(RUN|COPY|ADD)\s", re.IGNORECASE)
_MARK = re.compile(r"(?<!<)<<(?P<strip>-?)(?P<quote>[\"']?)(?P<end>[A-Za-z_]\w*)(?P=quote)")
_PRAGMA = re.compile(r"#\s*hadolint\s+shell\s*=\s*(\S+)")
_INSTRUCTION = re.compile(r"\s*(FROM|SHELL)\s+(.*)", re.IGNORECASE)


def is_dockerfile(path: str) -> bool:
    """Whether an image is made by this file, by its name."""
    name = path.rpartition("/")[2]
    if _NAMED.fullmatch(name) or _OF_A_KIND_WITHOUT_ENDING.fullmatch(name):
        return True
    of_a_kind = _OF_A_KIND.fullmatch(name)
    return of_a_kind is not None and of_a_kind[1].lower() not in BESIDE


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

"""What images are made by: which files, and by which shells (pure)."""

from __future__ import annotations

import re

NAMES = ("dockerfile", "containerfile")
BESIDE = frozenset(
    {"dockerignore", "md", "txt", "py", "sh", "json", "yml", "yaml", "bak", "orig"}
    | {"j2", "jinja", "jinja2", "tmpl", "tpl", "gotmpl", "template", "erb", "in", "mustache"}
)
"""Endings of what lies beside a Dockerfile with its name, or makes one."""
WINDOWS = re.compile(r"windows|nanoserver|servercore", re.IGNORECASE)
OTHER_SHELLS = frozenset({"powershell", "pwsh", "cmd"})
_HERE_DOCUMENT = re.compile(r"^\s*(?:ONBUILD\s+)?(?:RUN|COPY|ADD)\s.*<<[-~]?[\"']?\w", re.IGNORECASE | re.MULTILINE)
_PRAGMA = re.compile(r"#\s*hadolint\s+shell\s*=\s*(\S+)")
_INSTRUCTION = re.compile(r"\s*(FROM|SHELL)\s+(.*)", re.IGNORECASE)


def is_dockerfile(path: str) -> bool:
    """Whether an image is made by this file, by its name."""
    name = path.rpartition("/")[2].lower()
    ending = name.rpartition(".")[2]
    if name in NAMES or ending in NAMES:
        return True
    return name.startswith(tuple(f"{each}{joint}" for each in NAMES for joint in ".-_")) and ending not in BESIDE


def has_here_document(text: str) -> bool:
    """Whether an instruction is given lines that stand below it."""
    return _HERE_DOCUMENT.search(text) is not None


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

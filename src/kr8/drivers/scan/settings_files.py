"""Files that give names values, which need no quotes there: YAML, INI, properties, environments, scripts (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import PurePosixPath

FILLED_IN = (".j2", ".jinja", ".jinja2", ".tpl", ".tmpl", ".erb")
"""What stands behind the name of a file that a template engine fills in."""
SUFFIXES = frozenset(
    {
        *(".yaml", ".yml", ".eyaml", ".ini", ".cfg", ".cnf", ".conf", ".config", ".properties", ".env"),
        *(".sh", ".bash", ".zsh", ".ksh", ".service", ".inventory", ".dockerfile"),
    }
)
NAME = re.compile(r"\.?env(?:rc)?|\.env\..*|(?:docker|container)file(?:\..*)?|makefile|\.npmrc")
"""Names that say it without a suffix."""
BEGINNING = re.compile(r"#!.*sh\b|(?:.*\n){0,40}?\[[\w:.-]+\]\s*$", re.MULTILINE)
"""How scripts and inventories begin that are called anything."""
ASSIGNED = re.compile(
    r"""(?<![\w.$?&-])(?:--)?([A-Za-z_][\w.-]{2,80})["']?(?:[ \t]*[:?]?=[ \t]*|:[ \t]+)"""
    r"""(?=(["']?)([^\s'"`=][^\s'"`]{0,500})\2)"""
)
"""A name and its value: `name: value`, `NAME=value`, `--name=value`; the value may be a name and its value again."""
LONGEST_LINE = 4000
ENCRYPTED = re.compile(r"^kind: *SealedSecret\b|^sops:|^ *mac: ENC\[|^\$ANSIBLE_VAULT;", re.MULTILINE)
"""What the documents have whose values are encrypted."""


def is_one(path: str, beginning: str) -> bool:
    """Whether values need no quotes in a file of this name that begins so."""
    name = PurePosixPath(path).name.lower()
    for ending in FILLED_IN:
        name = name.removesuffix(ending)
    if NAME.fullmatch(name) or PurePosixPath(name).suffix in SUFFIXES:
        return True
    return "." not in name and BEGINNING.match(beginning) is not None


def assigned(line: str) -> Iterator[tuple[str, str]]:
    """Each name on a line, and what it is given."""
    if len(line) <= LONGEST_LINE:
        for match in ASSIGNED.finditer(line):
            yield match[1], match[3].rstrip(",;}])\\")


def encrypted(lines: list[str]) -> frozenset[int]:
    """The numbers of the lines of documents whose values are encrypted."""
    starts = [0, *(number for number, text in enumerate(lines) if text.startswith("---")), len(lines)]
    found = (range(begin, end) for begin, end in pairwise(starts) if ENCRYPTED.search("\n".join(lines[begin:end])))
    return frozenset(number + 1 for lines_ in found for number in lines_)

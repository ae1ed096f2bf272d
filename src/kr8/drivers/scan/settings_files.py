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
        *(".toml", ".tfvars", ".sh", ".bash", ".zsh", ".ksh", ".service", ".inventory", ".dockerfile"),
    }
)
ENVIRONMENT = re.compile(r"(?:[\w-]*\.)?env(?:rc)?(?:[._-].*)?")
"""Files of an environment's variables, such as .env-prod and prod.env.local."""
CODE = frozenset({".py", ".js", ".mjs", ".ts", ".tsx", ".jsx", ".go", ".rb", ".rs", ".java", ".md", ".rst", ".json"})
"""What such a file ends in where it is none: values need quotes there."""
NAME = re.compile(
    r"(?:docker|container)file(?:\..*)?|makefile|pgpass\.conf|credentials"
    r"|[._](?:npmrc|yarnrc|pypirc|netrc|authinfo|pgpass|s3cfg|boto)"
)
"""Other names that say it without a suffix."""
LOGINS = {
    re.compile(r"[._]netrc|\.authinfo"): re.compile(r"\bpassword[ \t]+(\S+)"),
    re.compile(r"\.pgpass|pgpass\.conf"): re.compile(r"^[^#:\s][^:]*:[^:]*:[^:]*:[^:]*:(\S+)"),
}
"""Files of logins that give no names, and where a password stands on their lines."""
BEGINNING = re.compile(r"#!.*sh\b|(?:.*\n){0,40}?\[[\w:.-]+\]\s*$", re.MULTILINE)
"""How scripts and inventories begin that are called anything."""
ASSIGNED = re.compile(
    r"""(?<![\w.$?&-])(?:--)?([A-Za-z_][\w.-]{2,80})["']?(?:[ \t]*[:?]?=[ \t]*|:[ \t]+)"""
    r"""(?=(["']?)([^\s'"`=][^\s'"`]{0,500})\2)"""
)
"""A name and its value: `name: value`, `NAME=value`, `--name=value`; the value may be a name and its value again."""
LONGEST_LINE = 4000
SEALED = re.compile(r"^kind: *SealedSecret\b", re.MULTILINE)
ENCRYPTED = re.compile(r"( *)encryptedData:")
"""What the values of a sealed secret stand below. Those of sops and of Ansible's vault say themselves what they are."""


def is_one(path: str, beginning: str) -> bool:
    """Whether values need no quotes in a file of this name that begins so."""
    name = PurePosixPath(path).name.lower()
    for ending in FILLED_IN:
        name = name.removesuffix(ending)
    suffix = PurePosixPath(name).suffix
    is_named = NAME.fullmatch(name) or (ENVIRONMENT.fullmatch(name) and suffix not in CODE)
    if is_named or suffix in SUFFIXES:
        return True
    return "." not in name and BEGINNING.match(beginning) is not None


def assigned(line: str) -> Iterator[tuple[str, str]]:
    """Each name on a line, and what it is given."""
    if len(line) <= LONGEST_LINE:
        for match in ASSIGNED.finditer(line):
            yield match[1], match[3].rstrip(",;}])\\")


def passwords(path: str, line: str) -> Iterator[str]:
    """The passwords on a line of a file of logins."""
    name = PurePosixPath(path).name.lower()
    for names, pattern in LOGINS.items():
        if names.fullmatch(name) and len(line) <= LONGEST_LINE:
            yield from pattern.findall(line)


def encrypted(lines: list[str]) -> frozenset[int]:
    """The numbers of the lines with the encrypted values of sealed secrets."""
    starts = [0, *(number for number, text in enumerate(lines) if text.startswith("---")), len(lines)]
    found = (_below(lines, begin, end) for begin, end in pairwise(starts) if SEALED.search("\n".join(lines[begin:end])))
    return frozenset(number + 1 for numbers in found for number in numbers)


def _below(lines: list[str], begin: int, end: int) -> Iterator[int]:
    """The lines of a document with `encryptedData`, and those below it."""
    depth: int | None = None
    for number in range(begin, end):
        text = lines[number]
        if depth is not None and text.strip() and len(text) - len(text.lstrip()) <= depth:
            depth = None
        if (head := ENCRYPTED.match(text)) is not None:
            depth = len(head[1])
        if depth is not None or "encryptedData:" in text:
            yield number

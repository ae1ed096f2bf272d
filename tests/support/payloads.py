"""What somebody outside would write to have an agent do something, and where in an answer it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAYLOADS = tuple((Path(__file__).parents[1] / "data" / "payloads.txt").read_text().split("\n")[:-1])
BEGINNING, END = 16, 24
"""Characters of a payload by which it is known: it may be cut."""
_PARTS = frozenset(part for each in PAYLOADS for part in (each[:BEGINNING], each[-END:]))


def has_payload(text: str) -> bool:
    """Whether a text has a payload in it, or a part of one."""
    return any(part in text for part in _PARTS)


def trusted(value: Any) -> Iterator[str]:
    """The texts of a JSON value that are not marked untrusted, by their field's name or in their entry."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from trusted(each)
    elif isinstance(value, dict) and value.get("untrusted") is not True:
        for name, each in value.items():
            yield name
            if not is_untrusted(name):
                yield from trusted(each)


def untrusted(value: Any) -> Iterator[str]:
    """The texts that are."""
    if isinstance(value, list):
        for each in value:
            yield from untrusted(each)
    elif isinstance(value, dict):
        marked = value.get("untrusted") is True
        for name, each in value.items():
            yield from all_texts(each) if marked or is_untrusted(name) else untrusted(each)


def all_texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from all_texts(each)


def is_untrusted(name: str) -> bool:
    """Whether a field's name says that what is in it comes from outside, as MCP clients are told."""
    return name.startswith("untrusted") or name == "output"

"""TOML that anybody may have written, read in time that grows with it (pure)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any, cast

MOST_DOTS = 100
"""How many dots a line has outside of texts: the library takes the square of a key's parts."""
DEEPEST = 100
"""How deep values lie in one another: whoever walks through them goes down by calls."""
_TEXTS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"{3,5}+)?'
    r"|'''(?:[^']|'(?!''))*+(?:'{3,5}+)?"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
"""Texts and comments, those without an end too: nothing behind such a one is read."""


def loads(text: str) -> dict[str, Any]:
    """The document of a text. Raises ValueError: TOMLDecodeError, which names a place, where it is none."""
    for number, line in enumerate(_TEXTS.sub(_line_ends, text).split("\n"), 1):
        if line.count(".") > MOST_DOTS:
            raise ValueError(f"more than {MOST_DOTS} dots stand on one line, outside of texts (at line {number})")
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise _too_deep() from None
    level = [document]
    for _ in range(DEEPEST):
        level = [each for value in level for each in _inside(value)]
    if level:
        raise _too_deep()
    return document


def _line_ends(text: re.Match[str]) -> str:
    return "\n" * text[0].count("\n")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).values()
    return cast("Iterable[Any]", value) if isinstance(value, list) else ()


def _too_deep() -> ValueError:
    return ValueError("it is nested too deep")

"""How bad a line is that something outside kr8 printed, as far as the line says so itself."""

from __future__ import annotations

import json
import re
from typing import Literal, cast

Level = Literal["debug", "info", "warning", "error"]

_LEVELS: dict[Level, str] = {
    "debug": "trace debug verbose",
    "info": "info information notice",
    "warning": "warn warning",
    "error": "err error severe crit critical alert emerg emergency fatal panic",
}
_OF_WORD: dict[str, Level] = {word: level for level, words in _LEVELS.items() for word in words.split()}
_OF_NUMBER: dict[int, Level] = {50: "error", 40: "warning", 30: "info", 0: "debug"}
"""As loggers of Node write them, from that number on."""
_KEYS = ("level", "severity", "levelname")
_BEGINNING = 200
"""Characters of a line in which its level is looked for."""
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_ANY = "|".join(sorted(_OF_WORD, key=len, reverse=True))
_NAMED = re.compile(
    r"[\d\s:.,/+\-\[\]()|TZ]*"  # a time, the number of a process
    r"(?:[\w.]+ - )?"  # the name of a logger
    rf"(?:({_ANY.upper()})(?!\w)|[\[<(]((?i:{_ANY}))[\]>)]|((?i:{_ANY})):(?=\s|$))"
    rf'|(?:time=\S+ )?level="?((?i:{_ANY}))(?!\w)'
)


def level_of(line: str, *, stderr: bool = False) -> Level:
    """The level that a line names at its beginning, or in JSON; one that names none is info, on stderr a warning."""
    found = _of_json(line) if line.startswith("{") else _of_beginning(line)
    return found or ("warning" if stderr else "info")


def _of_beginning(line: str) -> Level | None:
    named = _NAMED.match(_COLOUR.sub("", line[:_BEGINNING]))
    return _OF_WORD[next(filter(None, named.groups())).lower()] if named else None


def _of_json(line: str) -> Level | None:
    try:
        said: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    fields = cast("dict[str, object]", said) if isinstance(said, dict) else {}
    for key in _KEYS:
        if level := _of_value(fields.get(key)):
            return level
    return None


def _of_value(value: object) -> Level | None:
    if isinstance(value, str):
        return _OF_WORD.get(value.lower())
    if isinstance(value, int | float):
        return next((level for least, level in _OF_NUMBER.items() if value >= least), None)
    return None

"""An answer in as many characters as an agent should have to read; what is left out is counted.

It is done last, when secrets are masked: half of one would not be found any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kr8.domain.shortened import shortened

DEFAULT = 7_200
"""Characters of an answer's JSON that leave two thousand tokens room for the text beside it."""
MORE = 72_000
"""The same for who asks for more: clients refuse what is longer than some 25,000 tokens."""
LEFT_OUT = "left_out"
_STEPS = ((4000, 200), (2000, 100), (1000, 40), (500, 25), (300, 16), (200, 10), (150, 6), (100, 4), (80, 2), (60, 1))
"""Characters of a text, and items of a list, that are shown at most: the first step that fits is taken."""
_WHOLE = frozenset({"id", "digest", "cursor", "earlier", "next", "next_step", "path", "how"})
"""Fields that are of no use in part."""
_FROM_THE_END = ("untrusted_", "output", "stages")
"""Lists whose last items count, by how their names begin."""


def room_of(arguments: Mapping[str, Any] | None) -> int:
    """The characters of an answer to a call: more where it asks for detail, or says how many it wants."""
    given = arguments or {}
    return MORE if given.get("detail") or given.get("limit") else DEFAULT


def fitted(value: dict[str, Any], room: int) -> tuple[dict[str, Any], bool]:
    """A JSON value in so many characters, and whether anything was left out.

    Pages keep all their items, so that a cursor goes on after the last that was shown: only their texts get shorter.
    """
    shown = value
    for texts, items in _STEPS:
        if len(json.dumps(shown, ensure_ascii=False)) <= room:
            break
        cutting = Cutting(texts, items, "cursor" in value or "next" in value)
        shown = cutting.cut(value)
    return shown, shown is not value


def shortened_words(shown: Mapping[str, Any]) -> str:
    """What was shortened in an answer, and how to get it whole."""
    what = "left_out counts what is missing of each list" if LEFT_OUT in shown else "long texts say how much they miss"
    if "next" in shown or "cursor" in shown:
        return f"Shortened: {what}. Ask with a smaller limit, and go on with the cursor."
    if "stages" in shown:
        more = "get_deployment with detail=true has more, get_deployment_logs what was printed"
        return f"Shortened: {what}. {more}."
    return f"Shortened: {what}."


def with_left_out(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an answer, with the field in which it is told what was left out."""
    return {**schema, "properties": {**schema["properties"], LEFT_OUT: {"type": "object"}}}


@dataclass
class Cutting:
    """One way to shorten a value."""

    texts: int
    items: int
    is_page: bool
    left_out: dict[str, int] = field(default_factory=dict[str, int])

    def cut(self, value: dict[str, Any]) -> dict[str, Any]:
        """The value, shortened, with what was left out of its lists."""
        shown = {name: self._any(each, name, ()) for name, each in value.items()}
        return shown | ({LEFT_OUT: self.left_out} if self.left_out else {})

    def _any(self, value: Any, name: str, within: tuple[str, ...]) -> Any:
        here = (*within, name)
        if isinstance(value, str):
            return value if name in _WHOLE else shortened(value, self.texts)
        if isinstance(value, list):
            return [self._any(each, name, within) for each in self._kept(value, name, here)]  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(value, dict):
            return {key: self._any(each, key, here) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return value

    def _kept(self, items: list[Any], name: str, here: tuple[str, ...]) -> list[Any]:
        if len(items) <= self.items or (self.is_page and len(here) == 1):
            return items
        path = ".".join(here)
        self.left_out[path] = self.left_out.get(path, 0) + len(items) - self.items
        return items[-self.items :] if name.startswith(_FROM_THE_END) else items[: self.items]

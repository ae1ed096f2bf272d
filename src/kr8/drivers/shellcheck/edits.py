"""What of shellcheck's findings is mended by a change of text that means the same (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from kr8.domain.edits import Edit

BACKTICKS = 2006
"""`command` instead of $(command)."""
_NOT_THE_SAME = re.compile(r"\\|`|#|\bcase\b|^\s*\(")
"""What backticks read otherwise than $( ): escapes; and what would end that too early, or begin $((."""


def edits(said: bytes, texts: Mapping[str, str]) -> Iterator[Edit]:
    """The lines with $(command) for `command`, where no shell reads the two otherwise. `texts`: by path."""
    places: dict[tuple[str, int], list[tuple[int, int]]] = {}
    told: list[dict[str, Any]] = json.loads(said)["comments"]
    for each in told:
        fix: dict[str, Any] = each.get("fix") or {"replacements": []}
        replaced: list[dict[str, Any]] = fix["replacements"]
        if each["code"] == BACKTICKS and len(replaced) == 2 and {_line(one) for one in replaced} == {each["line"]}:
            path = str(each["file"]).removeprefix("./")
            first, last = sorted(int(one["column"]) - 1 for one in replaced)
            places.setdefault((path, int(each["line"])), []).append((first, last))
    for (path, line), pairs in sorted(places.items()):
        yield from _of_line(path, line, pairs, texts.get(path, "").split("\n"))


def _of_line(path: str, line: int, pairs: list[tuple[int, int]], lines: list[str]) -> Iterator[Edit]:
    old = lines[line - 1] if line <= len(lines) else ""
    new = old
    for first, last in sorted(pairs, reverse=True):
        inside = old[first + 1 : last]
        if old[first : first + 1] == old[last : last + 1] == "`" and _means_the_same(old[:first], inside):
            new = f"{new[:first]}$({inside}){new[last + 1 :]}"
    if new != old:
        yield Edit(rule=f"shellcheck/SC{BACKTICKS}", path=path, line=line, old=(old,), new=(new,))


def _means_the_same(before: str, inside: str) -> bool:
    """Quotes within quotes are read by each shell as it likes where there are backticks between them."""
    is_quoted = before.count('"') % 2 == 1
    is_even = inside.count("(") == inside.count(")")
    return is_even and _NOT_THE_SAME.search(inside) is None and not (is_quoted and '"' in inside)


def _line(replacement: Mapping[str, Any]) -> int:
    """The line that it is in; 0: it is in several."""
    return int(replacement["line"]) if replacement["line"] == replacement["endLine"] else 0

"""What zizmor mends safely, as changes of text (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, TypeAlias

from kr8.domain.edits import Edit
from kr8.drivers.zizmor.parse import NOT_YET, line_of, path_of, primary_of

Mended: TypeAlias = dict[str, tuple[tuple[str, int], ...]]
"""Files, with rule and line of each finding that is mended in them."""
SAFE = "safe"
"""What zizmor calls a mend that needs nobody to look at it."""


def mended(said: bytes) -> Mended:
    """The files that zizmor can mend safely: rule and line of each finding. None whose mend is not wanted as well."""
    found: dict[str, list[tuple[str, int]]] = {}
    unwanted: set[str] = set()
    told: list[dict[str, Any]] = json.loads(said)
    for each in told:
        if not each["ignored"] and any(fix["disposition"] == SAFE for fix in each["fixes"]):
            place = primary_of(each)
            found.setdefault(path_of(place), []).append((f"zizmor/{each['ident']}", line_of(place)))
            unwanted |= {path_of(place)} if each["ident"] in NOT_YET else set()
    return {path: tuple(findings) for path, findings in found.items() if path not in unwanted}


def edits(path: str, before: str, after: str, findings: tuple[tuple[str, int], ...]) -> Iterator[Edit]:
    """What differs between a file and the one that zizmor made of it; each for the finding that is next to it."""
    old, new = before.split("\n"), after.split("\n")
    for tag, first, after_last, into, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            rule, _ = min(findings, key=lambda each: abs(each[1] - first - 1))
            yield Edit(
                rule=rule,
                path=path,
                line=first + 1,
                old=tuple(old[first:after_last]),
                new=tuple(new[into:until]),
            )

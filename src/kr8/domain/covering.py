"""Which waivers cover a finding, where there are thousands of both (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate

from kr8.domain.finding import split_place
from kr8.domain.waiver import Waiver, plain_place


class Covering:
    """Waivers by what they name: a place without * and ? is looked up, as `kr8 waive` writes one for each file."""

    def __init__(self, waivers: Iterable[Waiver]) -> None:
        self._plain: dict[tuple[str, str], list[Waiver]] = {}
        self._patterns: dict[str, list[tuple[re.Pattern[str], Waiver]]] = {}
        for each in waivers:
            place = plain_place(each.place)
            if place is not None:
                self._plain.setdefault((each.rule, place), []).append(each)
            else:
                self._patterns.setdefault(each.rule, []).append((re.compile(translate(each.place)), each))

    def of(self, rules: Iterable[str], place: str | None) -> list[Waiver]:
        """Those of a finding that goes by one of these rules, at this place: the first in the file first."""
        places = dict.fromkeys((split_place(place)[0], place or ""))
        return sorted((each for rule in rules for each in self._of(rule, places)), key=lambda each: each.line)

    def _of(self, rule: str, places: Iterable[str]) -> Iterator[Waiver]:
        for place in places:
            yield from self._plain.get((rule, place), ())
        for pattern, each in self._patterns.get(rule, ()):
            if any(map(pattern.match, places)):
                yield each

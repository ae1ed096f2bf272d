"""The output of a service's instances as one: in pages, onward from a place or back from it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from kr8.domain.redact import Mask
from kr8.domain.target import LogLine, LogQuery, Page
from kr8.drivers.local.outputs import Entry, Output, outputs


@dataclass(frozen=True)
class Place:
    """A place between lines: after all before an instant, and of each instance's lines at it those up to a number.

    So it stays where it is when files rotate, and when an instance prints at the same instant as another just did.
    """

    at: str
    numbers: dict[str, int]

    def is_after(self, entry: Entry) -> bool:
        """Whether a line lies before this place."""
        return entry.at < self.at or (entry.at == self.at and entry.number <= self.numbers.get(entry.instance, -1))

    def text(self) -> str:
        """The cursor."""
        return "|".join([self.at, *(f"{instance}={number}" for instance, number in self.numbers.items())])


def page_of(folder: Path, query: LogQuery, mask: Mask) -> Page:
    """Lines of all instances of a service, masked. Raises ValueError where the cursor is not one."""
    place = _place(query.cursor) if query.cursor is not None else None
    found = outputs(folder, lambda instance: _asked_for(instance, query))
    return _back(found, place, query, mask) if query.back else _onward(found, place, query, mask)


def _onward(found: list[Output], place: Place | None, query: LogQuery, mask: Mask) -> Page:
    since, until = max(_since(query), place.at if place is not None else ""), _until(query)
    merged = heapq.merge(*(each.onward(since) for each in found), key=_order)
    lines: list[LogLine] = []
    for at, together in groupby(merged, key=attrgetter("at")):
        if until is not None and at > until:
            break
        lines += _of_instant(at, together, place, query, mask)
        if len(lines) > query.limit:
            return Page(lines=tuple(lines[: query.limit]), cursor=lines[query.limit - 1].cursor, more=True)
    return Page(lines=tuple(lines), cursor=lines[-1].cursor if lines else query.cursor)


def _back(found: list[Output], place: Place | None, query: LogQuery, mask: Mask) -> Page:
    since = _since(query)
    until = min((at for at in (_until(query), place.at if place is not None else None) if at is not None), default=None)
    merged = heapq.merge(*(each.back(until) for each in found), key=_order, reverse=True)
    lines: list[LogLine] = []
    for at, together in groupby(merged, key=attrgetter("at")):
        if at < since:
            break
        lines += reversed(list(_of_instant(at, reversed(list(together)), place, query, mask)))
        if len(lines) > query.limit:
            return Page(lines=tuple(lines[: query.limit][::-1]), cursor=lines[query.limit].cursor, more=True)
    return Page(lines=tuple(lines[::-1]))


def _of_instant(
    at: str, entries: Iterable[Entry], place: Place | None, query: LogQuery, mask: Mask
) -> Iterator[LogLine]:
    """The lines of an instant on the asked side of a place, each with the place after it."""
    here = place is not None and place.at == at and not query.back
    numbers = dict(place.numbers) if place is not None and here else {}
    for entry in entries:
        if place is not None and place.is_after(entry) is not query.back:
            continue
        numbers[entry.instance] = entry.number
        text = mask(entry.piece)
        if query.text is None or query.text in text:
            yield _line(entry, text, Place(at, numbers))


def _line(entry: Entry, text: str, after: Place) -> LogLine:
    return LogLine.model_validate(
        {
            "at": datetime.fromisoformat(entry.at),
            "instance": entry.instance,
            "release": _release(entry.instance),
            "stream": entry.stream,
            "line": text,
            "cursor": after.text(),
        }
    )


def _place(cursor: str) -> Place:
    """Raises ValueError where the cursor is not one."""
    at, *numbers = cursor.split("|")
    try:
        datetime.fromisoformat(at)
        return Place(at, {instance: int(number) for instance, number in (each.split("=") for each in numbers)})
    except ValueError as error:
        raise ValueError(f"this is no cursor: {cursor!r}") from error


def _order(entry: Entry) -> tuple[str, str]:
    return entry.at, entry.instance


def _since(query: LogQuery) -> str:
    """The first instant that is wanted, as the supervisor writes it: in whole milliseconds, and so rounded up."""
    if query.since is None:
        return ""
    return _instant(query.since + timedelta(microseconds=999))


def _until(query: LogQuery) -> str | None:
    """The last instant that is wanted; rounded down, as those of lines are."""
    return _instant(query.until) if query.until is not None else None


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _release(instance: str) -> str:
    return instance.rsplit("-", 1)[0]


def _asked_for(instance: str, query: LogQuery) -> bool:
    return query.instance in (None, instance) and (query.releases is None or _release(instance) in query.releases)

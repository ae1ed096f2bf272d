"""Reads the streams of a timeline as one, in answers that fit who asks."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from kr8.domain.model import Model
from kr8.operations.kr8.log_streams import LogEntry, Slice, Stream, in_time, no_cursor
from kr8.ports.clock import Clock

LONGEST_SEARCH = 2.0
"""Seconds for which lines that nobody asked for are passed over in one call."""
SEARCHED = 500
"""Lines that are looked through at once."""
FITTING = 80
"""Lines of which not even the shortest fit an answer of 2,000 tokens."""
ANSWER = 7600
"""Characters of the lines of an answer of 2,000 tokens, before its cursors."""
CURSORS = 220
"""Characters that a stream may take in the two cursors of an answer."""
AROUND = 14
"""Characters between the parts of a line's JSON."""


class Position(Model):
    """Where an answer of a deployment's lines ended, and which way it goes on from there."""

    deployment: str
    way: Literal["onward", "back"] = "onward"
    places: dict[str, str] = Field(default_factory=dict[str, str])
    """Of each stream, by its name; onward, one that is not named begins at its first line."""

    @property
    def back(self) -> bool:
        """Whether it goes on with earlier lines."""
        return self.way == "back"

    def text(self) -> str:
        """The cursor that callers carry."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")


def position_of(cursor: str) -> Position:
    """The position of a cursor. Raises Refused where it is none."""
    try:
        return Position.model_validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise no_cursor() from error


@dataclass
class Room:
    """What an answer has room for."""

    lines: int | None
    """None: as many as fit 2,000 tokens."""
    characters: int

    def takes(self, entry: LogEntry, kept: int) -> bool:
        """Whether one more line fits, beside those that are kept; the first always does."""
        if self.lines is not None:
            return kept < self.lines
        self.characters -= len(entry.model_dump_json()) + AROUND
        return not kept or self.characters >= 0


@dataclass
class Passage:
    """Lines in the order in which they were read."""

    began: dict[str, str]
    """Where each stream began or, read back from its end, where that was."""
    places: dict[str, str]
    """Where each stream goes on."""
    lines: list[LogEntry] = field(default_factory=list[LogEntry])
    more: bool = True
    """Whether there are wanted lines further on; or may be, where the search was long."""


@dataclass(frozen=True)
class Reader:
    """Reads streams together."""

    streams: Sequence[Stream]
    wanted: Callable[[LogEntry], bool]
    searches: bool
    """Whether many lines may not be wanted."""
    limit: int | None
    clock: Clock

    async def read(self, places: Mapping[str, str], *, back: bool) -> Passage:
        """The wanted lines from places on, or back from them, as many as an answer has room for."""
        until = self.clock.monotonic() + LONGEST_SEARCH
        slices = await self._slices(places, back=back)
        # What is printed from now on lies beyond the newest line of now, also of a stream that has no line here.
        newest = {each.name: found.newest for each, found in zip(self.streams, slices, strict=True)} if back else {}
        passage = Passage({**newest, **places}, {**newest, **places})
        room = Room(self.limit, ANSWER - CURSORS * len(self.streams))
        while self._take(slices, passage, room, back=back):
            passage.more = any(each.more for each in slices)
            if not passage.more or self.clock.monotonic() >= until:
                break
            slices = await self._slices(passage.places, back=back)
        return passage

    def _take(self, slices: list[Slice], passage: Passage, room: Room, *, back: bool) -> bool:
        """Take the wanted lines; whether there was room for all."""
        for line in in_time(slices, back=back):
            if self.wanted(line.entry):
                if not room.takes(line.entry, len(passage.lines)):
                    return False
                passage.lines.append(line.entry)
            passage.places[line.stream] = line.place
        return True

    async def _slices(self, places: Mapping[str, str], *, back: bool) -> list[Slice]:
        count = SEARCHED if self.searches else (self.limit or FITTING) + 1
        return [await each.read(places.get(each.name), count, back=back) for each in self.streams]

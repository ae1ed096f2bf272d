"""What a child prints: kept whole, or line by line, within a limit."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from kr8.domain.redact import Piece

OnLine = Callable[[Piece], Awaitable[None]]
CHUNK = 1 << 16
LONGEST_LINE = 4096


@dataclass(frozen=True)
class Printed:
    """What a child has printed, where it is kept whole."""

    stdout: bytes = b""
    stderr: bytes = b""


class Meter:
    """Counts what is printed on all streams, and says when it is too much."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self.over = asyncio.Event()

    def take(self, count: int) -> None:
        """Count some bytes."""
        self._left -= count
        if self._left < 0:
            self.over.set()


async def read_whole(stream: asyncio.StreamReader, meter: Meter) -> bytes:
    """All of a stream, as far as the limit lets it."""
    parts: list[bytes] = []
    while chunk := await stream.read(CHUNK):
        meter.take(len(chunk))
        if not meter.over.is_set():
            parts.append(chunk)
    return b"".join(parts)


async def read_lines(stream: asyncio.StreamReader, meter: Meter, on_line: OnLine) -> None:
    """Hand on each line as it is printed. A line that is longer than 4096 characters comes in pieces."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    lines = Lines()
    while chunk := await stream.read(CHUNK):
        meter.take(len(chunk))
        for piece in lines.feed(decoder.decode(chunk)):
            await on_line(piece)
    for piece in lines.close():
        await on_line(piece)


class Lines:
    """Cuts a text into lines. What a lone carriage return has overwritten is left out."""

    def __init__(self) -> None:
        self._rest = ""
        self._begun = False

    def feed(self, text: str) -> Iterator[Piece]:
        """The lines that are whole, and pieces of one that grows too long."""
        *lines, rest = (self._rest + text).split("\n")
        for line in lines:
            self._rest = line.removesuffix("\r").rpartition("\r")[2]
            yield from self._cut()
            yield self._piece(self._rest, goes_on=False)
        self._rest = rest
        yield from self._cut()

    def close(self) -> Iterator[Piece]:
        """What stood without its end of line."""
        if self._rest:
            yield self._piece(self._rest, goes_on=True)

    def _cut(self) -> Iterator[Piece]:
        while len(self._rest) > LONGEST_LINE:
            cut, self._rest = self._rest[:LONGEST_LINE], self._rest[LONGEST_LINE:]
            yield self._piece(cut, goes_on=True)

    def _piece(self, text: str, *, goes_on: bool) -> Piece:
        piece = Piece(text, self._begun, goes_on)
        self._begun = goes_on
        return piece

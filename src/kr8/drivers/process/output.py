"""What a child prints: kept whole, or line by line, within a limit."""

from __future__ import annotations

import asyncio
import codecs
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kr8.drivers.process.command import LAST_LINES

OnLine = Callable[[str], Awaitable[None]]
CHUNK = 1 << 16
LONGEST_LINE = 4096


@dataclass(frozen=True)
class Printed:
    """What a child has printed: whole, or its last lines."""

    stdout: bytes = b""
    stderr: bytes = b""
    lines: tuple[str, ...] = ()


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


async def read_lines(stream: asyncio.StreamReader, meter: Meter, on_line: OnLine) -> tuple[str, ...]:
    """Hand on each line; the last ones. A line that is longer than 4096 characters is cut into pieces."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    last: deque[str] = deque(maxlen=LAST_LINES)
    rest = ""
    while True:
        chunk = await stream.read(CHUNK)
        meter.take(len(chunk))
        *lines, rest = split(rest + decoder.decode(chunk, final=not chunk))
        if not chunk:
            lines = [*lines, rest] if rest else lines
        for line in lines:
            last.append(line)
            await on_line(line)
        if not chunk:
            return tuple(last)


def split(text: str) -> list[str]:
    """The lines of a text, the last one unfinished. What a lone carriage return has overwritten is left out."""
    *lines, rest = text.split("\n")
    whole = [piece for line in lines for piece in _pieces(line.removesuffix("\r").rpartition("\r")[2])]
    *cut, rest = _pieces(rest)
    return [*whole, *cut, rest]


def _pieces(line: str) -> list[str]:
    return [line[start : start + LONGEST_LINE] for start in range(0, len(line), LONGEST_LINE)] or [""]

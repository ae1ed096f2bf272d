"""The files that the supervisor writes the instances' output to, read from either end while they grow and rotate."""

from __future__ import annotations

import json
import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

from kr8.domain.redact import Piece

ENDINGS = (".jsonl", ".jsonl.1", ".jsonl.2", ".jsonl.3", ".jsonl.4", ".jsonl.5")
"""Of an instance's files, newest first: a file only ever moves on to the next one."""
BLOCK = 64 * 1024
"""Bytes that are read at once: what is in memory of an output, however large it is."""
_LOOKS = 100
_END_OF_TIME = "~"

_Line = tuple[str, str, Piece]
"""Instant, stream and what it said."""


class Entry(NamedTuple):
    """A line that an instance printed."""

    at: str
    """The instant as it is written down; these texts sort by time."""
    instance: str
    number: int
    """Which one of the lines that its instance printed at that instant, from 0."""
    stream: str
    piece: Piece


@dataclass(frozen=True)
class OutputFile:
    """A file as it was when it was seen; it may have moved on, grown or gone since."""

    folder: Path
    name: str
    inode: int
    size: int

    @property
    def instance(self) -> str:
        """Whose output is in it."""
        return self.name.partition(".jsonl")[0]

    @property
    def age(self) -> int:
        """How many younger files its instance had."""
        return ENDINGS.index(self.name.removeprefix(self.instance))

    def open(self) -> BinaryIO:
        """Open it where it is now; what is gone is empty."""
        for ending in ENDINGS[self.age :]:
            with suppress(FileNotFoundError):
                found = (self.folder / f"{self.instance}{ending}").open("rb")
                if os.fstat(found.fileno()).st_ino == self.inode:
                    return found
                found.close()
        return BytesIO()


@dataclass(frozen=True)
class Output:
    """What an instance had printed when its files were seen."""

    instance: str
    files: tuple[OutputFile, ...]
    """The newest first."""

    def onward(self, since: str) -> Iterator[Entry]:
        """The lines from an instant on, oldest first."""
        for at, lines in groupby(self._onward(since), key=itemgetter(0)):
            if at >= since:
                yield from (Entry(at, self.instance, number, *line[1:]) for number, line in enumerate(lines))

    def back(self, until: str | None) -> Iterator[Entry]:
        """The lines up to an instant and of that instant, newest first. None: all lines."""
        latest = _END_OF_TIME if until is None else until
        for at, lines in groupby(self._back(latest), key=itemgetter(0)):
            if at <= latest:
                found = [
                    Entry(at, self.instance, number, *line[1:]) for number, line in enumerate(reversed(list(lines)))
                ]
                yield from reversed(found)

    def _onward(self, since: str) -> Iterator[_Line]:
        for each in reversed(self.files):
            with each.open() as file:
                block = bisect_left(_blocks(each.size), since, key=partial(_instant, file, each.size))
                yield from _parsed(_lines(file, max(0, block - 1) * BLOCK, each.size))

    def _back(self, until: str) -> Iterator[_Line]:
        for each in self.files:
            with each.open() as file:
                blocks = _blocks(each.size)
                block = bisect_right(blocks, until, key=partial(_instant, file, each.size))
                end = each.size if block == len(blocks) else _beginning(file, block * BLOCK)
                yield from _parsed(_lines_back(file, min(end, each.size)))


def outputs(folder: Path, wanted: Callable[[str], bool]) -> list[Output]:
    """The output of each instance whose name is wanted, all of them as they were at one instant.

    Of two instances, one would else be seen before it printed a line and the other after it printed a later one; who
    goes on behind the later line would never be shown the earlier one.
    """
    seen = _seen(folder, wanted)
    for _ in range(_LOOKS):
        again = _seen(folder, wanted)
        if again == seen:
            break
        seen = again
    files = sorted(seen, key=lambda each: (each.instance, each.age))
    return [Output(instance, tuple(own)) for instance, own in groupby(files, key=lambda each: each.instance)]


def _seen(folder: Path, wanted: Callable[[str], bool]) -> frozenset[OutputFile]:
    found: set[OutputFile] = set()
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            instance, _, _ = entry.name.partition(".jsonl")
            if entry.name.removeprefix(instance) in ENDINGS and wanted(instance):
                with suppress(FileNotFoundError):
                    status = entry.stat()
                    found.add(OutputFile(folder, entry.name, status.st_ino, status.st_size))
    return frozenset(found)


def _blocks(size: int) -> range:
    return range(-(-size // BLOCK))


def _instant(file: BinaryIO, size: int, block: int) -> str:
    """The instant of the first line that begins in a block or after it: they grow with the blocks."""
    first = next(_parsed(_lines(file, block * BLOCK, size)), None)
    return _END_OF_TIME if first is None else first[0]


def _beginning(file: BinaryIO, offset: int) -> int:
    """Where the first line begins that does so at an offset or after it."""
    if offset == 0:
        return 0
    file.seek(offset - 1)
    return offset - 1 + len(file.readline())


def _lines(file: BinaryIO, offset: int, size: int) -> Iterator[bytes]:
    """The whole lines that begin at an offset or after it."""
    place = _beginning(file, offset)
    file.seek(place)
    while place < size:
        line = file.readline()
        place += len(line)
        if place > size or not line.endswith(b"\n"):
            return  # it is being written
        yield line


def _lines_back(file: BinaryIO, end: int) -> Iterator[bytes]:
    """The lines before an offset, last first."""
    rest = b""
    while end > 0:
        start = max(0, end - BLOCK)
        file.seek(start)
        first, *others = (file.read(end - start) + rest).split(b"\n")
        yield from reversed(others)
        rest, end = first, start
    yield rest


def _parsed(lines: Iterable[bytes]) -> Iterator[_Line]:
    """What the lines say. What cannot be read is passed over: half a line, which a full disk left or which grows."""
    for line in lines:
        try:
            value = json.loads(line.decode("utf-8", "replace"))
            datetime.fromisoformat(value["at"])
            cut = value.get("continues") is True, value.get("goes_on") is True
            yield str(value["at"]), str(value["stream"]), Piece(str(value["line"]), *cut)
        except (ValueError, KeyError, TypeError):
            continue

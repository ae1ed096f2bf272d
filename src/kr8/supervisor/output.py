"""A service's output: read from pipes that outlive the supervisor, stamped, written as JSON lines in rotated files."""

import asyncio
import codecs
import errno
import fcntl
import json
import os
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from kr8.supervisor.instants import stamp
from kr8.supervisor.observed import Piece

STREAMS = ("stdout", "stderr")
MAX_LINE = 16 * 1024
MAX_FILE = 8 * 1024 * 1024
FILES = 5
KEPT = 40
_PIPE = 1024 * 1024
_READ = 64 * 1024
_LAST_READS = 64
_F_SETPIPE_SZ = 1031
_WITHIN = bytes(range(0x80, 0xC0))
"""What stands in a character of UTF-8 after its first byte."""
_decoder = codecs.getincrementaldecoder("utf-8")


class LogFile:
    """Appends JSON lines; the full file becomes `.1`, that `.2`, and so on. A full disk loses lines, no service."""

    def __init__(self, path: Path, max_bytes: int = MAX_FILE, files: int = FILES) -> None:
        self._path = path
        self._max = max_bytes
        self._files = files
        self.lost = 0

    def write(self, stream: str, pieces: list[Piece]) -> None:
        """Append what a stream has said, with the time that it was read."""
        at = stamp()
        lines = [json.dumps(_entry(at, stream, piece), ensure_ascii=False) + "\n" for piece in pieces]
        try:
            self._append("".join(lines).encode("utf-8", "replace"))
        except OSError:
            self.lost += len(lines)

    def note(self, text: str) -> None:
        """Append what kr8 itself has to say of the instance."""
        if text:
            self.write("stderr", [Piece(f"kr8: {text}")])

    def _append(self, data: bytes) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(fd).st_size
            if size and size + len(data) > self._max:
                os.close(fd)
                self._rotate()
                fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.write(fd, data)
        finally:
            os.close(fd)

    def _rotate(self) -> None:
        for n in range(self._files - 1, 0, -1):
            source = self._path if n == 1 else self._numbered(n - 1)
            if source.exists():
                source.replace(self._numbered(n))

    def _numbered(self, n: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{n}")


def _entry(at: str, stream: str, piece: Piece) -> dict[str, str | bool]:
    cut = {"continues": piece.continues, "goes_on": piece.goes_on}
    return {"at": at, "stream": stream, "line": piece.text, **{mark: True for mark, so in cut.items() if so}}


class Lines:
    """Cuts a stream of bytes into lines; a line that is too long comes in pieces.

    What has no end of line may go on: whoever reads the stream after this one then goes on with it.
    """

    def __init__(self, limit: int = MAX_LINE, *, begun: bool = False) -> None:
        """`begun`: the stream may begin within a line."""
        self._limit = limit
        self._rest = b""
        self._begun = begun

    def feed(self, data: bytes) -> list[Piece]:
        """Whole lines, and pieces of one that grows too long."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        pieces = [p for line in whole for p in self._pieces(line.removesuffix(b"\r"))]
        while len(self._rest) > self._limit:
            pieces.append(self._cut())
        return pieces

    def close(self) -> list[Piece]:
        """What stood without its end of line."""
        rest, self._rest = self._rest, b""
        return [self._piece(rest, goes_on=True)] if rest else []

    def _pieces(self, line: bytes) -> Iterator[Piece]:
        while len(line) > self._limit:
            end = _end(line, self._limit)
            yield self._piece(line[:end], goes_on=True)
            line = line[end:]
        yield self._piece(line, goes_on=False)

    def _cut(self) -> Piece:
        end = _end(self._rest, self._limit)
        cut, self._rest = self._rest[:end], self._rest[end:]
        return self._piece(cut, goes_on=True)

    def _piece(self, raw: bytes, *, goes_on: bool) -> Piece:
        """Halves of characters at a cut are left out: next to one, what is left of a secret would not be known."""
        text = _decoder("replace").decode(raw.lstrip(_WITHIN) if self._begun else raw, final=not goes_on)
        piece = Piece(text, self._begun, goes_on)
        self._begun = goes_on
        return piece


def _end(line: bytes, limit: int) -> int:
    """Where to cut, so that no character is cut in two."""
    ends = (end for end in range(limit, max(limit - 4, 0), -1) if line[end] not in _WITHIN)
    return next(ends, limit)


def open_pipe(path: Path) -> int:
    """A FIFO for a child to write to. A disk too full for one costs the output, not the service."""
    try:
        return _open_fifo(path)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


def _open_fifo(path: Path) -> int:
    # Read-write, so that a dead supervisor is no broken pipe to the child.
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.mkfifo(path, 0o600)
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.fcntl(fd, _F_SETPIPE_SZ, _PIPE)
    except OSError as error:  # the user's quota of pipe memory is used up: the smaller pipe works too
        if error.errno not in (errno.EPERM, errno.EBUSY):
            raise
    return fd


def _opened(path: Path) -> int | None:
    """A FIFO to read; None where there is none, for a service goes on without its output."""
    try:
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC) if path.is_fifo() else None
    except OSError:
        return None


class Capture:
    """Reads the pipes of one instance into its log, and keeps the last lines for evidence."""

    def __init__(self, folder: Path, log: LogFile, *, begun: bool = False) -> None:
        """`begun`: another capture has read the pipes before."""
        self._log = log
        self._last: deque[Piece] = deque(maxlen=KEPT)
        found = {s: _opened(folder / s) for s in STREAMS}
        self._open = {s: fd for s, fd in found.items() if fd is not None}
        self._lines = {s: Lines(begun=begun) for s in STREAMS}
        for stream, fd in self._open.items():
            asyncio.get_running_loop().add_reader(fd, self._read, stream)

    @property
    def last(self) -> tuple[Piece, ...]:
        return tuple(self._last)

    def close(self) -> None:
        """Read what is still in the pipes, and end."""
        for stream in tuple(self._open):
            for _ in range(_LAST_READS):
                if stream not in self._open or not self._read(stream):
                    break
            self._end(stream)

    def _read(self, stream: str) -> bool:
        try:
            data = os.read(self._open[stream], _READ)
        except BlockingIOError:
            return False
        if not data:
            self._end(stream)
            return False
        self._keep(stream, self._lines[stream].feed(data))
        return True

    def _end(self, stream: str) -> None:
        fd = self._open.pop(stream, None)
        if fd is not None:
            asyncio.get_running_loop().remove_reader(fd)
            os.close(fd)
            self._keep(stream, self._lines[stream].close())

    def _keep(self, stream: str, pieces: list[Piece]) -> None:
        if pieces:
            self._last.extend(pieces)
            self._log.write(stream, pieces)

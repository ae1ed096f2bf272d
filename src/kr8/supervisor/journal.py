"""What happened, appended line by line. It explains; the state file decides."""

import contextlib
import json
import os
from collections import deque
from pathlib import Path

from kr8.supervisor.codec import MalformedError, decode, encode
from kr8.supervisor.instants import stamp
from kr8.supervisor.observed import JournalEntry

_MAX = 16 * 1024 * 1024
_KEPT = 1000
"""Entries that wait for a disk to take them."""


class Journal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._seq = max((e.seq for e in self._all()), default=0)
        self._unwritten = deque(["\n"] if self._is_torn() else [], maxlen=_KEPT)
        self.trouble = ""

    def write(self, event: str, about: str, **detail: object) -> None:
        """Append. What a disk refuses is written with the next entry, and `trouble` says so."""
        self._seq += 1
        entry = JournalEntry(self._seq, stamp(), event, about, {k: str(v) for k, v in detail.items() if v is not None})
        self._unwritten.append(json.dumps(encode(entry), ensure_ascii=False) + "\n")
        try:
            self._append("".join(self._unwritten).encode())
        except OSError as error:
            self.trouble = f"{self._path} cannot be written: {error.strerror or error}"
            return
        self._unwritten.clear()
        self.trouble = ""

    def since(self, seq: int, limit: int = 1000) -> tuple[JournalEntry, ...]:
        """Entries after `seq`, oldest first."""
        return tuple(e for e in self._all() if e.seq > seq)[:limit]

    def _is_torn(self) -> bool:
        """Whether the last line has no end: what is written next would be part of it."""
        try:
            with self._path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                return file.read() != b"\n"
        except OSError:
            return False

    def _append(self, data: bytes) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(fd).st_size
            if os.write(fd, data) < len(data):
                os.ftruncate(fd, size)
                raise OSError("short write")
            os.fdatasync(fd)
        finally:
            os.close(fd)
        if size > _MAX:
            self._path.replace(self._path.with_suffix(".1.jsonl"))

    def _all(self) -> tuple[JournalEntry, ...]:
        found: list[JournalEntry] = []
        for path in (self._path.with_suffix(".1.jsonl"), self._path):
            with contextlib.suppress(OSError):
                for line in path.read_text(errors="replace").splitlines():
                    with contextlib.suppress(ValueError, MalformedError):  # a torn line, of a crash
                        found.append(decode(JournalEntry, json.loads(line), "journal"))
        return tuple(found)

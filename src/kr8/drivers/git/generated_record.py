"""What kr8 wrote into a repository: `.kr8/generated/GENERATOR`, a line a file (pure).

Lines and no JSON, because whoever looks for secrets takes a digest between quotes for one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Mapping
from typing import TypeVar

from pydantic import Field

from kr8.domain.model import Model
from kr8.domain.regeneration import Fate, fate
from kr8.version import VERSION

HEADER = f"# What kr8 {VERSION} generated: SHA-256, object of this repository, path. It is written by kr8 alone."
PENDING = "pending"
CONFLICT = "conflict"
REMOVED = "removed"
NO_FILE = "none"
PLACE = 16
"""The hexadecimal digits that tell a place of a conflict from others of its file."""
_LINE = re.compile(
    r"(?P<digest>[0-9a-f]{64}) "
    r"(?:conflict (?P<other>[0-9a-f]{40,64}) (?P<mine>[0-9a-f]{64}|none)(?::(?P<open>[0-9a-f,]+))?|pending|"
    r"(?P<removed>removed )?(?P<object>[0-9a-f]{40,64})) "
    r"(?P<path>.+)"
)

Entry = TypeVar("Entry")


class Base(Model):
    """A file as it was generated last."""

    digest: str
    """SHA-256 of its content."""
    object: str
    """The id of the repository's object with its content."""
    removed: bool = False
    """Somebody has said that it shall not be there."""


class Conflict(Model):
    """A file that was not written, because what was generated does not go together with what is there."""

    generated: Base
    mine: str | None
    """The digest of what was there; None: no file was. Where it is another one now, somebody has edited it."""
    open: tuple[str, ...] = ()
    """What both sides have at each place that nobody has edited yet, as digests; none: any edit decides."""


class Record(Model):
    """What one generator wrote."""

    files: dict[str, Base] = Field(default_factory=dict[str, Base])
    pending: dict[str, str] = Field(default_factory=dict[str, str])
    """Digests of what a run is about to write: there after one that was interrupted."""
    conflicts: dict[str, Conflict] = Field(default_factory=dict[str, Conflict])
    """Those that nobody had settled when the last run ended."""
    is_marked: bool = False
    """Git has left both sides of a merge in it, between its marks."""

    def fate(self, path: str, mine: bytes | None, new: bytes | None) -> Fate:
        """What becomes of a file: `mine` is there, `new` is generated."""
        return fate(self.generated(path), self.pending.get(path), digest_of(mine), digest_of(new))

    def decided(self, path: str, mine: bytes | None) -> bool:
        """Whether somebody has edited a file since it conflicted; to take back what was one's own is no decision."""
        conflict, now = self.conflicts.get(path), digest_of(mine)
        return (
            conflict is not None
            and now is not None
            and now not in (conflict.mine, self.generated(path), self.pending.get(path))
        )

    def left_open(self, path: str, new: bytes, places: tuple[str, ...]) -> tuple[str, ...]:
        """Which places of a file's conflict with what is generated nobody has edited: those that were open before."""
        before = self.conflicts.get(path)
        known = before is not None and before.open and before.generated.digest == digest(new)
        return tuple(each for each in places if each in before.open) if before and known else places

    def paths(self) -> tuple[str, ...]:
        """Every path that it names."""
        return (*self.files, *self.pending, *self.conflicts)

    def unsettled(self) -> bool:
        """Whether a run changes what it says, though every file is as it is generated."""
        is_left = bool(self.pending or self.conflicts) or self.is_marked
        return is_left or any(base.removed for base in self.files.values())

    def settled(self, path: str) -> Record:
        """The record once what a file conflicted with counts as what was generated last."""
        conflicts = {each: conflict for each, conflict in self.conflicts.items() if each != path}
        files = {**self.files, path: self.conflicts[path].generated}
        return self.model_copy(update={"files": files, "conflicts": conflicts})

    def generated(self, path: str) -> str | None:
        """The digest of what was written last at a path; None: nothing was."""
        base = self.files.get(path)
        return None if base is None else base.digest

    def beside(self, theirs: Record) -> Record:
        """Both sides of a merge: this one, and what it does not name of the other.

        Either would do: from whichever side what was generated last is, what the other has in the file is a change.
        """
        known = set(self.paths())
        return Record(
            files={**_without(known, theirs.files), **self.files},
            pending={**_without(known, theirs.pending), **self.pending},
            conflicts={**_without(known, theirs.conflicts), **self.conflicts},
            is_marked=True,
        )

    def text(self) -> str:
        """As it stands in its file."""
        lines = [HEADER]
        for path, base in sorted(self.files.items()):
            lines.append(f"{base.digest} {f'{REMOVED} ' if base.removed else ''}{base.object} {path}")
        for path, conflict in sorted(self.conflicts.items()):
            with_what = f"{conflict.generated.digest} {CONFLICT} {conflict.generated.object}"
            places = f":{','.join(conflict.open)}" if conflict.open else ""
            lines.append(f"{with_what} {conflict.mine or NO_FILE}{places} {path}")
        lines += [f"{digest} {PENDING} {path}" for path, digest in sorted(self.pending.items())]
        return "".join(f"{line}\n" for line in lines)


def parse(text: str) -> Record:
    """The record of a file, also where Git has left a conflict in it. Raises ValueError with the line that is none."""
    ours: list[tuple[int, str]] = []
    theirs: list[tuple[int, str]] = []
    sides = {"<<<<<<<": (ours,), "|||||||": (), "=======": (theirs,), ">>>>>>>": (ours, theirs)}
    now: tuple[list[tuple[int, str]], ...] = (ours, theirs)
    for number, line in enumerate(text.splitlines(), 1):
        mark = line.split(" ", 1)[0]
        now = sides.get(mark, now)
        for side in now if mark not in sides else ():
            side.append((number, line))
    return _record(ours) if ours == theirs else _record(ours).beside(_record(theirs))


def _record(lines: Iterable[tuple[int, str]]) -> Record:
    record = Record()
    for line in _found(lines):
        digest, path = line["digest"], line["path"]
        if line["object"]:
            record.files[path] = Base(digest=digest, object=line["object"], removed=line["removed"] is not None)
        elif line["other"]:
            mine = None if line["mine"] == NO_FILE else line["mine"]
            places = tuple(line["open"].split(",")) if line["open"] else ()
            generated = Base(digest=digest, object=line["other"])
            record.conflicts[path] = Conflict(generated=generated, mine=mine, open=places)
        else:
            record.pending[path] = digest
    return record


def _found(lines: Iterable[tuple[int, str]]) -> Iterable[re.Match[str]]:
    for number, line in lines:
        if line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"line {number} is no digest, object and path")
        yield found


def _without(paths: Container[str], entries: Mapping[str, Entry]) -> dict[str, Entry]:
    return {path: entry for path, entry in entries.items() if path not in paths}


def digest_of(content: bytes | None) -> str | None:
    """The digest of a file's content; None: there is no file."""
    return None if content is None else digest(content)


def digest(content: bytes) -> str:
    """The digest of a file's content."""
    return hashlib.sha256(content).hexdigest()


def object_of(content: bytes) -> str:
    """The id of the object that git makes of a file's content, in a repository of its default format."""
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()

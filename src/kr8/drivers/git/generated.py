"""Generated files in a checkout: what was changed by hand is merged by `git merge-file`, and nothing is lost.

The record `.kr8/generated/GENERATOR` says what kr8 wrote. It is written before the files, with what they shall be,
and after them, with what they are: a run that was interrupted leaves files that are one or the other. The contents of
before are objects of the repository. A conflict is kept there until somebody edits the file: from then on what it was
with counts as what was generated before.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from kr8.domain.edits import difference
from kr8.domain.made_files import GENERATED
from kr8.domain.problem import refuse
from kr8.domain.regeneration import Fate, check_committed
from kr8.domain.source import SourceFile, Written, WrittenFile
from kr8.drivers.git import commands
from kr8.drivers.git.generated_record import Base, Conflict, Record, digest, digest_of, object_of, parse
from kr8.drivers.git.lying_files import LyingFiles, check_inside, content_of, replace, unix
from kr8.drivers.git.merging import BY_GIT, Merged, Merging
from kr8.drivers.git.running import Git
from kr8.drivers.git.trial import Trials
from kr8.drivers.process.driver import Processes


@dataclass(frozen=True)
class _Run:
    """What one run goes by."""

    root: Path
    record: Record
    force: bool
    keep: frozenset[str]
    rest: Mapping[tuple[str, str | None], bytes]
    """Files that somebody has settled, by path and digest, with what was new beside what conflicted."""

    @property
    def lying(self) -> LyingFiles:
        """The files of the checkout."""
        return LyingFiles(self.root, self.record)

    def fate(self, path: str, mine: bytes | None, new: bytes | None) -> Fate:
        """What becomes of a file, as the caller would have it."""
        what = self.record.fate(path, mine, new)
        if path in self.keep and what in (Fate.WRITE, Fate.MERGE, Fate.CLASH, Fate.ORPHAN):
            return Fate.KEEP
        if self.force and what is Fate.ORPHAN:
            return Fate.REMOVE
        forced = self.force and path not in self.keep and new is not None
        return Fate.WRITE if forced and what in (Fate.KEEP, Fate.MERGE, Fate.CLASH) else what

    def shall_not_be(self, path: str) -> bool:
        """Whether somebody has said that a file which is not there shall not be."""
        base = self.record.files.get(path)
        return path in self.keep or (base is not None and base.removed)


class _Brought(NamedTuple):
    """What became of a file; None: nothing to tell of."""

    file: WrittenFile | None
    mine: str | None = None
    """Of a conflict, the digest of what is there."""
    open: tuple[str, ...] = ()
    """Of a conflict, the places that nobody has edited."""
    removed: bool = False
    """Somebody has said that it shall not be there."""


class GitGeneratedFiles:
    """Implements the port `GeneratedFiles`."""

    def __init__(self, processes: Processes) -> None:
        self._git = Git(processes)
        self._merging = Merging(self._git)
        self._trials = Trials(self._git)

    async def write(
        self,
        root: Path,
        generator: str,
        files: tuple[SourceFile, ...],
        *,
        force: bool = False,
        keep: frozenset[str] = frozenset(),
    ) -> tuple[WrittenFile, ...]:
        """Bring the files of one generator up to date; what became of each, by path.

        Raises Refused as the port says, and git_failed, file_unreadable.
        """
        place = f"{GENERATED}/{generator}"
        record = await asyncio.to_thread(_read_record, root, place)
        wanted = {file.path: file for file in files}
        check_inside(root, *wanted, *record.paths())
        if not any((root / path).exists() for path in record.paths()):
            record = Record()  # all of it was removed by hand: it is made anew
        contents = {path: file.text.encode() for path, file in wanted.items()}
        pending = {path: digest(content) for path, content in contents.items()}
        lying = LyingFiles(root, record)
        paths = sorted({*wanted, *record.files, *record.pending})
        # All are read before one is written: what cannot be read is told while nothing was done.
        there = {path: digest_of(lying.content(path, contents.get(path))) for path in paths}
        if not record.unsettled() and all(there[path] == pending.get(path) == record.generated(path) for path in paths):
            return tuple(WrittenFile(path=path, written=Written.UNCHANGED) for path in sorted(pending))
        run = await self._run(root, record, wanted, force=force, keep=keep)
        if force:
            check_committed([path for path in paths if await self._lost(run, path, wanted.get(path))])
        replace(root, place, record.model_copy(update={"pending": pending}).text().encode())
        # Git starts while files are written: it takes as long as they do.
        storing = asyncio.create_task(self._stored(root, contents))
        try:
            await asyncio.sleep(0)
            brought = [await self._bring(run, path, wanted.get(path)) for path in paths]
        except BaseException:
            storing.cancel()
            await asyncio.gather(storing, return_exceptions=True)
            raise
        replace(root, place, _after(run.record, await storing, brought).text().encode())
        return tuple(each.file for each in brought if each.file is not None)

    async def compare(self, root: Path, generator: str, files: tuple[SourceFile, ...]) -> tuple[WrittenFile, ...]:
        """What `write` would make of each file: it is done to a copy. Raises Refused as `write`."""
        place = f"{GENERATED}/{generator}"
        record = await asyncio.to_thread(_read_record, root, place)
        paths = {place, *(file.path for file in files), *record.paths()}
        check_inside(root, *paths)
        before = {path: content_of(root, path) for path in sorted(paths)}
        async with self._trials.of(root, before) as copy:
            written = await self.write(copy, generator, files)
            return tuple(_compared(each, before[each.path], content_of(copy, each.path)) for each in written)

    async def there(self, root: Path, generator: str) -> tuple[str, ...]:
        """The paths of files that are there and were written for that generator before."""
        record = await asyncio.to_thread(_read_record, root, f"{GENERATED}/{generator}")
        check_inside(root, *record.paths())
        return tuple(path for path in sorted({*record.files, *record.pending}) if (root / path).exists())

    async def edit(self, root: Path, path: str, before: bytes | None, after: bytes) -> bool:
        """Give a file another content; False: it has another one than `before`. None: it is not there yet."""
        check_inside(root, path)
        if content_of(root, path) != before:
            return False
        replace(root, path, after, executable=os.access(root / path, os.X_OK))
        return True

    def record(self, root: Path, generator: str, files: tuple[SourceFile, ...]) -> SourceFile:
        """The record of files that are written and committed together with it: the commit has their objects."""
        contents = {file.path: file.text.encode() for file in files}
        bases = {path: Base(digest=digest(content), object=object_of(content)) for path, content in contents.items()}
        return SourceFile(path=f"{GENERATED}/{generator}", text=Record(files=bases).text())

    async def _run(
        self, root: Path, record: Record, wanted: Mapping[str, SourceFile], *, force: bool, keep: frozenset[str]
    ) -> _Run:
        """What files are compared with: a conflict that somebody has decided since is with something generated."""
        rest: dict[tuple[str, str | None], bytes] = {}
        now = record
        for path in record.conflicts:
            mine = LyingFiles(root, now).content(path, _encoded(wanted.get(path)))
            if mine is None or not record.decided(path, mine):
                continue
            settled = None if path in keep else await self._settled(root, record, path, mine, wanted.get(path))
            if path in keep or settled is not None:
                now = now.settled(path)
            if settled is not None:
                rest[path, digest(mine)] = settled
        return _Run(root, now, force=force, keep=keep, rest=rest)

    async def _settled(
        self, root: Path, record: Record, path: str, mine: bytes, file: SourceFile | None
    ) -> bytes | None:
        new = _encoded(file)
        base, conflict = record.files.get(path), record.conflicts[path]
        return await self._merging.with_the_rest(root, path, base, mine, conflict, new)

    async def _lost(self, run: _Run, path: str, file: SourceFile | None) -> bool:
        """Whether a file would be replaced or removed by force, and the last commit has it not as it is."""
        new = _encoded(file)
        mine = run.lying.content(path, new)
        as_asked = run.fate(path, mine, new)
        by_force = as_asked in (Fate.WRITE, Fate.REMOVE) and as_asked is not run.record.fate(path, mine, new)
        if not by_force or mine is None:
            return False
        committed = await self._merging.committed(run.root, path)
        return committed is None or unix(mine) != unix(committed)

    async def _bring(self, run: _Run, path: str, file: SourceFile | None) -> _Brought:
        new = _encoded(file)
        mine = run.lying.content(path, new)
        settled = run.rest.get((path, digest_of(mine)), mine)
        what = run.fate(path, settled, new)
        if settled is None or settled == mine or what is Fate.WRITE:
            return await self._become(run, path, what, mine, file)
        run.lying.replace(path, settled, executable=run.lying.executable(path))
        became = await self._become(run, path, what, settled, file)
        taken = became.file is not None and became.file.written in (Written.KEPT, Written.UNCHANGED)
        return became._replace(file=WrittenFile(path=path, written=Written.MERGED)) if taken else became

    async def _become(self, run: _Run, path: str, what: Fate, mine: bytes | None, file: SourceFile | None) -> _Brought:
        match what:
            case Fate.LEAVE:
                return _Brought(None if file is None else WrittenFile(path=path, written=Written.UNCHANGED))
            case Fate.KEEP:
                removed = mine is None and run.shall_not_be(path)
                missing = mine is None and not removed
                kept = WrittenFile(path=path, written=Written.MISSING if missing else Written.KEPT)
                return _Brought(kept, removed=removed)
            case Fate.ORPHAN:
                return _Brought(WrittenFile(path=path, written=Written.ORPHANED))
            case Fate.REMOVE:
                run.lying.remove(path)
                return _Brought(WrittenFile(path=path, written=Written.REMOVED))
            case Fate.WRITE:
                content, executable = _encoded(file) or b"", file is not None and file.executable
                if mine is None:
                    replace(run.root, path, content, executable=executable)
                    return _Brought(WrittenFile(path=path, written=Written.NEW))
                run.lying.replace(path, content, executable=executable)
                return _Brought(WrittenFile(path=path, written=Written.UPDATED))
            case Fate.MERGE | Fate.CLASH:
                return await self._merge(run, path, mine, "" if file is None else file.text)

    async def _merge(self, run: _Run, path: str, mine: bytes | None, new: str) -> _Brought:
        base, content = run.record.files.get(path), new.encode()
        merged = await self._merging.merged(run.root, path, base, mine, content) if mine is not None else Merged(None)
        if merged.content is None:
            text = difference(path, (mine or b"").decode(errors="replace"), new)
            conflict = WrittenFile(path=path, written=Written.CONFLICT, untrusted_difference=text)
            return _Brought(conflict, digest_of(mine), run.record.left_open(path, content, merged.open))
        run.lying.replace(path, merged.content, executable=run.lying.executable(path))
        return _Brought(WrittenFile(path=path, written=Written.MERGED))

    async def _stored(self, root: Path, contents: dict[str, bytes]) -> dict[str, Base]:
        """Keep contents as objects of the repository."""
        ended = await self._git.run(root, commands.store(), commands.blobs(contents.values()))
        objects = ended.stdout.decode().split()
        if not ended.ok() or len(objects) != len(contents):
            raise refuse(
                "git_failed",
                f"Git could not keep what was generated: {ended.how()}.",
                mend=BY_GIT,
                output=ended.last_words(),
            )
        return {
            path: Base(digest=digest(content), object=stored)
            for (path, content), stored in zip(contents.items(), objects, strict=True)
        }


def _encoded(file: SourceFile | None) -> bytes | None:
    return None if file is None else file.text.encode()


def _compared(file: WrittenFile, before: bytes | None, after: bytes | None) -> WrittenFile:
    """A file that would be written, with what would change in it."""
    if before is None or after is None or before == after:
        return file
    texts = (content.decode(errors="replace") for content in (before, after))
    return file.model_copy(update={"untrusted_difference": difference(file.path, *texts)})


def _after(record: Record, stored: dict[str, Base], brought: list[_Brought]) -> Record:
    """The record of a run that has ended: a conflict keeps what was generated before it, beside what it is with."""
    conflicts = {
        each.file.path: Conflict(generated=stored[each.file.path], mine=each.mine, open=each.open)
        for each in brought
        if each.file is not None and each.file.written is Written.CONFLICT
    }
    orphans = {each.file.path for each in brought if each.file is not None and each.file.written is Written.ORPHANED}
    kept = {path: base for path, base in record.files.items() if path in conflicts or path in orphans}
    removed = {each.file.path for each in brought if each.file is not None and each.removed}
    new = {
        path: base.model_copy(update={"removed": path in removed})
        for path, base in stored.items()
        if path not in conflicts
    }
    return Record(files={**kept, **new}, conflicts=conflicts)


def _read_record(root: Path, place: str) -> Record:
    check_inside(root, place)
    content = content_of(root, place)
    if content is None:
        return Record()
    try:
        return parse(content.decode())
    except ValueError as error:
        raise refuse(
            "generated_record_unreadable",
            f"{place} cannot be read, and nothing was written.",
            why=f"Without it kr8 does not know which files were changed by hand: {error}.",
            mend="Restore it from Git (`git checkout -- .kr8/generated`), or remove it: what differs then conflicts.",
        ) from None

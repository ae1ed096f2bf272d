"""Generated files in a checkout: what was changed by hand is merged by `git merge-file`, and nothing is lost.

The record `.kr8/generated/GENERATOR` says what kr8 wrote. It is written before the files, with what they shall be,
and after them, with what they are: a run that was interrupted leaves files that are one or the other. The contents of
before are objects of the repository. A conflict is kept there until somebody edits the file: from then on what it was
with counts as what was generated before.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from kr8.domain.edits import difference
from kr8.domain.problem import Refused, refuse
from kr8.domain.regeneration import Fate, check_committed
from kr8.domain.source import SourceFile, Written, WrittenFile
from kr8.drivers.git import commands
from kr8.drivers.git.generated_record import Base, Conflict, Record, digest, digest_of, object_of, parse
from kr8.drivers.git.merging import BY_GIT, Merging
from kr8.drivers.git.running import Git
from kr8.drivers.git.trial import Trials
from kr8.drivers.process.driver import Processes
from kr8.drivers.tree import below

RECORDS = ".kr8/generated"


@dataclass(frozen=True)
class _Run:
    """What one run goes by."""

    root: Path
    record: Record
    force: bool
    keep: frozenset[str]
    rest: Mapping[tuple[str, str | None], bytes]
    """Files that somebody has settled, by path and digest, with what was new beside what conflicted."""

    def fate(self, path: str, mine: bytes | None, new: bytes | None) -> Fate:
        """What becomes of a file, as the caller would have it."""
        what = self.record.fate(path, mine, new)
        if path in self.keep and what in (Fate.WRITE, Fate.MERGE, Fate.CLASH):
            return Fate.KEEP
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
        place = f"{RECORDS}/{generator}"
        record = await asyncio.to_thread(_read_record, root, place)
        wanted = {file.path: file for file in files}
        _check_inside(root, *wanted, *record.files, *record.pending)
        if not any((root / path).exists() for path in (*record.files, *record.pending, *record.conflicts)):
            record = Record()  # all of it was removed by hand: it is made anew
        pending = {path: digest(file.text.encode()) for path, file in wanted.items()}
        if not record.unsettled() and all(
            digest_of(_content(root, path)) == pending.get(path) == record.generated(path)
            for path in (*pending, *record.files)
        ):
            return tuple(WrittenFile(path=path, written=Written.UNCHANGED) for path in sorted(pending))
        run = await self._run(root, record, wanted, force=force, keep=keep)
        check_committed([path for path, file in sorted(wanted.items()) if await self._lost(run, path, file)])
        _replace(root, place, record.model_copy(update={"pending": pending}).text().encode())
        # Git starts while files are written: it takes as long as they do.
        storing = asyncio.create_task(self._stored(root, {path: file.text.encode() for path, file in wanted.items()}))
        try:
            await asyncio.sleep(0)
            brought = [
                await self._bring(run, path, wanted.get(path))
                for path in sorted({*wanted, *record.files, *record.pending})
            ]
        except BaseException:
            storing.cancel()
            await asyncio.gather(storing, return_exceptions=True)
            raise
        _replace(root, place, _after(run.record, await storing, brought).text().encode())
        return tuple(each.file for each in brought if each.file is not None)

    async def compare(self, root: Path, generator: str, files: tuple[SourceFile, ...]) -> tuple[WrittenFile, ...]:
        """What `write` would make of each file: it is done to a copy. Raises Refused as `write`."""
        place = f"{RECORDS}/{generator}"
        record = await asyncio.to_thread(_read_record, root, place)
        paths = {place, *(file.path for file in files), *record.files, *record.pending, *record.conflicts}
        _check_inside(root, *paths)
        before = {path: _content(root, path) for path in sorted(paths)}
        async with self._trials.of(root, before) as copy:
            written = await self.write(copy, generator, files)
            return tuple(_compared(each, before[each.path], _content(copy, each.path)) for each in written)

    async def knows(self, root: Path, generator: str) -> bool:
        """Whether a file is there that was written for that generator before."""
        record = await asyncio.to_thread(_read_record, root, f"{RECORDS}/{generator}")
        return any((root / path).exists() for path in (*record.files, *record.pending))

    async def edit(self, root: Path, path: str, before: bytes, after: bytes) -> bool:
        """Replace the content of a file that is there; False: it is not, or has another content than `before`."""
        _check_inside(root, path)
        if _content(root, path) != before:
            return False
        _replace(root, path, after, executable=os.access(root / path, os.X_OK))
        return True

    def record(self, root: Path, generator: str, files: tuple[SourceFile, ...]) -> SourceFile:
        """The record of files that are written and committed together with it: the commit has their objects."""
        contents = {file.path: file.text.encode() for file in files}
        bases = {path: Base(digest=digest(content), object=object_of(content)) for path, content in contents.items()}
        return SourceFile(path=f"{RECORDS}/{generator}", text=Record(files=bases).text())

    async def _run(
        self, root: Path, record: Record, wanted: Mapping[str, SourceFile], *, force: bool, keep: frozenset[str]
    ) -> _Run:
        """What files are compared with: a conflict that somebody has decided since is with something generated."""
        rest: dict[tuple[str, str | None], bytes] = {}
        now = record
        for path in record.conflicts:
            mine = _content(root, path)
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
        new = None if file is None else file.text.encode()
        base, conflict = record.files.get(path), record.conflicts[path]
        return await self._merging.with_the_rest(root, base, mine, conflict.generated, new)

    async def _lost(self, run: _Run, path: str, file: SourceFile) -> bool:
        """Whether a file would be replaced by force, and the last commit has it not as it is."""
        mine, new = _content(run.root, path), file.text.encode()
        by_itself, as_asked = run.record.fate(path, mine, new), run.fate(path, mine, new)
        by_force = as_asked is Fate.WRITE and by_itself is not Fate.WRITE
        return by_force and mine is not None and mine != await self._merging.committed(run.root, path)

    async def _bring(self, run: _Run, path: str, file: SourceFile | None) -> _Brought:
        mine = _content(run.root, path)
        settled = run.rest.get((path, digest_of(mine)), mine)
        new = None if file is None else file.text.encode()
        what = run.fate(path, settled, new)
        if settled is None or settled == mine or what is Fate.WRITE:
            return await self._become(run, path, what, mine, file)
        _replace(run.root, path, settled, executable=os.access(run.root / path, os.X_OK))
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
            case Fate.REMOVE:
                with _inside(run.root, path):
                    below.remove(run.root, path)
                return _Brought(WrittenFile(path=path, written=Written.REMOVED))
            case Fate.WRITE:
                content = b"" if file is None else file.text.encode()
                _replace(run.root, path, content, executable=file is not None and file.executable)
                return _Brought(WrittenFile(path=path, written=Written.NEW if mine is None else Written.UPDATED))
            case Fate.MERGE | Fate.CLASH:
                return await self._merge(run, path, mine, "" if file is None else file.text)

    async def _merge(self, run: _Run, path: str, mine: bytes | None, new: str) -> _Brought:
        base = run.record.files.get(path)
        merged = None if mine is None else await self._merging.merged(run.root, base, mine, new.encode())
        if merged is None:
            text = difference(path, (mine or b"").decode(errors="replace"), new)
            conflict = WrittenFile(path=path, written=Written.CONFLICT, untrusted_difference=text)
            return _Brought(conflict, digest_of(mine))
        _replace(run.root, path, merged, executable=os.access(run.root / path, os.X_OK))
        return _Brought(WrittenFile(path=path, written=Written.MERGED))

    async def _stored(self, root: Path, contents: dict[str, bytes]) -> dict[str, Base]:
        """Keep contents as objects of the repository."""
        with TemporaryDirectory(prefix="kr8-generated-") as folder:
            names = {path: Path(folder, str(index)) for index, path in enumerate(contents)}
            for path, name in names.items():
                name.write_bytes(contents[path])
            stdin = "".join(f"{name}\n" for name in names.values()).encode()
            ended = await self._git.run(root, commands.store(), stdin)
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


def _compared(file: WrittenFile, before: bytes | None, after: bytes | None) -> WrittenFile:
    """A file that would be written, with what would change in it."""
    if before is None or after is None or before == after:
        return file
    texts = (content.decode(errors="replace") for content in (before, after))
    return file.model_copy(update={"untrusted_difference": difference(file.path, *texts)})


def _after(record: Record, stored: dict[str, Base], brought: list[_Brought]) -> Record:
    """The record of a run that has ended: a conflict keeps what was generated before it, beside what it is with."""
    conflicts = {
        each.file.path: Conflict(generated=stored[each.file.path], mine=each.mine)
        for each in brought
        if each.file is not None and each.file.written is Written.CONFLICT
    }
    kept = {path: base for path, base in record.files.items() if path in conflicts}
    removed = {each.file.path for each in brought if each.file is not None and each.removed}
    new = {
        path: base.model_copy(update={"removed": path in removed})
        for path, base in stored.items()
        if path not in conflicts
    }
    return Record(files={**kept, **new}, conflicts=conflicts)


def _read_record(root: Path, place: str) -> Record:
    _check_inside(root, place)
    content = _content(root, place)
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


def _check_inside(root: Path, *paths: str) -> None:
    """Refuse paths that leave the project, by their parts or through a link, those of Git's own, and taken ones."""
    known: set[tuple[str, ...]] = set()
    for path in paths:
        parts = Path(path).parts
        if not parts or parts[0] == "/" or ".." in parts or any(part.lower() == ".git" for part in parts):
            raise _outside(root, path)
        for each in sorted({parts[: count + 1] for count in range(len(parts))} - known):
            known.add(each)
            place = root.joinpath(*each)
            mode = _mode(place)
            if stat.S_ISLNK(mode):
                raise _outside(root, path, f"{Path(*each)} is a link to {place.resolve()}.")
            if mode and stat.S_ISDIR(mode) is (each == parts):
                raise _taken(root, path, place)


def _mode(place: Path) -> int:
    """What lies at a path; 0: nothing."""
    try:
        return place.lstat().st_mode
    except OSError:
        return 0


def _taken(root: Path, path: str, place: Path) -> Refused:
    kind = "folder" if place.is_dir() else "file"
    return refuse(
        "place_taken",
        f"{path} cannot lie in {root}, and nothing was written.",
        why=f"{place} is a {kind}.",
        mend=f"Move that {kind} away, or rename it.",
    )


def _outside(root: Path, path: str, why: str = "") -> Refused:
    return refuse(
        "path_outside",
        f"{path!r} would be written outside of {root}, and was not.",
        why=why,
        mend="Take the link, or the path, out of the project.",
    )


@contextmanager
def _inside(root: Path, path: str) -> Generator[None]:
    """What became a link since it was looked at is refused as one. Raises Refused."""
    try:
        yield
    except OSError as error:
        if below.is_link(error):
            raise _outside(root, path, str(error)) from error
        raise


def _content(root: Path, path: str) -> bytes | None:
    try:
        with _inside(root, path):
            return below.read(root, path)
    except OSError as error:
        raise refuse(
            "file_unreadable",
            f"{root / path} cannot be read, and nothing was written.",
            why=str(error),
            mend="Let kr8's user read it.",
        ) from None


def _replace(root: Path, path: str, content: bytes, *, executable: bool = False) -> None:
    with _inside(root, path):
        below.replace(root, path, content, executable=executable)

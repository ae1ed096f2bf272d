"""Generated files in a checkout: what was changed by hand is merged by `git merge-file`, and nothing is lost.

The record `.kr8/generated/GENERATOR` says what kr8 wrote. It is written before the files, with what they shall be,
and after them, with what they are: a run that was interrupted leaves files that are one or the other. The contents of
before are objects of the repository.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.problem import Refused, refuse
from kr8.domain.regeneration import Fate
from kr8.domain.source import SourceFile, Written, WrittenFile
from kr8.drivers.git import commands
from kr8.drivers.git.generated_record import Base, Record, digest, digest_of, object_of, parse
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.tree import below

RECORDS = ".kr8/generated"
BY_GIT = "Look at git's own words; `git fsck` finds a damaged repository."
MOST_CONFLICTS = 127
"""More are not counted; a higher exit code is an error."""


class GitGeneratedFiles:
    """Implements the port `GeneratedFiles`."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def write(
        self, root: Path, generator: str, files: tuple[SourceFile, ...], *, force: bool = False
    ) -> tuple[WrittenFile, ...]:
        """Bring the files of one generator up to date; what became of each, by path.

        Raises Refused as the port says, and git_failed, file_unreadable.
        """
        place = f"{RECORDS}/{generator}"
        record = await asyncio.to_thread(_read_record, root, place)
        wanted = {file.path: file for file in files}
        _check_inside(root, *wanted, *record.files, *record.pending)
        if not any((root / path).exists() for path in (*record.files, *record.pending)):
            record = Record()  # all of it was removed by hand: it is made anew
        pending = {path: digest(file.text.encode()) for path, file in wanted.items()}
        if not record.pending and all(
            digest_of(_content(root, path)) == pending.get(path) == record.generated(path)
            for path in (*pending, *record.files)
        ):
            return tuple(WrittenFile(path=path, written=Written.UNCHANGED) for path in sorted(pending))
        _replace(root, place, record.model_copy(update={"pending": pending}).text().encode())
        # Git starts while files are written: it takes as long as they do.
        storing = asyncio.create_task(self._stored(root, {path: file.text.encode() for path, file in wanted.items()}))
        try:
            await asyncio.sleep(0)
            written = [
                await self._bring(root, path, record, wanted.get(path), force)
                for path in sorted({*wanted, *record.files, *record.pending})
            ]
        except BaseException:
            storing.cancel()
            await asyncio.gather(storing, return_exceptions=True)
            raise
        bases = _bases(record, await storing, written)
        _replace(root, place, Record(files=bases).text().encode())
        return tuple(each for each in written if each is not None)

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

    async def _bring(
        self, root: Path, path: str, record: Record, file: SourceFile | None, force: bool
    ) -> WrittenFile | None:
        mine = _content(root, path)
        new = None if file is None else file.text.encode()
        what = record.fate(path, mine, new)
        if force and what in (Fate.KEEP, Fate.MERGE, Fate.CLASH) and new is not None:
            what = Fate.WRITE
        match what:
            case Fate.LEAVE:
                return None if file is None else WrittenFile(path=path, written=Written.UNCHANGED)
            case Fate.KEEP:
                return WrittenFile(path=path, written=Written.KEPT)
            case Fate.REMOVE:
                with _inside(root, path):
                    below.remove(root, path)
                return WrittenFile(path=path, written=Written.REMOVED)
            case Fate.WRITE:
                _replace(root, path, new or b"", executable=file is not None and file.executable)
                return WrittenFile(path=path, written=Written.NEW if mine is None else Written.UPDATED)
            case Fate.MERGE | Fate.CLASH:
                return await self._merge(root, path, record.files.get(path), mine or b"", new or b"")

    async def _merge(self, root: Path, path: str, base: Base | None, mine: bytes, new: bytes) -> WrittenFile:
        before = b"" if base is None else await self._before(root, base)
        with TemporaryDirectory(prefix="kr8-merge-") as folder:
            for name, content in (("mine", mine), ("before", before or b""), ("new", new)):
                Path(folder, name).write_bytes(content)
            ended = await self._run(Path(folder), commands.merge("mine", "before", "new"))
        if ended.exit is None or ended.exit > MOST_CONFLICTS:
            raise refuse(
                "git_failed", f"Git could not merge {path}: {ended.how()}.", mend=BY_GIT, output=ended.last_words()
            )
        if ended.exit or before is None:
            text = ended.stdout.decode(errors="replace")
            return WrittenFile(path=path, written=Written.CONFLICT, difference=text)
        _replace(root, path, ended.stdout, executable=os.access(root / path, os.X_OK))
        return WrittenFile(path=path, written=Written.MERGED)

    async def _before(self, root: Path, base: Base) -> bytes | None:
        """What was generated before; None: this clone of the repository has it no more."""
        ended = await self._run(root, commands.content("blob", base.object))
        return ended.stdout if ended.ok() and digest(ended.stdout) == base.digest else None

    async def _stored(self, root: Path, contents: dict[str, bytes]) -> dict[str, Base]:
        """Keep contents as objects of the repository."""
        with TemporaryDirectory(prefix="kr8-generated-") as folder:
            names = {path: Path(folder, str(index)) for index, path in enumerate(contents)}
            for path, name in names.items():
                name.write_bytes(contents[path])
            stdin = "".join(f"{name}\n" for name in names.values()).encode()
            ended = await self._run(root, commands.store(), stdin)
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

    async def _run(self, directory: Path, argv: tuple[str, ...], stdin: bytes = b"") -> Ended:
        return await self._processes.run(
            Command(argv=argv, cwd=directory, env=commands.ENVIRONMENT, stdin=stdin, limit_seconds=60)
        )


def _bases(record: Record, stored: dict[str, Base], written: list[WrittenFile | None]) -> dict[str, Base]:
    """What was generated last, of each file: a conflict keeps what was before it."""
    conflicts = {each.path for each in written if each is not None and each.written is Written.CONFLICT}
    kept = {path: base for path, base in record.files.items() if path in conflicts}
    new = {path: base for path, base in stored.items() if path not in conflicts}
    return dict(sorted({**kept, **new}.items()))


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
    """Refuse paths that leave the project, by their parts or through a link, and those of Git's own."""
    known: set[tuple[str, ...]] = set()
    for path in paths:
        parts = Path(path).parts
        if not parts or parts[0] == "/" or ".." in parts or any(part.lower() == ".git" for part in parts):
            raise _outside(root, path)
        each = {parts[: count + 1] for count in range(len(parts))} - known
        through = next((part for part in sorted(each) if root.joinpath(*part).is_symlink()), None)
        if through is not None:
            link = Path(*through)
            raise _outside(root, path, f"{link} is a link to {(root / link).resolve()}.")
        known |= each


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

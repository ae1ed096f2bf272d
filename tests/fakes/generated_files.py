"""Generated files without Git: what changed on both sides is always a conflict."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.edits import difference
from kr8.domain.regeneration import Fate, check_committed, fate
from kr8.domain.source import SourceFile, Written, WrittenFile


class FakeGeneratedFiles:
    """Implements the port `GeneratedFiles` with a record in memory; where there is no folder it writes nothing."""

    def __init__(self) -> None:
        self.generated: dict[tuple[Path, str], dict[str, str]] = {}
        self.conflicts: dict[tuple[Path, str], dict[str, tuple[str | None, str]]] = {}
        """What was there, and what it did not go together with."""
        self.removed: set[Path] = set()
        """Files of which somebody has said that they shall not be there."""
        self.uncommitted: set[Path] = set()
        """Files with changes that are not committed."""

    async def write(
        self,
        root: Path,
        generator: str,
        files: tuple[SourceFile, ...],
        *,
        force: bool = False,
        keep: frozenset[str] = frozenset(),
    ) -> tuple[WrittenFile, ...]:
        """Bring the files of one generator up to date."""
        if not root.exists():
            return tuple(WrittenFile(path=file.path, written=Written.NEW) for file in files)
        record = self.generated.setdefault((root, generator), {})
        conflicts = self.conflicts.setdefault((root, generator), {})
        if not any((root / path).exists() for path in (*record, *conflicts)):
            record.clear()
        wanted = {file.path: file.text for file in files}
        written: list[WrittenFile] = []
        if force:
            check_committed(path for path in sorted({*wanted, *record} - keep) if root / path in self.uncommitted)
        for path in sorted({*wanted, *record}):
            mine, new = _text(root / path), wanted.get(path)
            then, with_what = conflicts.pop(path, (mine, None))
            if with_what is not None and mine not in (then, record.get(path), None):
                record[path] = with_what
            what = _fate(record.get(path), mine, new, force=force, keep=path in keep)
            self._remember(root / path, what, keep=path in keep)
            if what in (Fate.MERGE, Fate.CLASH) and new is not None:
                conflicts[path] = (mine, new)
            written += _bring(root / path, path, record, new, what, removed=root / path in self.removed)
        return tuple(written)

    def _remember(self, at: Path, what: Fate, *, keep: bool) -> None:
        if at.exists() or what is not Fate.KEEP:
            self.removed.discard(at)
        elif keep:
            self.removed.add(at)

    async def compare(self, root: Path, generator: str, files: tuple[SourceFile, ...]) -> tuple[WrittenFile, ...]:
        """What `write` would make of each file: done to a copy."""
        if not root.exists():
            return await self.write(root, generator, files)
        with TemporaryDirectory() as folder:
            copy, trial = Path(folder, "copy"), FakeGeneratedFiles()
            shutil.copytree(root, copy, symlinks=True)
            trial.generated[copy, generator] = dict(self.generated.get((root, generator), {}))
            trial.conflicts[copy, generator] = dict(self.conflicts.get((root, generator), {}))
            trial.removed = {copy / path.relative_to(root) for path in self.removed if path.is_relative_to(root)}
            written = await trial.write(copy, generator, files)
            return tuple(_compared(each, root, copy) for each in written)

    async def there(self, root: Path, generator: str) -> tuple[str, ...]:
        """The files of the record that are there."""
        return tuple(path for path in sorted(self.generated.get((root, generator), {})) if (root / path).exists())

    async def edit(self, root: Path, path: str, before: bytes | None, after: bytes) -> bool:
        """Give a file another content."""
        at = root / path
        if (at.read_bytes() if at.exists() else None) != before:
            return False
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(after)
        return True

    def record(self, root: Path, generator: str, files: tuple[SourceFile, ...]) -> SourceFile:
        """Kept in memory, beside the file."""
        self.generated[root, generator] = {file.path: file.text for file in files}
        return SourceFile(path=f".kr8/generated/{generator}", text="".join(f"{file.path}\n" for file in files))


def _compared(file: WrittenFile, root: Path, copy: Path) -> WrittenFile:
    before, after = root / file.path, copy / file.path
    if not (before.exists() and after.exists()) or before.read_text() == after.read_text():
        return file
    text = difference(file.path, before.read_text(), after.read_text())
    return file.model_copy(update={"untrusted_difference": text})


def _text(at: Path) -> str | None:
    return at.read_text() if at.exists() else None


def _fate(base: str | None, mine: str | None, new: str | None, *, force: bool, keep: bool) -> Fate:
    what = fate(base, None, mine, new)
    if what is Fate.ORPHAN and (keep or force):
        return Fate.KEEP if keep else Fate.REMOVE
    if new is None or what is Fate.LEAVE:
        return what
    return Fate.KEEP if keep else Fate.WRITE if force else what


def _bring(
    at: Path, path: str, record: dict[str, str], new: str | None, what: Fate, *, removed: bool
) -> list[WrittenFile]:
    mine = _text(at)
    if what in (Fate.MERGE, Fate.CLASH):
        text = difference(path, mine or "", new or "")
        return [WrittenFile(path=path, written=Written.CONFLICT, untrusted_difference=text)]
    if what is Fate.ORPHAN:
        return [WrittenFile(path=path, written=Written.ORPHANED)]
    record.pop(path, None)
    if new is not None:
        record[path] = new
    if what is Fate.WRITE and new is not None:
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(new)
        return [WrittenFile(path=path, written=Written.NEW if mine is None else Written.UPDATED)]
    if what is Fate.REMOVE:
        at.unlink()
        for folder in at.parents[: path.count("/")]:
            if not any(folder.iterdir()):
                folder.rmdir()
        return [WrittenFile(path=path, written=Written.REMOVED)]
    if what is Fate.KEEP:
        return [WrittenFile(path=path, written=Written.MISSING if mine is None and not removed else Written.KEPT)]
    return [] if new is None else [WrittenFile(path=path, written=Written.UNCHANGED)]

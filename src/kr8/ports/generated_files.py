"""Files that kr8 generated into a checkout, and may generate again."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from kr8.domain.source import SourceFile, WrittenFile


class GeneratedFiles(Protocol):
    """Writes generated files so that nothing that a person wrote is lost."""

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

        A file that was changed by hand since it was generated is merged three ways; where that conflicts it stays as
        it is and the conflict is returned, or with `force` it is replaced, if the last commit has it as it is. A
        conflict is settled once somebody edits each place of it: it is not asked again about what it conflicted with.
        An edit of other lines settles nothing. Files to `keep` stay as they are, and what is not there stays so: that
        settles too.

        A file that the generator makes no more is removed where nobody changed it, with the folders that it leaves
        empty. One that somebody changed is told by each run, until it is away, or named to `keep`, or removed by
        `force`, if the last commit has it as it is.

        A run that was interrupted is finished by the next one. Raises Refused: path_outside, place_taken,
        generated_record_unreadable, uncommitted_changes.
        """
        ...

    async def compare(self, root: Path, generator: str, files: tuple[SourceFile, ...]) -> tuple[WrittenFile, ...]:
        """What `write` would make of each file, with what would change in it; nothing is written.

        Raises Refused as `write`.
        """
        ...

    async def there(self, root: Path, generator: str) -> tuple[str, ...]:
        """The paths of files that are there and were written for that generator before. Raises Refused as `write`."""
        ...

    async def edit(self, root: Path, path: str, before: bytes | None, after: bytes) -> bool:
        """Give a file another content; False: it has another one than `before`. None: it is not there yet.

        Raises Refused: path_outside, place_taken, file_unreadable.
        """
        ...

    def record(self, root: Path, generator: str, files: tuple[SourceFile, ...]) -> SourceFile:
        """The record of files that are written and committed together with it, in a repository that is made anew."""
        ...

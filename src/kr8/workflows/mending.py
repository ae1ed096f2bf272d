"""Makes the edits that mend findings, in files that nobody is in the middle of changing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kr8.domain.edits import Edit, applied, difference
from kr8.domain.infrastructure_check import Part, Validated
from kr8.domain.model import Model
from kr8.ports.generated_files import GeneratedFiles
from kr8.ports.repositories import Repositories
from kr8.workflows.validating import Underway, Validating

UNCOMMITTED = "It has changes that are not committed: commit them, or take them back."
MOVED = "It is not as it was when it was checked: call again."


class Mend(Model):
    """What became of a file."""

    path: str
    rules: tuple[str, ...]
    """What is mended, or would be."""
    difference: str = ""
    """What was changed, or would be, as a diff."""
    why_not: str = ""
    """Why nothing was changed."""


@dataclass(frozen=True)
class Mending:
    """Mends working trees."""

    validating: Validating
    repositories: Repositories
    generated_files: GeneratedFiles

    async def of_checkout(
        self, repository: Path, parts: frozenset[Part], wait_s: float, asker: str, *, preview: bool
    ) -> tuple[Mend, ...] | Underway:
        """What was mended, by path; with `preview` what would be. Raises Refused where the files cannot be read."""
        validated = await self.validating.of_checkout(repository, parts, wait_s, asker)
        if isinstance(validated, Underway):
            return validated
        uncommitted = frozenset(await self.repositories.changes(repository))
        files = _by_path(validated)
        return tuple([await self._file(repository, path, files[path], uncommitted, preview) for path in sorted(files)])

    async def _file(
        self, repository: Path, path: str, edits: list[Edit], uncommitted: frozenset[str], preview: bool
    ) -> Mend:
        rules = tuple(sorted({edit.rule for edit in edits}))
        if uncommitted & {path, *(f"{parent}/" for parent in PurePosixPath(path).parents)}:
            return Mend(path=path, rules=rules, why_not=UNCOMMITTED)
        content = await self.repositories.working(repository, path) or b""
        before = content.decode(errors="replace")
        after, made = applied(before, edits)
        if not made or before.encode() != content:
            return Mend(path=path, rules=rules, why_not=MOVED)
        if not preview and not await self.generated_files.edit(repository, path, content, after.encode()):
            return Mend(path=path, rules=rules, why_not=MOVED)
        mended = tuple(sorted({edit.rule for edit in made}))
        return Mend(path=path, rules=mended, difference=difference(path, before, after))


def _by_path(validated: Validated) -> dict[str, list[Edit]]:
    found: dict[str, list[Edit]] = {}
    for edit in _wanted(validated):
        found.setdefault(edit.path, []).append(edit)
    return found


def _wanted(validated: Validated) -> Iterable[Edit]:
    """The edits of what stands: a rule that is waived in a file is left alone there."""
    standing = {
        (rule, _path(each.finding.place)) for each in validated.found for rule in (each.finding.rule, *each.also)
    }
    return (edit for check in validated.checks for edit in check.edits if (edit.rule, edit.path) in standing)


def _path(place: str | None) -> str:
    return (place or "").rpartition(":")[0]

"""Writes waivers for what stands today into a working tree's file of waivers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kr8.domain.edits import difference
from kr8.domain.infrastructure_check import FILE_LIMIT, Part, Verdict
from kr8.domain.model import Model
from kr8.domain.problem import Outcome, Refused, refuse
from kr8.domain.waiver import FILE, LONGEST, Expired, read_waivers
from kr8.domain.waiving import Entry, Left, Promise, appended, renewed, to_waive, without
from kr8.ports.clock import Clock
from kr8.ports.generated_files import GeneratedFiles
from kr8.ports.repositories import Repositories
from kr8.workflows.validating import Underway, Validating


class Waived(Model):
    """What was waived, or would be."""

    entries: tuple[Entry, ...]
    findings: int
    """How many findings they waive."""
    left: tuple[Left, ...]
    difference: str
    """What was added to the file, as a diff."""
    verdict: Verdict
    """What the validation comes to with them."""


@dataclass(frozen=True)
class Waiving:
    """Waives what is found in working trees."""

    clock: Clock
    validating: Validating
    repositories: Repositories
    generated_files: GeneratedFiles

    async def of_checkout(
        self, repository: Path, parts: frozenset[Part], wait_s: float, asker: str, promise: Promise, *, preview: bool
    ) -> Waived | Underway:
        """Waive what stands and may be waived file by file; with `preview`, say what would be.

        Raises Refused: waiver_day, waivers_too_large, waivers_not_valid, waivers_ignored, file_changed,
        and as the ports say.
        """
        self._check_day(promise)
        validated = await self.validating.of_checkout(repository, parts, wait_s, asker)
        if isinstance(validated, Underway):
            return validated
        found = to_waive(validated)
        told, gone = "", tuple[Expired, ...]()
        if found.entries:
            told, gone = await self._add(repository, found.entries, promise, preview=preview)
        found = found.with_renewed(gone)
        verdict = validated.model_copy(update={"found": found.rest}).verdict()
        return Waived(
            entries=found.entries, findings=len(found.waived), left=found.left, difference=told, verdict=verdict
        )

    async def _add(
        self, repository: Path, entries: tuple[Entry, ...], promise: Promise, *, preview: bool
    ) -> tuple[str, tuple[Expired, ...]]:
        """Add them to the file, in the place of those that have expired; what changes in it, and which these are."""
        before = await self.repositories.working(repository, FILE)
        gone = renewed(read_waivers(before, self.clock.now().date()).expired, entries)
        after = appended(without(before or b"", gone), entries, promise)
        self._check_read(before, after, len(entries))
        if not preview:
            await self._write(repository, before, after)
        return difference(FILE, (before or b"").decode(errors="replace"), after.decode(errors="replace")), gone

    async def _write(self, repository: Path, before: bytes | None, after: bytes) -> None:
        if not await self.generated_files.edit(repository, FILE, before, after):
            raise refuse("file_changed", f"{FILE} has changed meanwhile.", mend="Call again.", retryable=True)
        if FILE not in await self.repositories.files(repository):
            raise refuse(
                "waivers_ignored",
                f"{FILE} was written, but Git ignores it: nothing in it counts.",
                mend="Take it out of what .gitignore names, and commit it.",
                outcome=Outcome.DONE,
            )

    def _check_read(self, before: bytes | None, after: bytes, count: int) -> None:
        """Refuse to add to a file that would not be read as it is meant."""
        if len(after) > FILE_LIMIT:
            raise _too_large(len(after))
        today = self.clock.now().date()
        were, are = read_waivers(before, today), read_waivers(after, today)
        if len(are.counting) == len(were.counting) + count:
            return
        wrong = next(iter((*were.findings, *are.findings)), None)
        raise refuse(
            "waivers_not_valid",
            f"Nothing can be added to {FILE}.",
            why=f"{wrong.what} ({wrong.place})" if wrong is not None else "",
            mend="Mend the file, and call again.",
        )

    def _check_day(self, promise: Promise) -> None:
        today = self.clock.now().date()
        if not today <= promise.expires <= today + LONGEST:
            raise _no_day(promise)


def _too_large(size: int) -> Refused:
    return refuse(
        "waivers_too_large",
        f"{FILE} would have {size:,} bytes, and nothing was waived.",
        why=f"Validation reads files of at most {FILE_LIMIT:,} bytes: no waiver in it would count.",
        mend="Waive one part at a time, take out what has expired, or name folders by patterns such as legacy/*.",
    )


def _no_day(promise: Promise) -> Refused:
    return refuse(
        "waiver_day",
        f"A waiver cannot go on until {promise.expires}.",
        why=f"It goes on for {LONGEST.days} days at most, and not into the past.",
        mend="Name a later day, or an earlier one: YYYY-MM-DD.",
        field="until",
    )

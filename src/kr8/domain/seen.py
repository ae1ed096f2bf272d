"""What came of looking at a part of a repository, and what many of these come to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kr8.domain.edits import Edit
from kr8.domain.finding import Finding
from kr8.domain.infrastructure_check import Checked, Gap, judged


@dataclass(frozen=True)
class Seen:
    """What came of one root, or of another part."""

    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    """What of it was not checked."""
    edits: tuple[Edit, ...] = ()


def unseen(why: str, place: str | None = None, *, lasting: bool = True) -> Seen:
    """A part that was not checked. `lasting`: only other files can change that."""
    return Seen(gaps=(Gap(why=why, what=place or "", place=place, lasting=lasting),))


def checked(name: str, seen: Iterable[Seen]) -> Checked:
    """The result of all."""
    all_seen = tuple(seen)
    return judged(
        name,
        (gap for each in all_seen for gap in each.gaps),
        findings=tuple(finding for each in all_seen for finding in each.findings),
        edits=tuple(edit for each in all_seen for edit in each.edits),
    )

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
    why_not: str = ""
    """Why it, or a part of it, was not checked."""
    gaps: tuple[Gap, ...] = ()
    """What of it was not checked, by place."""
    lasting: bool = True
    """Whether only another file can change that."""
    of_all: bool = False
    """Whether the reason is one for all roots, which is told once."""
    edits: tuple[Edit, ...] = ()

    def unjudged(self) -> tuple[Gap, ...]:
        """All that was not checked."""
        return (*([Gap(why=self.why_not)] if self.why_not else ()), *self.gaps)


def checked(name: str, seen: Iterable[Seen]) -> Checked:
    """The result of all."""
    all_seen = tuple(seen)
    return judged(
        name,
        (gap for each in all_seen for gap in each.unjudged()),
        lasting=all(each.lasting for each in all_seen if each.unjudged()),
        findings=tuple(finding for each in all_seen for finding in each.findings),
        edits=tuple(edit for each in all_seen for edit in each.edits),
    )

"""What a validation of infrastructure code says: what was found, and what could not be checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from kr8.domain.edits import Edit
from kr8.domain.finding import Finding, Severity
from kr8.domain.model import Model
from kr8.domain.shortened import named

FILE_LIMIT = 1 << 20
"""The largest file that is read to be checked, in bytes."""


class Part(StrEnum):
    """What may be checked alone."""

    TERRAFORM = "terraform"
    KUBERNETES = "kubernetes"
    ANSIBLE = "ansible"
    PIPELINE = "pipeline"
    IMAGE = "image"
    PROJECT = "project"
    """kr8.toml, and what holds over all parts: secrets, parity, monitoring."""


class CheckState(StrEnum):
    """Whether a checker judged the files."""

    CHECKED = "checked"
    NOT_CHECKED = "not_checked"
    """It could not run, or not judge everything: never a pass."""
    WAIVED = "waived"
    """What it did not judge is waived, all of it."""
    NOTHING_TO_CHECK = "nothing_to_check"


class Gap(Model):
    """Something that a checker did not judge."""

    why: str
    """Why, and what to do."""
    what: str = ""
    """What it is; of several that have the same reason, the reason is told once."""
    place: str | None = None
    """A file, with or without a line, or a folder. None: it is all there is."""
    lasting: bool = False
    """Whether it stays so until the files change: where it has a place, it can be waived there."""


class Checked(Model):
    """What one checker did."""

    checker: str
    state: CheckState
    gaps: tuple[Gap, ...] = ()
    """What was not judged."""
    version: str = ""
    seconds: float = 0.0
    cached: bool = False
    findings: tuple[Finding, ...] = ()
    edits: tuple[Edit, ...] = ()
    """What would mend some of the findings."""
    blocks: Mapping[str, tuple[int, ...]] = {}
    """The lines of each file of Terraform on which a block begins: there whole blocks are found wanting."""

    @property
    def lasting(self) -> bool:
        """Whether all of it stays so until the files change: such a result may be kept."""
        return all(gap.lasting for gap in self.gaps)

    @property
    def why(self) -> str:
        """Why something was not checked, and what to do; "": all was."""
        named_by: dict[str, list[str]] = {}
        for gap in self.gaps:
            named_by.setdefault(gap.why, []).append(gap.what)
        return " ".join(_told(list(dict.fromkeys(filter(None, whats))), why) for why, whats in named_by.items())


def _told(whats: list[str], why: str) -> str:
    return f"{named(whats)}: {why}" if whats else why


def judged(checker: str, gaps: Iterable[Gap], **told: Any) -> Checked:
    """What a checker did that did not judge these."""
    known = tuple(gaps)
    return Checked(checker=checker, state=CheckState.NOT_CHECKED if known else CheckState.CHECKED, gaps=known, **told)


def not_checked(checker: str, why: str, *findings: Finding, lasting: bool = False) -> Checked:
    """A checker that could not run, or could not judge everything."""
    return judged(checker, [Gap(why=why, lasting=lasting)], findings=findings)


class Verdict(StrEnum):
    """What a whole validation comes to."""

    PASSED = "passed"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    """Nothing was found, but not everything could be checked: no pass."""
    NOTHING = "nothing"
    """There is no file that any checker looks at: no pass either."""


class Found(Model):
    """A finding, once, whichever checkers have it."""

    finding: Finding
    also: tuple[str, ...] = ()
    """The rules of other checkers that say the same of the same place."""
    reason: str = ""
    """Of what is waived: why, by whom and until when."""


class LeftOut(Model):
    """What a pattern of kr8.toml leaves out."""

    pattern: str
    files: int
    """Files of code: those that a checker would have looked at."""


class Validated(Model):
    """All that a validation says."""

    digest: str
    """Of the files, and of what was asked: the same for the same answer."""
    checks: tuple[Checked, ...]
    """What each checker did, by name."""
    found: tuple[Found, ...]
    """The worst first."""
    waived: tuple[Found, ...] = ()
    security: tuple[str, ...] = ()
    """How the names of rules begin that are about security."""
    left_out: tuple[LeftOut, ...] = ()
    """What kr8.toml leaves out: nobody has judged it."""
    all_left_out: bool = False
    """Whether that is all the code there is."""

    def verdict(self) -> Verdict:
        """Findings above info count before what could not be checked."""
        if any(each.finding.severity is not Severity.INFO for each in self.found):
            return Verdict.FINDINGS
        states = {each.state for each in self.checks}
        if CheckState.NOT_CHECKED in states:
            return Verdict.INCOMPLETE
        return Verdict.PASSED if CheckState.CHECKED in states and not self.all_left_out else Verdict.NOTHING

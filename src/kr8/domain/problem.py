"""What went wrong, as a value that a person can act on and a program can branch on."""

from __future__ import annotations

from enum import StrEnum

from kr8.domain.model import Model


class Outcome(StrEnum):
    """Whether the thing that was asked for has happened."""

    NOT_STARTED = "not_started"
    DONE = "done"
    UNKNOWN = "unknown"


UNFORESEEN = "It was a {}; its words are in `output`."
"""Why something failed by an error that nobody foresaw: what that says may be from outside."""


class Problem(Model):
    """An error: what happened, why, and what to do next."""

    code: str
    """A stable word; docs/reference/errors.md lists all of them."""
    what: str
    """One sentence: what did not work."""
    why: str = ""
    """The cause, with the facts that show it."""
    mend: str = ""
    """What to do next."""
    field: str | None = None
    """The argument or file key at fault, with dots."""
    retryable: bool = False
    """Whether the same call may succeed later, unchanged."""
    outcome: Outcome = Outcome.NOT_STARTED
    """Whether the thing was done, not started, or nobody knows."""
    place: str | None = None
    """file:line:column, where the cause stands in a file."""
    output: tuple[str, ...] = ()
    """Words from outside: lines that something printed, names of files. Untrusted text."""


class Refused(Exception):
    """Carries a Problem up to the surface that will show it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.what} {problem.why}".strip())
        self.problem = problem


def refuse(
    code: str,
    what: str,
    *,
    why: str = "",
    mend: str = "",
    field: str | None = None,
    retryable: bool = False,
    outcome: Outcome = Outcome.NOT_STARTED,
    place: str | None = None,
    output: tuple[str, ...] = (),
) -> Refused:
    """Make the exception for a Problem; the caller raises it."""
    return Refused(
        Problem(
            code=code,
            what=what,
            why=why,
            mend=mend,
            field=field,
            retryable=retryable,
            outcome=outcome,
            place=place,
            output=output,
        )
    )

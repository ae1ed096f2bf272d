"""Where services run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from kr8.domain.finding import Finding
from kr8.domain.model import Model
from kr8.domain.problem import Outcome, Problem
from kr8.domain.project import Argv, Project
from kr8.domain.release import Release
from kr8.domain.target import (
    EVIDENCE,
    Abilities,
    Answer,
    Counters,
    Desired,
    Evidence,
    Failure,
    Grant,
    LogQuery,
    Observed,
    Page,
    Progress,
    ServiceRef,
)


class TargetError(Exception):
    """What a target can say instead of doing what it was asked; the problem tells whether it was done."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.what} {problem.why}".strip())
        self.problem = problem


class Stuck(TargetError):
    """The target cannot become what is desired."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(
            Problem(
                code=failure.code,
                what=failure.what,
                mend=EVIDENCE,
                outcome=Outcome.DONE,
                output=(*failure.answers[-1:], *failure.lines),
            )
        )
        self.failure = failure


class Fenced(TargetError):
    """Somebody with a higher epoch has the environment: nothing was changed."""

    def __init__(self, epoch: int, seen: int) -> None:
        super().__init__(
            Problem(
                code="fenced",
                what="Somebody else has taken the environment; this deployment changes nothing any more.",
                why=f"It holds epoch {epoch}, and the target has seen {seen}.",
                mend="Look at what serves now: kr8 status.",
            )
        )
        self.epoch = epoch
        self.seen = seen


class Unreachable(TargetError):
    """The target did not answer; whether it did what was asked is unknown."""

    def __init__(self, why: str) -> None:
        super().__init__(
            Problem(
                code="target_unreachable",
                what="The target does not answer.",
                why=why,
                mend="`kr8 doctor` shows what is wrong with it.",
                retryable=True,
                outcome=Outcome.UNKNOWN,
            )
        )


class Command(Model):
    """A command to run once with a release's files, environment and secrets."""

    id: str
    """Unique: the same id is never run twice."""
    run: Argv
    limit_seconds: float


class Ran(Model):
    """How a command ended. `lines` is untrusted text."""

    ok: bool
    how: str
    """In words: exit code, signal, or the limit that stopped it."""
    lines: tuple[str, ...] = ()


class Baseline(Model):
    """What an environment serves for good."""

    generation: int
    label: str
    """The deployment that made it."""
    services: tuple[Desired, ...]
    withdrawn: tuple[int, ...] = ()
    """Earlier generations that must not be returned to."""
    irreversible: bool = False
    """A command that cannot be undone ran for it: what came before must not be returned to by the target alone."""


class Standing(Model):
    """What a target holds for good of an environment, and the highest epoch it has seen."""

    generation: int | None
    epoch: int


class Remembered(Model):
    """A promotion as the target remembers it."""

    generation: int
    label: str
    """The deployment that made it."""
    releases: tuple[Release, ...] | None
    """None: not all of them are delivered any more."""
    instances: dict[str, int]
    """By service."""
    restart: dict[str, int]
    withdrawn: bool = False
    irreversible: bool = False
    """A command that cannot be undone ran for it."""


class Target(Protocol):
    """Makes services be what is desired. Level-triggered: converge may be called again at any time, with anything."""

    def abilities(self) -> Abilities:
        """What it can do."""
        ...

    async def check(self, desired: Desired, release: Release | None) -> tuple[Finding, ...]:
        """What would stand in the way of a desired state: a taken port, say."""
        ...

    async def deliver(self, release: Release, grant: Grant) -> None:
        """Bring a release to where it will run. Idempotent."""
        ...

    async def run(self, release: Release, command: Command, grant: Grant) -> Ran:
        """Run a command once, with the files and environment of a delivered release.

        Called again with the same command id it waits for, or gives back, the one run there is. Raises Fenced,
        Unreachable.
        """
        ...

    def converge(self, desired: Desired, grant: Grant) -> AsyncIterator[Progress]:
        """Make a service what is desired; ends when observed equals desired.

        Raises Stuck, Fenced or Unreachable.
        """
        ...

    async def observe(self, service: ServiceRef) -> Observed:
        """What there is now. Raises Unreachable."""
        ...

    async def counters(self, service: ServiceRef) -> Counters:
        """What the traffic layer counted. Raises Unreachable."""
        ...

    async def ask(self, service: ServiceRef, path: str, release: str | None) -> Answer:
        """Ask a service over HTTP: an instance of a release, or (None) whoever answers through the traffic path."""
        ...

    async def logs(self, service: ServiceRef, query: LogQuery) -> Page:
        """What its instances printed: from a place on, or back from one.

        Secrets in them are masked, also where a line was cut. Pages that go on at each other's cursors have each line
        once, whatever is printed, rotated or ends meanwhile. The last lines of a large output cost no more than those
        of a small one. Raises ValueError where the cursor is not one.
        """
        ...

    async def evidence(self, service: ServiceRef, release: str) -> Evidence:
        """What is known of a release that failed."""
        ...

    async def promoted(self, baseline: Baseline, grant: Grant) -> None:
        """Tell the target what an environment serves for good, so that it can return to it without the daemon."""
        ...

    async def standing(self, project: str, environment: str) -> Standing | None:
        """What the target holds for good of an environment; None where it keeps nothing. Raises Unreachable."""
        ...

    async def remembered(self, project: str, environment: str) -> tuple[Remembered, ...]:
        """The newest of what it was told is promoted, in that order. Raises Unreachable."""
        ...

    async def releases(self) -> tuple[Release, ...]:
        """Every release that is delivered, of all projects and environments."""
        ...

    async def forget(self, release: str, grant: Grant) -> None:
        """Remove what was delivered of a release that no longer runs. Idempotent. Raises Fenced, Unreachable."""
        ...


class Targets(Protocol):
    """Finds the target of an environment."""

    def of(self, project: Project, environment: str) -> Target:
        """The target that an environment of a project declares. Raises Refused where there is no driver for it."""
        ...

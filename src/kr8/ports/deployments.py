"""Deployments and what happened in them."""

from __future__ import annotations

from typing import Protocol

from kr8.domain.deployment import Deployment, State, TimelineEntry


class Deployments(Protocol):
    """Keeps deployments. Every change is guarded by the state it was decided on."""

    async def add(self, deployment: Deployment) -> None:
        """Keep a new deployment."""
        ...

    async def get(self, deployment: str) -> Deployment | None:
        """The deployment of an id."""
        ...

    async def save(self, deployment: Deployment, expected: State) -> bool:
        """Replace a deployment, if its stored state is still `expected`; False (and nothing changed) otherwise.

        A stored cancel_requested is never lost by a save.
        """
        ...

    async def replan(self, stale: Deployment, expected: State, again: Deployment) -> bool:
        """Save a deployment that has become stale, and keep the new one that is planned in its place.

        One transaction: who reads that it was replaced finds what has replaced it. False (and nothing changed) where
        its stored state is not `expected`.
        """
        ...

    async def request_cancel(self, deployment: str) -> None:
        """Mark that somebody wants it cancelled; the workflow that runs it sees that."""
        ...

    async def list(
        self,
        project: str | None = None,
        environment: str | None = None,
        states: frozenset[State] = frozenset(),
        before: str | None = None,
        limit: int = 20,
    ) -> tuple[Deployment, ...]:
        """Deployments, newest first; no states named: all. `before` is the id of the last one already seen."""
        ...

    async def queue(self, deployment: Deployment, expected: State) -> tuple[str, ...] | None:
        """Save a deployment that has become queued, and supersede what waits for the same environment.

        One transaction. Returns the ids of what it superseded; None (and nothing changed) where its stored
        state is not `expected`.
        """
        ...

    async def note(self, entry: TimelineEntry) -> TimelineEntry:
        """Add to a deployment's timeline; gives back the entry with its number."""
        ...

    async def with_output(self, project: str, environment: str) -> tuple[str, ...]:
        """The ended deployments of an environment whose timelines have untrusted lines, which builds printed."""
        ...

    async def forget_output(self, deployment: str) -> int:
        """Remove the untrusted lines of a deployment's timeline; how many there were. kr8's own lines stay."""
        ...

    async def with_evidence(self, project: str, environment: str) -> tuple[str, ...]:
        """The ended deployments of an environment that have evidence of what failed, newest first."""
        ...

    async def timeline(self, deployment: str, after: int = 0, limit: int = 200) -> tuple[TimelineEntry, ...]:
        """What happened in a deployment, oldest first, numbers above `after`."""
        ...

    async def timeline_back(
        self, deployment: str, until: int | None = None, limit: int = 200
    ) -> tuple[TimelineEntry, ...]:
        """The last that happened in a deployment, oldest first: numbers up to `until`, None: up to the newest."""
        ...

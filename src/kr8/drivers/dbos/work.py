"""What the engine has to do, as a value; its ids; which of it was lost. All pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Literal

from kr8.domain.model import Model
from kr8.ports.engine import WorkflowName


class Work(Model):
    """A workflow that was enqueued and has not ended."""

    id: str
    workflow: WorkflowName
    deployment: str
    version: str
    """The code version that it began under."""
    executor: str | None
    """Who took it up last; None while it waits for the first time."""
    state: Literal["ENQUEUED", "PENDING"]
    """Waiting, or taken up."""
    alone: str | None


def work_id(workflow: WorkflowName, deployment: str) -> str:
    """The id that makes enqueueing idempotent; among ids of one workflow the order is that of the deployments."""
    return f"{workflow}-{deployment}"


def adopted_id(workflow: WorkflowName, deployment: str, version: str) -> str:
    """The id of work that began under another version: the same whoever adopts it, and however often."""
    return f"{work_id(workflow, deployment)}@{version}"


def partition(work: str, alone: str | None) -> str:
    """The part of the queue that work waits in: that of its key, or one of its own."""
    return f"~{work}" if alone is None else alone


class Search:
    """Looks for work that is marked as taken up here and that nothing runs.

    Between being marked and being run there is a moment, so one look proves nothing.
    """

    LOOKS = 3

    def __init__(self) -> None:
        self._missed: Counter[str] = Counter()

    def lost(self, taken: Collection[str], running: Collection[str]) -> tuple[str, ...]:
        """The ids that were taken and did not run in each of the last LOOKS looks; the count then begins anew."""
        missing = set(taken) - set(running)
        self._missed = Counter({work: self._missed[work] + 1 for work in missing})
        lost = tuple(sorted(work for work, looks in self._missed.items() if looks >= self.LOOKS))
        for work in lost:
            del self._missed[work]
        return lost

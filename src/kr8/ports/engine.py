"""Durable work: what was enqueued runs to its end, through any number of deaths of the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol, TypeVar

T = TypeVar("T")

WorkflowName = Literal["plan", "run", "return"]


class Steps(Protocol):
    """The journal of one workflow's run."""

    async def run(self, name: str, returns: type[T], work: Callable[[], Awaitable[T]]) -> T:
        """Do a step at most once to its end: its result is journaled, and a repeated run of the workflow gets it back.

        `name` is unique within the workflow. A step that was interrupted is done again from its start: `work` must
        be idempotent. `returns` is the type that the journaled JSON is read back as.
        """
        ...


class Engine(Protocol):
    """Starts workflows."""

    async def enqueue(self, workflow: WorkflowName, deployment: str, alone: str | None = None) -> None:
        """Have a workflow run for a deployment; a second call for the same pair does nothing.

        Of all workflows with one `alone` key only one runs at a time, the others wait in the order they came, and
        those that came within one second in order of deployment id.
        """
        ...

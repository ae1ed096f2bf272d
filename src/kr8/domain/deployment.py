"""A deployment: one plan and its life, as a table of states and events."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from kr8.domain.caller import Caller
from kr8.domain.model import Model, Name
from kr8.domain.order import Order
from kr8.domain.plan import Plan
from kr8.domain.problem import Problem
from kr8.domain.project import ProjectId
from kr8.domain.target import Evidence


class State(StrEnum):
    """Where a deployment is in its life."""

    PLANNING = "planning"
    PLANNED = "planned"
    AWAITING_APPROVAL = "awaiting_approval"
    QUEUED = "queued"
    RUNNING = "running"
    PROMOTED = "promoted"
    RETURNING = "returning"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"
    STALE = "stale"
    SUPERSEDED = "superseded"
    STUCK = "stuck"


ENDED = frozenset({State.SUCCEEDED, State.FAILED, State.ROLLED_BACK, State.CANCELLED, State.STALE, State.SUPERSEDED})
ACTIVE = frozenset({State.RUNNING, State.PROMOTED, State.RETURNING, State.STUCK})


class Event(StrEnum):
    """What can happen to a deployment."""

    PLAN_MADE = "plan_made"
    PLAN_NEEDS_APPROVAL = "plan_needs_approval"
    ERROR = "error"
    RUN = "run"
    APPROVED = "approved"
    DENIED = "denied"
    CANCEL = "cancel"
    EXPIRED = "expired"
    GENERATION_MOVED = "generation_moved"
    STARTED = "started"
    SUPERSEDE = "supersede"
    GO_BACK = "go_back"
    GOT_STUCK = "got_stuck"
    FENCED = "fenced"
    BAKED = "baked"
    OLD_REMOVED = "old_removed"
    REMOVAL_STUCK = "removal_stuck"
    BASELINE_AFTER_FAILURE = "baseline_after_failure"
    BASELINE_AFTER_CANCEL = "baseline_after_cancel"
    NO_BASELINE = "no_baseline"
    RETRY = "retry"
    RETURN = "return"
    ACCEPT = "accept"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.PLANNING, Event.PLAN_MADE): State.PLANNED,
    (State.PLANNING, Event.PLAN_NEEDS_APPROVAL): State.AWAITING_APPROVAL,
    (State.PLANNING, Event.ERROR): State.FAILED,
    (State.PLANNING, Event.CANCEL): State.CANCELLED,
    (State.PLANNED, Event.RUN): State.QUEUED,
    (State.PLANNED, Event.CANCEL): State.CANCELLED,
    (State.PLANNED, Event.EXPIRED): State.STALE,
    (State.PLANNED, Event.GENERATION_MOVED): State.STALE,
    (State.AWAITING_APPROVAL, Event.APPROVED): State.QUEUED,
    (State.AWAITING_APPROVAL, Event.DENIED): State.CANCELLED,
    (State.AWAITING_APPROVAL, Event.CANCEL): State.CANCELLED,
    (State.AWAITING_APPROVAL, Event.EXPIRED): State.STALE,
    (State.AWAITING_APPROVAL, Event.GENERATION_MOVED): State.STALE,
    (State.QUEUED, Event.STARTED): State.RUNNING,
    (State.QUEUED, Event.GENERATION_MOVED): State.STALE,
    (State.QUEUED, Event.SUPERSEDE): State.SUPERSEDED,
    (State.QUEUED, Event.CANCEL): State.CANCELLED,
    (State.QUEUED, Event.ERROR): State.FAILED,
    (State.RUNNING, Event.GO_BACK): State.RETURNING,
    (State.RUNNING, Event.CANCEL): State.RETURNING,
    (State.RUNNING, Event.GOT_STUCK): State.RETURNING,
    (State.RUNNING, Event.FENCED): State.SUPERSEDED,
    (State.RUNNING, Event.BAKED): State.PROMOTED,
    (State.PROMOTED, Event.OLD_REMOVED): State.SUCCEEDED,
    (State.PROMOTED, Event.REMOVAL_STUCK): State.SUCCEEDED,
    (State.RETURNING, Event.BASELINE_AFTER_FAILURE): State.ROLLED_BACK,
    (State.RETURNING, Event.BASELINE_AFTER_CANCEL): State.CANCELLED,
    (State.RETURNING, Event.NO_BASELINE): State.FAILED,
    (State.RETURNING, Event.GOT_STUCK): State.STUCK,
    (State.RETURNING, Event.FENCED): State.SUPERSEDED,
    (State.STUCK, Event.RETRY): State.RETURNING,
    (State.STUCK, Event.RETURN): State.RETURNING,
    (State.STUCK, Event.ACCEPT): State.PROMOTED,
}


class NotAllowed(Exception):
    """An event came that the state does not know."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"a deployment that is {state} cannot take {event}")
        self.state = state
        self.event = event


def advance(state: State, event: Event) -> State:
    """The state after an event. Raises NotAllowed where the table has no arrow."""
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise NotAllowed(state, event)
    return after


class GateRecord(Model):
    """What one gate said last."""

    gate: str
    verdict: str
    why: str = ""
    untrusted: str = ""
    """Words from outside that led to it."""


class StageRecord(Model):
    """One stage of a deployment, as it went."""

    service: Name
    name: str
    started_at: datetime
    ended_at: datetime | None = None
    result: str = "running"
    """running, done, or what sent it back."""
    gates: tuple[GateRecord, ...] = ()

    def waits_for(self) -> str | None:
        """What its gates wait for, while it runs."""
        waiting = [f"{gate.gate}: {gate.why}" for gate in self.gates if gate.verdict == "wait"]
        return f"{self.service}, {self.name}: {'; '.join(waiting)}" if waiting and self.ended_at is None else None


class ServiceLedger(Model):
    """What the traffic layer counted of one service while the deployment ran."""

    service: Name
    requests: int
    failed: int
    failed_by_release: dict[str, int] = Field(default_factory=dict[str, int])
    p99_before_ms: float | None = None
    p99_after_ms: float | None = None
    complete: bool = True
    """False when the counters were reset in between: the numbers are then a lower bound."""

    def sentence(self) -> str:
        """The ledger as people read it: "web: 0 of 48,112 requests failed, p99 12 → 13 ms"."""
        before, after = ("?" if value is None else f"{value:.0f}" for value in (self.p99_before_ms, self.p99_after_ms))
        bound = "" if self.complete else " (at least: counters were reset in between)"
        return f"{self.service}: {self.failed:,} of {self.requests:,} requests failed, p99 {before} → {after} ms{bound}"


class Deployment(Model):
    """One plan and its life."""

    id: str
    project: ProjectId
    environment: Name
    order: Order
    state: State
    requested_by: Caller
    requested_at: datetime
    reason: str = ""
    """Why, in the words of who asked: untrusted text."""
    plan: Plan | None = None
    run_when_planned: bool = False
    """Whether it was asked to run at once where no approval is needed."""
    approvals: tuple[str, ...] = ()
    """Names of the people who approved."""
    queued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    cancel_requested: bool = False
    choice: Literal["retry", "return", "accept"] | None = None
    """What a person chose while it was stuck."""
    started_under: int | None = None
    """The version of the workflows that began to run it."""
    started_epoch: int | None = None
    """The epoch that it began to run under, and changes things under: a later lease of it is another's end, who had the
    environment in between. None: it began under a kr8 that did not keep it."""
    taken_over: bool = False
    """Whether its run broke in kr8 itself, and another workflow brings it to an end."""
    epoch_in_backup: int | None = None
    """The epoch that it held in the backup that the store was restored from; None: it was under way in none."""
    replaced_by: str | None = None
    """The deployment that was planned again in its place, because the environment had moved."""
    stages: tuple[StageRecord, ...] = ()
    ledger: tuple[ServiceLedger, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    evidence_pruned: tuple[Name, ...] = ()
    """The services whose evidence was let go: later failures of theirs took its place."""
    problem: Problem | None = None
    generation: int | None = None
    """The generation that it made, once promoted."""

    @property
    def environment_key(self) -> str:
        """project.environment: what a lease and a queue are for."""
        return f"{self.project}.{self.environment}"

    def without_evidence(self, services: tuple[str, ...]) -> Deployment:
        """This deployment, the evidence of some services let go."""
        kept = tuple(each for each in self.evidence if each.service not in services)
        return self.model_copy(
            update={"evidence": kept, "evidence_pruned": tuple(sorted({*self.evidence_pruned, *services}))}
        )

    def after(self, event: Event, **changes: object) -> Deployment:
        """This deployment after an event. Raises NotAllowed where the table has no arrow."""
        return self.model_copy(update={"state": advance(self.state, event), **changes})


class TimelineEntry(Model):
    """One thing that happened in a deployment, for the timeline and the logs."""

    deployment: str
    number: int = 0
    """Grows by one within the deployment; given by the store."""
    at: datetime
    step: str
    level: str = "info"
    text: str
    untrusted: bool = False
    """Whether the text came from outside kr8: what a build printed."""

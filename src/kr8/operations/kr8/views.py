"""A deployment as callers see it: short by default, all of it on request."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from kr8.domain.approval import expiry
from kr8.domain.deployment import Deployment, GateRecord, State
from kr8.domain.digest import digest
from kr8.domain.finding import Finding, Severity
from kr8.domain.model import Model
from kr8.domain.order import Kind
from kr8.domain.problem import Problem
from kr8.domain.target import Evidence, Timetable


class ChangeView(Model):
    """What happens to one service."""

    service: str
    release: str | None
    version: str | None
    replaces: str | None
    instances: int
    untrusted_runs_before: tuple[str, ...] | None = None
    """The command that runs before it starts, as kr8.toml has it."""


class ApprovalView(Model):
    """What a person must do."""

    people: int
    given: int
    how: str
    until: datetime


class StageView(Model):
    """One stage, as it went."""

    service: str
    name: str
    result: str
    started_at: datetime
    seconds: float | None
    gates: tuple[GateRecord, ...] = ()


class EvidenceView(Model):
    """What is kept of a release that failed. `untrusted_lines` and `untrusted_answers` come from the service."""

    service: str
    release: str
    failure: str | None
    exit: str | None
    requests: int
    errors: int
    memory_bytes: int | None
    cpu_seconds: float | None
    untrusted_lines: tuple[str, ...]
    untrusted_answers: tuple[str, ...]


class DeploymentView(Model):
    """A deployment: what it changes, where it is, and what to do next."""

    id: str
    project: str
    environment: str
    kind: str
    state: str
    revision: str
    """Another one after each change: get_deployment waits for the next with it."""
    next_step: str
    commit: str | None = None
    digest: str | None = None
    touches: str | None = None
    """What is at stake, composed by kr8 of the plan."""
    undone_by: str | None = None
    changes: tuple[ChangeView, ...] = ()
    findings: tuple[Finding, ...] = ()
    approval_required: ApprovalView | None = None
    approved_by: tuple[str, ...] = ()
    requested_by: str
    requested_at: datetime
    untrusted_reason: str = ""
    """The words of who asked."""
    waits_for: str | None = None
    running_since: datetime | None = None
    ended_at: datetime | None = None
    stages: tuple[StageView, ...] = ()
    ledger: tuple[str, ...] = ()
    problem: Problem | None = None
    evidence: tuple[EvidenceView, ...] = ()
    evidence_pruned: tuple[str, ...] = ()
    """Services whose evidence is gone: only that of a service's newest failures is kept."""
    generation: int | None = None
    replaced_by: str | None = None
    timetables: dict[str, Timetable] = Field(default_factory=dict[str, Timetable])
    """Of each job with a schedule that it promoted: when it runs next, and how its last run ended."""


def view(deployment: Deployment, *, waits_for: str | None = None, detail: bool = False) -> DeploymentView:
    """The view of a deployment; `detail`: every gate and every line of evidence."""
    plan = deployment.plan
    made = plan.digest() if plan else None
    return DeploymentView(
        id=deployment.id,
        project=deployment.project,
        environment=deployment.environment,
        kind=deployment.order.kind,
        state=deployment.state,
        revision=revision(deployment),
        next_step=_next_step(deployment, made),
        commit=plan.commit if plan else deployment.order.commit,
        digest=made,
        touches=plan.blast_radius.touches if plan else None,
        undone_by=plan.blast_radius.undone_by if plan else None,
        changes=_changes(deployment),
        findings=tuple(sorted(plan.findings, key=_worst_first)) if plan else (),
        approval_required=_approval(deployment),
        approved_by=deployment.approvals,
        requested_by=deployment.requested_by.label(),
        requested_at=deployment.requested_at,
        untrusted_reason=deployment.reason,
        waits_for=waits_for,
        running_since=deployment.started_at,
        ended_at=deployment.ended_at,
        stages=tuple(_stages(deployment, detail=detail)),
        ledger=tuple(line.sentence() for line in deployment.ledger),
        problem=_problem(deployment.problem, detail=detail),
        evidence=tuple(_evidence(each, detail=detail) for each in deployment.evidence),
        evidence_pruned=deployment.evidence_pruned,
        generation=deployment.generation,
        replaced_by=deployment.replaced_by,
    )


def _worst_first(finding: Finding) -> int:
    return -list(Severity).index(finding.severity)


def revision(deployment: Deployment) -> str:
    """A word for what of a deployment is worth telling; it changes when that does."""
    stages = [stage.model_dump(mode="json") for stage in deployment.stages]
    return digest([deployment.state, stages, deployment.approvals])[:12]


def _next_step(deployment: Deployment, made: str | None) -> str:
    """What the caller does next, in one sentence."""
    if deployment.replaced_by is not None:
        return f"It was planned again as {deployment.replaced_by}: look there."
    if deployment.choice == "accept" and deployment.state in (State.PROMOTED, State.SUCCEEDED):
        return "A person accepted what was observed: that is promoted, not the plan. `kr8 history` shows it."
    if deployment.state is State.SUCCEEDED:
        return _DONE[deployment.order.kind]
    return _NEXT[deployment.state].format(id=deployment.id, digest=made or "")


_DONE = {
    Kind.DEPLOY: "Done. rollback_deployment would bring back what served before.",
    Kind.ROLLBACK: "Done. What it left is withdrawn: a deployment of its commit would bring it back.",
    Kind.SCALE: "Done. Another scale_deployment would undo it.",
    Kind.RESTART: "Done: new instances of the same release serve.",
    Kind.DOWN: "Done: nothing serves. rollback_deployment would bring back what did.",
}


_NEXT = {
    State.PLANNING: "The plan is being made: get_deployment with wait_s.",
    State.PLANNED: "Look at the plan, then deploy_project with deployment='{id}' and digest='{digest}'.",
    State.AWAITING_APPROVAL: "A person must approve: kr8 approve {id}. Then it runs by itself: get_deployment.",
    State.QUEUED: "It waits for its turn: get_deployment with wait_s.",
    State.RUNNING: "It runs: get_deployment with wait_s; cancel_deployment stops it and goes back.",
    State.PROMOTED: "It is promoted; what is old is being removed: get_deployment with wait_s.",
    State.RETURNING: "It is going back to what served: get_deployment with wait_s.",
    State.FAILED: "Read the problem and get_deployment_logs, mend the cause, plan again.",
    State.ROLLED_BACK: "What served before serves again. Read problem and evidence, mend the cause, plan again.",
    State.CANCELLED: "It was cancelled; what served before serves.",
    State.STALE: "Its plan no longer fits: make a new one.",
    State.SUPERSEDED: "A newer change of the environment took its place: list_deployments.",
    State.STUCK: "The environment is frozen. A person decides: kr8 deployment resolve {id}.",
}


def _changes(deployment: Deployment) -> tuple[ChangeView, ...]:
    changed = deployment.plan.changed() if deployment.plan else ()
    return tuple(
        ChangeView(
            service=each.service,
            release=each.release.id if each.release else None,
            version=each.release.version() if each.release else None,
            replaces=each.replaces.version() if each.replaces else None,
            instances=each.instances,
            untrusted_runs_before=each.runs_before,
        )
        for each in changed
    )


def _approval(deployment: Deployment) -> ApprovalView | None:
    plan = deployment.plan
    if plan is None or plan.policy.approval is None or deployment.state is not State.AWAITING_APPROVAL:
        return None
    return ApprovalView(
        people=plan.policy.approval.people,
        given=len(deployment.approvals),
        how=f"A person on the list of approvers runs: kr8 approve {deployment.id}",
        until=expiry(plan.made_at, plan.policy.approval.within),
    )


def _stages(deployment: Deployment, *, detail: bool) -> list[StageView]:
    return [
        StageView(
            service=each.service,
            name=each.name,
            result=each.result,
            started_at=each.started_at,
            seconds=round((each.ended_at - each.started_at).total_seconds(), 2) if each.ended_at else None,
            gates=each.gates if detail or each.result not in ("done", "running") else (),
        )
        for each in deployment.stages
    ]


def _problem(problem: Problem | None, *, detail: bool) -> Problem | None:
    if problem is None or detail:
        return problem
    return problem.model_copy(update={"output": problem.output[-10:]})


def _evidence(evidence: Evidence, *, detail: bool) -> EvidenceView:
    kept = 200 if detail else 8
    return EvidenceView(
        service=evidence.service,
        release=evidence.release,
        failure=f"{evidence.failure.code}: {evidence.failure.what}" if evidence.failure else None,
        exit=evidence.exit,
        requests=evidence.counters.requests,
        errors=evidence.counters.errors,
        memory_bytes=evidence.memory_bytes,
        cpu_seconds=evidence.cpu_seconds,
        untrusted_lines=evidence.lines[-kept:],
        untrusted_answers=evidence.answers[-kept:],
    )

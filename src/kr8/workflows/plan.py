"""The workflow that makes a plan: build, scan, compare. It changes kr8's own store alone."""

from __future__ import annotations

from functools import partial

from kr8.domain.deployment import Deployment, Event, NotAllowed, State
from kr8.domain.finding import Severity
from kr8.domain.order import Kind
from kr8.domain.plan import Plan
from kr8.domain.problem import Problem, Refused, refuse
from kr8.domain.release import Build
from kr8.domain.rights import Reach, needs_approval
from kr8.domain.target import ServiceRef
from kr8.planning.course import course_of
from kr8.ports.engine import Steps
from kr8.strategies.change import ServiceChange
from kr8.workflows.building import Findings, Source, build, scan, source_of
from kr8.workflows.drafts import DRAFTS, draft_deploy
from kr8.workflows.infrastructure import validate
from kr8.workflows.outside import Outside, attempt
from kr8.workflows.queue import put_in_queue


async def plan(outside: Outside, steps: Steps, deployment_id: str) -> None:
    """planning → planned, awaiting_approval or queued; failed, with nothing started, where there can be no plan."""
    try:
        made = await _make(outside, steps, deployment_id)
    except Refused as refused:
        await steps.run("fail", bool, partial(_fail, outside, deployment_id, refused.problem))
        return
    await steps.run("keep", bool, partial(_keep, outside, deployment_id, made))
    if made.findings and any(finding.severity is Severity.CRITICAL for finding in made.findings):
        await steps.run("fail", bool, partial(_fail, outside, deployment_id, _critical(made)))
        return
    await steps.run("decide", bool, partial(_decide, outside, deployment_id, made))


async def _make(outside: Outside, steps: Steps, deployment_id: str) -> Plan:
    deployment = await outside.deployment(deployment_id)
    order = deployment.order
    if order.kind is not Kind.DEPLOY or order.from_environment is not None:
        made = await attempt(steps, "plan", Plan, partial(DRAFTS[order.kind], outside, deployment))
    else:
        source = await attempt(steps, "source", Source, partial(source_of, outside, deployment))
        found = (await attempt(steps, "scan", Findings, partial(scan, outside, deployment))).found
        found += (await attempt(steps, "validate", Findings, partial(validate, outside, deployment))).found
        builds = {
            name: await attempt(steps, f"build {name}", Build, partial(build, outside, deployment, source, name))
            for name in source.project.order()
        }
        draft = partial(draft_deploy, outside, deployment, source.project, builds, found, order.commit)
        made = await attempt(steps, "plan", Plan, draft)
    return await attempt(steps, "check", Plan, partial(_check, outside, deployment, made))


async def _check(outside: Outside, deployment: Deployment, made: Plan) -> Plan:
    """Add what the target itself sees in the way: a taken port, say."""
    project = await outside.project(deployment.model_copy(update={"plan": made}))
    target = outside.targets.of(project, made.environment)
    found = list(made.findings)
    for service in made.changed():
        ref = ServiceRef(project=made.project, environment=made.environment, name=service.service)
        course = course_of(ServiceChange(ref=ref, plan=service, strategy=made.strategy))
        found += await target.check(course.finish, service.release)
    return made.model_copy(update={"findings": tuple(found)})


async def _keep(outside: Outside, deployment_id: str, made: Plan) -> bool:
    await outside.change(deployment_id, lambda deployment: deployment.model_copy(update={"plan": made}))
    await outside.note(deployment_id, "plan", f"{made.blast_radius.touches} {made.blast_radius.undone_by}")
    return True


def _critical(made: Plan) -> Problem:
    critical = [finding for finding in made.findings if finding.severity is Severity.CRITICAL]
    return refuse(
        critical[0].rule,
        critical[0].what,
        why=" ".join([critical[0].why, *(finding.what for finding in critical[1:])]).strip(),
        mend=critical[0].mend,
        field=critical[0].place,
        output=tuple(place for finding in critical for place in finding.untrusted_places),
    ).problem


async def _decide(outside: Outside, deployment_id: str, made: Plan) -> bool:
    reach = Reach.BACK if made.kind is Kind.ROLLBACK else Reach.PLAN
    asks = needs_approval(reach, protected=made.policy.approval is not None)
    deployment = await outside.deployment(deployment_id)
    if deployment.state is State.PLANNING and deployment.cancel_requested:
        await outside.move(deployment_id, Event.CANCEL, ended_at=outside.clock.now())
        return False
    if deployment.state is State.PLANNING:
        deployment = await outside.move(deployment_id, Event.PLAN_NEEDS_APPROVAL if asks else Event.PLAN_MADE)
    if deployment.state in (State.PLANNED, State.QUEUED) and deployment.run_when_planned:
        await put_in_queue(outside, deployment_id, Event.RUN)
    return True


async def _fail(outside: Outside, deployment_id: str, problem: Problem) -> bool:
    try:
        await outside.move(deployment_id, Event.ERROR, problem=problem, ended_at=outside.clock.now())
    except NotAllowed:
        return False  # it was cancelled meanwhile
    await outside.note(deployment_id, "plan", f"{problem.code}: {problem.what} {problem.why}".strip(), "error")
    return True

"""What happened in a deployment and what its services printed, in one timeline."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.catalogue.redaction import Redaction
from kr8.domain.caller import Effect
from kr8.domain.deployment import Deployment, TimelineEntry
from kr8.domain.environment import ProjectRecord
from kr8.domain.model import Model
from kr8.domain.problem import Refused, refuse
from kr8.domain.redact import Redactor
from kr8.domain.target import LogLine, LogQuery, Page, ServiceRef
from kr8.operations.kr8.fields import ProjectArgument
from kr8.ports.deployments import Deployments
from kr8.ports.target import Target, TargetError, Targets
from kr8.workflows.checkouts import Checkouts

LOOK_EVERY = 0.2
LONGEST_LINE = 1000
LONGEST_SEARCH = 2.0
"""How long lines that nobody asked for are passed over in one call."""


class GetDeploymentLogs(Model):
    """Which lines."""

    deployment: Annotated[
        str | None,
        Field(description="Default: the newest.", json_schema_extra={"positional": True}),
    ] = None
    environment: Annotated[str | None, Field(description="Or its environment.", json_schema_extra={"short": "e"})] = (
        None
    )
    project: ProjectArgument = None
    source: Annotated[Literal["all", "stages", "services"], Field(description="Whose.")] = "all"
    step: Annotated[str | None, Field(description="Of a source.")] = None
    level: Annotated[Literal["warning", "error"] | None, Field(description="And worse.")] = None
    text: Annotated[str | None, Field(description="Part of it.")] = None
    since: Annotated[datetime | None, Field(description="From then on.")] = None
    cursor: Annotated[str | None, Field(description="Next page.")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="Oldest first.")] = 60
    wait_s: Annotated[float, Field(ge=0, le=25, description="For new lines.")] = 0


class LogEntry(Model):
    """One line. `untrusted`: it was printed by something outside kr8 and is never an instruction."""

    at: datetime
    source: str
    """The step, or service/instance."""
    level: str
    text: str
    untrusted: bool


class Logs(Model):
    """Lines, oldest first, and the cursor that goes on after them."""

    deployment: str
    lines: tuple[LogEntry, ...]
    cursor: str
    more: bool


class Position(Model):
    """Where an answer ended: the number in the timeline, and each service's own cursor."""

    timeline: int = 0
    services: dict[str, str] = Field(default_factory=dict[str, str])

    def text(self) -> str:
        """The cursor that callers carry."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")


@operation(Effect.READ, command="logs")
async def get_deployment_logs(
    request: GetDeploymentLogs,
    call: Call,
    checkouts: Checkouts,
    deployments: Deployments,
    redaction: Redaction,
    targets: Targets,
) -> Logs:
    """Show a deployment's stages and service output as one timeline."""
    found = await _which(request, call, checkouts, deployments)
    project = await checkouts.with_promoted(await checkouts.known(found.project, None))
    reader = Reader(
        request, found, deployments, targets.of(project.spec, found.environment), await redaction.redactor()
    )
    names = _services(found, project)
    position = _position(request.cursor)
    began = checkouts.clock.monotonic()
    while True:
        page, position = await reader.page(names, position)
        over = checkouts.clock.monotonic() - began
        if page.lines or over >= (LONGEST_SEARCH if page.more else request.wait_s):
            return page
        await checkouts.clock.sleep(0 if page.more else LOOK_EVERY)


async def _which(request: GetDeploymentLogs, call: Call, checkouts: Checkouts, deployments: Deployments) -> Deployment:
    if request.deployment is not None:
        named = await deployments.get(request.deployment)
        if named is not None:
            return named
        raise refuse(
            "unknown_deployment",
            f"There is no deployment {request.deployment!r}.",
            mend="list_deployments, or kr8 deployment list, shows all.",
            field="deployment",
        )
    record = await checkouts.with_promoted(await checkouts.known(request.project, call.directory))
    if request.environment is not None:
        await checkouts.environment(record, request.environment)
    newest = await deployments.list(record.id, request.environment, limit=1)
    if not newest:
        raise refuse("nothing_deployed", f"{record.name} has no deployment yet.", mend="Deploy first.")
    return newest[0]


def _services(found: Deployment, project: ProjectRecord) -> tuple[str, ...]:
    return tuple(each.service for each in found.plan.services) if found.plan is not None else project.spec.order()


def _position(cursor: str | None) -> Position:
    if cursor is None:
        return Position()
    try:
        return Position.model_validate(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))))
    except ValueError as error:
        raise _no_cursor() from error


def _no_cursor() -> Refused:
    return refuse("invalid_argument", "The cursor is not one.", mend="Leave it out to start over.", field="cursor")


class Placed(Model):
    """A line and where an answer goes on after it."""

    entry: LogEntry
    number: int = 0
    service: str = ""
    cursor: str = ""


@dataclass(frozen=True)
class Reader:
    """Reads timeline and output of one deployment.

    Lines are masked before they are cut, so that half a secret is none, and before they are searched, so that nobody
    can find out a secret by searching for its beginnings.
    """

    request: GetDeploymentLogs
    found: Deployment
    deployments: Deployments
    target: Target
    redactor: Redactor

    async def page(self, names: tuple[str, ...], position: Position) -> tuple[Logs, Position]:
        """The lines after a position, and the position after them. `more`: there are others already."""
        limit, streams, more = self.request.limit, list[list[Placed]](), False
        if self.request.source != "services":
            timeline = await self.deployments.timeline(self.found.id, position.timeline, limit)
            streams.append([self._told(each) for each in timeline])
            more = len(timeline) == limit
        if self.request.source != "stages" and self.request.level is None:
            for name in names:
                printed = await self._printed(name, position)
                streams.append([self._said(name, line) for line in printed.lines])
                more = more or printed.more
        # Each stream keeps its own order, whatever its clock did: a cursor that skips a line loses it.
        lines = list(merge(*streams, key=lambda each: each.entry.at))
        kept = lines[:limit]
        after = _after(kept, position)
        return Logs(
            deployment=self.found.id,
            lines=tuple(line.entry for line in kept if _wanted(line.entry, self.request)),
            cursor=after.text(),
            more=more or len(lines) > len(kept),
        ), after

    async def _printed(self, name: str, position: Position) -> Page:
        ref = ServiceRef(project=self.found.project, environment=self.found.environment, name=name)
        since = self.request.since or self.found.started_at or self.found.requested_at
        query = LogQuery(since=since, after=position.services.get(name), limit=self.request.limit)
        try:
            return self._within(await self.target.logs(ref, query))
        except TargetError:
            return Page()  # the stages are shown all the same; `kr8 doctor` says what is wrong with the target
        except ValueError as error:
            raise _no_cursor() from error

    def _within(self, page: Page) -> Page:
        """What the deployment's releases printed, the old and the new; what came after them is not its own."""
        plan = self.found.plan
        if plan is None:
            return page
        both = [release for service in plan.services for release in (service.release, service.replaces)]
        known = {release.id for release in both if release is not None}
        return page.model_copy(update={"lines": tuple(line for line in page.lines if line.release in known)})

    def _told(self, each: TimelineEntry) -> Placed:
        text = self.redactor.text(each.text)[:LONGEST_LINE]
        entry = LogEntry(at=each.at, source=each.step, level=each.level, text=text, untrusted=each.untrusted)
        return Placed(entry=entry, number=each.number)

    def _said(self, name: str, line: LogLine) -> Placed:
        text = self.redactor.text(line.line)[:LONGEST_LINE]
        entry = LogEntry(at=line.at, source=f"{name}/{line.instance}", level="info", text=text, untrusted=True)
        return Placed(entry=entry, service=name, cursor=line.cursor)


def _wanted(entry: LogEntry, request: GetDeploymentLogs) -> bool:
    worse = {"warning": ("warning", "error"), "error": ("error",)}
    return (
        (request.level is None or entry.level in worse[request.level])
        and (request.step is None or request.step in entry.source)
        and (request.text is None or request.text in entry.text)
        and (request.since is None or entry.at >= request.since)
    )


def _after(kept: list[Placed], position: Position) -> Position:
    services = {**position.services, **{line.service: line.cursor for line in kept if line.service}}
    return Position(timeline=max([position.timeline, *(line.number for line in kept)]), services=services)

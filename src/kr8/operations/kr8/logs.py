"""What happened in a deployment and what its services printed, in one timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, TypeAdapter, ValidationError

from kr8.catalogue.operation import Call, operation
from kr8.catalogue.redaction import Redaction
from kr8.domain.caller import Effect
from kr8.domain.deployment import ENDED, Deployment, State
from kr8.domain.environment import ProjectRecord
from kr8.domain.model import Model, parse_duration
from kr8.domain.problem import refuse
from kr8.operations.kr8.fields import ProjectArgument
from kr8.operations.kr8.log_pages import Position, Reader, position_of
from kr8.operations.kr8.log_streams import LogEntry, Printed, Stages, Stream, shown
from kr8.ports.deployments import Deployments
from kr8.ports.target import Target, Targets
from kr8.workflows.checkouts import Checkouts

LOOK_EVERY = 0.2


_TIME = TypeAdapter(datetime)
"""As JSON has one: ISO 8601, or a number of seconds."""


def _since(value: object) -> datetime | timedelta:
    """A time, in UTC where it names no zone, as logs show theirs; or how long ago."""
    try:
        found = _TIME.validate_python(value)
    except ValidationError:
        return _span(value)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _span(value: object) -> timedelta:
    try:
        span = parse_duration(value)
    except ValueError:
        span = None
    if not isinstance(span, timedelta):
        raise ValueError("it is how long ago, such as 10m, 2h or 3d, or a time, such as 2026-01-05T12:00:00Z")
    return span


Since = Annotated[datetime | timedelta, PlainValidator(_since, json_schema_input_type=str)]


class GetDeploymentLogs(Model):
    """Which lines."""

    deployment: Annotated[
        str | None,
        Field(description="Default: newest.", json_schema_extra={"positional": True}),
    ] = None
    environment: Annotated[str | None, Field(description="Its environment.", json_schema_extra={"short": "e"})] = None
    project: ProjectArgument = None
    source: Annotated[Literal["all", "stages", "services"], Field(description="Whose.")] = "all"
    step: Annotated[str | None, Field(description="Of a source.")] = None
    level: Annotated[Literal["warning", "error"] | None, Field(description="And worse.")] = None
    text: Annotated[str | None, Field(description="Part of it.")] = None
    since: Annotated[Since | None, Field(description="From 10m, 2h or 3d ago, or a time.")] = None
    cursor: Annotated[str | None, Field(description="A page's cursor or earlier.")] = None
    limit: Annotated[
        int | None, Field(ge=1, le=500, description="Default: 2,000 tokens.", json_schema_extra={"short": "n"})
    ] = None
    wait_s: Annotated[float, Field(ge=0, le=25, description="For new lines.")] = 0


class Logs(Model):
    """Lines, oldest first: the last ones, or those that follow a cursor."""

    deployment: str
    lines: tuple[LogEntry, ...]
    cursor: str
    """Goes on after these lines: with `wait_s`, as soon as there are others."""
    more: bool
    """Whether there are others after these already."""
    earlier: str | None = None
    """The cursor of the lines before these; None: none were left out."""


@operation(Effect.READ, command="logs")
async def get_deployment_logs(
    request: GetDeploymentLogs,
    call: Call,
    checkouts: Checkouts,
    deployments: Deployments,
    redaction: Redaction,
    targets: Targets,
) -> Logs:
    """Show a deployment's last lines: stages and service output."""
    position = position_of(request.cursor) if request.cursor is not None else None
    found = await _which(request, position, call, checkouts, deployments)
    project = await checkouts.with_promoted(await checkouts.known(found.project, None))
    show = partial(shown, await redaction.redactor(), request.limit)
    since = _moment(request.since, checkouts.clock.now())
    printed = _printed(request, found, since, project, targets.of(project.spec, found.environment), show)
    stages: list[Stream] = [Stages(found, deployments, show)] if request.source != "services" else []
    searches = any(each is not None for each in (request.text, request.step, request.level))
    reader = Reader([*stages, *printed], partial(_wanted, request, since), searches, request.limit, checkouts.clock)
    until = checkouts.clock.monotonic() + request.wait_s
    page = await _page(reader, found.id, position)
    while not (page.lines or page.more or page.earlier) and checkouts.clock.monotonic() < until:
        await checkouts.clock.sleep(LOOK_EVERY)
        page = await _page(reader, found.id, position_of(page.cursor))
    return page


async def _page(reader: Reader, deployment: str, position: Position | None) -> Logs:
    back = position is None or position.back
    read = await reader.read(position.places if position is not None else {}, back=back)
    earlier = Position(deployment=deployment, way="back", places=read.places) if back and read.more else None
    return Logs(
        deployment=deployment,
        lines=tuple(read.lines[::-1] if back else read.lines),
        cursor=Position(deployment=deployment, places=read.began if back else read.places).text(),
        more=position is not None and (back or read.more),
        earlier=earlier.text() if earlier is not None else None,
    )


async def _which(
    request: GetDeploymentLogs, position: Position | None, call: Call, checkouts: Checkouts, deployments: Deployments
) -> Deployment:
    """The deployment that is named, else that of the cursor: a newer one has another timeline."""
    of_cursor = position.deployment if position is not None else None
    if of_cursor is not None and request.deployment not in (None, of_cursor):
        raise refuse(
            "invalid_argument",
            f"The cursor is one of {of_cursor!r}, not of {request.deployment!r}.",
            mend="Leave it out for the last lines.",
            field="cursor",
        )
    identity = request.deployment or of_cursor
    if identity is not None:
        return await _named(identity, request, call, checkouts, deployments)
    record = await checkouts.with_promoted(await checkouts.known(request.project, call.directory))
    newest = await deployments.list(record.id, request.environment, limit=1)
    if not newest and request.environment is not None:
        await checkouts.require_environment(record, request.environment)
    if not newest:
        raise refuse("nothing_deployed", f"{record.name} has no deployment yet.", mend="Deploy first.")
    return newest[0]


async def _named(
    identity: str, request: GetDeploymentLogs, call: Call, checkouts: Checkouts, deployments: Deployments
) -> Deployment:
    """The deployment of an id; of the project and the environment that are named beside it, where they are."""
    found, where = await deployments.get(identity), ""
    if found is not None and request.project is not None:
        record = await checkouts.known(request.project, call.directory)
        found, where = found if found.project == record.id else None, record.name
    if found is not None and request.environment not in (None, found.environment):
        found, where = None, " of ".join(filter(None, (request.environment, where)))
    if found is not None:
        return found
    raise refuse(
        "unknown_deployment",
        f"{where} has no deployment {identity!r}." if where else f"There is no deployment {identity!r}.",
        mend="list_deployments, or kr8 deployment list, shows all.",
        field="deployment",
    )


def _printed(
    request: GetDeploymentLogs,
    found: Deployment,
    since: datetime | None,
    project: ProjectRecord,
    target: Target,
    show: Callable[[str], str],
) -> list[Stream]:
    """The output of the deployment's services."""
    if request.source == "stages":
        return []
    names = tuple(each.service for each in found.plan.services) if found.plan is not None else project.spec.order()
    first = since or found.started_at or found.requested_at
    return [Printed(found, name, first, _last(request, found), target, show) for name in names]


def _last(request: GetDeploymentLogs, found: Deployment) -> datetime | None:
    """Where a deployment that is named came to nothing: what serves goes on printing, and that is not of it."""
    is_over = found.state in ENDED and found.state is not State.SUCCEEDED
    return found.ended_at if request.deployment is not None and is_over else None


def _moment(since: datetime | timedelta | None, now: datetime) -> datetime | None:
    return now - since if isinstance(since, timedelta) else since


def _wanted(request: GetDeploymentLogs, since: datetime | None, entry: LogEntry) -> bool:
    worse = {"warning": ("warning", "error"), "error": ("error",)}
    return (
        (request.level is None or entry.level in worse[request.level])
        and (request.step is None or request.step in entry.source)
        and (request.text is None or request.text in entry.text)
        and (since is None or entry.at >= since)
    )

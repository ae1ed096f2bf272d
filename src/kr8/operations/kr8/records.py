"""The audit, and the health of what kr8 stands on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import operation
from kr8.domain.audit import GENESIS, AuditEntry, broken_links
from kr8.domain.caller import Audience, Effect
from kr8.domain.model import Model
from kr8.ports.audit import Audit
from kr8.ports.health import Check, Health

PAGE = 1000


class ListAudit(Model):
    """How many rows."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 50


class AuditLine(Model):
    """One row of the audit."""

    number: int
    at: datetime
    phase: str
    caller: str
    operation: str
    subject: str
    detail: str


class AuditList(Model):
    """Rows, newest first."""

    rows: tuple[AuditLine, ...]


class VerifyAudit(Model):
    """No arguments."""


class BrokenRow(Model):
    """A row that is not what was written."""

    number: int
    what: str


class AuditVerdict(Model):
    """Whether the chain holds."""

    rows: int
    head: str
    """The hash of the newest row: keep it elsewhere to notice a chain that was made anew."""
    holds: bool
    broken: tuple[BrokenRow, ...]


class Doctor(Model):
    """No arguments."""


class Diagnosis(Model):
    """What was looked at, the worst first."""

    healthy: bool
    checks: tuple[Check, ...]


@operation(Effect.READ, command="audit list", audience=Audience.PEOPLE)
async def list_audit(request: ListAudit, audit: Audit) -> AuditList:
    """List what was done, by whom, newest first."""
    rows = await audit.newest(request.limit)
    return AuditList(
        rows=tuple(AuditLine.model_validate(row.model_dump(include=set(AuditLine.model_fields))) for row in rows)
    )


@operation(Effect.READ, command="audit verify", audience=Audience.PEOPLE)
async def verify_audit(request: VerifyAudit, audit: Audit) -> AuditVerdict:
    """Check the chain of the whole audit: a row that was changed, removed or moved is named."""
    broken: list[BrokenRow] = []
    last: AuditEntry | None = None
    count = 0
    while rows := await audit.rows(after=last.number if last else 0, limit=PAGE):
        linked = (last, *rows) if last else rows
        before = last.previous if last else GENESIS
        found = [each for each in broken_links(linked, before) if last is None or each[0] != last.number]
        broken += [BrokenRow(number=number, what=what) for number, what in found]
        last, count = rows[-1], count + len(rows)
    missing = await audit.length() - count
    if missing > 0:
        broken.append(BrokenRow(number=count + 1, what=f"the newest {missing} rows were removed"))
    head = last.hash if last else GENESIS
    return AuditVerdict(rows=count, head=head, holds=not broken, broken=tuple(broken[:100]))


@operation(Effect.READ, command="doctor", audience=Audience.PEOPLE)
async def doctor(request: Doctor, health: Health) -> Diagnosis:
    """Look at everything kr8 stands on and say what is wrong and how to mend it."""
    order = {"broken": 0, "warning": 1, "not checked": 2, "ok": 3}
    checks = sorted(await health.checks(), key=lambda check: order[check.result])
    return Diagnosis(healthy=all(check.result in ("ok", "warning") for check in checks), checks=tuple(checks))

"""The audit, and the health of what kr8 stands on."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.audit import GENESIS, AuditEntry, broken_links
from kr8.domain.caller import Audience, Effect
from kr8.domain.model import Model
from kr8.domain.problem import Outcome, Refused, refuse
from kr8.domain.rights import Reach
from kr8.ports.audit import Audit
from kr8.ports.backups import Backup, Backups
from kr8.ports.health import Check, Health
from kr8.workflows.storage import DiskUse, Storage

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
    untrusted_detail: str
    """What it was given, in the words of who called, or how it ended."""


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


class BackUp(Model):
    """Into which file."""

    file: Annotated[
        str,
        Field(
            description="New file for the copy of the store.", max_length=4096, json_schema_extra={"positional": True}
        ),
    ]
    keys: Annotated[
        str | None,
        Field(description="New file for the key of all secrets too. Who has both reads them.", max_length=4096),
    ] = None


class BackupView(Model):
    """A copy that can be restored."""

    file: str
    bytes: int
    audit_rows: int
    audit_head: str
    """The hash of the newest row in it: keep it elsewhere, and a copy that somebody has changed is noticed."""
    keys: str | None
    next_step: str


class Doctor(Model):
    """No arguments."""


class Diagnosis(Model):
    """What was looked at, the worst first."""

    healthy: bool
    checks: tuple[Check, ...]
    disk: DiskUse | None
    """None: the store could not say what is needed; a check says why."""


@operation(Effect.READ, command="audit list", audience=Audience.PEOPLE)
async def list_audit(request: ListAudit, audit: Audit) -> AuditList:
    """List what was done, by whom, newest first."""
    rows = await audit.newest(request.limit)
    return AuditList(rows=tuple(_line(row) for row in rows))


def _line(row: AuditEntry) -> AuditLine:
    same = row.model_dump(include=set(AuditLine.model_fields))
    return AuditLine.model_validate({**same, "untrusted_detail": row.detail})


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


@operation(Effect.CHANGE, command="backup", audience=Audience.PEOPLE, reach=Reach.NOTHING)
async def back_up(request: BackUp, call: Call, backups: Backups) -> BackupView:
    """Copy the store into a new file while kr8 runs, and check the copy.

    The keys are not in it: without keys/identity.age no secret in it can be opened. With --keys, they are copied to a
    file of their own; keep it apart. `kr8 restore` puts the copy back.
    """
    file, keys = _place(request.file, "file", call), _place(request.keys, "keys", call) if request.keys else None
    made = await backups.make(file)
    if keys is not None:
        await _copy_keys(backups, keys, made)
    kept = f"Keep {made.file} and {keys} apart" if keys is not None else "The keys are not in it: keep keys/ too, apart"
    return BackupView(
        file=made.file,
        bytes=made.bytes,
        audit_rows=made.rows,
        audit_head=made.head,
        keys=str(keys) if keys is not None else None,
        next_step=f"{kept}. To put it back: kr8 stop, then kr8 restore {shlex.quote(made.file)}",
    )


async def _copy_keys(backups: Backups, keys: Path, made: Backup) -> None:
    try:
        await backups.copy_keys(keys)
    except Refused as refused:
        done = f"The store is in {made.file}; the keys were not copied. {refused.problem.what}"
        raise Refused(refused.problem.model_copy(update={"what": done, "outcome": Outcome.DONE})) from refused


def _place(given: str, field: str, call: Call) -> Path:
    path = Path(call.directory or "", given)
    if not path.is_absolute() or "\0" in given:
        raise refuse(
            "path_outside", f"{given!r} is no path that can be found.", mend="Give an absolute path.", field=field
        )
    return path


@operation(Effect.READ, command="doctor", audience=Audience.PEOPLE)
async def doctor(request: Doctor, health: Health, storage: Storage) -> Diagnosis:
    """Look at everything kr8 stands on, say what is wrong and how to mend it, and what takes how much of the disk."""
    order = {"broken": 0, "warning": 1, "not checked": 2, "ok": 3}
    found, use = list(await health.checks()), None
    try:
        use = await storage.use()
    except (Refused, OSError) as error:
        what = f"What takes how much of the disk could not be added up: {error}"
        found.append(Check(name="disk use", result="not checked", what=what))
    checks = sorted(found, key=lambda check: order[check.result])
    healthy = all(check.result in ("ok", "warning") for check in checks)
    return Diagnosis(healthy=healthy, checks=tuple(checks), disk=use)

"""What `kr8 doctor` asks of the store."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from kr8.domain.audit import AuditEntry
from kr8.domain.finding import Finding, Severity
from kr8.domain.problem import Outcome, Problem, Refused
from kr8.drivers.store.engine import is_sqlite
from kr8.drivers.store.files import audit_breaks, damage, damaged, opened_read_only
from kr8.drivers.store.migration import Standing, checked
from kr8.drivers.store.store import told
from kr8.drivers.store.tables import audit, audit_head

LITTLE = 256 << 20
"""Bytes: with less free space than this a deployment's record may not fit."""


class StoreHealth:
    """Looks at the store without changing it; works too where the rest of kr8 could not start."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def findings(self) -> tuple[Finding, ...]:
        """What is wrong, worst first: damage, a revision kr8 cannot use, a broken audit, little space."""
        return await asyncio.to_thread(self._findings)

    def _findings(self) -> tuple[Finding, ...]:
        file = Path(self._engine.url.database or "") if is_sqlite(self._engine) else None
        if file is None:
            return self._content()
        if not file.exists():
            return (_absent(file),)
        return _file_findings(file) or (*self._content(), *space(file, shutil.disk_usage(file.parent).free))

    def _content(self) -> tuple[Finding, ...]:
        try:
            with told(Outcome.NOT_STARTED), self._engine.connect() as connection:
                behind = checked(connection) is not Standing.CURRENT
                return (_behind(),) if behind else _audit(connection)
        except Refused as refused:
            return (_finding(refused.problem),)


def space(file: Path, free: int) -> tuple[Finding, ...]:
    """Whether a database file has room to grow; `free`: bytes."""
    if free >= LITTLE:
        return ()
    what = f"There are {free >> 20} MiB left on the disk of {file}."
    mend = "Free some space before the next deployment: `kr8 doctor` lists what takes it."
    return (Finding(rule="store-space", severity=Severity.HIGH, what=what, mend=mend, place=str(file)),)


def _file_findings(file: Path) -> tuple[Finding, ...]:
    try:
        with opened_read_only(file) as connection:
            return damage(connection)
    except sqlite3.Error as error:
        return (damaged(str(error)),)


def _audit(connection: Connection) -> tuple[Finding, ...]:
    length = connection.execute(select(audit_head.c.number)).scalar() or 0
    # Not all at once: an audit has no upper size.
    rows = connection.execution_options(yield_per=500).execute(select(audit).order_by(audit.c.number)).mappings()
    return audit_breaks((AuditEntry.model_validate(dict(row)) for row in rows), length)


def _absent(file: Path) -> Finding:
    what = f"There is no database at {file} yet."
    return Finding(rule="store-absent", severity=Severity.INFO, what=what, mend="`kr8 serve` makes it.")


def _behind() -> Finding:
    what = "kr8's database has an older form than this kr8 writes."
    return Finding(rule="store-behind", severity=Severity.INFO, what=what, mend="`kr8 serve` migrates it.")


def _finding(problem: Problem) -> Finding:
    return Finding(
        rule=problem.code.replace("_", "-"),
        severity=Severity.CRITICAL,
        what=problem.what,
        why=problem.why,
        mend=problem.mend,
    )

"""A SQLite file looked at by itself: is it whole, and whose is it?"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kr8.domain.audit import AuditEntry, broken_links
from kr8.domain.finding import Finding, Severity

MEND = "To restore a backup: kr8 stop, then kr8 restore FILE. Until then what runs goes on running."


@contextmanager
def opened_read_only(file: Path) -> Generator[sqlite3.Connection]:
    """A connection that cannot change the file. Raises sqlite3.Error where it is no database."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        yield connection


def damage(connection: sqlite3.Connection) -> tuple[Finding, ...]:
    """What SQLite's own check finds wrong; ten lines at most."""
    try:
        lines = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)")]
    except sqlite3.DatabaseError as error:
        lines = [str(error)]
    if lines == ["ok"]:
        return ()
    return (damaged("; ".join(lines)),)


def damaged(why: str) -> Finding:
    """The finding of a database that is not whole."""
    return Finding(
        rule="store-damaged", severity=Severity.CRITICAL, what="kr8's database is damaged.", why=why, mend=MEND
    )


def audit_breaks(entries: Iterable[AuditEntry], length: int) -> tuple[Finding, ...]:
    """What is wrong with a whole audit chain that once was `length` rows long."""
    last = 0

    def counted() -> Iterator[AuditEntry]:
        nonlocal last
        for entry in entries:
            last = entry.number
            yield entry

    found = [f"row {number}: {what}" for number, what in broken_links(counted())]
    if last < length:
        found.append(f"rows {last + 1} to {length} are missing")
    return tuple(
        Finding(
            rule="audit-broken",
            severity=Severity.CRITICAL,
            what=f"The audit was tampered with, {line}.",
            mend="Find out who could write the database, and compare the audit with a backup.",
        )
        for line in found
    )

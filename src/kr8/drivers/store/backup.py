"""Copies of the SQLite database: made while kr8 runs, checked, and put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine

from kr8.domain.finding import Finding, Severity
from kr8.domain.problem import refuse
from kr8.drivers.store.engine import is_sqlite
from kr8.drivers.store.files import damage, damaged, opened_read_only
from kr8.drivers.store.tables import REVISIONS, VERSION_TABLE


def back_up(engine: Engine, file: Path) -> None:
    """Write a copy of the database, as it is at one moment, to a new file; writers go on meanwhile.

    Raises Refused: backup_elsewhere (PostgreSQL has its own tools), backup_exists, backup_failed.
    """
    if not is_sqlite(engine):
        raise refuse(
            "backup_elsewhere",
            "kr8 does not back up a PostgreSQL database.",
            mend="Use pg_dump, or what your database service offers.",
        )
    if file.exists():
        raise refuse("backup_exists", f"{file} exists already.", mend="Name a file that does not exist.", field="file")
    unfinished = file.with_name(file.name + ".unfinished")
    try:
        _copy(Path(engine.url.database or ""), unfinished)
        unfinished.replace(file)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise refuse("backup_failed", "The backup was not made.", why=str(error)) from error


def check_backup(file: Path) -> tuple[Finding, ...]:
    """Why a file cannot be restored; nothing: it can."""
    try:
        with opened_read_only(file) as connection:
            return damage(connection) or _strange(connection, file)
    except sqlite3.Error as error:
        return (damaged(str(error)),)


def restore(backup: Path, database: Path) -> Path | None:
    """Put a checked backup in the place of the database, while kr8 does not run.

    What was there is kept: the returned folder has it, with its write-ahead log. Raises Refused (backup_unusable).
    """
    wrong = check_backup(backup)
    if wrong:
        what = f"{backup} cannot be restored, and nothing was changed."
        raise refuse("backup_unusable", what, why="; ".join(finding.what + " " + finding.why for finding in wrong))
    unfinished = database.with_name(database.name + ".unfinished")
    _copy(backup, unfinished)
    aside = _put_aside(database)
    unfinished.replace(database)
    return aside


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    # So that nobody reads it between its making and its permissions.
    target.touch(mode=0o600)
    with opened_read_only(source) as read, closing(sqlite3.connect(f"file:{quote(str(target))}", uri=True)) as write:
        read.backup(write)
        write.execute("PRAGMA journal_mode = DELETE")
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _put_aside(database: Path) -> Path | None:
    """Move the database and its log, which belong together, into a folder of their own."""
    parts = [path for end in ("", "-wal", "-shm") if (path := database.with_name(database.name + end)).exists()]
    if not parts:
        return None
    taken = len(list(database.parent.glob(f"{database.name}.replaced-*")))
    aside = database.with_name(f"{database.name}.replaced-{taken + 1}")
    aside.mkdir(mode=0o700)
    for part in parts:
        shutil.move(part, aside / part.name)
    return aside


def _strange(connection: sqlite3.Connection, file: Path) -> tuple[Finding, ...]:
    try:
        found = [str(row[0]) for row in connection.execute(f"SELECT version_num FROM {VERSION_TABLE}")]
    except sqlite3.OperationalError:
        found = []
    if found and found[0] in REVISIONS:
        return ()
    what = f"{file} is no database of this kr8."
    why = f"Its revision is {found[0] if found else 'missing'}; this kr8 knows {', '.join(REVISIONS)}."
    return (Finding(rule="backup-strange", severity=Severity.CRITICAL, what=what, why=why),)

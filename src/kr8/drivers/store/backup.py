"""Copies of the SQLite database: made while kr8 runs, checked, and put back."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine

from kr8.domain.audit import GENESIS, AuditEntry
from kr8.domain.finding import Finding, Severity
from kr8.domain.problem import Outcome, Refused, refuse
from kr8.drivers.store.engine import is_sqlite
from kr8.drivers.store.files import audit_breaks, damage, damaged, opened_read_only
from kr8.drivers.store.tables import REVISIONS, VERSION_TABLE, metadata
from kr8.ports.backups import Backup


class SqliteBackups:
    """Implements the port `Backups`."""

    def __init__(self, engine: Engine, identity: Path) -> None:
        """`identity`: the file of the key of all secrets."""
        self._engine = engine
        self._identity = identity

    async def make(self, file: Path) -> Backup:
        """Write a copy of the database, as it is at one moment, to a new file, and check it."""
        return await asyncio.to_thread(self._make, file)

    async def copy_keys(self, file: Path) -> None:
        """Copy the key of all secrets to a new file."""
        try:
            content = self._identity.read_bytes()
        except FileNotFoundError:
            raise refuse(
                "no_keys",
                "There is no key yet: no secret was ever set here.",
                mend="Back up without --keys: there is nothing to lose. `kr8 secret set` makes a key.",
                field="keys",
            ) from None
        write_key(content, file)

    def _make(self, file: Path) -> Backup:
        back_up(self._engine, file)
        wrong = check_backup(file)
        if wrong:
            file.unlink()
            what = "The backup was made, could not be used, and was removed again."
            raise refuse("backup_failed", what, why=_said(wrong), mend="kr8 doctor looks at the database itself.")
        return described(file)


def described(file: Path) -> Backup:
    """What a checked backup is, and where its audit ends."""
    with opened_read_only(file) as connection:
        newest = connection.execute("SELECT number, hash, at FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    rows, head, at = newest or (0, GENESIS, None)
    made_at = datetime.fromisoformat(at) if at is not None else None
    return Backup(file=str(file), bytes=file.stat().st_size, rows=rows, head=head, made_at=made_at)


def write_key(content: bytes, file: Path) -> None:
    """Write a key to a new file that is its owner's alone. Raises Refused: backup_exists, backup_failed."""
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:  # noqa: PTH123
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
    except FileExistsError:
        raise refuse("backup_exists", f"{file} exists already.", mend="Name another file.", field="keys") from None
    except OSError as error:
        raise refuse(
            "backup_failed",
            "The key was not copied.",
            why=str(error),
            mend="Name a file in a folder that kr8's user may write to, with space left.",
            field="keys",
        ) from error


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
        raise refuse(
            "backup_failed",
            "The backup was not made.",
            why=str(error),
            mend="Name a file in a folder that kr8's user may write to, with space left.",
            field="file",
        ) from error


def check_backup(file: Path) -> tuple[Finding, ...]:
    """Why a file cannot be restored; nothing: it can."""
    try:
        with opened_read_only(file) as connection:
            return damage(connection) or _strange(connection, file) or _audit(connection)
    except sqlite3.Error as error:
        return (damaged(str(error)),)


def restore(backup: Path, database: Path, make_ready: Callable[[Path], None] = lambda _: None) -> Path | None:
    """Put a checked backup in the place of the database, while kr8 does not run.

    `make_ready` may change the copy, in its file, before it takes that place: nobody ever finds it half changed. What
    was there is kept: the returned folder has it, with its write-ahead log. Raises Refused (backup_unusable,
    restore_failed, and what `make_ready` raises, before anything was changed).
    """
    wrong = check_backup(backup)
    if wrong:
        raise unusable(backup, wrong)
    unfinished, aside = database.with_name(database.name + ".unfinished"), None
    try:
        _copy(backup, unfinished)
        make_ready(unfinished)
        _close(unfinished)
        aside = _put_aside(database)
        unfinished.replace(database)
    except (OSError, sqlite3.Error) as error:
        _drop(unfinished)
        raise _cut_off(aside, error) from error
    except Refused:
        _drop(unfinished)
        raise
    return aside


def forget_others(file: Path) -> None:
    """Take every table out of a database that is not the store's own: the workflow engine's, which makes them anew.

    They say what it was doing, step by step, and it would go on with it. Raises sqlite3.Error.
    """
    own = {*metadata.tables, VERSION_TABLE}
    with closing(sqlite3.connect(f"file:{quote(str(file))}", uri=True)) as connection:
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        )
        for name in [str(row[0]) for row in found if row[0] not in own]:
            connection.execute(f'DROP TABLE "{name}"')
        connection.commit()


def unusable(backup: Path, wrong: tuple[Finding, ...]) -> Refused:
    """The refusal of a file that cannot be restored."""
    what = f"{backup} cannot be restored, and nothing was changed."
    return refuse("backup_unusable", what, why=_said(wrong), mend="Name another backup.", field="file")


def _cut_off(aside: Path | None, error: Exception) -> Refused:
    if aside is None:
        return refuse(
            "restore_failed",
            "The backup was not restored; what was there is untouched.",
            why=str(error),
            mend="Mend the cause, then restore again.",
        )
    return refuse(
        "restore_failed",
        f"The backup was not restored. The database that was there lies, with its log, in {aside} too.",
        why=str(error),
        mend="Mend the cause and restore again, or move the files of that folder back.",
        outcome=Outcome.UNKNOWN,
    )


def _said(wrong: tuple[Finding, ...]) -> str:
    return "; ".join(f"{finding.what} {finding.why}".strip() for finding in wrong)


def _copy(source: Path, target: Path) -> None:
    _drop(target)  # with its log: that of a copy that was cut off would be read as this one's
    # So that nobody reads it between its making and its permissions.
    target.touch(mode=0o600)
    with opened_read_only(source) as read, closing(sqlite3.connect(f"file:{quote(str(target))}", uri=True)) as write:
        read.backup(write)
    _close(target)


def _close(file: Path) -> None:
    """Have all that was written to a database in its file alone, and on the disk."""
    with closing(sqlite3.connect(f"file:{quote(str(file))}", uri=True)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _drop(database: Path) -> None:
    for end in ("", "-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)


def _put_aside(database: Path) -> Path | None:
    """Keep the database and its log, which belong together, in a folder of their own too.

    The database stays in its place until the backup takes it: who finds none there begins with an empty one. Its log
    does not, for it would be read as the backup's.
    """
    parts = [path for end in ("", "-wal", "-shm") if (path := database.with_name(database.name + end)).exists()]
    if not parts:
        return None
    taken = len(list(database.parent.glob(f"{database.name}.replaced-*")))
    aside = database.with_name(f"{database.name}.replaced-{taken + 1}")
    aside.mkdir(mode=0o700)
    for part in parts:
        (aside / part.name).hardlink_to(part)
    for part in parts:
        if part != database:
            part.unlink()
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


def _audit(connection: sqlite3.Connection) -> tuple[Finding, ...]:
    """Where the chain of the audit in a database does not hold."""
    length = connection.execute("SELECT coalesce(max(number), 0) FROM audit_head").fetchone()[0]
    rows = connection.execute(f"SELECT {', '.join(AuditEntry.model_fields)} FROM audit ORDER BY number")
    return audit_breaks(
        (AuditEntry.model_validate(dict(zip(AuditEntry.model_fields, row, strict=True))) for row in rows), length
    )

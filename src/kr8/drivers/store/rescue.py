"""Restoring a home's store from a backup, while no daemon of it runs."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from kr8.domain.audit import Phase
from kr8.domain.caller import Caller, Surface
from kr8.domain.model import Model
from kr8.domain.problem import Outcome, Refused, refuse
from kr8.drivers.store.audit import SqlAudit
from kr8.drivers.store.backup import check_backup, described, forget_others, restore, unusable, write_key
from kr8.drivers.store.deployments import SqlDeployments
from kr8.drivers.store.engine import make_engine
from kr8.drivers.store.leases import SqlLeases
from kr8.drivers.store.migration import migrate
from kr8.drivers.store.store import Store
from kr8.ports.backups import Backup
from kr8.ports.clock import Clock
from kr8.settings import Settings
from kr8.workflows.restoring import Copy, Left, end_what_waited


class Restored(Model):
    """What was put where."""

    database: str
    replaced: str | None
    """The folder that keeps what was there; None: nothing was."""
    rows: int
    head: str
    made_at: datetime | None
    """When the backup was made, as far as its audit tells."""
    keys: str | None
    deployments: tuple[Left, ...]
    """Those that had not ended in the backup, the newest first."""


class Rescue:
    """Puts a backup in the place of the store that settings name. Whoever calls it holds the home."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def look(self, file: Path, head: str | None) -> Backup:
        """What a file is. Raises Refused where it cannot be restored, or its audit ends otherwise than in `head`."""
        wrong = check_backup(file)
        if wrong:
            raise unusable(file, wrong)
        found = described(file)
        if head is not None and head != found.head:
            raise refuse(
                "backup_other_head",
                f"The audit in {file} does not end as you say.",
                why=f"Its newest hash is {found.head}.",
                mend="Find out who could write the file, or name the hash that `kr8 backup` printed for it.",
                field="head",
            )
        return found

    def restore(self, file: Path, keys: Path | None, user: str) -> Restored:
        """Put a backup that was looked at in place, and its key where there is none.

        What waited in it has ended, and the audit says so. Raises Refused: backup_elsewhere, backup_unusable,
        keys_differ, no_keys, restore_failed.
        """
        database, identity = self._database(), Path(self._settings.home.root, "keys", "identity.age")
        key = _key(keys, identity) if keys is not None else None
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        found, left = described(file), list[Left]()
        aside = restore(file, database, lambda copy: left.extend(asyncio.run(self._make_ready(copy, found, user))))
        try:
            if key is not None:
                identity.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_key(key, identity)
        except (Refused, OSError) as error:
            raise _half_done(database, error) from error
        return Restored(
            database=str(database),
            replaced=str(aside) if aside is not None else None,
            rows=found.rows,
            head=found.head,
            made_at=found.made_at,
            keys=str(identity) if key is not None else None,
            deployments=tuple(left),
        )

    def _database(self) -> Path:
        url = make_url(self._settings.database)
        if url.get_backend_name() != "sqlite" or not url.database:
            what = "kr8 does not restore a PostgreSQL database, and nothing was changed."
            raise refuse("backup_elsewhere", what, mend="Use pg_restore, or what your database service offers.")
        return Path(url.database)

    async def _make_ready(self, file: Path, backup: Backup, user: str) -> tuple[Left, ...]:
        """Have a copy be a store of this kr8 in which nothing waits, and write down that it was restored."""
        engine = make_engine(make_url(self._settings.database).set(database=str(file)).render_as_string())
        migrate(engine)
        forget_others(file)
        store, who = Store(engine), Caller(name=user, surface=Surface.CLI).label()
        try:
            audit = SqlAudit(store, self._clock)
            copy = Copy(self._clock, SqlDeployments(store), SqlLeases(store, self._clock), audit)
            left = await end_what_waited(copy, backup.made_at, who)
            detail = f"from {backup.file}, whose audit ends with row {backup.rows}, {backup.head}"
            await audit.append(Phase.NOTE, "restore", who, "restore", detail=detail)
        finally:
            store.close()
        return left


def _half_done(database: Path, error: Exception) -> Refused:
    return refuse(
        "restore_failed",
        f"The backup is in place as {database}, but its key was not copied.",
        why=str(error),
        mend="Mend the cause and restore again: it may be done twice.",
        outcome=Outcome.DONE,
    )


def _key(keys: Path, identity: Path) -> bytes | None:
    """The key to write; None: it is there already."""
    try:
        key = keys.read_bytes()
    except OSError as error:
        raise _no_key(keys, str(error)) from error
    if not key.startswith(b"AGE-SECRET-KEY-1"):
        raise _no_key(keys, "It does not begin as one.")
    if not identity.exists():
        return key
    if identity.read_bytes() == key:
        return None
    raise refuse(
        "keys_differ",
        f"{identity} is another key than {keys}, and nothing was changed.",
        why="The key that is there may open secrets that the other cannot.",
        mend=f"Move {identity} away, and restore again.",
        field="keys",
    )


def _no_key(keys: Path, why: str) -> Refused:
    return refuse(
        "no_keys",
        f"{keys} is no age identity, and nothing was changed.",
        why=why,
        mend="Name the file that `kr8 backup --keys FILE` wrote; without --keys, the store alone is restored.",
        field="keys",
    )

"""A queue in one SQLite file: several workers of one machine may take from it, and nothing that was put in is lost."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEASE_S = 60.0
"""A worker that takes longer than this without a word is taken for dead, and its task is given to another."""
ATTEMPTS = 5
_FIRST_PAUSE_S = 1.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    arguments TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'done', 'failed')),
    due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS tasks_due ON tasks (state, due);
"""
_TAKE = """
UPDATE tasks SET state = 'taken', attempts = attempts + 1, due = :lease
WHERE id = (SELECT id FROM tasks WHERE state IN ('waiting', 'taken') AND due <= :now ORDER BY due, id LIMIT 1)
RETURNING id, kind, arguments, attempts
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """A task that one worker has."""

    id: int
    kind: str
    arguments: Mapping[str, Any]
    attempts: int


class Queue:
    """Each step is one transaction; a lease that ran out makes a task free again."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with closing(self._open()) as database:
            database.executescript("PRAGMA journal_mode = WAL;" + _SCHEMA)

    def add(self, kind: str, arguments: Mapping[str, Any]) -> int:
        """Put a task in; its id."""
        with closing(self._open()) as database:
            row = database.execute(
                "INSERT INTO tasks (kind, arguments, due) VALUES (?, ?, ?) RETURNING id",
                (kind, json.dumps(arguments), time.time()),
            ).fetchone()
        return int(row[0])

    def take(self) -> Taken | None:
        """The task that has been due for longest; None: there is none."""
        now = time.time()
        with closing(self._open()) as database:
            row = database.execute(_TAKE, {"now": now, "lease": now + LEASE_S}).fetchone()
        return None if row is None else Taken(row[0], row[1], json.loads(row[2]), row[3])

    def renew(self, task: Taken) -> None:
        """Say that it is still worked on."""
        self._set(task, "taken", time.time() + LEASE_S, None)

    def done(self, task: Taken) -> None:
        """It is done."""
        self._set(task, "done", time.time(), None)

    def failed(self, task: Taken, error: str) -> bool:
        """It failed; whether it will be tried again, after a pause that doubles each time."""
        again = task.attempts < ATTEMPTS
        pause = _FIRST_PAUSE_S * 2 ** (task.attempts - 1)
        self._set(task, "waiting" if again else "failed", time.time() + (pause if again else 0), error)
        return again

    def counts(self) -> dict[str, int]:
        """How many tasks there are in each state."""
        with closing(self._open()) as database:
            rows = database.execute("SELECT state, count(*) FROM tasks GROUP BY state").fetchall()
        return dict.fromkeys(("waiting", "taken", "done", "failed"), 0) | dict(rows)

    def _set(self, task: Taken, state: str, due: float, error: str | None) -> None:
        # The number of attempts tells one worker's lease from the next one's: who lost it changes nothing.
        with closing(self._open()) as database:
            database.execute(
                "UPDATE tasks SET state = ?, due = ?, error = ? WHERE id = ? AND attempts = ? AND state = 'taken'",
                (state, due, error, task.id, task.attempts),
            )

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10, isolation_level=None)

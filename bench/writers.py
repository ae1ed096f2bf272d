"""Eight processes that write to one store at once: whether what was acknowledged is there."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from tests.support.stores import opened
from tests.support.writers import WRITERS, all_at_once, lost, numbers

from bench.row import Row, at_most

WRITES = 10_000
LIMIT_S = 1800.0


def rows() -> list[Row]:
    """Lost and refused writes, of audit and timeline by turns, in an SQLite file."""
    with tempfile.TemporaryDirectory(prefix="kr8-writers-") as folder:
        url = f"sqlite:///{Path(folder, 'kr8.db')}"
        with opened(url):
            began = time.monotonic()
        said = all_at_once(url, WRITES // 2, LIMIT_S)
        took = time.monotonic() - began
        done = len(numbers(said, "audit")) + len(numbers(said, "note"))
        missing = WRITERS * WRITES - done + len(lost(url, said))
    what = f"{WRITERS} processes write {WRITES:,} times each: lost"
    return [at_most(what, 0, missing, "writes", f"{done:,} in {took:.0f} s: {done / took:,.0f} a second", 0)]

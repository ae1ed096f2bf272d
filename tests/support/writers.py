"""Processes of their own that write to the store, and what is to be there of what they acknowledged."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.fakes.clock import FakeClock
from tests.support.stores import in_store, opened

from kr8.domain.audit import broken_links

ROOT = Path(__file__).resolve().parents[2]
WRITERS = 8


def argv(mode: str, url: str, number: int, name: str = "w") -> list[str]:
    """The command of such a process: tests/contract/store_writer.py says what each mode does."""
    start = f"import sys; sys.path[:0] = ['src', '.']; sys.argv[1:] = {[mode, url, str(number), name]}; "
    run = "import runpy; runpy.run_module('tests.contract.store_writer', None, '__main__')"
    return [sys.executable, "-c", start + run]


def all_at_once(url: str, turns: int, limit_s: float) -> list[str]:
    """What eight processes acknowledged that each wrote twice a turn: to the audit, and to one timeline."""
    processes = [
        subprocess.Popen(argv("write", url, turns, f"w{number}"), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for number in range(WRITERS)
    ]
    return [line for process in processes for line in process.communicate(timeout=limit_s)[0].splitlines()]


def numbers(said: list[str], kind: str) -> list[int]:
    """The numbers of the rows of a kind that were acknowledged."""
    return [int(line.split()[1]) for line in said if line.startswith(f"{kind} ")]


def lost(url: str, said: list[str]) -> list[str]:
    """What was acknowledged and is not there, and where the chain of the audit is broken."""
    most = len(said) + 1000

    async def story() -> list[str]:
        with opened(url) as store:
            stores = in_store(store, FakeClock())
            rows = await stores.audit.rows(limit=most)
            notes = await stores.deployments.timeline("dep_1", limit=most)
            counted = await stores.audit.length()
        there = {f"audit {row.number}" for row in rows} | {f"note {note.number}" for note in notes}
        acknowledged = {line for line in said if line.startswith(("audit ", "note "))}
        broken = [f"row {number}: {what}" for number, what in broken_links(rows)]
        miscounted = [f"{counted} rows counted, {len(rows)} read"] if counted != len(rows) else []
        return sorted(acknowledged - there) + broken + miscounted

    return asyncio.run(story())

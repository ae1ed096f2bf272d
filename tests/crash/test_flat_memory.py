"""A hundred thousand operations, one after the other, in one process: what it has in memory stays what it was.

On fakes that keep nothing for good, so that what grows is kr8's own. `make bench` does the same to a real daemon.
"""

from __future__ import annotations

import gc
import os
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from tests.fakes.audit import MemoryAudit
from tests.support.house import AGENT, CATALOGUE, ROOT, House
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke
from kr8.domain.audit import AuditEntry, Phase
from kr8.domain.problem import Refused
from kr8.surfaces.mcp.answers import answer_of, refusal_of
from kr8.surfaces.mcp.fitting import room_of

OPERATIONS = 100_000
WARM = 20_000
MOST_GROWTH_MB = 3.0
KEYS = 50
PROTOCOL = "2026-07-28"


class ForgetfulAudit(MemoryAudit):
    """Keeps the newest row alone."""

    async def append(
        self, phase: Phase, call: str, caller: str, operation: str, subject: str = "", detail: str = ""
    ) -> AuditEntry:
        entry = await super().append(phase, call, caller, operation, subject, detail)
        self.entries = [entry]
        return entry


def resident_mb() -> float:
    """What this process has in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def ask(house: House, name: str, arguments: dict[str, Any], key: str | None) -> None:
    """One call of an agent, answered as it is over MCP."""
    try:
        answered = await invoke(CATALOGUE, name, arguments, house.services, AGENT, str(ROOT), key=key)
    except Refused as refused:
        refusal_of(refused.problem, PROTOCOL)
        return
    answer_of(answered, PROTOCOL, room_of(arguments))


def test_memory_stays_flat_over_a_hundred_thousand_operations() -> None:
    async def story() -> float:
        house = House()
        house.services = replace(house.services, audit=ForgetfulAudit(house.clock))
        done = await house.deploy()
        await house.call("set_secret", environment="staging", name="TOKEN", value="hunter2-hunter2")
        one = {"deployment": done.id}
        calls: list[tuple[str, dict[str, Any]]] = [
            ("get_deployment", one),
            ("get_deployment", one | {"detail": True}),
            ("list_deployments", {}),
            ("list_deployments", {"limit": 100}),
            ("get_deployment_logs", one | {"limit": 2}),
            ("list_templates", {}),
            ("cancel_deployment", one),
            ("get_deployment", {"deployment": "dep_nobody"}),
            ("list_templates", {"colour": "red"}),
            ("no_such_tool", {}),
        ]
        asked = ((*calls[number % len(calls)], f"key {number % KEYS}") for number in range(OPERATIONS))
        for name, arguments, key in islice(asked, WARM):
            await ask(house, name, arguments, key)
        before = resident_mb()
        for name, arguments, key in asked:
            await ask(house, name, arguments, key)
        return resident_mb() - before

    grown = play(story())
    assert grown <= MOST_GROWTH_MB, f"it took {grown:.1f} MB more"

"""Once a second: what each instance uses, and orphans that came to us."""

import asyncio
from collections.abc import Mapping

from kr8.supervisor import procfs
from kr8.supervisor.process import Reaper
from kr8.supervisor.unit import Unit

_EVERY_S = 1.0


async def census(units: Mapping[str, Unit]) -> None:
    """Forever."""
    reaper = Reaper()
    while True:
        running = tuple(procfs.processes())
        reaper.sweep(running)
        measure(running, units)
        await asyncio.sleep(_EVERY_S)


def measure(running: tuple[procfs.Stat, ...], units: Mapping[str, Unit]) -> None:
    """Memory of each instance's whole session."""
    main = {p.pid: p for p in running}
    for unit in tuple(units.values()):
        if unit.pid is not None and (found := main.get(unit.pid)) is not None:
            unit.measure(found, sum(p.rss_bytes for p in running if p.session == found.pid))

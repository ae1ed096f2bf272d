"""Once a second: what each instance uses, orphans that came to us, and the reserve.

Instances with a limit are looked at more often.
"""

import asyncio
from collections.abc import Mapping

from kr8.supervisor import procfs
from kr8.supervisor.process import Reaper
from kr8.supervisor.reserve import Reserve
from kr8.supervisor.unit import Unit

_EVERY_S = 1.0
_LIMITED_S = 0.2


async def census(units: Mapping[str, Unit], reserve: Reserve) -> None:
    """Forever."""
    reaper = Reaper()
    while True:
        killed = procfs.oom_kills()  # before the look: whoever is seen to live has outlived these
        running = tuple(procfs.processes())
        reaper.sweep(running)
        measure(running, units, killed)
        reserve.keep()
        for _ in range(round(_EVERY_S / _LIMITED_S)):
            await asyncio.sleep(_LIMITED_S)
            glance(units)


def glance(units: Mapping[str, Unit]) -> None:
    """Memory of the main process alone, where there is a limit."""
    for unit in tuple(units.values()):
        limited = unit.run.memory_limit_bytes is not None and unit.pid is not None
        if limited and (found := procfs.stat(unit.pid or 0)) is not None:
            unit.measure(found, max(found.rss_bytes, unit.rss))


def measure(running: tuple[procfs.Stat, ...], units: Mapping[str, Unit], killed: int) -> None:
    """Memory of each instance's whole session; how often the kernel had killed for memory while it lived on."""
    main = {p.pid: p for p in running}
    for unit in tuple(units.values()):
        if unit.pid is not None and (found := main.get(unit.pid)) is not None:
            unit.measure(found, sum(p.rss_bytes for p in running if p.session == found.pid))
            if found.state not in "ZX":
                unit.outlived = killed

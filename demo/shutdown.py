"""End the supervisor of a home and every service it runs: `python -m demo.shutdown HOME`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from kr8.drivers.local.client import Supervisor
from kr8.supervisor.wire import PostShutdown


async def main(home: Path) -> None:
    """Ask it to end with its services."""
    supervisor = Supervisor(home / "run" / "supervisor.sock")
    await supervisor.value("POST", "/v1/shutdown", PostShutdown("stop"))
    supervisor.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

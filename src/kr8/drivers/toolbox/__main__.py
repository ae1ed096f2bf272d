"""`python -m kr8.drivers.toolbox FOLDER SOURCES [NAME]…`: install tools, all without a name."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.driver import SECONDS, Toolbox
from kr8.drivers.toolbox.places import places


async def main(folder: Path, sources: Path, names: list[str]) -> int:
    """Install them; 1, and why, where one could not be."""
    toolbox = Toolbox(folder, Processes(os.environ), os.environ, sources)
    failed = 0
    for name in names or list(places(folder, sources)):
        tool = await toolbox.install(name, SECONDS)
        if tool.state != "installed":
            sys.stderr.write(f"{name}: {tool.state}: {tool.what}\n")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]).resolve(), sys.argv[3:])))

"""Which process this is: the bridge, the daemon or the command line. Nothing heavy is imported before that is known."""

from __future__ import annotations

import os
import sys
from typing import Any


def main() -> int:
    """Run `kr8` with the arguments of this process; the exit status."""
    match sys.argv[1:2]:
        case ["mcp"]:
            from kr8.bridge.main import main as bridge  # noqa: PLC0415 - the bridge starts in 20 ms

            return bridge(sys.argv[2:])
        case ["serve"]:
            from kr8.surfaces.serve.main import main as serve  # noqa: PLC0415

            return serve(sys.argv[2:], _load)
        case _:
            from kr8.surfaces.cli.main import main as command_line  # noqa: PLC0415

            return command_line(_rescue)


def _load() -> Any:
    """The composition root: the daemon imports it only once its sockets are open."""
    from kr8.app import open_app  # noqa: PLC0415

    return open_app


def _rescue() -> Any:
    """What restores a backup: the command line asks for it where no daemon may run."""
    from kr8.drivers.store.rescue import Rescue  # noqa: PLC0415
    from kr8.drivers.system.clock import SystemClock  # noqa: PLC0415
    from kr8.settings import read_settings  # noqa: PLC0415

    return Rescue(read_settings(os.environ), SystemClock())

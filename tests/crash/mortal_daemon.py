"""The daemon, which dies once after each step of a workflow while a folder exists, and leaves the step's name in it.

Argument: the folder. Its supervisor starts this program again, and no other daemon.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from kr8.settings import Settings
from kr8.surfaces.serve.main import main

DEATHS = Path(sys.argv[1])
COMMAND = (sys.executable, "-P", __file__, str(DEATHS))


def die(step: str) -> None:
    """Kill this process, where the folder is there and no earlier one died after this step."""
    with suppress(OSError):
        (DEATHS / step).mkdir()
        os.kill(os.getpid(), signal.SIGKILL)


def load() -> Callable[[Settings], Awaitable[Any]]:
    """As the daemon has it, with the death."""
    from kr8.app import open_app  # noqa: PLC0415 - the sockets are open first

    return partial(open_app, command=COMMAND, journaled=die)


sys.exit(main([], load))

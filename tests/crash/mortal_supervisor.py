"""The supervisor, with a store that kills it after its n-th write of the state; 0: it lives.

Arguments: n, then those of `python -m kr8.supervisor`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

from kr8.supervisor.body import supervise
from kr8.supervisor.home import Home
from kr8.supervisor.state import State
from kr8.supervisor.store import Store


class MortalStore(Store):
    """Counts what is written durably, and takes the process with it."""

    def __init__(self, last: int, path: Path) -> None:
        self._left = last
        super().__init__(path)

    def _write(self, state: State) -> None:
        super()._write(state)
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def main(last: str, _home: str, home: str, _haproxy: str, haproxy: str) -> None:
    """As the supervisor's own main does it."""
    asyncio.run(supervise(Home(Path(home).resolve()), haproxy, partial(MortalStore, int(last))))


main(*sys.argv[1:])

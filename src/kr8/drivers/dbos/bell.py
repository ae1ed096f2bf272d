"""When the queue is looked at: at once where there is reason to, else seldom."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

IDLE_S = 1.0
"""Between two looks where nothing runs: what another process put into the queue is found by this."""
BUSY_S = 0.1
"""Between two looks where something runs, or has just run: its end lets go what waits for it, and rings no bell."""
STAYS_BUSY_S = 2.0
"""How long after the last reason the queue is looked at often. DBOS takes a moment until it counts work as running."""


class Bell(Event):
    """What the thread that looks at the queue waits by: set, it ends; rung, it looks at once.

    One look costs milliseconds of processor time, so that ten a second are a twentieth of a core.
    """

    def __init__(self, busy: Callable[[], bool], stays_busy_s: float = STAYS_BUSY_S) -> None:
        """`busy`: whether something runs in this process. The first look is at once."""
        super().__init__()
        self._busy = busy
        self._stays_busy_s = stays_busy_s
        self._rung = Event()
        self._busy_until = 0.0
        self.ring()

    def ring(self) -> None:
        """Have the queue looked at now: something was put into it, and is durable."""
        self._note()
        self._rung.set()

    def set(self) -> None:
        """End the waiting for good."""
        super().set()
        self._rung.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the next look is due; `timeout` is how long that takes where nothing is going on.

        Whether the thread is to end.
        """
        if self._busy():
            self._note()
        self._rung.wait(BUSY_S if time.monotonic() < self._busy_until else timeout)
        if not self.is_set():
            self._rung.clear()  # before the look: what rings during it is looked for in the next one
        return self.is_set()

    def _note(self) -> None:
        self._busy_until = time.monotonic() + self._stays_busy_s

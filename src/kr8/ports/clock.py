"""Time, as the inside sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """The time now, with its zone (UTC). It may jump; use monotonic() for durations."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back within one process."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

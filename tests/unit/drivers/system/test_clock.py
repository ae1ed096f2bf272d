"""The machine's clock."""

import asyncio
from datetime import timedelta

from kr8.drivers.system.clock import SystemClock


def test_time_is_utc_and_a_sleep_takes_its_time() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    before = clock.monotonic()
    asyncio.run(clock.sleep(0.02))
    assert clock.monotonic() - before >= 0.02

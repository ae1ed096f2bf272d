"""What `kr8 doctor` asks of the supervisor and its proxy."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Literal

from kr8.drivers.local.client import Supervisor, SupervisorRefused
from kr8.ports.health import Check
from kr8.ports.target import TargetError
from kr8.supervisor import observed as wire

SPENT = Check(
    name="reserve",
    result="warning",
    what="The room that is kept for the way back is not there: it was spent, or the disk has never had enough.",
    mend="Free at least 32 MiB below KR8_HOME: it is kept again within a second. Without it a rollback on a full disk "
    "works only where the old instances still run.",
)


def supervisor_look(supervisor: Supervisor) -> Callable[[], Awaitable[tuple[Check, ...]]]:
    """This daemon, the supervisor and its proxy: what runs for this home, and how it is ended."""

    async def supervisor_checks() -> tuple[Check, ...]:
        try:
            seen = await supervisor.send("GET", "/v1/health", wire.Health)
        except (TargetError, SupervisorRefused) as error:
            return (Check(name="supervisor", result="broken", what=str(error), mend="See logs/supervisor.log."),)
        services = await supervisor.value("GET", "/v1/services")
        named = f": {', '.join(services)}" if services else ""
        runs = f"It runs as process {seen.pid}, {seen.instances} instances of {seen.services} services{named}."
        saved = "" if seen.state_saved else " Its state could not be written: the disk is full."
        result: Literal["ok", "broken"] = "ok" if seen.state_saved else "broken"
        supervisor_check = Check(name="supervisor", result=result, what=runs + saved)
        spent = () if seen.reserve_kept else (SPENT,)
        told = tuple(Check(name="supervisor", result="broken", what=f"{trouble}.") for trouble in seen.troubles)
        return _daemon(), supervisor_check, *told, *spent, _proxy(seen)

    return supervisor_checks


def _proxy(seen: wire.Health) -> Check:
    if seen.proxy_pid is None and seen.services:
        return Check(name="proxy", result="broken", what="No HAProxy answers.")
    runs = f"HAProxy runs as process {seen.proxy_pid}." if seen.proxy_pid else "HAProxy is not needed yet."
    return Check(name="proxy", result="ok", what=runs)


def _daemon() -> Check:
    ends = "`kr8 stop` ends it; `kr8 stop --services` also the supervisor, the proxy and every service."
    return Check(name="daemon", result="ok", what=f"It runs as process {os.getpid()}. {ends}")

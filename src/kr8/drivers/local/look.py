"""What `kr8 doctor` asks of the supervisor and its proxy."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import Literal

from kr8.drivers.local.client import Supervisor, SupervisorRefused
from kr8.drivers.local.programs import Programs, programs_of
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
    """This daemon, the supervisor and its proxy: what runs for this home, as which program, and how it is ended."""

    async def supervisor_checks() -> tuple[Check, ...]:
        programs: tuple[Check, ...] = ()
        try:
            programs = (_programs(await programs_of(supervisor)),)
            seen = await supervisor.send("GET", "/v1/health", wire.Health)
            services = await supervisor.send("GET", "/v1/services", tuple[str, ...])
            listen = any([await _listens(supervisor, key) for key in services])
        except (TargetError, SupervisorRefused) as error:
            broken = Check(name="supervisor", result="broken", what=str(error), mend="See logs/supervisor.log.")
            return (broken, *programs)
        named = f": {', '.join(services)}" if services else ""
        counted = f"{_count(seen.instances, 'instance')} of {_count(len(services), 'service')}"
        runs = f"It runs as process {seen.pid}, {counted}{named}."
        saved = "" if seen.state_saved else " Its state could not be written: the disk is full."
        result: Literal["ok", "broken"] = "ok" if seen.state_saved else "broken"
        supervisor_check = Check(name="supervisor", result=result, what=runs + saved)
        spent = () if seen.reserve_kept else (SPENT,)
        told = tuple(Check(name="supervisor", result="broken", what=f"{trouble}.") for trouble in seen.troubles)
        return _daemon(), supervisor_check, *programs, *told, *spent, _proxy(seen, is_needed=listen)

    return supervisor_checks


async def _listens(supervisor: Supervisor, key: str) -> bool:
    """Whether a service takes traffic. Where the state is lost, those are known that the proxy serves."""
    try:
        return (await supervisor.send("GET", f"/v1/services/{key}/observed", wire.ServiceObserved)).listen is not None
    except SupervisorRefused:
        return True


def _programs(found: Programs) -> Check:
    if found.agree:
        return Check(name="programs", result="ok", what=found.told)
    problem = found.problem()
    return Check(name="programs", result="broken", what=f"{problem.what} {problem.why}", mend=problem.mend)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _proxy(seen: wire.Health, *, is_needed: bool) -> Check:
    if seen.proxy_pid is None and is_needed:
        return Check(name="proxy", result="broken", what="No HAProxy answers.")
    runs = f"HAProxy runs as process {seen.proxy_pid}." if seen.proxy_pid else "HAProxy is not needed yet."
    return Check(name="proxy", result="ok", what=runs)


def _daemon() -> Check:
    ends = "`kr8 stop` ends it; `kr8 stop --services` also the supervisor, the proxy and every service."
    return Check(name="daemon", result="ok", what=f"It runs as process {os.getpid()}. {ends}")

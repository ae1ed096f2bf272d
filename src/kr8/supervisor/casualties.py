"""What becomes of instances that ended, or must: pure, from record and unit to a verdict."""

from kr8.supervisor import verdict
from kr8.supervisor.instants import monotonic
from kr8.supervisor.observed import Failure
from kr8.supervisor.state import InstanceRecord
from kr8.supervisor.unit import Unit
from kr8.supervisor.verdict import Verdict


def sentence(record: InstanceRecord, unit: Unit, proxied: bool) -> Verdict | None:
    """Why a living instance must end, if it must."""
    if big := verdict.too_big(unit.rss, record.run.memory_limit_bytes):
        return big
    answers = tuple(unit.answers)
    if record.phase == "starting":
        if wrong := verdict.wrong_version(answers):
            return wrong
        if monotonic() - record.since > record.run.ready_limit_s:
            passed = unit.healthy and proxied
            return verdict.not_ready(answers, unit.connected, passed, record.run.ready_limit_s, record.port)
    if record.phase == "ready" and record.run.kind == "http":
        return verdict.hangs(unit.silent_s())
    return None


def unstartable(record: InstanceRecord, error: OSError, at: str) -> Failure:
    """It could not even be started."""
    name = f"{error.strerror or error}: {error.filename or record.run.argv[0]}"
    return Failure("cannot_start", f"it could not be started: {name}", record.release, record.id, at, record.service)

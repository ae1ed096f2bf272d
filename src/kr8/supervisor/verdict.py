"""What was wrong with an instance, from what was seen of it. Pure."""

from dataclasses import dataclass

from kr8.supervisor.health import Answer
from kr8.supervisor.observed import FailureCode
from kr8.supervisor.process import Exit

WRONG_VERSIONS = 3
HANG_S = 10.0
_SIGKILL = 9


@dataclass(frozen=True, slots=True)
class Verdict:
    code: FailureCode
    what: str


def not_ready(answers: tuple[Answer, ...], connected: bool, passed: bool, limit_s: float, port: int | None) -> Verdict:
    """Why it was not ready within its limit."""
    last = answers[-1] if answers else None
    if last is None or not connected:
        return Verdict("port_not_opened", f"nothing listened on port {port} within {limit_s:g} s")
    if passed:
        return Verdict("never_healthy", f"it was healthy, but the proxy's check did not pass within {limit_s:g} s")
    if last.word == "silent":
        return Verdict("hangs", f"it accepts connections but answers no health question within {limit_s:g} s")
    return Verdict("never_healthy", f"no healthy answer within {limit_s:g} s; the last: {last.text}")


def wrong_version(answers: tuple[Answer, ...]) -> Verdict | None:
    """A healthy answer of another version, several times in a row, will not get right."""
    last = answers[-WRONG_VERSIONS:]
    if len(last) == WRONG_VERSIONS and all(a.word == "wrong_version" for a in last):
        return Verdict("wrong_version", f"it answers, with the wrong version: {last[-1].text}")
    return None


def hangs(silent_s: float) -> Verdict | None:
    """It was ready, lives, and has not answered for too long."""
    if silent_s < HANG_S:
        return None
    return Verdict("hangs", f"its process lives, but it has answered no health question for {silent_s:.0f} s")


def too_big(rss: int, limit: int | None) -> Verdict | None:
    """It holds more memory than it may."""
    if limit is None or rss <= limit:
        return None
    return Verdict("out_of_memory", f"it held {rss >> 20} MiB of memory; its limit is {limit >> 20} MiB")


def ended(over: Exit, remaining: int, oom: bool) -> Verdict:
    """Why it is gone though nobody asked it to go."""
    if oom and (over.signal == _SIGKILL or not over.known):
        return Verdict("out_of_memory", "the kernel killed it for memory")
    if remaining and over.code in (0, None) and over.signal is None:
        what = f"its process {over.text()} and left {remaining} others running; run it in the foreground"
        return Verdict("forked_away", what)
    left = f", and left {remaining} processes, which were killed" if remaining else ""
    return Verdict("exited", f"its process {over.text()}{left}")

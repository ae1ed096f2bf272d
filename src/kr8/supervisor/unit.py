"""One running instance: its process, its output, its health answers."""

import asyncio
import os
import subprocess
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack

from kr8.supervisor import health, procfs, verdict
from kr8.supervisor.exits import exit_file, wrapped, written
from kr8.supervisor.home import Home
from kr8.supervisor.instants import stamp
from kr8.supervisor.keeping_in import kept_in
from kr8.supervisor.launcher import environment, opened
from kr8.supervisor.observed import Answered, Failure, Piece
from kr8.supervisor.output import STREAMS, Capture, LogFile, open_pipe
from kr8.supervisor.process import Exit, Follower, Launch, follow, launch
from kr8.supervisor.state import InstanceRecord
from kr8.supervisor.verdict import Verdict

STEADY_S = 0.5
"""What has no health question is ready when it has run this long."""
_EARLY_S = 0.05
_LATER_S = 1.0
_ANSWER_S = 2.0
_ANSWERS = 5


class Unit:
    """What is known of a running instance beside its record. `wake` is called when that changes."""

    def __init__(self, record: InstanceRecord, capture: Capture, wake: Callable[[], None]) -> None:
        self.id = record.id
        self.run = record.run
        self.port = record.port
        self.capture = capture
        self.follower: Follower | None = None
        self.exit: Exit | None = None
        self.blame: Verdict | None = None
        """Why it is being ended, if for a failure."""
        self.killed = False
        self.healthy = False
        self.was_healthy = False
        self.up = False
        self.proxy_status: str | None = None
        self.in_flight: int | None = None
        self.weight: int | None = None
        """The weight that the proxy gives it."""
        self.peak_rss: int | None = None
        self.rss = 0
        self.cpu_s: float | None = None
        self.connected = False
        self.answers: deque[health.Answer] = deque(maxlen=_ANSWERS)
        self.silent_s = 0.0
        """For how long it was asked without an answer; not by the clock, which runs on while we are frozen."""
        self.outlived = procfs.oom_kills()
        """How often the kernel had killed for memory, anything, when it was last seen to live."""
        self._wake = wake
        self._asking = asyncio.get_running_loop().create_task(self._ask())

    @property
    def pid(self) -> int | None:
        return None if self.follower is None else self.follower.pid

    @property
    def oom(self) -> bool:
        """Whether the kernel killed something for memory since it was last seen to live."""
        return procfs.oom_kills() > self.outlived

    def ended(self, over: Exit) -> None:
        """Its main process is over."""
        self.exit = over
        self._wake()

    def signal(self, number: int) -> None:
        """Signal its process group."""
        if self.follower is not None:
            self.follower.signal(number)

    def close(self) -> None:
        """Stop watching it; its processes are left as they are."""
        self._asking.cancel()
        self.capture.close()
        if self.follower is not None:
            self.follower.close()

    def measure(self, main: procfs.Stat, rss: int) -> None:
        """What it uses now, of a sweep over all processes."""
        self.rss = rss
        self.cpu_s = main.cpu_s
        self.peak_rss = max(self.peak_rss or 0, rss)
        if verdict.too_big(rss, self.run.memory_limit_bytes):
            self._wake()

    async def _ask(self) -> None:
        if self.run.kind != "http" or self.port is None:
            await asyncio.sleep(STEADY_S)
            self.healthy = self.was_healthy = True
            self._wake()
            return
        limit = min(_ANSWER_S, self.run.ready_limit_s / 3)
        while True:
            answer = await health.ask(self.port, self.run.health, self.run.version, limit)
            self._answered(answer, limit)
            await asyncio.sleep(_LATER_S if self.healthy else _EARLY_S)

    def _answered(self, answer: health.Answer, limit: float) -> None:
        if not self.answers or self.answers[-1] != answer or answer.word == "wrong_version":
            self.answers.append(answer)
        self.connected = self.connected or answer.word != "refused"
        self.silent_s = self.silent_s + limit + _LATER_S if answer.word == "silent" else 0.0
        changed = self.healthy != (answer.word == "ok")
        self.healthy = answer.word == "ok"
        self.was_healthy = self.was_healthy or self.healthy
        if changed or verdict.wrong_version(tuple(self.answers)):
            self._wake()

    def failure(self, record: InstanceRecord, found: Verdict) -> Failure:
        """With everything that is to be kept of it."""
        over = self.exit or Exit()
        return Failure(
            code=found.code,
            what=found.what,
            release=record.release,
            instance=record.id,
            at=stamp(),
            service=record.service,
            exit_code=over.code,
            signal=over.signal,
            health=tuple(Answered(a.word, a.said or Piece(a.text)) for a in self.answers),
            lines=self.capture.last,
            peak_rss_bytes=self.peak_rss,
            cpu_s=self.cpu_s,
        )


def marks(home: Home, instance: str) -> dict[str, str]:
    """What every process of an instance carries in its environment."""
    return {procfs.MARKER: instance, procfs.OWNER: str(home.root)}


def spawn(home: Home, record: InstanceRecord, wake: Callable[[], None]) -> Unit:
    """Start it; OSError if it cannot be."""
    folder = home.instance(record.id)
    pipes = [open_pipe(folder / stream) for stream in STREAMS]
    capture = Capture(folder, LogFile(home.logs(record.service, record.id)))
    try:
        child = _launch(home, record, pipes)
    except OSError:
        capture.close()
        raise
    finally:
        for fd in pipes:
            os.close(fd)
    unit = Unit(record, capture, wake)
    start = procfs.stat(child.pid)
    unit.follower = follow(child.pid, start.start if start else 0, unit.ended, child)
    if unit.follower is None:
        unit.ended(Exit())
    return unit


def _launch(home: Home, record: InstanceRecord, pipes: list[int]) -> "subprocess.Popen[bytes]":
    run, folder = record.run, home.instance(record.id)
    port = "" if record.port is None else str(record.port)
    argv = tuple(a.replace("{port}", port) for a in run.argv)
    env = {name: value.replace("{port}", port) for name, value in run.env.items()}
    with ExitStack() as held:
        given = held.enter_context(opened(run.given))
        ruleset = held.enter_context(kept_in(home, run.cwd, record.service, [folder / each for each in STREAMS]))
        stdin = subprocess.DEVNULL
        if run.kind == "job":
            argv, stdin = wrapped(argv, given), held.enter_context(written(exit_file(folder)))
        env = environment(env, marks(home, record.id), given)
        return launch(Launch(argv, run.cwd, env, pipes[0], pipes[1], stdin, given, ruleset))


def adopt(home: Home, record: InstanceRecord, wake: Callable[[], None]) -> Unit | None:
    """Take over an instance that runs already; None if it is gone."""
    if record.pid is None or record.start is None or not procfs.alive(record.pid, record.start):
        return None
    log = LogFile(home.logs(record.service, record.id))
    unit = Unit(record, Capture(home.instance(record.id), log, begun=True), wake)
    unit.follower = follow(record.pid, record.start, unit.ended)
    if unit.follower is None:
        unit.close()
        return None
    unit.peak_rss = procfs.peak_rss(record.pid)
    unit.healthy = unit.was_healthy = unit.up = unit.connected = record.phase in ("ready", "draining")
    return unit

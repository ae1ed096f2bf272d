"""Commands that run to their end, at most once for an id, with limits of time and disk."""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from kr8.supervisor import procfs
from kr8.supervisor.exits import exit_file, recorded, wrapped, written
from kr8.supervisor.home import Home
from kr8.supervisor.instants import monotonic, stamp
from kr8.supervisor.journal import Journal
from kr8.supervisor.keeping_in import kept_in
from kr8.supervisor.launcher import environment, opened
from kr8.supervisor.observed import Piece, TaskObserved, TaskPhase
from kr8.supervisor.output import Lines
from kr8.supervisor.process import Exit, Follower, Launch, follow, kill_marked, launch
from kr8.supervisor.refused import malformed, unknown
from kr8.supervisor.state import State, TaskRecord, fence, with_epoch
from kr8.supervisor.store import Store
from kr8.supervisor.wire import TaskSpec

KEPT = 200
_TAIL = 8 * 1024
_WATCH_S = 0.25
_OUTPUT = "output.log"
_OUTPUT_MAX = 64 * 1024 * 1024


class Tasks:
    def __init__(self, home: Home, store: Store, journal: Journal) -> None:
        self.changed = asyncio.Condition()
        self._home = home
        self._store = store
        self._journal = journal
        self._followers: dict[str, Follower] = {}
        self._watching: set[asyncio.Task[None]] = set()

    def adopt(self, marked: Mapping[str, tuple[procfs.Stat, ...]]) -> None:
        """Go on with what runs; a task that is gone without a word of how is lost, and never run again."""
        for record in tuple(self._store.state.tasks.values()):
            if record.state != "running":
                continue
            found = next((p for p in marked.get(_mark(record.id), ()) if p.pid == p.session), None)
            if found is not None:
                record = replace(record, pid=found.pid, start=found.start)
                self._follow(record, None)
            if record.id not in self._followers:
                self._over(record.id, Exit())

    def put(self, name: str, spec: TaskSpec) -> TaskObserved:
        """Run it, or say how it is if it was put before, for whatever epoch. Raises RefusedError (fenced)."""
        held = self._store.state.tasks.get(name)
        if held is not None and _work(held.spec) != _work(spec):
            raise malformed(f"task {name} was put before with another content")
        if held is None:
            if spec.environment is not None and spec.epoch is not None:
                fence(self._store.state, spec.environment, spec.epoch)
            self._start(TaskRecord(name, spec, "running", monotonic(), stamp()))
        return self.get(name)

    def get(self, name: str) -> TaskObserved:
        record = self._record(name)
        path = self._home.task(name) / _OUTPUT
        seconds = monotonic() - record.since if record.state == "running" else record.seconds
        return TaskObserved(
            name, record.state, str(path), _tail(path), record.exit_code, record.signal, record.at, seconds
        )

    def kill(self, name: str) -> TaskObserved:
        """End it with everything that it started."""
        self._end(self._record(name).id, "killed")
        return self.get(name)

    def close(self) -> None:
        """Leave everything running and let go of it."""
        for task in self._watching:
            task.cancel()
        for follower in self._followers.values():
            follower.close()

    def _record(self, name: str) -> TaskRecord:
        record = self._store.state.tasks.get(name)
        if record is None:
            raise unknown("task", name, tuple(self._store.state.tasks)[-5:])
        return record

    def _start(self, record: TaskRecord) -> None:
        self._store.commit(self._pruned(_with(_raised(self._store.state, record.spec), record)))
        folder = self._home.task(record.id)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            child = self._launch(record, folder)
        except (OSError, ValueError) as error:  # ValueError: a variable that no process can be given
            self._store.keep(_without(self._store.state, record.id))
            why = error.strerror if isinstance(error, OSError) else error
            raise malformed(f"the task cannot be started: {why or type(error).__name__}") from error
        found = procfs.stat(child.pid)
        record = replace(record, pid=child.pid, start=found.start if found else 0)
        self._store.keep(_with(self._store.state, record))
        self._journal.write("task_started", record.id, pid=child.pid)
        self._follow(record, child)

    def _launch(self, record: TaskRecord, folder: Path) -> "subprocess.Popen[bytes]":
        spec = record.spec
        output = os.open(folder / _OUTPUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with (
                opened(spec.given) as given,
                written(exit_file(folder)) as code,
                kept_in(self._home, spec.cwd, spec.service, [folder / _OUTPUT]) as ruleset,
            ):
                marks = {procfs.MARKER: _mark(record.id), procfs.OWNER: str(self._home.root)}
                env = environment(spec.env, marks, given)
                argv = wrapped(spec.argv, given)
                return launch(Launch(argv, spec.cwd, env, output, output, code, given, ruleset))
        finally:
            os.close(output)

    def _follow(self, record: TaskRecord, child: "subprocess.Popen[bytes] | None") -> None:
        def ended(over: Exit) -> None:
            found = recorded(exit_file(self._home.task(record.id)))
            # A launcher that cannot open the secrets ends before there is a shell to write that down.
            self._over(record.id, found if found.known or over.code is None else over)

        follower = follow(record.pid or 0, record.start or 0, ended, child)
        if follower is None:
            ended(Exit())
            return
        self._followers[record.id] = follower
        watch = asyncio.get_running_loop().create_task(self._watch(record))
        self._watching.add(watch)
        watch.add_done_callback(self._watching.discard)

    async def _watch(self, record: TaskRecord) -> None:
        """Hold it to its limits; the disk is measured at most a tenth of the time."""
        output = self._home.task(record.id) / _OUTPUT
        next_measure = 0.0
        while record.id in self._followers:
            if monotonic() - record.since > record.spec.limit_s:
                self._end(record.id, "timed_out")
            elif _size(output) > _OUTPUT_MAX:
                self._end(record.id, "disk_limit")
            elif record.spec.directory and record.spec.disk_limit_bytes is not None and monotonic() >= next_measure:
                begun = monotonic()
                used = await asyncio.to_thread(disk_use, Path(record.spec.directory))
                next_measure = monotonic() + 10 * (monotonic() - begun)
                if used > record.spec.disk_limit_bytes:
                    self._end(record.id, "disk_limit")
            await asyncio.sleep(_WATCH_S)

    def _end(self, name: str, how: TaskPhase) -> None:
        record = self._store.state.tasks[name]
        if record.state != "running":
            return
        self._finish(record, how, Exit(signal=int(signal.SIGKILL)))
        if (follower := self._followers.get(name)) is not None:
            follower.signal(signal.SIGKILL)
        kill_marked(str(self._home.root), _mark(name))

    def _over(self, name: str, over: Exit) -> None:
        self._followers.pop(name, None)
        record = self._store.state.tasks.get(name)
        if record is not None and record.state == "running":
            written = recorded(exit_file(self._home.task(name))) if not over.known else over
            kill_marked(str(self._home.root), _mark(name))
            self._finish(record, "exited" if written.known else "lost", written)

    def _finish(self, record: TaskRecord, how: TaskPhase, over: Exit) -> None:
        seconds = max(0.0, monotonic() - record.since)  # after a reboot that clock began again
        done = replace(record, state=how, exit_code=over.code, signal=over.signal, seconds=seconds)
        self._store.keep(_with(self._store.state, done))
        self._journal.write("task_ended", record.id, how=how, exit=over.text())
        told = asyncio.get_running_loop().create_task(self._tell())
        self._watching.add(told)
        told.add_done_callback(self._watching.discard)

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def _pruned(self, state: State) -> State:
        over = [t for t in state.tasks.values() if t.state != "running"]
        for record in over[: max(0, len(state.tasks) - KEPT)]:
            shutil.rmtree(self._home.task(record.id), ignore_errors=True)
            state = _without(state, record.id)
        return state


def disk_use(folder: Path) -> int:
    """Bytes that a folder takes on the disk."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            total += _size(Path(place) / name)
    return total


def _size(path: Path) -> int:
    try:
        return path.lstat().st_blocks * 512
    except OSError:
        return 0


def _tail(path: Path) -> tuple[Piece, ...]:
    """The last lines; the first of them may be cut."""
    try:
        with path.open("rb") as file:
            start = max(0, path.stat().st_size - _TAIL)
            file.seek(start)
            lines = Lines(begun=start > 0)
            return (*lines.feed(file.read(_TAIL)), *lines.close())
    except OSError:
        return ()


def _mark(name: str) -> str:
    return f"task:{name}"


def _work(spec: TaskSpec) -> TaskSpec:
    return replace(spec, environment=None, epoch=None, service=None)


def _raised(state: State, spec: TaskSpec) -> State:
    if spec.environment is None or spec.epoch is None:
        return state
    return with_epoch(state, spec.environment, spec.epoch)


def _with(state: State, record: TaskRecord) -> State:
    return replace(state, tasks={**state.tasks, record.id: record})


def _without(state: State, name: str) -> State:
    return replace(state, tasks={k: v for k, v in state.tasks.items() if k != name})

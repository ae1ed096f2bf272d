"""Keeps the daemon running. It need not be our child: whoever started it says its pid, and a pidfd tells its end."""

import asyncio
import os
import subprocess
from dataclasses import replace

from kr8.supervisor import procfs
from kr8.supervisor.home import Home
from kr8.supervisor.instants import monotonic
from kr8.supervisor.journal import Journal
from kr8.supervisor.process import Exit, Follower, Launch, follow, launch
from kr8.supervisor.state import DaemonRecord
from kr8.supervisor.store import Store
from kr8.supervisor.wire import DaemonSpec

_LONGEST_S = 30.0
_FIRST_S = 0.5
_STEADY_S = 30.0
_LOG_MAX = 8 * 1024 * 1024


class Keeper:
    def __init__(self, home: Home, store: Store, journal: Journal) -> None:
        self._home = home
        self._store = store
        self._journal = journal
        self._follower: Follower | None = None
        self._row = 0
        self._since = 0.0
        self._restarting: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        return None if self._follower is None else self._follower.pid

    def adopt(self) -> None:
        """Follow the daemon that is kept, or start it."""
        record = self._store.state.daemon
        if record is not None and not self._watch(record.pid, record.start):
            self._start()

    def put(self, spec: DaemonSpec) -> None:
        """Keep this one from now on."""
        found = None if spec.pid is None else procfs.stat(spec.pid)
        start = None if found is None else found.start
        self._store.keep(replace(self._store.state, daemon=DaemonRecord(spec, spec.pid if found else None, start)))
        self._let_go()
        self._row = 0
        self._journal.write("daemon_kept", "daemon", pid=spec.pid)
        if not self._watch(spec.pid, start):
            self._start()

    def drop(self) -> None:
        """Stop keeping it; it runs on."""
        self._store.keep(replace(self._store.state, daemon=None))
        self._let_go()
        self._journal.write("daemon_dropped", "daemon")

    def close(self) -> None:
        self._let_go()

    def _let_go(self) -> None:
        if self._restarting is not None:
            self._restarting.cancel()
        if self._follower is not None:
            self._follower.close()
        self._follower = self._restarting = None

    def _watch(self, pid: int | None, start: int | None) -> bool:
        if pid is None or start is None:
            return False
        self._since = monotonic()
        self._follower = follow(pid, start, self._ended)
        return self._follower is not None

    def _ended(self, over: Exit) -> None:
        self._follower = None
        self._journal.write("daemon_ended", "daemon", how=over.text())
        self._again()

    def _again(self) -> None:
        """The first time at once; then with growing pauses, until one has lived for a while."""
        self._row = 0 if monotonic() - self._since > _STEADY_S else self._row
        delay = 0.0 if self._row == 0 else min(_LONGEST_S, _FIRST_S * 2 ** (self._row - 1))
        self._row += 1
        self._restarting = asyncio.get_running_loop().call_later(delay, self._start)

    def _start(self) -> None:
        self._restarting = None
        record = self._store.state.daemon
        if record is None:
            return
        self._since = monotonic()
        try:
            child = self._launch(record.spec)
        except OSError as error:
            self._journal.write("daemon_not_started", "daemon", why=error)
            self._again()
            return
        found = procfs.stat(child.pid)
        start = 0 if found is None else found.start
        self._store.keep(replace(self._store.state, daemon=replace(record, pid=child.pid, start=start)))
        self._journal.write("daemon_started", "daemon", pid=child.pid)
        self._follower = follow(child.pid, start, self._ended, child)

    def _launch(self, spec: DaemonSpec) -> "subprocess.Popen[bytes]":
        path = self._home.daemon_log
        if path.exists() and path.stat().st_size > _LOG_MAX:
            path.replace(path.with_suffix(".log.1"))
        log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            return launch(Launch(spec.argv, spec.cwd, spec.env, log, log))
        finally:
            os.close(log)

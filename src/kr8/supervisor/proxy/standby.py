"""A HAProxy that is loaded and waits to be told what to serve; when the one that serves dies, it serves at once.

Loading takes three quarters of a start, and longer where the processors are busy. The configuration comes by standard
input, so it is never an old one. Input that ends without a word, because the supervisor was killed, ends the process.
"""

import os
import select
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

from kr8.supervisor.proxy.process import Process, open_watch, reap

ARGUMENTS = ("-f", "/proc/self/fd/0")

Start = Callable[[int], Process]
"""Starts a process with a descriptor as its standard input."""


class Waiting:
    """A process that was started and not yet told what to serve."""

    def __init__(self, start: Start) -> None:
        reads, self._writes = os.pipe()
        self._untold = threading.Lock()
        try:
            self.process = start(reads)
        except OSError:
            os.close(self._writes)
            raise
        finally:
            os.close(reads)

    def tell(self, text: str) -> None:
        """Have it serve. The first word counts; a process that died hears none."""
        if self._untold.acquire(blocking=False):
            with suppress(BrokenPipeError), os.fdopen(self._writes, "wb") as pipe:
                pipe.write(text.encode())

    def dismiss(self) -> None:
        """End it, unless it serves."""
        if self._untold.acquire(blocking=False):
            self.process.send(signal.SIGKILL)
            os.close(self._writes)
            reap(self.process.pid, 0)


class Standby:
    """Keeps one waiting. `text` is what to serve now, by whoever changes it."""

    def __init__(self, start: Start) -> None:
        self.text = ""
        self._start = start
        self._waiting: Waiting | None = None

    def prepare(self, serving: Process) -> None:
        """Have one wait for the death of the one that serves. OSError if none can be started."""
        waiting = self._waiting = self._waiting or Waiting(self._start)
        threading.Thread(target=self._succeed, args=(serving, waiting), daemon=True).start()

    def take(self) -> Waiting:
        """Return the one that waits, told already where the one that served has died; else a new one."""
        waiting, self._waiting = self._waiting, None
        return waiting if waiting is not None and waiting.process.alive() else Waiting(self._start)

    def dismiss(self) -> None:
        """Have none wait."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.dismiss()

    def _succeed(self, serving: Process, waiting: Waiting) -> None:
        # On a thread of its own: the loop may be waiting for a disk, or reading all of /proc.
        descriptor = open_watch(serving)
        if descriptor is None and serving.alive():
            return  # no descriptor is left to watch it by
        if descriptor is not None:  # else it died before anybody watched it
            over = select.poll()
            over.register(descriptor, select.POLLIN)
            over.poll()
            os.close(descriptor)
        if self._waiting is waiting:
            waiting.tell(self.text)

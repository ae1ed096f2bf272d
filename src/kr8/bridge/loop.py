"""The bridge's one loop: a client on one side, a daemon on the other, which may come and go."""

from __future__ import annotations

import os
import select
import time

from kr8.bridge.conversation import Conversation
from kr8.bridge.lines import Lines
from kr8.bridge.link import Link, State, is_older
from kr8.bridge.starter import Starter
from kr8.version import VERSION

_CHUNK = 1 << 16
_RETRY_MS = 5
DRAIN_SECONDS = 30.0
"""How long answers are waited for after the client has closed its end: longer than any operation waits."""


class Bridge:
    """Carries one conversation between two descriptors and the daemon of a home."""

    def __init__(self, conversation: Conversation, link: Link, starter: Starter, client: tuple[int, int]) -> None:
        self._conversation = conversation
        self._link = link
        self._starter = starter
        self._input, self._output = client
        self._lines = Lines()
        self._ended_at: float | None = None
        self._warm = False
        self._replaced = False

    def run(self) -> None:
        """Carry lines until the client closes its end, and what it asked for is answered or too late."""
        while not self._is_over():
            ready = self._poll()
            if self._input in ready:
                self._from_client()
            if self._link.fileno() in ready:
                self._from_daemon()
            self._to_daemon()

    def _is_over(self) -> bool:
        if self._ended_at is None:
            return False
        return not self._conversation.wants_daemon or time.monotonic() - self._ended_at > DRAIN_SECONDS

    def _poll(self) -> set[int]:
        poll = select.poll()
        if self._ended_at is None:
            poll.register(self._input, select.POLLIN)
        if self._link.state is not State.CLOSED:
            poll.register(self._link.fileno(), select.POLLIN)
        return {descriptor for descriptor, _ in poll.poll(self._patience())}

    def _patience(self) -> int | None:
        """Milliseconds to wait for something to happen; None: as long as it takes."""
        if self._link.state is State.CLOSED and (self._conversation.wants_daemon or not self._warm):
            return _RETRY_MS
        return 50 if self._ended_at is not None else None

    def _from_client(self) -> None:
        data = os.read(self._input, _CHUNK)
        if not data:
            self._ended_at = time.monotonic()
        for line in self._lines.feed(data) if data else self._lines.end():
            self._answer(self._conversation.from_client(line))

    def _from_daemon(self) -> None:
        was = self._link.state
        lines = self._link.receive()
        if lines is None:
            self._lost()
            return
        if was is State.GREETING and self._link.state is State.OPEN:
            self._greeted()
        for line in lines:
            self._answer(self._conversation.from_daemon(line))

    def _greeted(self) -> None:
        self._starter.done()
        if is_older(self._link.version, VERSION) and not self._replaced and self._link.end_daemon():
            # It ends cleanly and what it runs is durable; the next connection finds one of this version.
            self._replaced = True
            self._link.close()
            self._warm = False
            return
        if self._link.version != VERSION:
            self._conversation.forward_everything()
        self._conversation.connected()

    def _to_daemon(self) -> None:
        if self._link.state is State.CLOSED:
            if self._conversation.wants_daemon or not self._warm:
                self._reach()
        elif self._link.state is State.OPEN and (lines := self._conversation.to_send()) and not self._link.send(lines):
            self._lost()

    def _reach(self) -> None:
        """Connect, or have a daemon started to connect to: also before the first call, which then finds it there."""
        # Asked a second time when the turn has come: whoever had it before may just have started one.
        if self._link.connect() or (self._starter.may_start() and self._link.connect()):
            self._warm = True
            return
        if self._starter.may_start():
            self._starter.start()
        if why := self._starter.trouble():
            self._warm = True
            for error in self._conversation.given_up(why, self._starter.last_lines()):
                self._answer(error)
            self._starter.done()

    def _lost(self) -> None:
        self._link.close()
        for error in self._conversation.lost():
            self._answer(error)

    def _answer(self, line: bytes | None) -> None:
        rest = memoryview(line + b"\n") if line is not None else memoryview(b"")
        while rest:
            rest = rest[os.write(self._output, rest) :]

"""Requests to the supervisor, over its unix socket."""

from __future__ import annotations

import asyncio
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import stamina

from kr8.ports.target import Fenced, Unreachable
from kr8.sandbox.word import saying
from kr8.supervisor.codec import MalformedError, decode, encode
from kr8.supervisor.observed import Problem
from kr8.supervisor.program import installed

T = TypeVar("T")
ANSWER_SECONDS = 30.0
GONE_SECONDS = 10.0
"""How long a supervisor may be gone before a call gives up: it is started again within a second."""
WATCHERS = 24
NOT_UNDERSTOOD = frozenset({"malformed", "unknown_route"})
"""What a supervisor says to a request of another program."""


class SupervisorRefused(Exception):
    """The supervisor has refused a request: nothing was changed."""

    def __init__(self, status: int, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.what} {problem.why}".strip())
        self.status = status
        self.problem = problem


class _Unix(HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Supervisor:
    """The supervisor of one home. Every verb may be sent twice: the first answer may have been lost."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._run = str(path.parent)
        self.program = installed()
        """The program whose requests these are."""
        self.differs: Problem | None = None
        """Where the supervisor is another program, what to say of that; `Keeper` knows."""
        # Not the loop's own executor: long looks at many services would keep short transactions waiting.
        self._threads = ThreadPoolExecutor(WATCHERS, thread_name_prefix="supervisor")

    async def send(self, method: str, path: str, returns: type[T], body: object = None, **query: float | str) -> T:
        """Do a verb; decodes its answer as `returns`.

        Raises SupervisorRefused, Fenced for an epoch that is over, and Unreachable when no answer comes.
        """
        value = await self.value(method, path, body, **query)
        try:
            return decode(returns, value)
        except MalformedError as error:
            mend = f" {self.differs.what} {self.differs.mend}" if self.differs is not None else ""
            raise Unreachable(f"The supervisor's answer is not understood: {error}.{mend}") from error

    async def value(self, method: str, path: str, body: object = None, **query: float | str) -> Any:
        """Do a verb; its answer as JSON. Raises as `send` does."""
        url = quote(path) + (f"?{urlencode(query)}" if query else "")
        try:
            async for attempt in stamina.retry_context(
                on=(OSError, HTTPException), timeout=GONE_SECONDS, attempts=None, wait_initial=0.02, wait_max=0.5
            ):
                with attempt:
                    return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, method, url, body)
        except (OSError, HTTPException, MalformedError) as error:
            raise Unreachable(f"The supervisor at {self._path} does not answer: {error!r}.") from error

    def close(self) -> None:
        """End its threads; what they wait for is left."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, method: str, url: str, body: object) -> Any:
        connection = _Unix(self._path, ANSWER_SECONDS)
        try:
            data = None if body is None else json.dumps(encode(body, sparse=True), ensure_ascii=False).encode()
            connection.request(method, url, data, {"Content-Type": "application/json", **saying(self._run)})
            response = connection.getresponse()
            value = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:
            raise self._refusal(response.status, decode(Problem, value), body)
        return value

    def _refusal(self, status: int, problem: Problem, body: object) -> Exception:
        if problem.code == "fenced":
            return Fenced(getattr(body, "epoch", 0), int(problem.detail.get("epoch", "0")))
        if self.differs is not None and problem.code in NOT_UNDERSTOOD:
            said = f"{self.differs.why} It said: {problem.why or problem.what}"
            problem = replace(self.differs, why=said)
        return SupervisorRefused(status, problem)

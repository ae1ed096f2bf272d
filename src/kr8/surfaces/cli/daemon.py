"""The daemon, as a command talks to it."""

import os
import pwd
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import quote

from kr8.bridge.home import Home
from kr8.bridge.starter import Starter
from kr8.surfaces.cli.exits import ExitCode
from kr8.surfaces.cli.problem import Failed, Problem, failed, parse_problem
from kr8.surfaces.cli.socket_http import NoAnswer, NotSent, ask
from kr8.version import VERSION

COMES_BACK_S = 35.0
"""How long a call waits for a daemon that is being started; longer than its start may take."""
RETRY_S = 0.05
PATIENCE_S = 2.0
"""How long the supervisor may take to start a daemon again that was there a moment ago, before another one is."""

Proof = tuple[str, str]
"""The id of a text that the daemon asked to have signed, and the signature."""


class Operations(Protocol):
    """Does operations: the daemon, or what a test puts in its place."""

    def call(
        self, name: str, arguments: dict[str, Any], *, read: bool = False, proof: Proof | None = None
    ) -> dict[str, Any]:
        """The result of an operation. Raises Failed. A `read` changes nothing, however often it is asked."""
        ...


class Daemon:
    """Calls operations over the daemon's socket, starting the daemon where none runs."""

    def __init__(
        self, home: Home, directory: str, key: str | None = None, repeated: Callable[[], None] = lambda: None
    ) -> None:
        """`key`: the idempotency key of whatever it changes; `repeated`: what to do where that was used before."""
        self._socket = Path(home.api_socket)
        self._starter = Starter(home)
        self._met = False
        self._key = key
        self._repeated = repeated
        self._headers = {"X-Kr8-Caller": user_name(), "X-Kr8-Directory": quote(directory, safe="/")}

    def call(
        self, name: str, arguments: dict[str, Any], *, read: bool = False, proof: Proof | None = None
    ) -> dict[str, Any]:
        """The result of an operation. Raises Failed: refused, unreachable, or nobody knows.

        What reads is asked until an answer comes. What changes something carries a key, so that it is done once, and
        is asked once more where its answer got lost; but not with a signature, which counts once.
        """
        headers = _proved(proof) if read else _proved(proof) | {"Idempotency-Key": self._key or os.urandom(16).hex()}
        began, lost = time.monotonic(), False
        while True:
            try:
                return self._once(name, arguments, headers)
            except NotSent as error:
                if not self._met or time.monotonic() - began > PATIENCE_S:
                    self._start()
                cause: OSError = error
            except NoAnswer as error:
                if not read and (lost or proof is not None):
                    raise _unknown(name, error) from error
                cause, lost = error, True
            if time.monotonic() - began > COMES_BACK_S:
                self._starter.done()
                raise (_unreachable(str(cause)) if read or not lost else _unknown(name, cause)) from cause
            time.sleep(RETRY_S)

    def _once(self, name: str, arguments: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        status, value = ask(self._socket, "POST", f"/v1/operations/{quote(name)}", arguments, self._headers | headers)
        self._starter.done()
        self._met = True
        answer = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        if status == 200 and isinstance(answer.get("result"), dict):
            result: dict[str, Any] = answer["result"]
            if self._key is not None and answer.get("repeated"):
                self._repeated()
            return result
        if isinstance(answer.get("problem"), dict):
            refused = failed(self._of_another_version(parse_problem(answer["problem"])))
            refused.to_sign = answer.get("to_sign")
            raise refused
        what = f"The daemon answered {status} with something that is no result."
        mend = (
            "`kr8 stop` ends the daemon and the next command starts another; look first at what was done: kr8 status."
        )
        raise failed(Problem("not_understood", what, mend=mend, outcome="unknown"))

    def _of_another_version(self, problem: Problem) -> Problem:
        """The problem, with the daemon's version where that is another and explains it."""
        if problem.code not in ("unknown_operation", "unknown_argument"):
            return problem
        health = ask(self._socket, "GET", "/healthz")[1]
        if health["version"] == VERSION:
            return problem
        why = f"The daemon (pid {health['pid']}) is kr8 {health['version']}, and this is kr8 {VERSION}."
        mend = f"End it: kill {health['pid']}. The next command starts this version; traffic does not notice."
        return replace(problem, why=why, mend=mend)

    def _start(self) -> None:
        """Have the daemon started, where nobody listens. Raises Failed where it does not come up."""
        try:
            if self._starter.may_start():
                self._starter.start()
        except OSError as error:
            raise _unreachable(f"{error.strerror}: {error.filename}" if error.filename else str(error)) from error
        why = self._starter.trouble()
        if why is not None:
            self._starter.done()
            raise _unreachable(why, tuple(self._starter.last_lines()))


def _proved(proof: Proof | None) -> dict[str, str]:
    """The header of a signature."""
    return {"X-Kr8-Signature": f"{proof[0]} {quote(proof[1])}"} if proof is not None else {}


def user_name() -> str:
    """Who runs this command, as the system says; it proves nothing."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def _unreachable(why: str, output: tuple[str, ...] = ()) -> Failed:
    problem = Problem(
        "daemon_unreachable",
        "kr8's daemon does not run and could not be started.",
        why=why,
        mend="Start it where you see what it says: kr8 serve. Services and traffic do not need it; "
        "`kr8 status` and `kr8 rollback` also work without it, on the machine that runs the services.",
        retryable=True,
        output=output,
    )
    return Failed(problem, ExitCode.UNREACHABLE)


def _unknown(name: str, error: OSError) -> Failed:
    problem = Problem(
        "no_answer",
        f"The daemon took {name} and never answered.",
        why=str(error),
        mend="Look at what is there before you try again: kr8 status, kr8 history.",
        outcome="unknown",
    )
    return failed(problem)

"""A daemon meets a supervisor of another program: what it has it do before anything else, and what it says."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kr8.drivers.local import keeper as keeping
from kr8.drivers.local.client import Supervisor, SupervisorRefused
from kr8.drivers.local.keeper import Keeper
from kr8.drivers.local.look import supervisor_look
from kr8.drivers.local.programs import Programs
from kr8.ports.health import Check
from kr8.ports.target import Unreachable
from kr8.supervisor.observed import Problem, Program
from kr8.supervisor.program import installed

MINE = installed()
OLD = replace(MINE, digest="0" * 64)
UNTOLD = None


class Old(Supervisor):
    """A supervisor that is of one program until its upgrade, then of another; None: one that tells none."""

    def __init__(self, home: Path, *images: Program | None) -> None:
        super().__init__(home / "run" / "supervisor.sock")
        self.images = list(images)
        self.image = 0
        self.goes_on = True
        self.pid = os.getpid()
        self.asked: list[str] = []

    async def value(self, method: str, path: str, body: object = None, **query: float | str) -> Any:
        self.asked.append(f"{method} {path}")
        if path == "/v1/program":
            return self._program()
        if path == "/v1/upgrade":
            self.image += self.goes_on
        if path == "/v1/services":
            return []
        return {
            "version": 1,
            "pid": self.pid,
            "started": str(self.image),
            "home": "/",
            "proxy_pid": None,
            "services": 0,
            "instances": 0,
            "state_saved": True,
        }

    def _program(self) -> dict[str, str]:
        found = self.images[min(self.image, len(self.images) - 1)]
        if found is None:
            raise SupervisorRefused(404, Problem("unknown_route", "there is no such route"))
        return {"version": found.version, "digest": found.digest}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "run").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "run" / "supervisor.sock"))
        listening.listen(64)
        yield tmp_path


def greet(home: Path, *images: Program | None) -> Old:
    """Start a daemon's keeper; the supervisor that it met."""
    supervisor = Old(home, *images)

    async def start() -> None:
        keeper = Keeper(home, None, supervisor, {}, ("kr8", "serve"))
        await keeper.start()
        watching = keeper._watching
        assert watching is not None
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    asyncio.run(start())
    return supervisor


async def looked(supervisor: Supervisor) -> tuple[Check, ...]:
    return await supervisor_look(supervisor)()


def test_a_supervisor_of_the_same_program_is_left_alone(home: Path) -> None:
    met = greet(home, MINE)
    assert "POST /v1/upgrade" not in met.asked
    assert "PUT /v1/daemon" in met.asked
    assert met.differs is None


@pytest.mark.parametrize("old", [OLD, UNTOLD, replace(MINE, version="0.0.1")])
def test_another_one_becomes_this_program_before_it_is_told_anything(home: Path, old: Program | None) -> None:
    met = greet(home, old, MINE)
    assert met.asked.count("POST /v1/upgrade") == 1
    assert [each for each in met.asked if not each.startswith("GET")] == ["POST /v1/upgrade", "PUT /v1/daemon"]
    assert met.differs is None


def test_one_that_comes_back_as_it_was_is_told_of_and_not_asked_again(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        met = greet(home, OLD, OLD)
    assert met.asked.count("POST /v1/upgrade") == 1
    assert met.differs is not None and met.differs.code == "programs_differ"
    assert f"kill {os.getpid()}" in met.differs.mend
    assert met.differs.mend in caplog.text
    checks = {check.name: check for check in asyncio.run(looked(met))}
    assert checks["programs"].result == "broken"
    assert "00000000" in checks["programs"].what and MINE.digest[:8] in checks["programs"].what


def test_one_that_never_comes_back_is_waited_for_a_while(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "UPGRADE_SECONDS", 0.2)
    supervisor = Old(home, OLD)
    supervisor.goes_on = False
    found = asyncio.run(Keeper(home, None, supervisor, {}, ("kr8",))._agree())
    assert found == os.getpid()
    assert supervisor.differs is not None


def test_one_whose_interpreter_is_gone_ends_and_is_started_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    supervisor, place = Old(home, OLD, MINE), home / "run" / "supervisor.sock"
    supervisor.pid = gone.pid
    keeper, spawned = Keeper(home, None, supervisor, {}, ("kr8",)), socket.socket(socket.AF_UNIX)

    async def ends(method: str, path: str, body: object = None, **query: float | str) -> Any:
        found = await Old.value(supervisor, method, path, body, **query)
        if path == "/v1/upgrade":
            place.unlink()
            raise Unreachable("it went before its answer")
        return found

    def spawn() -> None:
        spawned.bind(str(place))
        spawned.listen()

    monkeypatch.setattr(supervisor, "value", ends)
    monkeypatch.setattr(keeper, "_spawn", spawn)
    with spawned:
        asyncio.run(keeper._agree())
        assert spawned.getsockname() == str(place)
    assert supervisor.differs is None


def test_a_daemon_that_is_outdated_itself_lets_the_supervisor_be() -> None:
    found = Programs(OLD, MINE, MINE, 7, "")
    assert not found.agree and not found.upgrade
    assert "kr8 stop" in found.problem().mend


@pytest.mark.parametrize("code", ["malformed", "unknown_route"])
def test_what_another_program_does_not_understand_is_explained(home: Path, code: str) -> None:
    supervisor = Supervisor(home / "run" / "supervisor.sock")
    said = Problem(code, "the request is not understood", "body.new: unknown field")
    assert supervisor._refusal(400, said, None).problem == said  # type: ignore[attr-defined]
    supervisor.differs = Programs(MINE, MINE, OLD, 7, "").problem()
    told = supervisor._refusal(400, said, None).problem  # type: ignore[attr-defined]
    assert (told.code, told.what, told.mend) == ("programs_differ", supervisor.differs.what, supervisor.differs.mend)
    assert "body.new: unknown field" in told.why
    taken = Problem("port_taken", "127.0.0.1:80 is taken")
    assert supervisor._refusal(409, taken, None).problem == taken  # type: ignore[attr-defined]


def test_a_digest_is_of_the_code_alone(tmp_path: Path) -> None:
    for folder in ("supervisor", "sandbox"):
        (tmp_path / folder).mkdir()
    (tmp_path / "version.py").write_text("")
    wire = tmp_path / "supervisor" / "wire.py"
    wire.write_text("x = 1\n")
    before = installed(tmp_path)
    (tmp_path / "supervisor" / "wire.pyc").write_bytes(b"x")
    assert installed(tmp_path) == before
    wire.write_text("x = 2\n")
    assert installed(tmp_path) != before
    wire.unlink()
    (tmp_path / "version.py").unlink()
    assert installed(tmp_path).digest == ""

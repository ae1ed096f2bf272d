"""The launcher holds the key to every secret: nothing that a commit brings gets at it (ADR 0015)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.fakes.sealed import MemorySealedSecrets
from tests.integration.supervisor_rig import Rig, until

from kr8.domain.project import Service
from kr8.domain.release import Build, Release, SecretVersion, release_of
from kr8.domain.target import Grant
from kr8.drivers.age.driver import AgeSecrets
from kr8.drivers.local.commands import Places, run_spec, task_spec
from kr8.ports.target import Command
from kr8.supervisor.codec import decode
from kr8.supervisor.observed import TaskObserved
from kr8.supervisor.wire import ServiceDesired, ShareSpec

PROJECT = "prj_shop01"
KEY = f"{PROJECT}.production.web"
BUILD = "bld_1111111111111111"
TOKEN = SecretVersion(name="TOKEN", version=1)
VALUE = "c4n4ry-of-the-launcher"
KINDS = ("worker", "job", "task")
PRELOADED = "preloaded-by-a-commit.so"
"""Is nowhere: every program that is told to load it says so."""

EVIL = """\
import os
print("code of the commit runs", flush=True)
for number in range(3, 64):
    try:
        found = os.pread(number, 4096, 0)
    except OSError:
        continue
    if b"AGE-SECRET-KEY" in found:
        print("it has the identity", flush=True)
"""
"""As sitecustomize.py: every Python runs it that looks where PYTHONPATH says."""

SERVES = """\
import os, time
print("serves", os.environ["PYTHONPATH"], os.environ["LD_PRELOAD"], os.environ["TOKEN"], os.environ["HOME"])
print("marked", sorted(name for name in os.environ if name.startswith("KR8_")), flush=True)
time.sleep(60)
"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with Rig(tmp_path / "h").start() as running:
        files = running.home / "builds" / BUILD / "files"
        (files / "evil").mkdir(parents=True)
        (files / "evil" / "sitecustomize.py").write_text(EVIL)
        (running.home / "data" / Path(*KEY.split("."))).mkdir(parents=True)
        yield running


def release(rig: Rig, kind: str, run: tuple[str, ...], env: dict[str, str], *secrets: SecretVersion) -> Release:
    """A release of the build."""
    build = Build(
        id=BUILD,
        service="web",
        commit="0" * 40,
        tree="0" * 40,
        artifact="0" * 64,
        directory=str(rig.home / "builds" / BUILD / "files"),
        bytes=1,
        seconds=1,
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    service = Service(run=run, kind="job" if kind == "job" else "worker")
    return release_of(PROJECT, "production", build, service, env, secrets, None)


def seal(rig: Rig, made: Release) -> None:
    """Seal the secret that it has."""

    async def scenario() -> None:
        secrets = AgeSecrets(rig.home, MemorySealedSecrets(), FakeClock())
        await secrets.set(PROJECT, "production", "TOKEN", VALUE, "ada")
        await secrets.seal(made)

    asyncio.run(scenario())


def start(rig: Rig, kind: str, run: tuple[str, ...], *, broken: bool = False, **env: str) -> None:
    """Start it as a service, a job, or a command that runs before, with a secret; `broken`: one that does not open."""
    places = Places(home=rig.home, path="/usr/bin:/bin")
    made = release(rig, kind, run, env, TOKEN)
    seal(rig, made)
    if broken:
        (places.release(made.id) / "sealed.age").write_text("rubbish")
    if kind == "task":
        grant = Grant(project=PROJECT, environment="production", epoch=1, caller="ada", deployment="dep_1")
        command = Command(id="before", run=run, limit_seconds=60)
        rig.ask("PUT", "/v1/tasks/before", task_spec(made, command, places, grant))
    else:
        rig.put(ServiceDesired(KEY, (ShareSpec(made.id, run_spec(made, places, 10.0), 1),)))


def printed(rig: Rig, kind: str, least: str) -> list[str]:
    """What it has printed, as soon as a line begins so."""

    def look() -> list[str]:
        if kind == "task":
            lines = [piece.text for piece in decode(TaskObserved, rig.ask("GET", "/v1/tasks/before")).tail]
        else:
            files = sorted((rig.home / "logs" / KEY).glob("*.jsonl"))
            lines = [json.loads(line)["line"] for file in files for line in file.read_text().splitlines()]
        return lines if any(line.startswith(least) for line in lines) else []

    return until(look, f"a line {least!r}")


@pytest.mark.parametrize("kind", KINDS)
def test_no_code_of_a_commit_runs_before_the_identity_is_closed(rig: Rig, kind: str) -> None:
    start(rig, kind, (sys.executable, "-c", SERVES), PYTHONPATH="evil", LD_PRELOAD=PRELOADED)
    lines = printed(rig, kind, "marked")
    assert "it has the identity" not in lines
    assert lines.count("code of the commit runs") == 1, "in the service alone"
    assert f"serves evil {PRELOADED} {VALUE} {rig.home}/data/{PROJECT}/production/web" in lines
    marked = "['KR8_ENVIRONMENT', 'KR8_INSTANCE', 'KR8_RELEASE', 'KR8_SERVICE', 'KR8_SUPERVISOR', 'KR8_VERSION']"
    assert f"marked {marked}" in lines, "and nothing that was meant for the launcher"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_preloaded_reaches_the_service_and_nothing_before_it(rig: Rig, kind: str) -> None:
    start(rig, kind, ("/bin/sh", "-c", "echo serves; sleep 60 2>/dev/null"), LD_PRELOAD=PRELOADED)
    told = [line for line in printed(rig, kind, "serves") if PRELOADED in line]
    assert len(told) == {"worker": 1, "job": 2, "task": 2}[kind], "sh, and the one that waits for it"


STEALS = """\
import ctypes, os
asks = ctypes.CDLL(None, use_errno=True).syscall
parent = os.pidfd_open(os.getppid())
for number in range(64):
    copy = asks(438, parent, number, 0)  # pidfd_getfd
    if copy >= 0 and os.readlink(f"/proc/self/fd/{copy}").endswith(".age"):
        print("it has", os.pread(copy, 4096, 0), flush=True)
print("tried", flush=True)
"""


@pytest.mark.parametrize("kind", ["job", "task"])
def test_nothing_can_be_taken_out_of_the_process_that_waits_for_a_job(rig: Rig, kind: str) -> None:
    start(rig, kind, (sys.executable, "-S", "-c", STEALS))
    assert [line for line in printed(rig, kind, "tried") if line.startswith("it has")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_process_of_what_has_secrets_keeps_their_key_open(rig: Rig, kind: str) -> None:
    start(rig, kind, ("/bin/sh", "-c", "echo serves; sleep 60"))
    printed(rig, kind, "serves")
    running = [pid for pids in rig.marked().values() for pid in pids]
    held = [str(each.readlink()) for pid in running for each in (Path("/proc") / str(pid) / "fd").iterdir()]
    assert len(running) >= 1 + (kind != "worker") and held
    assert [path for path in held if path.endswith(".age")] == []


@pytest.mark.parametrize("kind", ["job", "task"])
def test_secrets_that_cannot_be_opened_are_said_with_the_code_of_that(rig: Rig, kind: str) -> None:
    start(rig, kind, ("/bin/true",), broken=True)
    assert any("cannot be opened" in line for line in printed(rig, kind, "kr8: the secrets of"))
    if kind == "task":
        seen = until(lambda: ended(rig), "its end")
        assert (seen.state, seen.exit_code) == ("exited", 78)
    else:
        failures = until(lambda: rig.ask("GET", f"/v1/services/{KEY}/evidence"), "evidence")
        assert isinstance(failures, list) and failures[0]["exit_code"] == 78


def test_a_command_with_secrets_that_ends_while_no_supervisor_is_there_is_known(rig: Rig) -> None:
    start(rig, "task", ("/bin/sh", "-c", "echo serves; sleep 1; exit 4"))
    printed(rig, "task", "serves")
    rig.kill()
    time.sleep(1.5)
    rig.start()
    seen = until(lambda: ended(rig), "its end")
    assert (seen.state, seen.exit_code) == ("exited", 4)


def test_what_an_earlier_kr8_has_promoted_is_started_so_too(rig: Rig) -> None:
    places = Places(home=rig.home, path="/usr/bin:/bin")
    made = release(
        rig, "worker", (sys.executable, "-c", SERVES), {"PYTHONPATH": "evil", "LD_PRELOAD": PRELOADED}, TOKEN
    )
    seal(rig, made)
    run = run_spec(made, places, 10.0)
    earlier = replace(run, argv=tuple("-P" if word == "-I" else word for word in run.argv))
    rig.put(ServiceDesired(KEY, (ShareSpec(made.id, earlier, 1),)))
    assert printed(rig, "worker", "marked").count("code of the commit runs") == 1


def ended(rig: Rig) -> TaskObserved | None:
    """The task, as soon as it is over."""
    found = decode(TaskObserved, rig.ask("GET", "/v1/tasks/before"))
    return found if found.state != "running" else None

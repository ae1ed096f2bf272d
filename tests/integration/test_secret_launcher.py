"""The launcher holds the key to every secret: nothing that a commit brings gets at it (ADR 0015)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
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
    """A release of the build, its secrets sealed."""
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


def start(rig: Rig, kind: str, run: tuple[str, ...], **env: str) -> None:
    """Start it as a service, a job, or a command that runs before, with a secret."""
    places = Places(home=rig.home, path="/usr/bin:/bin")
    made = release(rig, kind, run, env, SecretVersion(name="TOKEN", version=1))

    async def seal() -> None:
        secrets = AgeSecrets(rig.home, MemorySealedSecrets(), FakeClock())
        await secrets.set(PROJECT, "production", "TOKEN", VALUE, "ada")
        await secrets.seal(made)

    asyncio.run(seal())
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
    assert len(told) == 1, "sh"

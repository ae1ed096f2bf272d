"""The kernel counts its kills for memory for the whole machine: those of others are not an instance's."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from kr8.supervisor import procfs
from kr8.supervisor.census import measure
from kr8.supervisor.output import Capture, LogFile
from kr8.supervisor.process import Follower
from kr8.supervisor.procfs import Stat
from kr8.supervisor.state import InstanceRecord
from kr8.supervisor.unit import Unit
from kr8.supervisor.wire import RunSpec

LIVING = Stat(os.getpid(), "web", "S", 1, os.getpid(), 0.0, 1, 1 << 20)


def killed(folder: Path, monkeypatch: pytest.MonkeyPatch, looks: tuple[tuple[int, Stat], ...], at_last: int) -> bool:
    """Whether its death is the kernel's doing, after looks at it that found so many kills and it so."""

    async def live() -> bool:
        count = 0
        monkeypatch.setattr(procfs, "oom_kills", lambda: count)
        run = RunSpec(("web",), "/", "worker")
        unit = Unit(
            InstanceRecord("i", "a.b.c", "r", 0, run, "ready", 0.0), Capture(folder, LogFile(folder)), lambda: None
        )
        unit.follower = Follower(os.getpid(), 0, lambda _: None)
        for count, seen in looks:
            measure((seen,), {"i": unit}, count)
        count = at_last
        found = unit.oom
        unit.close()
        return found

    return asyncio.run(live())


def test_a_kill_since_the_last_look_may_be_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert killed(tmp_path, monkeypatch, (), 1)
    assert killed(tmp_path, monkeypatch, ((3, LIVING),), 4)
    assert not killed(tmp_path, monkeypatch, ((3, LIVING),), 3)


def test_a_kill_that_it_has_outlived_is_another_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not killed(tmp_path, monkeypatch, ((0, LIVING), (1, LIVING)), 1)


def test_a_look_that_finds_it_dead_already_counts_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = replace(LIVING, state="Z")
    assert killed(tmp_path, monkeypatch, ((0, LIVING), (1, dead)), 1)

"""kill -9 of the daemon after every journal event of deploy, rollback and scale, under load: nobody notices.

Each life of the daemon does one step more and dies with its journal entry written, so that every recovery but the last
is itself cut short; mortal_daemon.py dies, and keeps the names of the steps.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.load import unhurt
from tests.support.scene import Scene, blue_green, web
from tests.support.waiting import wait_for

SHORT = ("counters", "promote", "tell target", "prune", "ledger", "succeed")
"""Steps that take milliseconds: when they are over, the interrupted work has gone on."""
MORTAL = Path(__file__).with_name("mortal_daemon.py")
RESUMED_WITHIN_S = 15.0
"""Generous, because tests share the machine with other work; `make bench` measures what is promised."""
LONGEST_S = 240.0
HERE = {"environment": "development"}
STEPS = {
    "deploy": {
        "begin",
        "counters before",
        "web: deliver",
        "web: before",
        "web: converge 0 warm",
        "web: watch 1 switch",
    },
    "rollback": {"begin", "web: deliver", "web: converge 1 switch", "promote", "web: finish"},
    "scale": {"begin", "web: converge 0 replace", "web: watch 0 replace", "promote", "tell target", "succeed"},
}


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        hook = ["sh", "-c", f"echo $KR8_VERSION >> {scene.beside}/hooks"]
        scene.write_toml(
            {"web": web(before={"run": hook, "reversible": True})},
            {"development": {"strategy": blue_green(), "listen": {"web": scene.at(0)}}},
        )
        first = subprocess.Popen(
            [sys.executable, "-P", str(MORTAL), str(scene.directory / "deaths")],
            env=scene.variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(lambda: (scene.home / "run" / "api.sock").exists() or None, RESUMED_WITHIN_S)
            scene.start_project()
            scene.deploy()
            yield scene
        finally:
            first.kill()
            first.wait()


class Deaths:
    """The folder that makes the daemon die, while a `with` block lasts; the steps that it died after."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.folder = scene.directory / "deaths"
        self.after: dict[str, float] = {}

    def __enter__(self) -> Deaths:
        self.folder.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        self.after = {each.name: each.stat().st_mtime for each in self.folder.iterdir()}
        shutil.rmtree(self.folder.rename(self.folder.with_name(f"deaths-{time.monotonic_ns()}")))

    def so_far(self) -> set[str]:
        """The steps that it died after until now."""
        return {each.name for each in self.folder.iterdir()}

    def resumed(self) -> list[float]:
        """Seconds from the start of each daemon to the end of the short step that it went on with."""
        lines = (self.scene.home / "supervisor" / "journal.jsonl").read_text().splitlines()
        entries = [json.loads(line) for line in lines]
        starts = [datetime.fromisoformat(e["at"]).timestamp() for e in entries if e["event"] == "daemon_started"]
        ends = [at for name, at in self.after.items() if any(word in name for word in SHORT)]
        return [end - max(start for start in starts if start < end) for end in ends if min(starts) < end]


def begin(shop: Scene, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Start it; where the daemon dies before it answers, look whether it was begun, and else ask again."""
    before = newest(shop)["id"]
    while True:
        try:
            return shop.op(operation, **arguments)
        except OSError:
            found = newest(shop)
            if found["id"] != before or found["id"] == arguments.get("deployment"):
                return found


def newest(shop: Scene) -> dict[str, Any]:
    """The deployment that was opened last."""
    found: dict[str, Any] = shop.read("list_deployments", limit=1)["deployments"][0]
    return found


def survive(
    shop: Scene, kind: str, operation: str, arguments: dict[str, Any], versions: tuple[str, ...]
) -> list[float]:
    """Do an operation while the daemon dies after each of its steps; how long each daemon took to go on."""
    generation = shop.generation()
    deaths = Deaths(shop)
    with shop.load(rate=200, versions=(shop.version(),)) as load:
        load.allow(*versions)
        with deaths:
            opened = begin(shop, operation, arguments)
            seen = shop.ended(opened["id"], limit_s=LONGEST_S)
            # The end is seen before the step that wrote it is over, and with it the last death.
            wait_for(lambda: STEPS[kind] <= deaths.so_far() or None, RESUMED_WITHIN_S)
        load.expect(versions[-1])
        report = load.stop()
    unhurt(report)
    assert STEPS[kind] <= set(deaths.after), sorted(deaths.after)
    assert shop.generation() == generation + 1 == seen["generation"]
    assert shop.version() == versions[-1]
    resumed = deaths.resumed()
    assert resumed and max(resumed) < RESUMED_WITHIN_S
    return resumed


def test_a_daemon_killed_after_every_step_ends_what_it_began(shop: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = shop.version(), shop.behave("ok")
    hooks = shop.beside / "hooks"
    planned = shop.op("create_deployment", environment="development")
    plan = shop.until(planned["id"], lambda each: each["state"] == "planned")
    run = {"deployment": plan["id"], "digest": plan["digest"]}
    resumed = survive(shop, "deploy", "deploy_project", run, (old, new))
    assert hooks.read_text().splitlines().count(new) == 1, "the command that runs before ran once"
    resumed += survive(shop, "scale", "scale_deployment", {**HERE, "service": "web", "instances": 2}, (new,))
    members = shop.supervisor("GET", "/v1/services/prj_shop01.development.web/observed")["shares"][0]["members"]
    assert len(members) == 2
    resumed += survive(shop, "rollback", "rollback_deployment", HERE, (new, old))
    assert hooks.read_text().splitlines().count(old) == 1
    assert shop.op("verify_audit")["holds"]
    with capsys.disabled():
        print(
            f"\n{len(resumed)} of the kill -9 timed: the interrupted work went on "
            f"{statistics.median(resumed):.2f} s (median), {max(resumed):.2f} s (longest) after its process started"
        )

"""A supervisor that was started from older code meets the daemon of newer code."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.supervisor_rig import ENVIRONMENT, KEY, ROOT, Refused, Rig, load, share, until
from tests.support.command_line import CommandLine
from tests.support.scene import SETTLED, Scene

from kr8.supervisor.codec import encode
from kr8.supervisor.program import installed
from kr8.supervisor.wire import PutDesired, PutPromoted

SOURCE = ROOT / "src" / "kr8"
UNKNOWN = "stop_grace_s"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The code of a supervisor that does not know a field which every newer daemon sends, and tells no program."""
    source = tmp_path / "src"
    shutil.copytree(SOURCE, source / "kr8", ignore=shutil.ignore_patterns("__pycache__"))
    supervisor = source / "kr8" / "supervisor"
    for file in supervisor.rglob("*.py"):
        text = re.sub(rf"^    {UNKNOWN}: float.*\n", "", file.read_text(), flags=re.MULTILINE)
        text = re.sub(rf"[\w.]+\.{UNKNOWN}", "10.0", text)
        text = re.sub(rf"^ *{UNKNOWN}=.*,\n", "", text, flags=re.MULTILINE)
        file.write_text(re.sub(r'^    \("GET", "/v1/program".*\n', "", text, flags=re.MULTILINE))
        assert UNKNOWN not in file.read_text()
    return source


def install(source: Path) -> None:
    """The newer code in the place of the older."""
    shutil.copytree(SOURCE, source / "kr8", ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)


def as_it_knows(body: object) -> object:
    """What an older daemon would have sent."""

    def known(value: object) -> object:
        if isinstance(value, dict):
            return {name: known(each) for name, each in value.items() if name != UNKNOWN}
        return [known(each) for each in value] if isinstance(value, list) else value

    return known(encode(body, sparse=True))


def serve(rig: Rig, release: str) -> None:
    """Have an older supervisor run a service, as an older daemon had it."""
    rig.ask("PUT", f"/v1/services/{KEY}/desired", as_it_knows(PutDesired(1, rig.desired(share(release, 2)))))
    rig.settled()


def pids(rig: Rig) -> set[int | None]:
    return {member.pid for each in rig.observed().shares for member in each.members}


@pytest.fixture
def scene(older: Path) -> Iterator[tuple[Scene, Rig]]:
    with Scene() as scene, Rig(scene.home, older) as rig:
        scene.declare()
        rig.start()
        serve(rig, "v1")
        with pytest.raises(Refused, match=rf"malformed.*{UNKNOWN}: unknown field"):
            rig.put(rig.desired(share("v1", 2)))
        yield scene, rig


def programs(scene: Scene) -> dict[str, Any]:
    """What doctor says of them."""
    checks = scene.cli("doctor", code=None).value["checks"]
    found: dict[str, Any] = next(check for check in checks if check["name"] == "programs")
    return found


def test_it_becomes_the_daemons_program_and_traffic_does_not_notice(scene: tuple[Scene, Rig], older: Path) -> None:
    shop, rig = scene
    health, proxy, members = rig.health(), rig.observed().proxy_pid, pids(rig)
    assert health is not None
    with load(rig.port) as traffic:
        install(older)
        version = shop.start_project()
        until(lambda: programs(shop)["result"] == "ok", "both are one program")
        now = rig.health()
        assert now is not None
        assert (now.pid, rig.settled().proxy_pid, pids(rig)) == (health.pid, proxy, members)
        assert rig.ask("GET", "/v1/program") == encode(installed())
        shop.deploy()  # a service more: HAProxy loads that in a process of its own
        count = traffic.total
        until(lambda: traffic.total > count + 50, "traffic goes on")
    assert (traffic.failures, traffic.refused) == ([], [])
    assert shop.version() == version
    assert (shop.supervisor_pid, pids(rig)) == (health.pid, members)
    assert installed().digest[:8] in programs(shop)["what"]


def test_one_that_stays_as_it_was_is_told_of_and_mended_as_it_says(scene: tuple[Scene, Rig]) -> None:
    shop, rig = scene
    health, proxy, members = rig.health(), rig.observed().proxy_pid, pids(rig)
    assert health is not None
    with load(rig.port) as traffic:
        version = shop.start_project()
        opened = shop.op("deploy_project", environment="development")
        seen = shop.until(opened["id"], lambda each: each["problem"] is not None)
        assert seen["problem"]["code"] == "programs_differ", seen["problem"]
        mend = f"`kill {health.pid}` ends the supervisor alone"
        assert mend in seen["problem"]["mend"] and f"{UNKNOWN}: unknown field" in seen["problem"]["why"]
        said = programs(shop)
        assert said["result"] == "broken" and mend in said["mend"]
        assert mend in (shop.home / "logs" / "daemon.log").read_text()
        os.kill(health.pid, signal.SIGTERM)
        until(lambda: (now := rig.health()) and now.pid != health.pid, "the daemon's own supervisor")
        until(lambda: programs(shop)["result"] == "ok", "both are one program")
        assert (rig.settled().proxy_pid, pids(rig)) == (proxy, members)
        shop.until(opened["id"], lambda each: each["state"] in SETTLED)
        shop.deploy()
    assert (traffic.failures, traffic.refused) == ([], [])
    assert shop.version() == version
    assert pids(rig) == members
    shop.cli("stop", "--services", "--yes")


def test_the_way_back_without_a_daemon_is_understood_by_an_older_supervisor(older: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "run" / "start.lock").mkdir(parents=True)  # where its lock cannot be made, no daemon can be started
    (tmp_path / "kr8.toml").write_text('[project]\nname = "shop"\nid = "shop"\n[environments.production]\n')
    with Rig(home, older).start() as rig:
        for generation, release in ((1, "v1"), (2, "v2")):
            serve(rig, release)
            promoted = PutPromoted(1, generation, release, {KEY: rig.desired(share(release, 2))})
            rig.ask("PUT", f"/v1/environments/{ENVIRONMENT}/promoted", as_it_knows(promoted))
        with load(rig.port) as traffic:
            done = CommandLine(home, tmp_path).run("rollback", "production")
        serves = [each.release for each in rig.observed().shares if each.instances]
    assert done.code == 0, done.out + done.error
    assert serves == ["v1"]
    assert (traffic.failures, traffic.refused) == ([], [])

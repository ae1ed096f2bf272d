"""A supervisor that cannot read what it must run lets all go on, and says so, until somebody has decided."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import KEY, Refused, Rig, load, share, until
from tests.integration.supervisor_shop import Shop
from tests.support.damages import DAMAGES, GARBAGE, Damage, garbage, truncated
from tests.support.scene import SETTLED, Scene, blue_green

STATE = "supervisor/state.json"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Rig(tmp_path_factory.mktemp("lost") / "home").start() as rig:
        shop = Shop(rig)
        shop.deploy()
        yield shop


@pytest.mark.parametrize("damage", DAMAGES)
def test_all_goes_on_and_nothing_is_written_until_the_state_is_put_back(shop: Shop, damage: Damage) -> None:
    rig, before = shop.rig, shop.members()
    path = rig.home / STATE
    kept = path.with_name("kept")
    with load(rig.port) as traffic:
        rig.kill()
        shutil.copy(path, kept)
        damage(path)
        damaged = content(path)
        rig.start()
        assert str(path) in shop.troubles() and "kr8 stop --services" in shop.troubles()
        assert "state.json" in rig.log()
        with pytest.raises(Refused) as refused:
            rig.put(rig.desired(share("another", 1)), epoch=1000)
        assert (refused.value.status, refused.value.problem.code) == (503, "state_unreadable")
        seen = traffic.total
        until(lambda: traffic.total > seen + 100, "traffic goes on")
        assert content(path) == damaged
        put_back(shop, kept)
        assert shop.members() == before
        release = shop.deploy()
        until(lambda: traffic.answers[release] > 20, "the next release answers")
    assert (traffic.failures, traffic.refused) == ([], [])


def test_a_killed_proxy_comes_back_as_it_was_and_output_is_kept(shop: Shop) -> None:
    rig, release = shop.rig, shop.deploy()
    path = rig.home / STATE
    instance, pid = shop.members()[0]
    rig.kill()
    shutil.copy(path, path.with_name("kept"))
    truncated(path)
    rig.start()
    health = rig.health()
    assert health is not None and health.proxy_pid is not None
    with load(rig.port) as traffic:
        os.kill(health.proxy_pid, signal.SIGKILL)
        seen = traffic.total
        until(lambda: traffic.total > seen + 100, "answers")
    assert (traffic.refused, set(traffic.answers)) == ([], {release})
    with Path(f"/proc/{pid}/fd/2").open("w") as stderr:
        stderr.write("said meanwhile\n")
    until(lambda: "said meanwhile" in (rig.home / "logs" / KEY / f"{instance}.jsonl").read_text(), "the line")
    put_back(shop, path.with_name("kept"))
    assert shop.members() == [(instance, pid)]


def test_who_gives_a_state_up_begins_anew_and_still_has_the_file(tmp_path: Path) -> None:
    with Rig(tmp_path / "home").start() as rig:
        shop = Shop(rig)
        shop.deploy()
        rig.kill()
        garbage(rig.home / STATE)
        rig.start()
        rig.ask("POST", "/v1/shutdown", {"services": "stop"})
        assert rig.process is not None
        rig.process.wait(20)
        assert rig.marked() == {}
        rig.start()
        assert not shop.troubles()
        shop.deploy()
        assert [path.read_bytes() for path in (rig.home / "supervisor").glob("state.json.*")] == [GARBAGE]


def test_people_are_told_what_to_do_and_can_begin_anew() -> None:
    with Scene() as scene:
        scene.declare(development={"strategy": blue_green(), "listen": {"web": scene.at(0)}})
        scene.start_project()
        scene.deploy()
        version, killed = scene.version(), scene.supervisor_pid
        garbage(scene.home / STATE)
        os.kill(killed, signal.SIGKILL)  # and the daemon starts another
        checks = scene.cli("doctor", code=None).value["checks"]
        told = [check["what"] for check in checks if check["result"] == "broken"]
        assert [line for line in told if "state.json" in line and "kr8 stop --services" in line], checks
        status = scene.cli("status").value["environments"][0]["services"][0]
        assert "cannot be read" in status["trouble"], status
        new = scene.behave("ok")
        opened = scene.op("deploy_project", environment="development")
        refused = scene.until(opened["id"], lambda each: each["state"] in SETTLED)
        assert refused["state"] == "failed" and "state_unreadable" in str(refused), refused
        assert scene.version() == version
        asked = scene.cli("stop", "--services", code=None).problem
        assert asked["code"] == "not_confirmed"
        assert "kr8 restart ENVIRONMENT" in scene.cli("stop", "--services", "--yes", as_json=False).out
        assert not scene.processes()
        scene.serve()
        scene.cli("restart", "development")
        assert scene.version() == version
        scene.deploy()
        assert scene.version() == new


def put_back(shop: Shop, kept: Path) -> None:
    """As a person would; then wait until it counts."""
    path = shop.rig.home / STATE
    if path.is_dir():
        shutil.rmtree(path)
    kept.rename(path)
    until(lambda: not shop.troubles(), "it begins anew with what was put back")
    shop.rig.settled()


def content(path: Path) -> bytes | None:
    """The bytes of a file, None of anything else."""
    return path.read_bytes() if path.is_file() else None


def test_where_the_state_was_given_up_kr8_says_so_and_restart_brings_back_what_was_promoted() -> None:
    with Scene() as shop:
        shop.declare()
        shop.start_project()
        version = shop.deploy()["commit"][:12]
        assert shop.cli("status").value["environments"][0]["trouble"] is None
        shop.cli("stop", "--services", "--yes")
        (shop.home / "supervisor" / "state.json").unlink()
        shop.serve()
        told = shop.cli("status").value["environments"][0]["trouble"]
        assert "kr8 restart development" in told
        checks = shop.cli("doctor", code=None).value["checks"]
        assert "broken" in [each["result"] for each in checks if each["name"] == "promoted"]
        shop.cli("restart", "development")
        assert shop.version() == version
        assert shop.cli("status").value["environments"][0]["trouble"] is None
        assert "promoted" not in [each["name"] for each in shop.cli("doctor", code=None).value["checks"]]

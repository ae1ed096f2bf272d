"""A project of several services: needs, a worker, a job, commands that run before, and scales."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from tests.support.load import unhurt
from tests.support.scene import Scene, blue_green, rolling, web
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        declare(scene)
        scene.start_project()
        scene.deploy()
        yield scene


def declare(scene: Scene, reversible: bool = True, **changes: Any) -> None:
    """`front` needs `api`; `mailer` works beside them; `import` ends."""
    notes = scene.beside / "notes"
    before = {"run": ["sh", "-c", f"echo before $KR8_VERSION >> {notes}"], "reversible": reversible}
    services = {
        "front": web(needs=["api"], **changes),
        "api": web(before=before),
        "mailer": {"kind": "worker", "run": ["sh", "-c", "echo mailing; exec sleep 600"], "stop_limit": "1s"},
        "import": {"kind": "job", "run": ["sh", "-c", f"echo imported $KR8_VERSION >> {notes}"]},
    }
    scene.write_toml(
        services,
        {
            "development": {
                "strategy": blue_green(),
                "listen": {"front": scene.at(0), "api": scene.at(1)},
                "scale": {"api": {"min": 1, "max": 3}},
                "keep": 2,
            },
            "other": {"strategy": rolling(), "listen": {"front": scene.at(2), "api": scene.at(3)}},
        },
    )


def notes(scene: Scene) -> list[str]:
    """What the command before and the job have written."""
    return (scene.beside / "notes").read_text().splitlines()


def test_all_services_are_promoted_in_the_order_of_their_needs(shop: Scene) -> None:
    version = shop.version(0)
    assert shop.version(1) == version
    first = shop.see(shop.op("list_deployments", environment="development", limit=50)["deployments"][-1]["id"])
    began = [stage["service"] for stage in first["stages"]]
    assert began.index("api") < began.index("front")
    status = {each["service"]: each for each in shop.op("get_status")["environments"][0]["services"]}
    assert set(status) == {"front", "api", "mailer", "import"}
    assert status["mailer"]["ready"] == 1
    assert notes(shop).count(f"before {version}") == 1 and notes(shop).count(f"imported {version}") == 1
    assert notes(shop).index(f"before {version}") < notes(shop).index(f"imported {version}")


def test_when_one_service_fails_none_is_promoted(shop: Scene) -> None:
    before = shop.version(0)
    declare(shop, run=["sh", "-c", "echo no front today; exit 5"])
    shop.commit()
    with shop.load(1, rate=150) as load:
        seen = shop.deploy(state="rolled_back")
        report = load.stop()
    unhurt(report)
    assert seen["problem"]["code"] == "exited"
    assert (shop.version(0), shop.version(1)) == (before, before), "api went back with front"
    declare(shop)
    shop.commit()
    mended = shop.deploy()["commit"][:12]
    assert (shop.version(0), shop.version(1)) == (mended, mended)


def test_a_scale_stays_within_its_limits(shop: Scene) -> None:
    opened = shop.op("scale_deployment", environment="development", service="api", instances=4)
    seen = shop.ended(opened["id"], "failed")
    assert seen["problem"]["code"] == "out_of_limits" and "1 to 3" in seen["problem"]["why"]
    (told,) = shop.cli("check").value["findings"]
    assert (told["rule"], told["place"]) == ("nothing_scales_by_itself", "environments.development.scale.api")
    assert "does not scale by itself" in shop.cli("check", as_json=False).out


def test_a_check_of_what_no_deployment_takes_ends_with_what_findings_end_with(shop: Scene) -> None:
    file = shop.project / "kr8.toml"
    before = file.read_text()
    file.write_text(before.replace("[services.front]\n", '[services.front]\npath = "nowhere"\n'))
    said = shop.cli("check", code=8)
    assert said.value["refused"] and "folder_missing" in {each["rule"] for each in said.value["findings"]}
    file.write_text(before)
    assert not shop.cli("check").value["refused"]


def test_a_worker_is_restarted_when_it_dies(shop: Scene) -> None:
    key = "prj_shop01.development.mailer"
    before = shop.until_observed(lambda seen: seen["settled"], key)["shares"][0]["members"][0]

    os.kill(before["pid"], signal.SIGKILL)
    shop.until_observed(lambda seen: seen["settled"] and seen["shares"][0]["members"][0]["id"] != before["id"], key)


def test_a_job_that_fails_sends_the_deployment_back(shop: Scene) -> None:
    text = (shop.project / "kr8.toml").read_text()
    shop.commit({"kr8.toml": text.replace("echo imported", "echo cannot import; exit 6; echo")})
    seen = shop.deploy(state="rolled_back")
    shop.commit({"kr8.toml": text})
    assert seen["problem"]["code"] == "exited" and "6" in seen["problem"]["what"], seen["problem"]


def test_a_command_before_that_fails_starts_nothing(shop: Scene) -> None:
    text = (shop.project / "kr8.toml").read_text()
    shop.commit({"kr8.toml": text.replace("echo before", "echo no lock on the database; exit 7; echo")})
    seen = shop.deploy(state="rolled_back")
    shop.commit({"kr8.toml": text})
    assert seen["problem"]["code"] == "before_failed"
    assert "no lock on the database" in seen["problem"]["output"] and seen["stages"] == []


def test_a_rollback_works_with_the_checkout_gone(shop: Scene) -> None:
    old = shop.version(0)
    new = shop.behave("ok")
    shop.deploy()
    away = shop.directory / "away"
    shop.project.rename(away)
    try:
        opened = shop.agent.call("rollback_deployment", project="shop", environment="development", wait_s=25)
        shop.ended(opened["id"])
        assert shop.version(0) == old != new
        gone = shop.cli("deploy", "development", "--project", "shop", "--yes", code=None, where=shop.directory)
        assert gone.problem["code"] == "checkout_gone", gone.problem
    finally:
        away.rename(shop.project)


def test_a_rollback_across_a_command_that_cannot_be_undone_is_refused_with_what_to_do(shop: Scene) -> None:
    declare(shop, reversible=False)
    shop.commit()
    shop.deploy()
    served = shop.version(0)
    opened = shop.op("rollback_deployment", environment="development")
    seen = shop.ended(opened["id"], "failed")
    assert seen["problem"]["code"] == "rollback_irreversible" and "forward" in seen["problem"]["mend"]
    assert shop.version(0) == served


def test_a_service_that_is_no_longer_declared_is_removed_and_a_rollback_brings_it_back(shop: Scene) -> None:
    declare(shop)
    text = (shop.project / "kr8.toml").read_text()
    start, end = text.index("[services.mailer]"), text.index("[services.import]")
    shop.commit({"kr8.toml": text[:start] + text[end:]})
    planned = shop.deploy()
    assert "mailer is removed" in planned["touches"]
    key = "/v1/services/prj_shop01.development.mailer/observed"
    wait_for(lambda: not shop.supervisor("GET", key)["shares"] or None)
    opened = shop.op("rollback_deployment", environment="development")
    shop.ended(opened["id"])
    assert shop.supervisor("GET", key)["shares"][0]["ready"] == 1
    shop.commit({"kr8.toml": text})


def test_releases_that_no_rollback_needs_are_pruned(shop: Scene) -> None:
    for _ in range(3):
        shop.behave("ok")
        shop.deploy()
    kept = {path.name for path in (shop.home / "releases").iterdir()}
    served = shop.op("get_history", environment="development")["promotions"]
    needed = {release for each in served if each["current"] for release in each["releases"].values()}
    assert needed <= kept
    assert len(kept) <= 2 * 4 + 4, "two promotions of four services, and what a withdrawn one shares with them"
    assert [each["back"] for each in served][:3] == ["serves", "at once", "builds pruned"]
    disk = shop.op("doctor")["disk"]
    rows = {(row["kind"], row["project"]): row for row in disk["rows"]}
    on_disk = sum(path.stat().st_blocks * 512 for path in (shop.home / "builds").rglob("*") if path.is_file())
    assert rows["builds", "shop"]["bytes"] <= on_disk + 65536 and rows["builds", "shop"]["frees"] == 0
    assert {("logs", "shop"), ("releases", "shop"), ("store", None)} <= rows.keys() and disk["bytes"] > on_disk / 2

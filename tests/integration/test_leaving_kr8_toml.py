"""What leaves kr8.toml while it serves: a service goes with the deployment, an environment stays until it is ended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from tests.support.load import unhurt
from tests.support.scene import Scene, blue_green, rolling, web

from kr8.surfaces.cli.exits import ExitCode

API = "prj_shop01.development.api"


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        declare(scene, "web", "api")
        scene.start_project()
        yield scene


def declare(scene: Scene, *services: str, staging: bool = True) -> None:
    """A kr8.toml of these services, with or without the environment staging."""
    development = {name: scene.at(number) for number, name in enumerate(services)}
    environments = {"development": {"strategy": rolling(), "listen": development}}
    if staging:
        listen = {name: scene.at(number + 2) for number, name in enumerate(services)}
        limits = {"web": {"min": 1, "max": 2}}
        environments["staging"] = {"strategy": blue_green(), "listen": listen, "scale": limits}
    scene.write_toml({name: web() for name in services}, environments)


def test_a_service_that_leaves_is_drained_and_removed_and_comes_back_by_a_rollback(shop: Scene) -> None:
    shop.deploy()
    old = shop.version(1)
    declare(shop, "web")
    new = shop.commit()
    with shop.load(versions=(old,)) as load:
        load.allow(old, new)
        opened = shop.op("deploy_project", environment="development")
        with shop.load(1) as other:
            shop.in_stage(opened["id"], "roll")
            assert shop.version(1) == old, "until the rest is promoted there is a way back"
            other.stop()
        done = shop.ended(opened["id"])
        load.expect(new)
        report = load.stop()
    unhurt(report)
    assert {each["service"]: each["release"] for each in done["changes"]}["api"] is None
    said = shop.op("get_deployment_logs", deployment=done["id"], step="api finish")["lines"]
    assert any("drains" in line["text"] for line in said), said
    assert shop.until_observed(lambda seen: seen["settled"], API)["shares"] == []
    shop.until_refused(1)
    assert [each["service"] for each in shop.op("get_status")["environments"][0]["services"]] == ["web"]
    back = shop.ended(shop.op("rollback_deployment", environment="development")["id"])
    assert back["state"] == "succeeded"
    assert (shop.version(0), shop.version(1)) == (old, old)


def test_an_environment_that_leaves_is_managed_by_its_name_until_it_is_ended_also_without_a_checkout(
    shop: Scene,
) -> None:
    declare(shop, "web", "api")
    first = shop.commit()
    shop.deploy("staging")
    second = shop.behave("ok")
    shop.deploy("staging")
    declare(shop, "web", "api", staging=False)
    shop.commit()
    refused = shop.cli("plan", "staging", code=ExitCode.REFUSED).problem
    assert refused["code"] == "unknown_environment" and "kr8 down staging" in refused["mend"]
    shown = {each["environment"]: each for each in shop.cli("status").value["environments"]}
    assert not shown["staging"]["in_file"] and shown["staging"]["services"][1]["version"] == second
    assert "kr8.toml names it no more" in shop.cli("status", as_json=False).out
    shutil.rmtree(shop.project)
    here = ("--project", "shop")
    for words, count in ((["env", "staging"], "services"), (["history", "staging"], "promotions")):
        assert len(shop.cli(*words, *here).value[count]) == 2
    assert shop.cli("logs", "--environment", "staging", *here).value["lines"]
    assert shop.cli("scale", "staging", "web", "2", *here).value["state"] == "succeeded"
    over = shop.cli("scale", "staging", "web", "3", *here, code=ExitCode.NOT_SUCCEEDED)
    assert over.problem["code"] == "out_of_limits"
    assert shop.cli("restart", "staging", *here).value["state"] == "succeeded"
    with shop.load(2, versions=(first, second)) as load:
        assert shop.cli("rollback", "staging", *here).value["state"] == "succeeded"
        load.expect(first)
        report = load.stop()
    unhurt(report)
    assert (shop.version(2), shop.version(3)) == (first, first)
    assert shop.cli("down", "staging", "--yes", *here).value["state"] == "succeeded"
    shop.until_refused(2)
    assert [each["environment"] for each in shop.cli("status", *here).value["environments"]] == ["development"]
    assert shop.cli("rollback", "staging", *here).value["state"] == "succeeded"
    assert shop.version(2) == first

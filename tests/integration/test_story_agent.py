"""An agent's day: every operation that it is given, called by a real MCP client over the bridge."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.agent import Refusal
from tests.support.scene import Scene, blue_green, rolling

from kr8.app import catalogue
from kr8.domain.caller import Audience


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare(
            development={"strategy": rolling(), "listen": {"web": scene.at(0)}},
            staging={"strategy": blue_green(), "listen": {"web": scene.at(1)}},
            patient={"strategy": blue_green("15s"), "listen": {"web": scene.at(2)}},
        )
        scene.start_project()
        first = scene.agent.call(
            "deploy_project", project=str(scene.project), environment="development", reason="first", wait_s=25
        )
        scene.ended(first["id"])
        yield scene


def followed(shop: Scene, opened: dict[str, Any]) -> dict[str, Any]:
    """The end of a deployment, as an agent waits for it."""
    seen = opened
    while seen["state"] not in ("succeeded", "failed", "rolled_back", "cancelled", "awaiting_approval"):
        seen = shop.agent.call("get_deployment", deployment=opened["id"], wait_s=25)
    return seen


def test_the_tools_are_the_operations_that_are_not_for_people_alone(shop: Scene) -> None:
    tools = shop.agent.tools()
    assert set(tools) == {each.name for each in catalogue() if each.mark.audience is Audience.EVERYONE}
    for tool in tools.values():
        assert tool.annotations.read_only_hint is not None and tool.output_schema, tool.name


def test_what_is_for_people_is_refused_to_an_agent_by_name(shop: Scene) -> None:
    for each in catalogue():
        if each.mark.audience is Audience.PEOPLE:
            arguments = {name: "x" for name, field in each.request.model_fields.items() if field.is_required()}
            with pytest.raises(Exception, match=r"for people|invalid|not valid|nknown tool"):
                shop.agent.call(each.name, **arguments)


def test_a_template_is_found_and_becomes_a_project_with_a_first_commit(shop: Scene) -> None:
    found = shop.agent.call("list_templates", search="web python")["templates"]
    assert [each["name"] for each in found] == ["web-service"]
    made = shop.agent.call("create_project", name="tea", directory=str(shop.directory / "tea"))
    assert made["commit"] and "kr8.toml" in made["written"]
    assert made["environments"] == ["development", "staging", "production"]
    assert "create_deployment" in made["next_step"]
    with pytest.raises(Refusal) as again:
        shop.agent.call("create_project", name="tea", directory=str(shop.directory / "tea"))
    assert again.value.code == "project_exists"


def test_no_project_lies_where_kr8_and_other_programs_look_for_what_they_run(shop: Scene) -> None:
    tools, user = Path(os.environ["KR8_TOOLS"]), Path.home()
    own = [shop.home, shop.home / "cache" / "checkov", shop.home / "templates" / "tea", tools / "opa" / "new"]
    others = [
        user / ".terraform.d" / "plugins" / "new",
        user / ".ssh" / "new",
        user / "bin",
        shop.project / ".git" / "x",
    ]
    for directory in (*own, *others):
        before = directory.exists()
        with pytest.raises(Refusal) as refused:
            shop.agent.call("create_project", name="tea", directory=str(directory))
        code = refused.value.code
        assert code in ("directory_reserved", "directory_for_people"), directory
        assert code == "directory_reserved" or directory not in own
        assert directory.exists() == before and "nothing was written" in refused.value.problem["what"]


def test_a_plan_says_what_would_change_and_runs_by_its_digest_only(shop: Scene) -> None:
    version = shop.behave("ok")
    planned = shop.agent.call("create_deployment", project="shop", environment="staging", wait_s=25)
    assert planned["state"] == "planned"
    assert version in planned["touches"] and planned["undone_by"] and planned["digest"] in planned["next_step"]
    with pytest.raises(Refusal) as other:
        shop.agent.call("deploy_project", deployment=planned["id"], digest="0" * 64)
    assert other.value.code == "digest_mismatch" and planned["digest"] in other.value.problem["why"]
    run = shop.agent.call("deploy_project", deployment=planned["id"], digest=planned["digest"], wait_s=25)
    assert followed(shop, run)["state"] == "succeeded"
    assert shop.version(1) == version


def test_what_one_environment_has_promoted_is_deployed_to_another_without_a_build(shop: Scene) -> None:
    source = shop.op("get_environment", environment="development")["services"][0]
    opened = shop.agent.call(
        "deploy_project", project="shop", environment="staging", from_environment="development", wait_s=25
    )
    assert followed(shop, opened)["state"] == "succeeded"
    assert shop.op("get_environment", environment="staging")["services"][0]["build"] == source["build"]


def test_an_agent_sees_what_runs_and_cancels_it_in_the_middle_of_a_shift(shop: Scene) -> None:
    before = shop.deploy("patient")["commit"][:12]
    version = shop.behave("ok")
    with shop.load(2, versions=(before,)) as load:
        load.allow(before, version)
        opened = shop.agent.call("deploy_project", project="shop", environment="patient")
        shop.in_stage(opened["id"], "switch")
        running = shop.agent.call("list_deployments", project="shop", environment="patient", active=True)
        line = running["deployments"][0]
        assert (line["id"], line["state"]) == (opened["id"], "running") and line["running_since"]
        shop.agent.call("cancel_deployment", deployment=opened["id"], wait_s=25)
        assert followed(shop, opened)["state"] == "cancelled"
        load.expect(before)
        report = load.stop()
    assert (report["failed"], report["stale"]) == (0, 0), report["examples"]
    with pytest.raises(Refusal) as late:
        shop.agent.call("cancel_deployment", deployment=shop.op("list_deployments")["deployments"][-1]["id"])
    assert late.value.code == "already_promoted" and "rollback" in late.value.problem["mend"]


def test_a_scale_outlives_the_next_deployment(shop: Scene) -> None:
    opened = shop.agent.call(
        "scale_deployment", project="shop", environment="development", service="web", instances=2, wait_s=25
    )
    assert "1" in opened["touches"] and "2" in opened["touches"]
    assert followed(shop, opened)["state"] == "succeeded"
    shop.behave("ok")
    ended = followed(shop, shop.agent.call("deploy_project", project="shop", environment="development", wait_s=25))
    assert (ended["state"], ended["changes"][0]["instances"]) == ("succeeded", 2)
    status = shop.op("get_status")["environments"][0]["services"][0]
    assert (status["wanted"], status["ready"]) == (2, 2)
    again = shop.agent.call(
        "scale_deployment", project="shop", environment="development", service="web", instances=1, wait_s=25
    )
    assert followed(shop, again)["state"] == "succeeded"


def test_logs_are_one_timeline_read_from_its_end_that_cursors_go_back_and_on_with(shop: Scene) -> None:
    ended = shop.deploy("staging")
    page = last = shop.agent.call("get_deployment_logs", deployment=ended["id"], limit=5)
    assert len(last["lines"]) == 5 and last["earlier"] and not last["more"]
    seen = last["lines"]
    while page["earlier"]:
        page = shop.agent.call("get_deployment_logs", cursor=page["earlier"])
        seen = [*page["lines"], *seen]
    texts = [line["text"] for line in seen]
    assert any(text.startswith("promoted: generation") for text in texts)
    assert len({(line["at"], line["source"], line["text"]) for line in seen}) == len(seen), "a line came twice"
    assert [line["at"] for line in seen] == sorted(line["at"] for line in seen)
    shop.get("/print", 1, b"bananas are in stock")
    followed_page = shop.agent.call("get_deployment_logs", cursor=last["cursor"], wait_s=20)
    assert [line["text"] for line in followed_page["lines"]] == ["bananas are in stock"]
    assert followed_page["lines"][0]["untrusted"]


def test_logs_are_filtered_by_source_step_level_text_and_time(shop: Scene) -> None:
    ended = shop.op("list_deployments", environment="staging", limit=1)["deployments"][0]
    stages = shop.agent.call("get_deployment_logs", deployment=ended["id"], source="stages", limit=500)["lines"]
    assert stages and not any("/" in line["source"] for line in stages)
    services = shop.agent.call("get_deployment_logs", deployment=ended["id"], source="services", limit=500)["lines"]
    assert services and all(line["untrusted"] for line in services)
    step = shop.agent.call("get_deployment_logs", deployment=ended["id"], step="switch")["lines"]
    assert step and all("switch" in line["source"] for line in step)
    assert shop.agent.call("get_deployment_logs", deployment=ended["id"], level="error")["lines"] == []
    text = shop.agent.call("get_deployment_logs", deployment=ended["id"], text="generation")["lines"]
    assert text and all("generation" in line["text"] for line in text)
    late = shop.agent.call("get_deployment_logs", deployment=ended["id"], since="2999-01-01T00:00:00Z")
    assert late["lines"] == []


def test_a_rollback_brings_back_what_served_and_a_second_one_goes_further(shop: Scene) -> None:
    versions = [shop.deploy("staging")["commit"][:12]]
    for _ in range(2):
        versions.append(shop.behave("ok"))
        shop.deploy("staging")
    with shop.load(1) as load:
        for back in (versions[1], versions[0]):
            load.allow(*versions)
            opened = shop.agent.call("rollback_deployment", project="shop", environment="staging", wait_s=25)
            assert followed(shop, opened)["state"] == "succeeded"
            assert shop.version(1) == back
            load.expect(back)
        report = load.stop()
    assert (report["failed"], report["stale"]) == (0, 0), report["examples"]
    withdrawn = [each["withdrawn"] for each in shop.op("get_history", environment="staging")["promotions"]]
    assert withdrawn[:4] == [False, True, True, True]

"""A real deployment that can neither stay nor go back: what is seen, what is refused, and each way a person ends it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from tests.support.agent import Refusal
from tests.support.load import Load
from tests.support.scene import Scene, rolling

from kr8.surfaces.cli.exits import ExitCode

RESOLVE = ("deployment", "resolve")


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare(development={"strategy": rolling("500ms"), "listen": {"web": scene.at(0)}})
        scene.start_project()
        scene.deploy()
        yield scene


def damaged(shop: Scene) -> Path:
    """What serves now can go on, but not start again: its build has lost its program; where that lies now."""
    build = shop.op("get_environment", environment="development")["services"][0]["build"]
    program = shop.home / "builds" / str(build) / "files" / "app.py"
    return program.rename(program.with_suffix(".gone"))


def refusal(shop: Scene, tool: str, **arguments: Any) -> str:
    """The code of what an agent is refused."""
    with pytest.raises(Refusal) as refused:
        shop.agent.call(tool, **arguments)
    return refused.value.code


def mend(gone: Path) -> None:
    gone.rename(gone.with_suffix(".py"))


@contextmanager
def stuck(shop: Scene) -> Generator[tuple[str, Path, Load]]:
    """A bad release serves, and what served before cannot come back: the deployment, what is missing, the load."""
    old = shop.version()
    gone, bad = damaged(shop), shop.behave("bad")
    with shop.load(versions=(old, bad)) as load:
        seen = shop.deploy(state="stuck")
        assert seen["problem"]["code"] == "exited", seen["problem"]
        assert any("app.py" in line for line in seen["problem"]["output"]), "its last words say what it misses"
        assert shop.version() == bad
        yield seen["id"], gone, load


def test_while_it_is_stuck_the_environment_is_frozen_and_an_agent_sees_it_and_may_not_decide(shop: Scene) -> None:
    old, generation = shop.version(), shop.generation()
    with stuck(shop) as (deployment, gone, _):
        (status,) = shop.op("get_status")["environments"]
        assert status["frozen_by"] == deployment and status["active"] == f"{deployment}: stuck"
        assert f"frozen by {deployment}: kr8 deployment resolve" in shop.cli("status", as_json=False).out
        for words in (["deploy", "development", "--yes"], ["rollback", "development"], ["restart", "development"]):
            problem = shop.cli(*words, code=ExitCode.REFUSED).problem
            assert problem["code"] == "environment_frozen", problem
            assert f"kr8 deployment resolve {deployment}" in problem["mend"]
        seen = shop.agent.call("get_deployment", deployment=deployment)
        assert seen["state"] == "stuck" and "A person decides" in seen["next_step"]
        here = {"project": str(shop.project), "environment": "development"}
        assert refusal(shop, "deploy_project", **here) == "environment_frozen"
        assert refusal(shop, "scale_deployment", service="web", instances=2, **here) == "environment_frozen"
        assert refusal(shop, "resolve_deployment", deployment=deployment, choice="accept") == "not_for_agents"
        assert "resolve_deployment" not in shop.agent.tools()
        assert shop.generation() == generation

        again = shop.cli(*RESOLVE, deployment, "retry", code=ExitCode.NOT_SUCCEEDED)
        assert again.value["deployment"]["state"] == "stuck", "what it misses is still missing"
        mend(gone)
        back = shop.cli(*RESOLVE, deployment, "return", code=ExitCode.NOT_SUCCEEDED)
        assert back.value["deployment"]["state"] == "rolled_back"
    assert (shop.version(), shop.generation()) == (old, generation)
    assert shop.op("get_status")["environments"][0]["frozen_by"] is None
    new = shop.behave("ok")
    shop.deploy()
    assert shop.version() == new


def test_a_person_tries_again_after_mending_it(shop: Scene) -> None:
    old = shop.version()
    with stuck(shop) as (deployment, gone, _):
        mend(gone)
        back = shop.cli(*RESOLVE, deployment, "retry", code=ExitCode.NOT_SUCCEEDED)
        assert back.value["deployment"]["state"] == "rolled_back"
    assert shop.version() == old


def test_a_person_accepts_what_serves_and_no_request_is_lost_by_that(shop: Scene) -> None:
    generation = shop.generation()
    with stuck(shop) as (deployment, _, load):
        bad, before = shop.version(), load.tell("mark stuck")
        done = shop.cli(*RESOLVE, deployment, "accept")
        assert done.value["state"] == "succeeded" and done.value["generation"] == generation + 1
        load.expect(bad)
        report = load.stop()
    assert (report["failed"], report["stale"]) == (before["failed"], before["stale"]) == (0, 0), report["examples"]
    newest = shop.op("get_history", environment="development")["promotions"][0]
    assert newest["current"] and newest["deployment"] == deployment
    (status,) = shop.op("get_status")["environments"]
    (web,) = status["services"]
    assert (web["version"], web["ready"], web["wanted"], web["trouble"]) == (bad, 1, 1, None)
    assert status["frozen_by"] is None
    rows = shop.cli("audit", "list", "--limit", "50").value["rows"]
    (accepted,) = [row for row in rows if row["operation"] == "accept"]
    said = accepted["untrusted_detail"]
    assert f"generation {generation + 1}" in said and f"web {bad}, 1 instance" in said
    assert any(row["operation"] == "resolve_deployment" and '"accept"' in row["untrusted_detail"] for row in rows)
    kept = shop.supervisor("GET", "/v1/environments/prj_shop01.development")["promoted"][-1]
    assert kept["generation"] == generation + 1, "a reboot brings back what was accepted"
    new = shop.behave("ok")
    shop.deploy()
    assert shop.version() == new


def test_nothing_that_serves_is_nothing_to_accept(shop: Scene) -> None:
    old, generation = shop.version(), shop.generation()
    with stuck(shop) as (deployment, gone, _):
        with suppress(OSError, HTTPException):  # however the connection of a dying process ends
            shop.get("/exit")
        shop.until_observed(lambda seen: not any(each["state"] == "ready" for each in seen["leaving"]))
        refused = shop.cli(*RESOLVE, deployment, "accept", code=ExitCode.REFUSED)
        assert refused.problem["code"] == "not_one_release" and "nothing that is ready" in refused.problem["why"]
        assert shop.see(deployment)["state"] == "stuck" and shop.generation() == generation
        mend(gone)
        back = shop.cli(*RESOLVE, deployment, "return", code=ExitCode.NOT_SUCCEEDED)
        assert back.value["deployment"]["state"] == "rolled_back"
    assert shop.version() == old

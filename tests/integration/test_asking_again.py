"""Whoever asks again with a key gets the deployment that there is: jobs, agents, fifty programs, after a kill too."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.support.scene import Scene, rolling
from tests.support.waiting import wait_for

AT_ONCE = 50
KILLS = 5
LIMIT_S = 60.0
HERE = {"environment": "development"}


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare(development={"strategy": rolling(), "listen": {"web": scene.at(0)}})
        scene.start_project()
        yield scene


def opened(shop: Scene) -> list[str]:
    """Every deployment, newest first."""
    return [each["id"] for each in shop.read("list_deployments", limit=100)["deployments"]]


def asked(shop: Scene, key: str, name: str = "deploy_project", **arguments: Any) -> dict[str, Any]:
    """What a program is answered that asks with a key, and again until somebody answers."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            answer = shop.answer(name, HERE | arguments, **{"Idempotency-Key": key})
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return answer


def test_a_job_that_is_retried_follows_the_deployment_that_it_began(shop: Scene) -> None:
    job = ("deploy", "development", "--yes", "--idempotency-key", "pipeline-17")
    first, again = (shop.cli(*job).value for _ in range(2))
    assert first["id"] == again["id"] and first["state"] == again["state"] == "succeeded"
    assert "An earlier command with this key" in shop.cli(*job, as_json=False).out
    assert shop.generation() == 1 and opened(shop) == [first["id"]]
    new = shop.behave("ok")
    assert shop.cli(*job[:-1], "pipeline-18").value["id"] != first["id"]
    assert shop.version() == new
    problem = shop.cli(*job, "--reason", "another", code=1).problem
    assert problem["code"] == "idempotency_key_reused" and problem["mend"]


def test_an_agent_that_asks_again_rolls_back_once(shop: Scene) -> None:
    before = shop.generation()
    asking = {**HERE, "idempotency_key": "back-to-what-worked"}
    first, again = (shop.agent.call("rollback_deployment", **asking) for _ in range(2))
    shop.ended(first["id"])
    late = shop.agent.call("rollback_deployment", **asking)
    assert first["id"] == again["id"] == late["id"] and late["state"] == "succeeded"
    assert shop.generation() == before + 1


def test_fifty_programs_with_one_key_open_one_deployment(shop: Scene) -> None:
    before = opened(shop)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = [*threads.map(lambda _: asked(shop, "fifty"), range(AT_ONCE))]
    (one,) = {answer["result"]["id"] for answer in answers}
    assert opened(shop) == [one, *before]
    assert sum("repeated" not in answer for answer in answers) == 1
    shop.ended(one)


def test_a_daemon_that_is_killed_while_it_is_asked_opens_one_deployment_a_key(shop: Scene) -> None:
    for number in range(KILLS):
        before, key = opened(shop), f"killed-{number}"
        with ThreadPoolExecutor(AT_ONCE) as threads:
            begun = [threads.submit(asked, shop, key) for _ in range(AT_ONCE)]
            wait_for(lambda: sum(each.done() for each in begun) >= number * 2, LIMIT_S)  # noqa: B023 - called here
            os.kill(shop.daemon, signal.SIGKILL)
            answers = [each.result() for each in begun]
        (one,) = {answer["result"]["id"] for answer in answers}
        assert opened(shop) == [one, *before]
        shop.ended(one)

"""A person ends the daemon, or all that a home runs, and brings it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from tests.support.scene import Scene
from tests.support.waiting import wait_for


@pytest.fixture
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare()
        scene.start_project()
        scene.deploy()
        yield scene


def test_the_daemon_ends_and_stays_ended_while_services_go_on(shop: Scene) -> None:
    told = {check["name"]: check["what"] for check in shop.cli("doctor", code=None).value["checks"]}
    assert f"process {shop.daemon}." in told["daemon"] and "kr8 stop --services" in told["daemon"]
    assert "prj_shop01.development.web" in told["supervisor"]
    version, daemon = shop.version(), shop.supervisor("GET", "/v1/health")["daemon_pid"]
    said = shop.cli("stop").value
    assert (said["daemon"], "services" in said) == (daemon, False)
    assert daemon not in shop.processes()
    assert shop.supervisor("GET", "/v1/health")["daemon_pid"] is None
    assert shop.version() == version
    again = shop.cli("stop", as_json=False).out
    assert "No daemon runs." in again and "prj_shop01.development.web" in again
    assert shop.cli("status").value["environments"][0]["services"][0]["ready"] == 1


def test_everything_ends_only_when_somebody_says_so_and_comes_back(shop: Scene) -> None:
    version = shop.version()
    problem = shop.cli("stop", "--services", code=None).problem
    assert problem["code"] == "not_confirmed" and shop.supervisor("GET", "/v1/health")["daemon_pid"]
    said = shop.cli("stop", "--services", "--yes").value
    assert said["services"] == ["prj_shop01.development.web"] and said["daemon"] and said["supervisor"]
    assert not shop.processes()
    assert shop.cli("stop", "--services", "--yes").value["daemon"] is None
    shop.serve()

    def answers() -> bool:
        with suppress(OSError, KeyError):  # nobody listens yet, or no instance is ready
            return shop.version() == version
        return False

    assert wait_for(answers, 20)

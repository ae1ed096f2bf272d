"""A backup in which something ran, waited and was approved is restored: nothing of it goes on as if no time passed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.agent import Refusal
from tests.support.command_line import CommandLine
from tests.support.keys import signature, ssh_key
from tests.support.scene import Scene, rolling
from tests.support.waiting import wait_for

ENVIRONMENT = "prj_shop01.development"


@pytest.fixture
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare(
            development={"strategy": rolling(bake="2s"), "listen": {"web": scene.at(0)}},
            guarded={
                "strategy": rolling(),
                "listen": {"web": scene.at(1)},
                "approval": {"people": 1, "self": False, "within": "4h"},
            },
        )
        scene.start_project()
        scene.deploy()
        yield scene


def begun(shop: Scene) -> str:
    """A deployment of another version that runs."""
    shop.behave("ok")
    opened = shop.op("deploy_project", environment="development")["id"]
    shop.until(opened, lambda each: each["state"] == "running" and each["stages"])
    return str(opened)


def restored(shop: Scene, copy: Path) -> dict[str, tuple[str, str]]:
    """Put a backup back; what its deployments were and are, by id. The daemon is the next command's to start."""
    shop.cli("stop")
    left = shop.cli("restore", str(copy), "--yes").value["deployments"]
    return {each["deployment"]: (each["was"], each["state"]) for each in left}


def rollback(shop: Scene) -> dict[str, Any] | None:
    """The newest deployment, where it is a rollback."""
    newest: dict[str, Any] = shop.read("list_deployments", environment="development")["deployments"][0]
    return newest if newest["kind"] == "rollback" else None


def test_what_waited_has_ended_and_what_ran_is_what_serves(shop: Scene) -> None:
    planned = shop.op("create_deployment", environment="development", wait_s=25)
    running = begun(shop)
    shop.behave("ok")
    queued = shop.op("deploy_project", environment="development")["id"]
    shop.until(queued, lambda each: each["state"] == "queued")
    copy = shop.directory / "copy"
    shop.cli("backup", str(copy))
    wait_for(lambda: shop.generation() == 3, 60)
    assert shop.ended(shop.see(queued)["replaced_by"])["generation"] == 3, "planned again"
    serves, known = shop.version(), shop.op("get_history", environment="development")["promotions"]
    assert restored(shop, copy) == {
        queued: ("queued", "cancelled"),
        running: ("running", "running"),
        planned["id"]: ("planned", "stale"),
    }
    status = shop.cli("status").value["environments"]
    assert [(each["generation"], each["active"]) for each in status if each["environment"] == "development"] == [
        (3, None)
    ]
    done = shop.ended(running)
    assert (done["generation"], done["problem"]) == (2, None)
    assert shop.see(queued)["problem"]["code"] == "restored"
    assert shop.op("deploy_project", deployment=planned["id"], digest=planned["digest"])["state"] == "stale"
    told = shop.op("get_history", environment="development")["promotions"]
    assert [(each["generation"], each["commit"]) for each in told] == [
        (each["generation"], each["commit"]) for each in known
    ]
    assert shop.version() == serves
    rows = shop.cli("audit", "list").value["rows"]
    assert [row["operation"] for row in rows].count("restore") == 5, "the restore, what it left, and how that ended"
    assert shop.cli("audit", "verify").value["holds"]


def test_a_rollback_without_the_daemon_is_noticed_after_a_restore(shop: Scene) -> None:
    copy = shop.directory / "copy"
    shop.cli("backup", str(copy))
    second = shop.behave("ok")
    shop.deploy()
    shop.behave("ok")
    shop.deploy()
    assert restored(shop, copy) == {}
    shop.serve()
    assert shop.generation() == 3
    shop.cli("stop")
    shop.supervisor("POST", f"/v1/environments/{ENVIRONMENT}/return", {"to": "previous"})
    shop.serve()
    found = wait_for(lambda: rollback(shop), 40)
    assert found["requested_by"].startswith("supervisor")
    assert shop.ended(found["id"])["generation"] == 4
    assert shop.version() == second


def test_what_ran_and_went_no_further_goes_back(shop: Scene) -> None:
    first, copy = shop.version(), shop.directory / "copy"
    running = begun(shop)
    shop.cli("backup", str(copy))
    assert restored(shop, copy) == {running: ("running", "running")}
    shop.serve()
    done = shop.ended(running, "rolled_back")
    assert done["problem"]["code"] == "restored"
    assert shop.version() == first and shop.generation() == 1
    last = shop.behave("ok")
    assert shop.deploy()["generation"] == 2
    assert shop.version() == last


def test_an_approved_plan_that_ran_since_is_not_run_again_by_its_approval(shop: Scene) -> None:
    ann = ssh_key(shop.directory, "ann")
    shop.cli("approver", "add", "ann", "--key", f"{ann}.pub")
    waits = shop.op("deploy_project", environment="guarded")["id"]
    shop.ended(waits, "awaiting_approval")
    copy = shop.directory / "copy"
    shop.cli("backup", str(copy))
    signed = signature(ann, str(shop.op("get_approval_text", deployment=waits)["text"]))
    shop.op("approve_deployment", deployment=waits, signature=signed)
    assert shop.ended(waits)["generation"] == 1
    assert restored(shop, copy) == {waits: ("awaiting_approval", "stale")}
    shop.serve()
    with pytest.raises(Refusal) as refused:
        shop.op("approve_deployment", deployment=waits, signature=signed)
    assert refused.value.code == "not_awaiting_approval"
    assert shop.generation("guarded") == 1 and shop.see(waits)["state"] == "stale"


def test_a_restore_at_work_is_no_daemon_and_is_left_alone(shop: Scene) -> None:
    copy = shop.directory / "copy"
    shop.cli("backup", str(copy))
    shop.cli("stop")
    person = CommandLine(shop.home, shop.project).terminal("restore", str(copy))
    person.expect("[y/N]")
    at_work = int((shop.home / "run" / "daemon.lock").read_text().split()[0])
    told = shop.cli("stop").value
    assert (told["daemon"], told["restore"]) == (None, at_work)
    os.kill(at_work, 0)
    assert "kr8 restore" in shop.cli("stop", as_json=False).out
    other = shop.cli("restore", str(copy), "--yes", code=1).problem
    assert other["code"] == "restore_runs" and str(at_work) in other["what"] and other["outcome"] == "not_started"
    daemon = shop.cli("audit", "list", code=None).problem
    assert f"kr8 restore (process {at_work})" in json.dumps(daemon["output"])
    person.press("y\n")
    assert person.end() == 0, person.text
    assert shop.cli("audit", "verify").value["holds"]

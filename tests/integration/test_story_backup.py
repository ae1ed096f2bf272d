"""A person copies what kr8 remembers, loses what came after, and goes on from the copy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.scene import Scene


@pytest.fixture
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare()
        scene.start_project()
        scene.deploy()
        yield scene


def test_a_backup_is_made_while_kr8_runs_and_restored_while_it_does_not(shop: Scene) -> None:
    copy = shop.directory / "copy"
    made = shop.cli("backup", str(copy)).value
    assert copy.stat().st_mode & 0o777 == 0o600 and made["audit_rows"] > 0
    assert "The keys are not in it" in made["next_step"]
    second = shop.behave("ok")
    shop.deploy()
    running = shop.cli("restore", str(copy), "--yes", code=1).problem
    assert running["code"] == "daemon_runs" and "kr8 stop" in running["mend"] and running["outcome"] == "not_started"
    shop.cli("stop")
    assert shop.cli("restore", str(copy), code=None).problem["code"] == "not_confirmed"
    assert shop.cli("restore", str(copy), "--yes", "--head", "0" * 64, code=1).problem["code"] == "backup_other_head"
    restored = shop.cli("restore", str(copy), "--yes", "--head", made["audit_head"]).value
    assert restored["head"] == made["audit_head"] and restored["replaced"].endswith("kr8.db.replaced-1")
    assert (restored["deployments"], restored["made_at"] is None) == ([], False)
    assert shop.version() == second, "services went on"
    served = shop.cli("status").value["environments"][0]
    assert served["generation"] == 2 and served["commit"].startswith(second), "what serves is learned"
    verdict = shop.cli("audit", "verify").value
    assert verdict["holds"] and "restore" in [row["operation"] for row in shop.cli("audit", "list").value["rows"]]
    third = shop.behave("ok")
    assert shop.deploy()["generation"] == 3
    assert shop.version() == third
    assert shop.cli("rollback", "development").value["state"] == "succeeded"
    assert shop.version() == second

"""The database locked, the store unreadable: one sentence each, and the way back still works."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.agent import Refusal
from tests.support.load import unhurt
from tests.support.scene import Scene, blue_green
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare(development={"strategy": blue_green("1s"), "listen": {"web": scene.at(0)}})
        scene.start_project()
        scene.deploy()
        scene.behave("ok")
        scene.deploy()
        yield scene


def test_a_deployment_that_fails_while_the_database_is_locked_still_goes_back(shop: Scene) -> None:
    before, bad = shop.version(), shop.behave("bad")
    with shop.load(rate=200) as load:
        load.allow(before, bad)
        opened = shop.op("deploy_project", environment="development")
        shop.in_stage(opened["id"], "switch")
        with closing(sqlite3.connect(shop.home / "kr8.db", timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(1)  # how long it is locked is the subject, nothing is waited for
            other.execute("ROLLBACK")
        shop.ended(opened["id"], "rolled_back")
        load.expect(before)
        report = load.stop()
    unhurt(report, bad=(bad,))


def test_a_database_that_stays_locked_is_told_soon_and_the_way_back_goes_through_the_supervisor(shop: Scene) -> None:
    shop.behave("ok")
    old = shop.deploy()["commit"][:12]
    shop.behave("ok")
    new = shop.deploy()["commit"][:12]
    with shop.load(rate=150, versions=(new,)) as load:
        load.allow(old, new)
        with closing(sqlite3.connect(shop.home / "kr8.db", timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # and it never lets go
            began = time.monotonic()
            with pytest.raises(Refusal) as refused:
                shop.op("deploy_project", environment="development")
            said = shop.cli("rollback", "development", as_json=False)
            took = time.monotonic() - began
            seen = shop.until_observed(lambda seen: seen["settled"])
            assert shop.version() == old
            other.execute("ROLLBACK")
        load.expect(old)
        report = load.stop()
    unhurt(report)
    problem = refused.value.problem
    assert (problem["outcome"], problem["retryable"]) == ("not_started", True), problem
    assert "database_locked" in problem["why"] and problem["mend"], problem
    assert took < 20, "5 s each, and not 30"
    assert "the supervisor of this machine rolls back" in said.out + said.err, said
    assert seen["state_saved"]
    shop.cli("stop")
    wait_for(lambda: shop.cli("status").value["environments"][0]["commit"].startswith(old) or None, 60)


def test_a_store_that_cannot_be_read_is_told_in_one_sentence_and_the_way_back_works(shop: Scene) -> None:
    shop.deploy()
    shop.behave("ok")
    shop.deploy()
    older = shop.op("get_history", environment="development")["promotions"][1]["commit"][:12]
    daemon = shop.daemon
    database = shop.home / "kr8.db"
    os.kill(daemon, signal.SIGTERM)
    wait_for(lambda: not Path(f"/proc/{daemon}").exists() or None, 30)
    kept = database.read_bytes()
    database.write_bytes(b"this is no database" * 1000)
    try:
        said = shop.cli("deploy", "development", "--yes", code=None)
        assert said.problem["code"] in ("store_unreadable", "daemon_unreachable"), said.out
        assert said.problem["outcome"] == "not_started" and said.problem["mend"], said.out
        shop.cli("rollback", "development", code=0)
        assert shop.version() == older
    finally:
        database.write_bytes(kept)
    wait_for(lambda: shop.cli("status").value["environments"][0]["commit"].startswith(older) or None, 60)

"""A service that fails: a word of its own for each way, its last lines, and what served before serves again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException

import pytest
from tests.support.load import unhurt
from tests.support.scene import Scene, rolling, web

READY = "3s"
# How it behaves, the word for that, and what its evidence must show.
FAILS = [
    ("exit", "exited", "no such table: carts"),
    ("closed", "port_not_opened", "listening as"),
    ("hang", "hangs", "listening as"),
    ("sick", "never_healthy", "listening as"),
    ("wrong", "wrong_version", "listening as"),
    ("fork", "forked_away", ""),
    ("bloat", "out_of_memory", "listening as"),
]

FAILS_LATE = ("bloat",)


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        health = {"path": "/healthz", "ready_limit": READY, "version_header": "X-App-Version"}
        scene.write_toml(
            {"web": web(health=health, memory="96M", stop_limit="1s")},
            {
                "development": {"strategy": rolling("1s"), "listen": {"web": scene.at(0)}},
                "empty": {"strategy": rolling(), "listen": {"web": scene.at(1)}},
            },
        )
        scene.start_project()
        scene.deploy()
        yield scene


@pytest.mark.parametrize(("mode", "word", "line"), FAILS, ids=[each[0] for each in FAILS])
def test_a_release_that_fails_goes_back_and_leaves_its_evidence(shop: Scene, mode: str, word: str, line: str) -> None:
    before = shop.version()
    bad = shop.behave(mode)
    with shop.load(rate=150, versions=(before,)) as load:
        load.allow(before, bad)  # one that fails late has served for a moment
        seen = shop.deploy(state="rolled_back")
        load.expect(before)
        report = load.stop()
    if mode in FAILS_LATE:  # it was the only one that served when it was killed: what it held is lost, briefly
        assert report["failed"] < 150 * 3 and report["stale"] == 0, report["examples"]
    else:
        unhurt(report)
    evidence = seen["evidence"][0]
    assert word in (seen["problem"]["code"], evidence["failure"].split(":")[0]), (seen["problem"], evidence)
    assert seen["problem"]["code"] == word, "the problem itself names the way it failed"
    assert line in "\n".join(evidence["untrusted_lines"]), evidence
    assert shop.version() == before != bad
    logs = shop.op("get_deployment_logs", deployment=seen["id"], level="error")["lines"]
    assert any(word in each["text"] for each in logs), logs
    status = shop.op("get_status")["environments"][0]["services"][0]
    assert (status["ready"], status["trouble"]) == (1, None)


def test_a_release_that_ignores_sigterm_is_killed_and_that_is_told(shop: Scene) -> None:
    shop.behave("stubborn")
    shop.deploy()
    version = shop.behave("ok")
    with shop.load(rate=150) as load:
        shop.deploy()
        report = load.stop()
    unhurt(report)
    assert shop.version() == version
    key = "/v1/services/prj_shop01.development.web/evidence"
    kept = shop.supervisor("GET", key)
    assert any(each["code"] == "ignores_sigterm" for each in kept), kept


def test_a_release_whose_answers_fail_is_sent_back_by_the_error_gate(shop: Scene) -> None:
    before = shop.version()
    bad = shop.behave("bad")
    with shop.load(rate=300) as load:
        load.allow(before, bad)
        seen = shop.deploy(state="rolled_back")
        load.expect(before)
        report = load.stop()
    unhurt(report, bad=(bad,))
    assert seen["problem"]["code"] == "gate_errors"
    assert seen["evidence"][0]["errors"] > 0


def test_a_first_deployment_that_fails_leaves_nothing_and_says_so(shop: Scene) -> None:
    shop.behave("exit")
    seen = shop.deploy("empty", state="failed")
    assert seen["problem"]["code"] == "exited" and seen["evidence"][0]["exit"] == "exit code 3"
    shop.until_refused(1)


def test_a_program_that_is_not_there_is_named(shop: Scene) -> None:
    text = (shop.project / "kr8.toml").read_text()
    shop.commit({"kr8.toml": text.replace('"python3"', '"python9"')})
    try:
        seen = shop.deploy(state="rolled_back")
    finally:
        shop.commit({"kr8.toml": text})
    assert seen["problem"]["code"] in ("not_started", "cannot_start")
    assert seen["problem"]["output"] == ["python9"], seen["problem"]


def test_an_instance_that_dies_later_is_started_again_and_nobody_is_refused(shop: Scene) -> None:
    shop.behave("ok")
    shop.deploy()
    opened = shop.op("scale_deployment", environment="development", service="web", instances=2)
    shop.ended(opened["id"])
    before = shop.supervisor("GET", "/v1/services/prj_shop01.development.web/observed")["shares"][0]["members"]
    with suppress(OSError, HTTPException):  # however the connection of a dying process ends
        shop.get("/exit")
    shop.until_observed(lambda seen: {m["id"] for m in seen["shares"][0]["members"]} != {m["id"] for m in before})
    shop.until_observed(lambda seen: seen["settled"])
    assert shop.get()[0] == 200

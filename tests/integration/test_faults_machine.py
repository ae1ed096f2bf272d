"""Faults of the machine below a deployment: killed and frozen processes, a queue, a reboot. Traffic does not notice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from demo.reaper import reap
from tests.support.load import unhurt
from tests.support.scene import ENDED, KR8, Scene, blue_green
from tests.support.waiting import wait_for

BAKE = "1500ms"


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        scene.declare(
            development={"strategy": blue_green(BAKE), "listen": {"web": scene.at(0)}},
            held={"strategy": blue_green(BAKE, min_requests=10_000_000), "listen": {"web": scene.at(1)}},
        )
        scene.start_project()
        scene.deploy()
        yield scene


def test_a_second_deployment_waits_and_a_third_takes_its_place(shop: Scene) -> None:
    shop.deploy("held")
    opened = []
    for _ in range(3):
        shop.behave("ok")
        opened.append(shop.op("deploy_project", environment="held")["id"])
        if len(opened) == 1:
            shop.in_stage(opened[0], "switch")  # and there it stays: too little traffic is no pass
        else:
            shop.until(opened[-1], lambda each: each["state"] == "queued")
        if len(opened) == 2:
            waits = shop.op("get_deployment", deployment=opened[1])["waits_for"]
            assert waits is not None and opened[0] in waits
    second = shop.ended(opened[1], "superseded")
    told = shop.op("get_deployment_logs", deployment=second["id"])["lines"]
    assert any(opened[2] in line["text"] for line in told), told
    for deployment in (opened[0], opened[2]):
        shop.in_stage(deployment, "switch")
        shop.op("cancel_deployment", deployment=deployment)
        shop.ended(deployment, "cancelled")


def test_a_frozen_daemon_goes_on_when_it_thaws(shop: Scene) -> None:
    old, new = shop.version(), shop.behave("ok")
    generation = shop.generation()
    with shop.load(versions=(old,)) as load:
        load.allow(old, new)
        opened = shop.op("deploy_project", environment="development")
        shop.in_stage(opened["id"], "switch")
        daemon = shop.daemon
        os.kill(daemon, signal.SIGSTOP)
        try:
            load.tell("mark frozen")
            time.sleep(2)  # how long it is frozen is the subject, nothing is waited for
        finally:
            os.kill(daemon, signal.SIGCONT)
        shop.ended(opened["id"])
        load.expect(new)
        report = load.stop()
    unhurt(report)
    assert shop.generation() == generation + 1


def test_a_daemon_that_was_frozen_while_somebody_rolled_back_is_fenced(shop: Scene) -> None:
    old, new = shop.version(), shop.behave("ok")
    with shop.load(versions=(old,)) as load:
        load.allow(old, new)
        opened = shop.op("deploy_project", environment="development")
        shop.in_stage(opened["id"], "switch")
        daemon = shop.daemon
        os.kill(daemon, signal.SIGSTOP)
        try:
            back = shop.supervisor("POST", "/v1/environments/prj_shop01.development/return", {"to": "current"})
            shop.until_observed(lambda seen: seen["settled"])
        finally:
            os.kill(daemon, signal.SIGCONT)
        seen = shop.until(opened["id"], lambda each: each["state"] in ENDED)
        load.expect(old)
        report = load.stop()
    unhurt(report)
    assert back["epoch"] > 0
    assert (seen["state"], seen["problem"]["code"]) == ("superseded", "fenced"), seen["problem"]
    assert shop.version() == old


def test_the_supervisor_killed_in_mid_switch_comes_back_and_nobody_is_refused(shop: Scene) -> None:
    old, new = shop.version(), shop.behave("ok")
    with shop.load(versions=(old,)) as load:
        load.allow(old, new)
        opened = shop.op("deploy_project", environment="development")
        shop.in_stage(opened["id"], "switch")
        killed = shop.supervisor_pid
        os.kill(killed, signal.SIGKILL)
        shop.ended(opened["id"])
        load.expect(new)
        report = load.stop()
    unhurt(report)
    assert shop.supervisor_pid != killed


def test_the_proxy_killed_in_mid_switch_comes_back_and_nobody_is_refused(shop: Scene) -> None:
    old, new = shop.version(), shop.behave("ok")
    with shop.load(versions=(old,)) as load:
        load.allow(old, new)
        opened = shop.op("deploy_project", environment="development")
        shop.in_stage(opened["id"], "switch")
        killed = shop.proxy_pid
        os.kill(killed, signal.SIGKILL)
        shop.ended(opened["id"])
        load.expect(new)
        report = load.stop()
    # What was in flight in the proxy dies with it; whoever comes is never refused.
    assert "refused" not in report["failed_by_kind"], report["examples"]
    assert report["failed"] <= 16 and set(report["failed_by_kind"]) <= {"reset"}, report["examples"]
    assert (report["stale"], shop.proxy_pid == killed) == (0, False)


def test_a_killed_daemon_is_started_again_without_anybody_asking(shop: Scene) -> None:
    killed = shop.daemon
    os.kill(killed, signal.SIGKILL)
    assert shop.comes_back(killed) != killed


def test_a_daemon_that_is_told_to_end_stays_away_and_the_next_command_starts_one(shop: Scene) -> None:
    ended = shop.daemon
    os.kill(ended, signal.SIGTERM)
    wait_for(lambda: not alive(ended), 30)
    assert shop.get()[0] == 200
    assert shop.cli("status").value["environments"][0]["services"][0]["ready"] == 1
    assert shop.daemon != ended


def test_a_daemon_that_is_told_to_end_while_it_begins_ends_cleanly(shop: Scene) -> None:
    with Scene() as other:
        for patience in (0.0, 0.6, 1.2):
            process = subprocess.Popen(
                [*KR8, "serve"], env=other.variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            wait_for(lambda: (other.home / "run" / "api.sock").exists() or None, 30)
            time.sleep(patience)  # a moment of its beginning, whichever it is
            process.terminate()
            assert process.stderr is not None
            said = process.stderr.read()
            assert process.wait(60) in (0, -signal.SIGTERM) and "Traceback" not in said, said


def test_serve_brings_back_what_was_promoted_after_a_reboot(shop: Scene) -> None:
    shop.behave("ok")
    version = shop.deploy()["commit"][:12]
    opened = shop.op("scale_deployment", environment="development", service="web", instances=2)
    shop.ended(opened["id"])
    shop.behave("ok")
    half = shop.op("deploy_project", environment="development")
    shop.in_stage(half["id"], "warm")
    reap(str(shop.home))
    shop.until_refused()
    serving = subprocess.Popen(
        [*KR8, "serve"], env=shop.variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert wait_for(lambda: answered(shop), 60) in (version, half["commit"][:12])
        seen = shop.until(half["id"], lambda each: each["state"] in ("succeeded", "rolled_back"))
        expected = seen["commit"][:12] if seen["state"] == "succeeded" else version
        shop.until_observed(lambda now: now["settled"] and now["shares"][-1]["ready"] == 2)
        assert shop.version() == expected
    finally:
        serving.terminate()
        serving.wait(60)


def answered(shop: Scene) -> str | None:
    with suppress(OSError, KeyError):
        return shop.version()
    return None


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False

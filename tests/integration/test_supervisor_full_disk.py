"""The disk below a supervisor is full, and stays so: the way back has room of its own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import ENVIRONMENT, KEY, SERVICE, Rig, load, run_spec, share, until
from tests.support.ballast import fill
from tests.support.small_disk import small_disk

from kr8.supervisor.home import Home
from kr8.supervisor.wire import PutPromoted, ShareSpec


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A supervisor whose home has 64 MiB, serving generation 2; nothing of generation 1 runs any more."""
    home = tmp_path / "home"
    with small_disk(home, "64m"), Rig(home).start() as rig:
        for generation, release in ((1, "v1"), (2, "v2")):
            kept = rig.desired(greedy(home, release))
            rig.converge(*kept.shares)
            promoted = PutPromoted(1, generation, release, {KEY: kept})
            rig.ask("PUT", f"/v1/environments/{ENVIRONMENT}/promoted", promoted)
        yield rig


def greedy(home: Path, release: str, traffic: int | None = None) -> ShareSpec:
    """A release that needs 4 MiB of the disk to start."""
    room = Home(home).data(KEY)
    room.mkdir(parents=True, exist_ok=True)
    line = f'dd if=/dev/zero of={room}/{release} bs=1M count=4 && exec "$0" -S {SERVICE} "$1"'
    return share(release, 1, traffic, run_spec(release, argv=("/bin/sh", "-ec", line, sys.executable, "{port}")))


def test_a_release_that_has_to_start_comes_back_while_the_disk_is_full(rig: Rig) -> None:
    with load(rig.port) as traffic:
        (Home(rig.home).data(KEY) / "v1").unlink()
        fill(rig.home / "ballast")
        seen = traffic.total
        until(lambda: traffic.total > seen + 50, "counts are made on a full disk, too")
        returned = rig.ask("POST", f"/v1/environments/{ENVIRONMENT}/return", {"to": "previous"})
        rig.settled()
        until(lambda: traffic.answers["v1"] > 20, "the release before answers")
    assert isinstance(returned, dict) and returned["state_saved"] is True
    assert (traffic.failures, traffic.refused) == ([], [])
    assert [each.release for each in rig.observed().shares] == ["v1"]
    health = rig.health()
    assert health is not None and not health.reserve_kept
    (rig.home / "ballast").unlink()
    until(lambda: (now := rig.health()) is not None and now.reserve_kept, "the reserve is kept again")


def test_traffic_goes_back_to_what_still_runs_though_not_a_byte_can_be_written(rig: Rig) -> None:
    (Home(rig.home).data(KEY) / "v1").unlink()
    rig.converge(greedy(rig.home, "v1", traffic=0), greedy(rig.home, "v2", traffic=100))
    with load(rig.port) as traffic:
        fill(rig.home / "ballast")
        (rig.home / "supervisor" / "reserve").unlink()
        fill(rig.home / "ballast")  # somebody took that, too
        returned = rig.ask("POST", f"/v1/environments/{ENVIRONMENT}/return", {"to": "previous"})
        rig.settled()
        until(lambda: traffic.answers["v1"] > 20, "the release before answers")
        (rig.home / "ballast").unlink()
        until(lambda: rig.observed().state_saved, "what could not be written is written")
    assert isinstance(returned, dict) and returned["state_saved"] is False
    assert (traffic.failures, traffic.refused) == ([], [])


def test_a_supervisor_and_a_proxy_killed_on_a_full_disk_come_back(rig: Rig) -> None:
    with load(rig.port) as traffic:
        fill(rig.home / "ballast")
        before = rig.observed().proxy_pid
        assert before is not None
        os.kill(before, 9)
        until(lambda: rig.observed().proxy_pid not in (None, before), "another proxy")
        rig.kill()
        rig.start()
        rig.settled()
        count = traffic.total
        until(lambda: traffic.total > count + 50, "answers")
    assert traffic.refused == []
    assert rig.observed().proxy_pid != before


def test_a_supervisor_that_finds_no_configuration_on_a_full_disk_takes_over_what_serves(rig: Rig) -> None:
    with load(rig.port) as traffic:
        (Home(rig.home).data(KEY) / "v1").unlink()
        before = rig.observed().proxy_pid
        rig.kill()
        (rig.home / "supervisor" / "proxy" / "haproxy.cfg").unlink()
        (rig.home / "supervisor" / "proxy" / "counters.json").unlink()
        fill(rig.home / "ballast")
        rig.start()
        assert rig.settled().proxy_pid == before
        health = rig.health()
        assert health is not None and "haproxy.cfg cannot be written: No space left" in str(health.troubles)
        rig.ask("POST", f"/v1/environments/{ENVIRONMENT}/return", {"to": "previous"})
        rig.settled()
        until(lambda: traffic.answers["v1"] > 20, "the release before answers")
    assert (traffic.failures, traffic.refused) == ([], [])

"""A supervisor that finds its files damaged, beside a HAProxy and services that go on: traffic never notices."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import Rig, haproxy, load, until
from tests.integration.supervisor_shop import Shop
from tests.support.damages import DAMAGES, Damage, folder, garbage, missing, truncated

PROXY = "supervisor/proxy"
CONFIG = f"{PROXY}/haproxy.cfg"
COUNTS = f"{PROXY}/counters.json"
FILES = ("supervisor/journal.jsonl", "supervisor/reserve", "supervisor/probe", CONFIG, COUNTS)
PIPES = (
    "run/supervisor.sock",
    f"{PROXY}/records.pipe",
    f"{PROXY}/messages.pipe",
    f"{PROXY}/listeners.sock",
    "supervisor/instances/{instance}/stdout",
    "supervisor/instances/{instance}/stderr",
)
CASES = [
    *((file, damage) for file in (CONFIG, COUNTS) for damage in DAMAGES),
    *((file, damage) for file in FILES[:3] for damage in (garbage, folder)),
    *((file, damage) for file in PIPES for damage in (missing, garbage, folder)),
]
"""Every file that it reads or makes at its start; what else a damage of one can do is in the unit tests."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Rig(tmp_path_factory.mktemp("damaged") / "home").start() as rig:
        shop = Shop(rig)
        shop.deploy()
        yield shop


@pytest.mark.parametrize(("file", "damage"), CASES)
def test_it_takes_over_what_serves_and_goes_on_deploying(shop: Shop, file: str, damage: Damage) -> None:
    rig, before = shop.rig, shop.members()
    with load(rig.port) as traffic:
        path = shop.path(file)
        rig.kill()
        damage(path)
        rig.start()
        rig.settled()
        assert shop.members() == before, "what ran runs"
        release = shop.deploy()
        until(lambda: traffic.answers[release] > 20, "the next release answers")
        until(lambda: shop.counted(release) > 20, "its requests are counted")
    assert (traffic.failures, traffic.refused) == ([], [])
    assert not path.is_dir(), "what stood in its place was put aside"


def test_an_older_configuration_is_not_believed(shop: Shop) -> None:
    path = shop.path(CONFIG)
    older = path.read_text()
    release = shop.deploy()
    with load(shop.rig.port) as traffic:
        shop.rig.kill()
        path.write_text(older)
        shop.rig.start()
        shop.rig.settled()
        seen = traffic.total
        until(lambda: traffic.total > seen + 50, "answers")
    assert (traffic.failures, traffic.refused, set(traffic.answers)) == ([], [], {release})
    assert path.read_text() != older


def test_counts_that_are_lost_begin_again_and_it_says_so(shop: Shop) -> None:
    before = shop.counters()
    shop.rig.kill()
    truncated(shop.rig.home / COUNTS)
    shop.rig.start()
    assert shop.counters().reset_id != before.reset_id
    journal = (shop.rig.home / "supervisor" / "journal.jsonl").read_text(errors="replace")
    assert COUNTS in shop.rig.log() and COUNTS in journal


@pytest.mark.parametrize("damage", [missing, garbage, folder])
def test_a_proxy_whose_socket_is_gone_serves_on_and_it_says_what_to_do(shop: Shop, damage: Damage) -> None:
    rig, before = shop.rig, shop.members()
    serving = rig.observed().proxy_pid
    assert serving is not None
    with load(rig.port) as traffic:
        rig.kill()
        damage(rig.home / PROXY / "haproxy.sock")
        rig.start()
        until(lambda: f"kill {serving}" in shop.troubles(), "it says what to do")
        seen = traffic.total
        until(lambda: traffic.total > seen + 100, "traffic goes on")
        assert shop.members() == before
    assert (traffic.failures, traffic.refused) == ([], [])
    os.kill(serving, signal.SIGTERM)
    until(lambda: rig.observed().proxy_pid not in (None, serving), "another takes its place")
    rig.settled()
    shop.deploy()
    until(lambda: not shop.troubles(), "all is well")


def test_a_haproxy_of_an_earlier_kr8_that_does_not_name_its_sockets_is_taken_over(tmp_path: Path) -> None:
    earlier = tmp_path / "haproxy"
    earlier.write_text(
        "#!/bin/sh\n"
        "grep -v socket-stats > earlier.cfg || exit 1\n"  # as long as it waits, it is told nothing
        f'exec {haproxy()} -db -f earlier.cfg -x "$5" < /dev/null\n'
    )
    earlier.chmod(0o700)
    with Rig(tmp_path / "home") as rig:
        rig.haproxy = str(earlier)
        shop = Shop(rig.start())
        shop.deploy()
        with load(rig.port) as traffic:
            rig.kill()
            rig.haproxy = haproxy()
            rig.start()
            rig.settled()
            release = shop.deploy()
            until(lambda: traffic.answers[release] > 20, "the next release answers")
        assert (traffic.failures, traffic.refused) == ([], [])


def test_after_a_reboot_with_every_file_but_the_state_damaged_it_brings_back_what_was_promoted(shop: Shop) -> None:
    rig, release = shop.rig, shop.deploy()
    health, members = rig.health(), shop.members()
    assert health is not None and health.proxy_pid is not None
    rig.kill()
    for pid in (health.proxy_pid, *(pid for _, pid in members)):
        os.kill(pid, signal.SIGKILL)
    for file in FILES:
        garbage(rig.home / file)
    rig.start()
    rig.settled()
    with load(rig.port) as traffic:
        until(lambda: traffic.answers[release] > 50, "answers")
    assert (traffic.failures, traffic.refused) == ([], [])


def test_a_home_that_has_no_place_for_a_lock_is_refused_in_one_sentence(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "home")
    (rig.home / "run" / "supervisor.lock").mkdir(parents=True)
    rig.start()
    assert rig.process is not None and rig.process.returncode == 4
    assert "supervisor.lock" in rig.log() and "Traceback" not in rig.log()

"""What only the real engine has: one a process, code versions, replicas, outages of its database."""

import asyncio
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.engines import SECRET, DbosLives, forget_all_work, prepare, sqlite_url, until
from tests.support.postgres import Postgres

from kr8.domain.problem import Refused
from kr8.ports.engine import Steps


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = sqlite_url(tmp_path_factory.mktemp("engine"))
    prepare(url)
    return url


@pytest.fixture
def lives(prepared: str) -> DbosLives:
    forget_all_work(prepared)
    return DbosLives(prepared)


class Service:
    """A workflow that can be held in its second step."""

    def __init__(self) -> None:
        self.effects: list[str] = []
        self.ended: list[str] = []
        self.hold = True

    async def run(self, steps: Steps, deployment: str) -> None:
        await steps.run("first", int, self._first)
        await steps.run("second", int, self._second)
        self.ended.append(deployment)

    async def _first(self) -> int:
        self.effects.append("first")
        return 1

    async def _second(self) -> int:
        self.effects.append("second")
        await until(lambda: not self.hold)
        return 2


async def interrupt_in_second_step(lives: DbosLives, service: Service) -> None:
    async with lives.life({"run": service.run}) as engine:
        await engine.enqueue("run", "dep_1", "shop.production")
        await until(lambda: service.effects == ["first", "second"])
    service.hold = False


def test_a_second_engine_in_one_process_is_refused_and_the_first_one_goes_on(lives: DbosLives) -> None:
    service = Service()
    service.hold = False

    async def story() -> str:
        async with lives.life({"run": service.run}) as engine:
            with pytest.raises(Refused) as refused:
                async with lives.life({}):
                    pass
            await engine.enqueue("run", "dep_1")
            await until(lambda: service.ended == ["dep_1"])
        async with lives.life({"run": service.run}) as engine:
            await engine.enqueue("run", "dep_2")
            await until(lambda: service.ended == ["dep_1", "dep_2"])
        return refused.value.problem.code

    assert asyncio.run(story()) == "engine_running"


def test_a_start_that_fails_leaves_room_for_the_next_one(lives: DbosLives, tmp_path: Path) -> None:
    async def story() -> None:
        with pytest.raises(Exception, match="unable to open database file"):
            async with DbosLives(sqlite_url(tmp_path / "absent")).life({}):
                pass
        async with lives.life({}) as engine:
            assert await engine.foreign() == ()

    asyncio.run(story())


def test_threads_of_asyncio_still_work_after_a_stop(lives: DbosLives) -> None:
    async def story() -> int:
        async with lives.life({}):
            pass
        return await asyncio.to_thread(lambda: 7)

    assert asyncio.run(story()) == 7


def test_enqueueing_before_the_start_is_refused_and_may_be_tried_again(lives: DbosLives) -> None:
    async def story() -> Refused:
        async with lives.life({}) as engine:
            pass
        with pytest.raises(Refused) as refused:
            await engine.enqueue("run", "dep_1")
        return refused.value

    problem = asyncio.run(story()).problem
    assert (problem.code, problem.retryable) == ("engine_not_started", True)


def test_what_another_version_began_never_runs_here_until_it_is_adopted_from_its_start(lives: DbosLives) -> None:
    old, new = Service(), Service()
    new.hold = False

    async def story() -> None:
        await interrupt_in_second_step(lives, old)
        async with replace(lives, version="2").life({"run": new.run}) as engine:
            assert await engine.foreign() == (("run", "dep_1", "1"),)
            await engine.enqueue("run", "dep_1", "shop.production")
            await engine.enqueue("run", "dep_2", "shop.staging")
            await until(lambda: new.ended == ["dep_2"])
            await engine.adopt("run", "dep_1")
            await engine.adopt("run", "dep_1")
            await until(lambda: new.ended == ["dep_2", "dep_1"])
            assert await engine.foreign() == ()
        async with lives.life({"run": old.run}) as engine:
            assert await engine.foreign() == ()

    asyncio.run(story())
    assert new.effects == ["first", "second"] * 2
    assert old.ended == []


def test_what_a_dead_replica_had_taken_up_goes_on_elsewhere_once_it_is_recovered(lives: DbosLives) -> None:
    service = Service()

    async def story() -> None:
        await interrupt_in_second_step(replace(lives, executor="replica-a"), service)
        async with replace(lives, executor="replica-b").life({"run": service.run}) as engine:
            await engine.enqueue("run", "dep_2", "shop.staging")
            await until(lambda: service.ended == ["dep_2"])
            assert await engine.recover(["replica-a"]) == ("run-dep_1",)
            assert await engine.recover(["replica-a"]) == ()
            await until(lambda: service.ended == ["dep_2", "dep_1"])

    asyncio.run(story())
    assert service.effects == ["first", "second", "first", "second", "second"]


def test_a_crash_that_nobody_could_be_told_of_is_told_later(lives: DbosLives) -> None:
    lives.untold = 1

    async def run(steps: Steps, deployment: str) -> None:
        raise RuntimeError("a defect")

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1", "shop.production")
            await until(lambda: bool(lives.crashes))

    asyncio.run(story())
    assert [deployment for deployment, _ in lives.crashes] == ["dep_1"]


def test_work_goes_on_after_an_outage_of_postgresql(caplog: pytest.LogCaptureFixture) -> None:
    service = Service()

    async def story(server: Postgres, lives: DbosLives) -> None:
        async with lives.life({"run": service.run}) as engine:
            await engine.enqueue("run", "dep_1", "shop.production")
            await until(lambda: service.effects == ["first", "second"])
            server.stop()
            service.hold = False
            await until(
                lambda: "Database connection failed" in caplog.text
            )  # the step ended and could not be journaled
            server.start()  # in this thread: the server ends with the thread that started it
            await until(lambda: bool(service.ended), limit_s=60)

    with Postgres() as server, server.database() as name:
        url = server.url(name, "+psycopg")
        prepare(url)
        asyncio.run(story(server, DbosLives(url)))
    assert service.ended == ["dep_1"]
    assert service.effects.count("first") == 1


def test_an_engine_whose_database_is_gone_lets_go_of_its_threads(caplog: pytest.LogCaptureFixture) -> None:
    service = Service()

    async def story(server: Postgres, lives: DbosLives) -> None:
        async with lives.life({"run": service.run}) as engine:
            await engine.enqueue("run", "dep_1", "shop.production")
            await until(lambda: service.effects == ["first", "second"])
            server.stop()
            service.hold = False
            await until(lambda: "Database connection failed" in caplog.text)
            assert at_work()

    with Postgres() as server, server.database() as name:
        url = server.url(name, "+psycopg")
        prepare(url)
        asyncio.run(story(server, DbosLives(url)))
        asyncio.run(until(lambda: not at_work()))
        server.start()


def at_work() -> list[threading.Thread]:
    """The engine's threads, which a process waits for before it ends."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("dbos-executor")]


def test_the_journal_is_json_without_secrets_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lives = DbosLives(sqlite_url(tmp_path))

    async def fail() -> int:
        raise ValueError(f"the password is {SECRET}")

    async def run(steps: Steps, deployment: str) -> None:
        await steps.run("fails", int, fail)

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1")
            await until(lambda: bool(lives.crashes))

    asyncio.run(story())
    with sqlite3.connect(tmp_path / "kr8.db") as connection:
        forms = connection.execute(
            "SELECT serialization FROM operation_outputs UNION SELECT serialization FROM workflow_status"
        ).fetchall()
    assert forms == [("kr8_json",)]
    assert all(SECRET.encode() not in file.read_bytes() for file in tmp_path.iterdir())
    assert lives.crashes[0][0] == "dep_1"
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")

"""What every engine does: the fake, DBOS on SQLite, DBOS on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from tests.support.engines import SECRET, DbosLives, FakeLives, forget_all_work, prepare, sqlite_url, until
from tests.support.postgres import Postgres

from kr8.domain.deployment import Event, NotAllowed, State
from kr8.domain.model import Model
from kr8.domain.problem import Outcome, Refused, refuse
from kr8.domain.target import Failure, FailureCode
from kr8.ports.engine import Steps
from kr8.ports.target import Fenced, Stuck, Unreachable

T = TypeVar("T")

AnyLives = FakeLives | DbosLives


@pytest.fixture(scope="module")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = sqlite_url(tmp_path_factory.mktemp("engine"))
    prepare(url)
    return url


@pytest.fixture(scope="module")
def prepared_postgres(postgres: Postgres) -> Iterator[str]:
    with postgres.database() as name:
        url = postgres.url(name, "+psycopg")
        prepare(url)
        yield url


@pytest.fixture(params=["fake", "sqlite", "postgres"])
def lives(request: pytest.FixtureRequest) -> AnyLives:
    if request.param == "fake":
        return FakeLives()
    url: str = request.getfixturevalue(f"prepared_{request.param}")
    forget_all_work(url)
    return DbosLives(url)


def giving(value: T) -> Callable[[], Awaitable[T]]:
    async def work() -> T:
        return value

    return work


def raising(error: Exception, cause: Exception | None = None) -> Callable[[], Awaitable[int]]:
    async def work() -> int:
        raise error from cause

    return work


class Instance(Model):
    name: str
    at: datetime
    age: timedelta
    ports: tuple[int, ...]
    note: str | None = None


def test_workflows_of_one_key_run_one_at_a_time_in_order(lives: AnyLives) -> None:
    events: list[str] = []

    async def run(steps: Steps, deployment: str) -> None:
        events.append(f"{deployment} begins")
        await steps.run("work", int, giving(1))
        await asyncio.sleep(0.05)
        events.append(f"{deployment} ends")

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            for number in (1, 2, 3):
                await engine.enqueue("run", f"dep_{number}", "shop.production")
            await until(lambda: len(events) == 6)

    asyncio.run(story())
    assert events == [f"dep_{number} {what}" for number in (1, 2, 3) for what in ("begins", "ends")]


def test_workflows_of_different_keys_and_of_no_key_run_side_by_side(lives: AnyLives) -> None:
    begun: set[str] = set()
    all_begun = asyncio.Event()
    ended: list[str] = []

    async def run(steps: Steps, deployment: str) -> None:
        begun.add(deployment)
        if len(begun) == 4:
            all_begun.set()
        await asyncio.wait_for(all_begun.wait(), 20)  # each ends only once all have begun
        ended.append(deployment)

    async def story() -> None:
        async with lives.life({"run": run, "plan": run}) as engine:
            await engine.enqueue("run", "dep_1", "shop.production")
            await engine.enqueue("run", "dep_2", "shop.staging")
            await engine.enqueue("plan", "dep_3")
            await engine.enqueue("plan", "dep_4")
            await until(lambda: len(ended) == 4)

    asyncio.run(story())
    assert not lives.crashes


def test_enqueueing_the_same_pair_again_does_nothing(lives: AnyLives) -> None:
    ran: list[str] = []

    async def run(steps: Steps, deployment: str) -> None:
        ran.append(f"run {deployment}")

    async def plan(steps: Steps, deployment: str) -> None:
        ran.append(f"plan {deployment}")

    async def story() -> None:
        async with lives.life({"run": run, "plan": plan}) as engine:
            await engine.enqueue("run", "dep_1", "shop.production")
            await engine.enqueue("run", "dep_1", "shop.production")
            await until(lambda: len(ran) == 1)
            await engine.enqueue("run", "dep_1", "shop.production")
            await engine.enqueue("plan", "dep_1", "shop.production")
            await engine.enqueue("run", "dep_2", "shop.production")
            await until(lambda: "run dep_2" in ran and "plan dep_1" in ran)

    asyncio.run(story())
    assert sorted(ran) == ["plan dep_1", "run dep_1", "run dep_2"]


def test_after_a_restart_the_journaled_steps_come_back_and_the_interrupted_one_is_done_again(lives: AnyLives) -> None:
    effects: list[str] = []
    results: list[int] = []
    hanging = True

    def step(name: str, value: int) -> Callable[[], Awaitable[int]]:
        async def work() -> int:
            effects.append(name)
            if name == "third" and hanging:
                await asyncio.Event().wait()
            return value

        return work

    async def run(steps: Steps, deployment: str) -> None:
        names = ("first", "second", "third", "fourth")
        results.append(sum([await steps.run(name, int, step(name, 10**at)) for at, name in enumerate(names)]))

    async def story() -> None:
        nonlocal hanging
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1", "shop.production")
            await engine.enqueue("run", "dep_2", "shop.production")
            await until(lambda: effects == ["first", "second", "third"])
        hanging = False
        async with lives.life({"run": run}):
            await until(lambda: len(results) == 2)

    asyncio.run(story())
    assert effects[:5] == ["first", "second", "third", "third", "fourth"]
    assert effects[5:] == ["first", "second", "third", "fourth"]
    assert results == [1111, 1111]
    assert not lives.crashes


def test_values_come_back_as_what_they_were_from_json(lives: AnyLives) -> None:
    instance = Instance(
        name="api-1 ${x} {{y}} \u202e \x00 'quoted' \"twice\"\n",
        at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
        age=timedelta(seconds=1.5),
        ports=(80, 8000),
    )
    seen: list[object] = []

    async def run(steps: Steps, deployment: str) -> None:
        seen.append(await steps.run("model", Instance, giving(instance)))
        seen.append(await steps.run("nothing", type(None), giving(None)))
        seen.append(await steps.run("several", tuple[Instance, ...], giving((instance, instance))))
        seen.append(await steps.run("state", State, giving(State.RUNNING)))

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1")
            await until(lambda: len(seen) == 4 or bool(lives.crashes))

    asyncio.run(story())
    assert seen == [instance, None, (instance, instance), State.RUNNING]
    assert not lives.crashes


def test_a_large_result_comes_back_whole(lives: AnyLives) -> None:
    large = "ä\n" * 2_000_000
    seen: list[bool] = []

    async def run(steps: Steps, deployment: str) -> None:
        seen.append(await steps.run("large", str, giving(large)) == large)

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1")
            await until(lambda: bool(seen))

    asyncio.run(story())
    assert seen == [True]


FAILURE = Failure(
    code=FailureCode.NEVER_HEALTHY, what="It never got healthy.", instance="api-1", release=f"rel_{'0' * 16}"
)
ERRORS = {
    "refused": refuse("disk_full", "The disk is full.", why=f"of {SECRET}", mend="Free some.", outcome=Outcome.DONE),
    "stuck": Stuck(FAILURE),
    "fenced": Fenced(3, 4),
    "unreachable": Unreachable("no answer"),
    "not_allowed": NotAllowed(State.PROMOTED, Event.CANCEL),
}


@pytest.mark.parametrize("kind", sorted(ERRORS))
def test_an_error_that_kr8_knows_reaches_the_workflow_as_it_was_also_after_a_restart(
    lives: AnyLives, kind: str
) -> None:
    caught: list[Exception] = []
    attempts: list[int] = []
    hanging = True

    async def fail() -> int:
        attempts.append(1)
        raise ERRORS[kind]

    async def hang() -> int:
        if hanging:
            await asyncio.Event().wait()
        return 1

    async def run(steps: Steps, deployment: str) -> None:
        try:
            await steps.run("fails", int, fail)
        except Exception as error:
            caught.append(error)
        await steps.run("hangs", int, hang)
        caught.append(ValueError("the end"))

    async def story() -> None:
        nonlocal hanging
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1")
            await until(lambda: len(caught) == 1)
        hanging = False
        async with lives.life({"run": run}):
            await until(lambda: len(caught) == 3)

    asyncio.run(story())
    assert attempts == [1]
    before, after = caught[:2]
    assert type(before) is type(after) is type(ERRORS[kind])
    assert str(before) == str(after) == str(ERRORS[kind]).replace(SECRET, "«redacted»")
    assert before.__dict__ == after.__dict__


def test_an_error_that_nobody_expected_reaches_the_workflow_with_type_and_cause_and_no_secret(lives: AnyLives) -> None:
    caught: list[Refused] = []

    async def run(steps: Steps, deployment: str) -> None:
        try:
            await steps.run("fails", int, raising(KeyError(f"no {SECRET}"), OSError("the socket is gone")))
        except Refused as error:
            caught.append(error)

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1")
            await until(lambda: bool(caught))

    asyncio.run(story())
    problem = caught[0].problem
    assert (problem.code, problem.outcome) == ("step_failed", Outcome.UNKNOWN)
    assert "'fails'" in problem.what
    assert "KeyError: 'no «redacted»'" in problem.output[0]
    assert "caused by OSError: the socket is gone" in problem.output[0]
    assert "socket" not in f"{problem.what} {problem.why} {problem.mend}"


def test_a_result_of_another_type_than_promised_fails_the_step(lives: AnyLives) -> None:
    caught: list[Refused] = []

    async def wrong() -> int:
        return "three"  # type: ignore[return-value]

    async def run(steps: Steps, deployment: str) -> None:
        try:
            await steps.run("wrong", int, wrong)
        except Refused as error:
            caught.append(error)

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1")
            await until(lambda: bool(caught))

    asyncio.run(story())
    assert "PydanticSerializationUnexpectedValue" in "".join(caught[0].problem.output)


def test_a_workflow_that_crashes_is_told_of_with_its_cause_once_and_the_next_one_runs(lives: AnyLives) -> None:
    ran: list[str] = []

    async def run(steps: Steps, deployment: str) -> None:
        ran.append(deployment)
        if deployment == "dep_1":
            raise RuntimeError(f"a defect near {SECRET}") from ZeroDivisionError("by zero")

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1", "shop.production")
            await engine.enqueue("run", "dep_2", "shop.production")
            await until(lambda: ran == ["dep_1", "dep_2"])
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_3", "shop.production")
            await until(lambda: "dep_3" in ran)

    asyncio.run(story())
    assert ran == ["dep_1", "dep_2", "dep_3"]
    ((deployment, text),) = lives.crashes
    assert deployment == "dep_1"
    assert "RuntimeError: a defect near «redacted»" in text
    assert "caused by ZeroDivisionError: by zero" in text


def test_a_step_named_twice_is_a_defect_that_is_told(lives: AnyLives) -> None:
    async def run(steps: Steps, deployment: str) -> None:
        await steps.run("same", int, giving(1))
        await steps.run("same", int, giving(2))

    async def story() -> None:
        async with lives.life({"run": run}) as engine:
            await engine.enqueue("run", "dep_1")
            await until(lambda: bool(lives.crashes))

    asyncio.run(story())
    assert "'same' is named twice" in lives.crashes[0][1]


def test_a_workflow_may_enqueue_another_one_within_a_step_and_between_steps(lives: AnyLives) -> None:
    ran: list[str] = []

    async def story() -> None:
        async def plan(steps: Steps, deployment: str) -> None:
            async def enqueue() -> None:
                await engine.enqueue("run", "dep_2", "shop.production")

            await steps.run("enqueue", type(None), enqueue)
            await engine.enqueue("run", "dep_3", "shop.production")
            await steps.run("after", int, giving(1))
            ran.append(deployment)

        async def run(steps: Steps, deployment: str) -> None:
            ran.append(deployment)

        async with lives.life({"plan": plan, "run": run}) as engine:
            await engine.enqueue("plan", "dep_1")
            await until(lambda: sorted(ran) == ["dep_1", "dep_2", "dep_3"] or bool(lives.crashes))

    asyncio.run(story())
    assert not lives.crashes

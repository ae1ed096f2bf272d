"""On the way back every service tries: one that cannot return leaves no other one on the release that failed."""

from __future__ import annotations

import pytest
from tests.fakes.engine import Death, deaths
from tests.fakes.target import Behaviour
from tests.support.house import HEAD, SHOP, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import Deployment, State
from kr8.domain.target import FailureCode

NEEDED = """\
needs = ["api"]
[services.api]
run = ["serve", "{port}"]
needs = ["db"]
monitoring = { metrics = "/metrics" }
[services.db]
run = ["keep", "{port}"]
monitoring = { metrics = "/metrics" }
[environments.staging]
strategy = { kind = "rolling", bake = "2s" }
listen = { web = "127.0.0.1:8001", api = "127.0.0.1:8002", db = "127.0.0.1:8003" }
"""
KEY = f"{SHOP}.staging"
CANNOT_START = Behaviour(fails=FailureCode.EXITED)


async def failing(api: Behaviour) -> tuple[House, str, str, str]:
    """All three serve the new release when web fails; the old `api` is as told. House, id, (old, new) versions."""
    house = House(HEAD, WEB, NEEDED)
    first = await house.deploy()
    assert first.state is State.SUCCEEDED, first.problem
    old = await house.version() or ""
    new = house.commit()
    house.target.rps = 100
    running = await house.begin()
    await house.until(running, lambda _: house.serving() == {new: 2})
    house.target.behaviours = {new: Behaviour(errors=0.5), "api": api}
    return house, running, old, new


def told(stuck: Deployment) -> str:
    """Why it is stuck."""
    assert stuck.problem is not None and stuck.problem.code == "exited"
    return stuck.problem.why


def test_what_can_return_has_returned_when_the_deployment_is_stuck_and_the_problem_names_what_did_not() -> None:
    async def story() -> None:
        house, running, old, new = await failing(CANNOT_START)
        stuck = await house.reaches(running, State.STUCK)
        assert (house.serving("web"), house.serving("api"), house.serving("db")) == ({old: 2}, {new: 1}, {old: 1})
        assert told(stuck).endswith("Not returned: api (exited). Returned: web, db.")
        assert "Not returned: api (exited). Returned: web, db." in await house.told(running)
        house.target.behaviours = {}
        await house.call("resolve_deployment", deployment=running, choice="retry")
        assert (await house.until(running, lambda found: found.ended_at is not None)).state is State.ROLLED_BACK
        assert house.serving("api") == {old: 1} and not house.crashes

    play(story())


def test_the_first_problem_is_kept_and_every_service_that_did_not_return_is_named() -> None:
    async def story() -> None:
        house, running, _, _ = await failing(CANNOT_START)
        house.target.behaviours["db"] = Behaviour(fails=FailureCode.FLAPS)
        stuck = await house.reaches(running, State.STUCK)
        assert told(stuck).endswith("Not returned: api (exited), db (flaps). Returned: web.")

    play(story())


@pytest.mark.parametrize("choice", ["retry", "return"])
def test_every_service_tries_again_when_a_person_has_chosen(choice: str) -> None:
    async def story() -> None:
        house, running, old, _ = await failing(CANNOT_START)
        house.target.behaviours["db"] = CANNOT_START
        await house.reaches(running, State.STUCK)
        del house.target.behaviours["db"]
        await house.call("resolve_deployment", deployment=running, choice=choice)
        stuck = await house.until(running, lambda found: found.state is State.STUCK and found.choice is None)
        assert told(stuck).endswith("Not returned: api (exited). Returned: web, db.")
        assert house.serving("db") == {old: 1}

    play(story())


def test_the_way_back_is_the_same_wherever_the_daemon_dies_on_it() -> None:
    async def story(death: Death) -> bool:
        house, running, old, new = await failing(CANNOT_START)
        engine = await house.live(death)
        died = False
        while (stuck := await house.get(running)).state is not State.STUCK:
            if engine.died.is_set():
                died, engine = True, await house.live()
            await house.clock.sleep(0.1)
        assert (house.serving("web"), house.serving("api"), house.serving("db")) == ({old: 2}, {new: 1}, {old: 1})
        assert told(stuck).endswith("Not returned: api (exited). Returned: web, db.")
        house.target.behaviours = {}
        await house.call("resolve_deployment", deployment=running, choice="retry")
        done = await house.until(running, lambda found: found.ended_at is not None)
        assert done.state is State.ROLLED_BACK and not house.crashes
        names = house.journal.names("run", running)
        ways = [name for name in names if ": return" in name]
        assert ways == [f"{each}: return{again}" for again in ("", " 1") for each in ("web", "api", "db")]
        return died

    steps = 6  # web's retreat and its watch, the evidence, three ways back
    assert all(play(story(death)) for death in deaths(steps))


def test_what_an_older_version_left_half_returned_is_returned_whole() -> None:
    async def story() -> None:
        house, running, old, new = await failing(CANNOT_START)
        house.target.behaviours["db"] = CANNOT_START
        stuck = await house.reaches(running, State.STUCK)
        assert house.serving("db") == {new: 1}
        await house.engine.now.stop()
        house.journal.entries["run", running].steps.clear()
        await house.deployments.save(stuck.model_copy(update={"started_under": 4}), State.STUCK)
        await house.live()
        house.target.behaviours = {}
        await house.call("resolve_deployment", deployment=running, choice="return")
        assert (await house.until(running, lambda found: found.ended_at is not None)).state is State.ROLLED_BACK
        assert (house.serving("web"), house.serving("api"), house.serving("db")) == ({old: 2}, {old: 1}, {old: 1})
        assert not house.crashes

    play(story())


def test_one_that_another_change_has_overtaken_meanwhile_is_superseded_and_not_stuck() -> None:
    async def story() -> None:
        house, running, _, _ = await failing(Behaviour(ready_after=5, fails=FailureCode.EXITED))
        await house.until(running, lambda found: found.state is State.RETURNING)
        await house.clock.sleep(1)
        house.target.returned(KEY)
        done = await house.ended(running)
        assert done.state is State.SUPERSEDED, done.problem
        assert done.problem is not None and done.problem.code == "fenced"
        assert (await house.record()).frozen_by is None

    play(story())

"""A stuck deployment whose state a person accepts: what is observed counts as promoted, or nothing is."""

from __future__ import annotations

import pytest
from tests.fakes.engine import Death
from tests.fakes.target import Behaviour
from tests.support.house import HEAD, SHOP, WEB, House, ref
from tests.support.virtual import play

from kr8.domain.deployment import Deployment, Event, State
from kr8.domain.target import FailureCode

ROLLING = """\
[environments.staging]
strategy = { kind = "rolling", bake = "2s" }
listen = { web = "127.0.0.1:8001", api = "127.0.0.1:8003" }
"""
API = """\
[services.api]
run = ["serve", "{port}"]
monitoring = { metrics = "/metrics" }
"""


async def new_serves() -> tuple[House, Deployment, str, str]:
    """Stuck on the way back: all of the old is gone and cannot start, all of the new serves. (old, new) versions."""
    house = House(HEAD, WEB, ROLLING.replace(', api = "127.0.0.1:8003"', ""))
    await house.deploy()
    old = await house.version() or ""
    house.target.rps = 100
    new = house.commit()
    house.target.behaviours[new] = Behaviour(errors=0.5)
    running = await house.begin()
    await house.until(running, lambda _: house.serving() == {new: 2})
    house.target.behaviours[old] = Behaviour(fails=FailureCode.EXITED)
    stuck = await house.reaches(running, State.STUCK)
    assert house.serving() == {new: 2}
    return house, stuck, old, new


async def decided(house: House, stuck: Deployment) -> Deployment:
    """The deployment, once it has ended."""
    return await house.until(stuck.id, lambda found: found.ended_at is not None)


def test_the_release_that_serves_is_promoted_and_the_audit_says_what_was_accepted() -> None:
    async def story() -> None:
        house, stuck, _, new = await new_serves()
        await house.call("resolve_deployment", deployment=stuck.id, choice="accept")
        done = await decided(house, stuck)
        assert (done.state, done.generation) == (State.SUCCEEDED, 2)
        assert await house.version() == new and house.serving() == {new: 2}
        assert (await house.current()).instances == {"web": 2}
        assert (await house.record()).frozen_by is None
        assert house.target.baselines[f"{SHOP}.staging"][-1].generation == 2
        (row,) = [each for each in await house.audit.newest() if each.operation == "accept"]
        assert "generation 2" in row.detail and f"web {new}, 2 instances" in row.detail
        assert "accepted as observed" in await house.told(stuck.id)

    play(story())


def test_it_is_what_served_before_that_is_promoted_where_that_is_what_is_there() -> None:
    async def story() -> None:
        house, stuck, old, new = await new_serves()
        served = (await house.current()).commit
        house.target.behaviours[old] = Behaviour()
        house.target.behaviours[new] = Behaviour(leaves=True, fails=FailureCode.EXITED)
        await house.until(stuck.id, lambda _: house.serving() == {old: 2})
        await house.call("resolve_deployment", deployment=stuck.id, choice="accept")
        done = await decided(house, stuck)
        assert (done.state, done.generation) == (State.SUCCEEDED, 2)
        assert await house.version() == old and house.serving() == {old: 2}
        assert (await house.current()).commit == served
        assert "not the plan" in (await house.call("get_deployment", deployment=stuck.id))["next_step"]

    play(story())


def test_as_many_instances_are_promoted_as_there_are() -> None:
    async def story() -> None:
        house, stuck, _, new = await new_serves()
        house.target.lose(ref(), 1)
        assert house.serving() == {new: 1}
        await house.call("resolve_deployment", deployment=stuck.id, choice="accept")
        assert (await decided(house, stuck)).state is State.SUCCEEDED
        assert (await house.current()).instances == {"web": 1} and house.serving() == {new: 1}

    play(story())


@pytest.mark.parametrize("there", ["nothing", "two releases"])
def test_what_is_no_single_release_is_not_accepted_and_the_refusal_says_what_is_there(there: str) -> None:
    async def story() -> None:
        house, stuck, old, new = await new_serves()
        if there == "nothing":
            house.target.lose(ref(), 2)
        else:
            house.target.behaviours[old] = Behaviour()
            house.target.behaviours[new] = Behaviour(leaves=False)
            await house.clock.sleep(1)
        problem = await house.refused("resolve_deployment", deployment=stuck.id, choice="accept")
        assert problem.code == "not_one_release", problem
        assert (f"{old}, 2" in problem.why and f"{new}, 2" in problem.why) or there == "nothing"
        assert "return" in problem.mend
        still = await house.get(stuck.id)
        assert (still.state, still.choice) == (State.STUCK, None)
        assert (await house.record()).generation == 1
        house.target.behaviours.clear()
        await house.call("resolve_deployment", deployment=stuck.id, choice="return")
        assert (await decided(house, stuck)).state is State.ROLLED_BACK
        assert house.serving() == {old: 2}

    play(story())


def test_what_stopped_serving_a_moment_later_is_not_accepted_either() -> None:
    async def story() -> None:
        house, stuck, old, _ = await new_serves()
        house.target.lose(ref(), 2)
        await house.deployments.save(stuck.model_copy(update={"choice": "accept"}), State.STUCK)
        still = await house.until(stuck.id, lambda found: found.choice is None)
        assert still.state is State.STUCK and (await house.record()).frozen_by == stuck.id
        assert "not_one_release" in await house.told(stuck.id)
        house.target.behaviours.clear()
        await house.call("resolve_deployment", deployment=stuck.id, choice="retry")
        assert (await decided(house, stuck)).state is State.ROLLED_BACK
        assert house.serving() == {old: 2} and not house.crashes

    play(story())


def test_nothing_is_accepted_over_what_somebody_else_has_promoted() -> None:
    async def story() -> None:
        house, stuck, _, _ = await new_serves()
        current = await house.current()
        other = stuck.model_copy(update={"id": "dep_other", "state": State.RUNNING})
        await house.deployments.add(other)
        made = current.model_copy(update={"generation": 2, "deployment": other.id})
        assert await house.environments.promote(other.after(Event.BAKED), State.RUNNING, made, None)
        await house.call("resolve_deployment", deployment=stuck.id, choice="accept")
        still = await house.until(stuck.id, lambda found: found.choice is None)
        assert still.state is State.STUCK
        assert "generation_moved" in await house.told(stuck.id)
        assert not house.crashes and (await house.record()).generation == 2

    play(story())


def test_what_was_accepted_stays_wherever_the_daemon_dies() -> None:
    async def story(number: int, when: str) -> bool:
        house, stuck, _, new = await new_serves()
        await house.deployments.save(stuck.model_copy(update={"choice": "accept"}), State.STUCK)
        engine = await house.live(Death(number, "before" if when == "before" else "after"))
        died = False
        while (await house.get(stuck.id)).ended_at is None:
            died = died or engine.died.is_set()
            if died and engine.died.is_set():
                engine = await house.live()
            await house.clock.sleep(0.1)
        assert await house.version() == new and house.serving() == {new: 2}
        record = await house.record()
        assert (record.generation, record.frozen_by) == (2, None)
        assert not house.crashes
        return died

    for when in ("before", "after"):
        number = 1
        while play(story(number, when)):
            number += 1
        assert number > 5


def test_what_was_accepted_stays_although_another_version_of_kr8_brings_it_to_its_end() -> None:
    async def story() -> None:
        house, stuck, old, new = await new_serves()
        house.target.behaviours[old] = Behaviour()
        house.target.behaviours[new] = Behaviour(fails=FailureCode.EXITED)
        await house.until(stuck.id, lambda _: house.serving() == {old: 2})
        house.target.unreachable["promoted"] = 5
        await house.call("resolve_deployment", deployment=stuck.id, choice="accept")
        await house.reaches(stuck.id, State.PROMOTED)
        await house.engine.now.stop()
        house.journal.entries["run", stuck.id].steps.clear()
        found = await house.get(stuck.id)
        await house.deployments.save(found.model_copy(update={"started_under": 0}), State.PROMOTED)
        await house.live()
        assert (await decided(house, stuck)).state is State.SUCCEEDED
        assert house.serving() == {old: 2} and (await house.record()).frozen_by is None
        assert not house.crashes

    play(story())


def test_a_scale_that_was_accepted_is_remembered_as_it_is_and_other_services_are_left_alone() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, API, ROLLING)
        await house.deploy()
        version = await house.version() or ""
        house.target.behaviours[version] = Behaviour(ready_after=1000)
        running = await house.begin("scale_deployment", service="web", instances=4)
        stuck = await house.reaches(running, State.STUCK)
        house.target.behaviours.clear()
        house.target.lose(ref(), 3)
        house.target.lose(ref("api"), 1)
        await house.call("resolve_deployment", deployment=stuck.id, choice="accept")
        assert (await decided(house, stuck)).state is State.SUCCEEDED
        assert (await house.current()).instances == {"web": 1, "api": 1}
        assert (await house.record()).scale == {"web": 1}
        assert house.serving() == {version: 1}

    play(story())


def test_while_it_is_stuck_every_other_change_is_refused_with_what_to_do_and_plans_can_be_made() -> None:
    async def story() -> None:
        house, stuck, _, new = await new_serves()
        house.commit()
        plan = await house.call("create_deployment", environment="staging", wait_s=20)
        changes = {
            "deploy_project": {"environment": "staging"},
            "rollback_deployment": {"environment": "staging"},
            "scale_deployment": {"environment": "staging", "service": "web", "instances": 3},
            "restart": {"environment": "staging"},
            "down": {"environment": "staging", "confirm": "staging"},
        }
        for name, arguments in changes.items():
            problem = await house.refused(name, **arguments)
            assert problem.code == "environment_frozen", name
            assert f"kr8 deployment resolve {stuck.id}" in problem.mend
        ran = await house.refused("deploy_project", deployment=plan["id"], digest=plan["digest"])
        assert ran.code == "environment_frozen"
        assert house.serving() == {new: 2}

    play(story())

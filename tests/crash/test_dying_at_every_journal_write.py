"""The process dies at every journal write, and again while it recovers: the end is the same, and nothing is doubled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from tests.fakes.engine import Death, deaths
from tests.fakes.target import Behaviour
from tests.support.house import HEAD, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import ENDED, State
from kr8.domain.target import FailureCode
from kr8.workflows.takeup import take_up

QUICK = """\
[environments.staging]
strategy = { kind = "blue-green", bake = "0s" }
listen = { web = "127.0.0.1:8001" }
"""
HOOK = 'before = { run = ["migrate"], reversible = true }\n'


@dataclass(frozen=True)
class Ending:
    """What must be the same however often the process died."""

    state: State
    generation: int
    version: str | None
    serving: tuple[tuple[str, int], ...]
    hooks: tuple[str, ...]
    promotions: int
    scale: tuple[tuple[str, int], ...]
    frozen: str | None
    baseline: int
    open: int


async def deploy(house: House) -> str:
    house.commit()
    return str((await house.call("deploy_project", environment="staging"))["id"])


async def fail(house: House) -> str:
    house.target.behaviours[house.commit()] = Behaviour(fails=FailureCode.EXITED)
    return str((await house.call("deploy_project", environment="staging"))["id"])


async def rollback(house: House) -> str:
    return str((await house.call("rollback_deployment", environment="staging"))["id"])


async def scale(house: House) -> str:
    return str((await house.call("scale_deployment", environment="staging", service="web", instances=3))["id"])


Act = Callable[[House], Awaitable[str]]
ACTS: dict[str, Act] = {"deploy": deploy, "fail": fail, "rollback": rollback, "scale": scale}


async def prepared() -> House:
    house = House(HEAD, WEB + HOOK, QUICK)
    await house.deploy()
    await house.deploy()
    await house.engine.now.stop()
    return house


async def ending(house: House, deployment: str) -> Ending:
    found, record = await house.get(deployment), await house.record()
    everything = await house.deployments.list(limit=100)
    return Ending(
        state=found.state,
        generation=record.generation,
        version=await house.version(),
        serving=tuple(sorted(house.serving().items())),
        hooks=tuple(house.target.runs),
        promotions=len(await house.environments.history("prj_7k2m9q", "staging")),
        scale=tuple(record.scale.items()),
        frozen=record.frozen_by,
        baseline=house.target.baselines["prj_7k2m9q.staging"][-1].generation,
        open=sum(each.state not in ENDED for each in everything),
    )


async def lived(act: Act, *when: Death) -> Ending:
    house = await prepared()
    house.engine.now = house.make_engine()
    deployment = await act(house)
    await house.survive(*when)
    assert not house.crashes, (when, house.crashes)
    return await ending(house, deployment)


async def counted(act: Act) -> int:
    """How many steps there are at which to die."""
    house = await prepared()
    house.engine.now = house.make_engine()
    await act(house)
    engine = await house.live()
    await engine.finish()
    return engine.done_steps


@pytest.mark.parametrize("name", list(ACTS))
def test_a_death_at_any_journal_write_changes_no_end_and_doubles_no_effect(name: str) -> None:
    undisturbed, steps = play(lived(ACTS[name])), play(counted(ACTS[name]))
    assert steps >= 10
    for death in deaths(steps):
        assert play(lived(ACTS[name], death)) == undisturbed, death


@pytest.mark.parametrize("name", list(ACTS))
def test_a_second_death_during_recovery_changes_nothing_either(name: str) -> None:
    undisturbed, steps = play(lived(ACTS[name])), play(counted(ACTS[name]))
    for first in range(1, steps, 2):
        again = (Death(first, "before"), Death(1, "before"), Death(1, "after"), Death(2, "before"))
        assert play(lived(ACTS[name], *again)) == undisturbed, again


@pytest.mark.parametrize("death", list(deaths(3)))
def test_a_stale_deployment_is_planned_again_exactly_once(death: Death) -> None:
    async def story() -> None:
        house = await prepared()
        house.target.behaviours[house.commit()] = Behaviour(ready_after=5)
        opened = await house.begin()
        await house.reaches(opened, State.RUNNING)
        house.commit()
        late = await house.begin()
        await house.reaches(late, State.QUEUED)
        await house.engine.now.stop()
        house.journal.entries["run", opened].done = True
        found = await house.get(opened)
        await house.deployments.save(found.model_copy(update={"state": State.CANCELLED}), found.state)
        record = await house.record()
        assert record.current is not None
        moved = record.current.model_copy(update={"generation": 3, "deployment": "dep_other"})
        other = found.model_copy(update={"id": "dep_other"})
        await house.deployments.add(other)
        ended = other.model_copy(update={"state": State.SUCCEEDED})
        assert await house.environments.promote(ended, State.RUNNING, moved, None)
        await house.survive(death)
        late_now = await house.get(late)
        assert late_now.state is State.STALE and late_now.replaced_by is not None
        assert (await house.get(late_now.replaced_by)).state is State.SUCCEEDED
        everything = await house.deployments.list(limit=100)
        assert sum(each.order == late_now.order for each in everything) == 2
        assert all(each.state in ENDED for each in everything)

    play(story())


def test_a_person_who_has_chosen_is_not_asked_again_after_a_death() -> None:
    async def story(death: Death) -> State:
        house = await prepared()
        old = await house.version()
        house.target.behaviours[house.commit()] = Behaviour(fails=FailureCode.EXITED)
        house.target.behaviours[old or ""] = Behaviour(fails=FailureCode.FLAPS)
        stuck = await house.do()
        assert stuck.state is State.STUCK
        await house.engine.now.stop()
        house.target.behaviours.clear()
        await house.call("resolve_deployment", deployment=stuck.id, choice="retry")
        await house.survive(death)
        return (await house.get(stuck.id)).state

    for death in deaths(4):
        assert play(story(death)) is State.ROLLED_BACK, death


def test_the_sweep_at_the_start_enqueues_nothing_twice() -> None:
    async def story() -> None:
        house = await prepared()
        house.engine.now = house.make_engine()
        opened = await deploy(house)
        assert await take_up(house.outside) == (opened,)
        await house.survive()
        assert (await house.record()).generation == 3

    play(story())

"""Two controllers that only share a store and a target, through random histories of kills, freezes and failures.

Of each environment one deployment at a time changes the target, under an epoch of its own; whoever comes back after
another had the environment changes nothing any more; and in the end what is promoted is what serves.
"""

from __future__ import annotations

import random
from collections import defaultdict
from contextlib import suppress

import pytest
from tests.fakes.target import Behaviour
from tests.support.controllers import Controller, Shared
from tests.support.house import HEAD, House, ref
from tests.support.virtual import current, play

from kr8.domain.deployment import ACTIVE, ENDED, State
from kr8.domain.problem import Refused
from kr8.domain.target import FailureCode

HISTORIES = 1000
AT_ONCE = 100
MOVES = 14
WEB = """\
[services.web]
kind = "worker"
run = ["serve"]
instances = 2
[environments.staging]
strategy = { kind = "blue-green", bake = "1s" }
"""
OPERATIONS = ("deploy_project", "deploy_project", "rollback_deployment", "scale_deployment", "restart")


class History:
    """One history, by its seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.house = House(HEAD, WEB)
        shared = Shared()
        self.controllers = [Controller(self.house, name, shared) for name in ("one", "other")]

    async def play(self) -> None:
        """Let happen what happens, then let everything come to its end, and look."""
        self.house.commit()
        for each in self.controllers:
            current().closers.append(each.die)
            await each.live()
        for _ in range(MOVES):
            await self.move()
            await self.house.clock.sleep(self.dice.choice((0.0, 0.3, 1.0, 3.0, 20.0, 40.0)))
            self.look()
        await self.end()

    async def move(self) -> None:
        """One thing that may happen."""
        one = self.dice.choice(self.controllers)
        move = self.dice.choice((self.ask, self.ask, self.ask, self.cancel, self.kill, self.freeze, self.spoil))
        with suppress(Refused):
            await move(one)

    async def ask(self, one: Controller) -> None:
        operation = self.dice.choice(OPERATIONS)
        if operation == "deploy_project":
            version = self.house.commit()
            if self.dice.random() < 0.3:
                fails = self.dice.choice((Behaviour(fails=FailureCode.EXITED), Behaviour(hangs=True, ready_after=60)))
                self.house.target.behaviours[version] = fails
        more = {"service": "web", "instances": self.dice.randint(1, 4)} if operation == "scale_deployment" else {}
        await one.call(operation, environment="staging", **more)

    async def cancel(self, one: Controller) -> None:
        living = [each.id for each in await self.house.deployments.list(limit=100) if each.state not in ENDED]
        if living:
            await one.call("cancel_deployment", deployment=self.dice.choice(living))

    async def kill(self, one: Controller) -> None:
        await one.die()
        await self.house.clock.sleep(self.dice.choice((0.0, 5.0, 35.0)))
        await one.live()

    async def freeze(self, one: Controller) -> None:
        if one.is_frozen:
            one.thaw()
        else:
            one.freeze()

    async def spoil(self, _: Controller) -> None:
        self.house.target.unreachable[self.dice.choice(("converge", "look", "observe", "standing"))] = 2

    def look(self) -> None:
        """What holds at every moment."""
        holders: dict[int, set[str]] = defaultdict(set)
        epochs: dict[str, set[int]] = defaultdict(set)
        for grant in self.house.target.granted:
            holders[grant.epoch].add(grant.deployment)
            epochs[grant.deployment].add(grant.epoch)
        assert all(len(each) == 1 for each in holders.values()), f"one epoch, two deployments: {dict(holders)}"
        assert all(len(each) == 1 for each in epochs.values()), f"it came back with another epoch: {dict(epochs)}"
        granted = [grant.epoch for grant in self.house.target.granted]
        assert granted == sorted(granted)

    async def end(self) -> None:
        """Everybody lives; what is stuck is decided; then what is promoted is what serves."""
        self.house.target.unreachable.clear()
        self.house.target.behaviours.clear()
        for _ in range(20):
            for each in self.controllers:
                await each.live()
            await self.house.clock.sleep(120)
            for stuck in await self.house.deployments.list(states=frozenset({State.STUCK})):
                with suppress(Refused):
                    await self.controllers[0].call("resolve_deployment", deployment=stuck.id, choice="return")
            if not await self.house.deployments.list(states=frozenset(State) - ENDED, limit=1):
                break
        self.look()
        await self.is_whole()

    async def is_whole(self) -> None:
        found = await self.house.deployments.list(limit=100)
        assert [(each.id, each.state) for each in found if each.state in ACTIVE] == []
        assert [crash for each in self.controllers for crash in each.crashes] == []
        record = await self.house.record()
        history = (await self.house.environments.history(record.project, record.name))[::-1]
        assert [each.generation for each in history] == list(range(1, record.generation + 1))
        assert len({each.deployment for each in history}) == len(history), "each promotion has a deployment of its own"
        if record.current is None:
            assert self.house.target.serves(ref()) == {}
        else:
            (release,) = record.current.releases
            assert self.house.target.serves(ref()) == {release.id: record.current.instances["web"]}


async def one_history(seed: int) -> None:
    await History(seed).play()


@pytest.mark.parametrize("first", range(0, HISTORIES, AT_ONCE))
def test_in_a_thousand_histories_one_deployment_at_a_time_changes_an_environment(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        try:
            play(one_history(seed))
        except BaseException as error:
            error.add_note(f"in the history of seed {seed}")
            raise


async def pair() -> tuple[House, Controller, Controller]:
    """Two controllers that live, and a first version."""
    house, shared = House(HEAD, WEB), Shared()
    one, other = Controller(house, "one", shared), Controller(house, "other", shared)
    for each in (one, other):
        current().closers.append(each.die)
        await each.live()
    house.commit()
    first = (await one.call("deploy_project", environment="staging"))["id"]
    assert (await house.ended(first)).state is State.SUCCEEDED
    return house, one, other


def test_who_comes_back_after_another_had_the_environment_changes_nothing_any_more() -> None:
    async def story() -> None:
        house, one, other = await pair()
        house.commit()
        late = (await one.call("deploy_project", environment="staging"))["id"]
        await house.reaches(late, State.RUNNING)
        await one.die()
        newest = house.commit()
        begun = (await other.call("deploy_project", environment="staging"))["id"]
        assert (await house.ended(begun)).state is State.SUCCEEDED
        told = len(house.target.told)
        await one.live()
        ended = await house.ended(late)
        assert ended.state is State.SUPERSEDED and ended.problem is not None and ended.problem.code == "fenced"
        assert len(house.target.told) == told
        assert f"Promoted in staging is generation 2, by {begun}." in ended.problem.why
        assert house.serving() == {newest: 2} and await house.version() == newest

    play(story())


def test_what_is_cancelled_while_it_waits_for_the_lease_of_another_has_simply_ended() -> None:
    async def story() -> None:
        house, one, other = await pair()
        slow = house.commit()
        house.target.behaviours[slow] = Behaviour(hangs=True)
        running = (await one.call("deploy_project", environment="staging"))["id"]
        await house.reaches(running, State.RUNNING)
        house.commit()
        waits = (await other.call("deploy_project", environment="staging"))["id"]
        await house.reaches(waits, State.QUEUED)
        await house.clock.sleep(1)
        await other.call("cancel_deployment", deployment=waits)
        await house.clock.sleep(120)
        assert (await house.get(waits)).state is State.CANCELLED
        assert other.crashes == [] and "kr8 itself failed" not in await house.told(waits)

    play(story())

"""The fake engine dies where it is told to, and its journal carries the work over."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.fakes.engine import Death, Died, FakeEngine, Journal, deaths

from kr8.ports.engine import Steps

STEPS = 4


class Diary:
    """What the steps did to the world."""

    def __init__(self) -> None:
        self.effects: list[int] = []
        self.sums: list[int] = []

    async def deploy(self, steps: Steps, deployment: str) -> None:
        total = 0
        for number in range(1, STEPS + 1):
            total += await steps.run(f"step-{number}", int, self._effect(number))
        self.sums.append(total)

    def _effect(self, number: int) -> Callable[[], Awaitable[int]]:
        async def work() -> int:
            self.effects.append(number)
            return number

        return work


@pytest.mark.parametrize("death", list(deaths(STEPS)), ids=str)
def test_a_workflow_that_died_at_a_step_goes_on_there(death: Death) -> None:
    diary, journal = Diary(), Journal()

    async def first_life() -> None:
        engine = FakeEngine({"run": diary.deploy}, journal, death)
        await engine.enqueue("run", "dep_1", "shop.production")
        with pytest.raises(Died):
            await engine.finish()
        with pytest.raises(Died):
            await engine.enqueue("run", "dep_2")

    async def second_life() -> int:
        engine = FakeEngine({"run": diary.deploy}, journal)
        await engine.finish()
        return engine.done_steps

    asyncio.run(first_life())
    assert diary.sums == []
    left = asyncio.run(second_life())
    again = [death.step] if death.when == "before" else []
    assert diary.effects == sorted([1, 2, 3, 4, *again])
    assert left == STEPS - death.step + len(again)
    assert diary.sums == [10]
    assert journal.names("run", "dep_1") == ["step-1", "step-2", "step-3", "step-4"]


def test_a_dead_engine_does_nothing_more_even_for_a_workflow_that_catches_everything() -> None:
    seen: list[str] = []

    async def stubborn(steps: Steps, deployment: str) -> None:
        for name in ("one", "two"):
            try:
                await steps.run(name, type(None), _note(name))
            except BaseException:
                seen.append(f"caught {name}")

    def _note(name: str) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            seen.append(name)

        return work

    async def story() -> None:
        engine = FakeEngine({"run": stubborn}, death=Death(1, "after"))
        await engine.enqueue("run", "dep_1")
        with pytest.raises(Died):
            await engine.finish()
        assert not engine.journal.entries["run", "dep_1"].done

    asyncio.run(story())
    assert seen == ["one", "caught one", "caught two"]

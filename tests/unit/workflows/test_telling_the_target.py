"""What a target is told for the day on which it must return by itself."""

from tests.support.house import HEAD, SHOP, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import State
from kr8.workflows.reconcile import reconcile

HOOK = 'before = { run = ["migrate"], reversible = REVERSIBLE }\n'


def test_a_target_is_told_which_promotion_ran_what_cannot_be_undone() -> None:
    async def story(reversible: str) -> list[bool]:
        house = House(HEAD, WEB + HOOK.replace("REVERSIBLE", reversible), STAGING)
        await house.deploy()
        return [each.irreversible for kept in house.target.baselines.values() for each in kept]

    assert play(story("false")) == [True]
    assert play(story("true")) == [False]


def test_a_return_of_a_target_that_was_never_told_of_the_last_promotion_is_noticed() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        first = await house.version()
        await house.deploy()
        house.commit()
        house.target.unreachable["promoted"] = 1000
        running = await house.begin()
        await house.reaches(running, State.PROMOTED)
        await house.engine.now.stop()
        house.target.unreachable.clear()
        house.target.returned(f"{SHOP}.staging", to_previous=True)
        await house.live()
        (opened,) = await reconcile(house.outside, house.services.desk)
        assert (await house.ended(opened)).state is State.SUCCEEDED
        assert await house.version() == first and house.serving() == {first: 2}

    play(story())

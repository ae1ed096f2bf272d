"""What a target is told for the day on which it must return by itself."""

from tests.support.house import HEAD, STAGING, WEB, House
from tests.support.virtual import play

HOOK = 'before = { run = ["migrate"], reversible = REVERSIBLE }\n'


def test_a_target_is_told_which_promotion_ran_what_cannot_be_undone() -> None:
    async def story(reversible: str) -> list[bool]:
        house = House(HEAD, WEB + HOOK.replace("REVERSIBLE", reversible), STAGING)
        await house.deploy()
        return [each.irreversible for kept in house.target.baselines.values() for each in kept]

    assert play(story("false")) == [True]
    assert play(story("true")) == [False]

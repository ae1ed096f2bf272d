"""What no rollback needs is let go: builds, and what they printed."""

from __future__ import annotations

from tests.support.house import ADA, HEAD, SHOP, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import State
from kr8.domain.problem import refuse
from kr8.workflows.pruning import LATEST

KEEPS_TWO = STAGING + "keep = 2\n"


def test_what_builds_printed_goes_with_them_and_kr8s_own_lines_stay() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        house.builder.says = ("downloading the world",)
        done = [await house.deploy() for _ in range(4)]
        assert len(house.builder.made) == 2
        printed = ["downloading the world" in await house.told(each.id) for each in done]
        assert printed == [False, False, True, True]
        assert "1 lines that its builds printed were pruned with them" in await house.told(done[0].id)
        assert "building web of" in await house.told(done[0].id)
        assert await house.deployments.with_output(SHOP, "staging") == (done[3].id, done[2].id)

    play(story())


def test_what_a_failed_build_printed_stays_for_a_while() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        house.builder.failures["web"] = refuse("build_failed", "The build of web failed.").problem
        failed = [await house.deploy() for _ in range(LATEST + 2)]
        assert {each.state for each in failed} == {State.FAILED}
        house.builder.failures.clear()
        await house.deploy()
        printed = ["\nbuilding\n" in await house.told(each.id) for each in failed]
        assert printed == [False, False, *[True] * LATEST]

    play(story())


def test_the_same_builds_printed_for_another_deployment_stay_while_one_needs_them() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, KEEPS_TWO)
        first = await house.deploy()
        for instances in (3, 4, 5):
            await house.do("scale_deployment", ADA, service="web", instances=instances)
        assert "\nbuilding\n" in await house.told(first.id)

    play(story())

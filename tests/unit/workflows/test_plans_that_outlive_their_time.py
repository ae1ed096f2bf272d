"""A plan that nobody runs: after its time it is seen to be dead wherever it is read, and holds nothing any more."""

from __future__ import annotations

from datetime import timedelta

from tests.support.house import HEAD, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import State

DAY_S = timedelta(hours=24).total_seconds()


async def planned(house: House) -> str:
    """A plan of a new commit that nobody runs; its id."""
    house.commit()
    await house.engine.now.start()
    view = await house.call("create_deployment", environment="staging", wait_s=20)
    assert view["state"] in ("planned", "awaiting_approval")
    return str(view["id"])


def test_a_plan_is_listed_as_stale_once_its_time_is_over() -> None:
    async def story() -> None:
        house = House()
        plan = await planned(house)
        await house.clock.sleep(DAY_S - 60)
        (line,) = (await house.call("list_deployments", active=True))["deployments"]
        assert line["state"] == "planned"
        assert (await house.call("get_status"))["environments"][0]["active"] == f"{plan}: planned"
        await house.clock.sleep(60)
        (line,) = (await house.call("list_deployments"))["deployments"]
        assert (line["state"], line["result"]) == ("stale", "The plan has outlived its time.")
        found = await house.get(plan)
        assert found.plan is not None and found.ended_at == found.plan.made_at + timedelta(hours=24)

    play(story())


def test_it_is_not_among_what_is_active() -> None:
    async def story() -> None:
        house = House()
        await planned(house)
        await house.clock.sleep(DAY_S)
        assert (await house.call("get_status"))["environments"][0]["active"] is None
        assert (await house.call("list_deployments", active=True))["deployments"] == []

    play(story())


def test_one_that_waits_for_approval_lives_as_long_as_the_approval_may_take() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING + 'approval = { people = 1, within = "4h" }\n')
        await planned(house)
        await house.clock.sleep(4 * 3600 - 60)
        assert (await house.call("list_deployments"))["deployments"][0]["state"] == "awaiting_approval"
        await house.clock.sleep(60)
        assert (await house.call("list_deployments"))["deployments"][0]["state"] == "stale"

    play(story())


def test_it_holds_its_builds_for_its_time_and_no_longer() -> None:
    async def story() -> None:
        house = House()
        plan = await planned(house)
        found = (await house.get(plan)).plan
        assert found is not None and found.services[0].release is not None
        build = found.services[0].release.build.id
        await house.deploy()
        assert build in house.builder.made, "somebody may still run it"
        await house.clock.sleep(DAY_S)
        await house.deploy()
        assert build not in house.builder.made
        assert (await house.get(plan)).state is State.STALE

    play(story())

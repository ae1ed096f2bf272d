"""A plan is run as it was shown, and arguments that contradict each other are refused."""

from __future__ import annotations

import pytest
from tests.support.house import House
from tests.support.virtual import play

from kr8.domain.deployment import State


def test_a_plan_that_was_shown_and_has_become_stale_is_planned_again_and_not_run() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        house.commit()
        plan = await house.reaches(await house.begin("create_deployment"), State.PLANNED)
        assert plan.plan is not None
        await house.deploy()
        serves = await house.version()
        await house.call("deploy_project", deployment=plan.id, digest=plan.plan.digest())
        stale = await house.ended(plan.id)
        assert stale.state is State.STALE
        assert stale.replaced_by is not None
        again = await house.reaches(stale.replaced_by, State.PLANNED)
        assert again.plan is not None and again.plan.digest() != plan.plan.digest()
        assert await house.version() == serves
        await house.call("deploy_project", deployment=again.id, digest=again.plan.digest())
        assert (await house.ended(again.id)).state is State.SUCCEEDED

    play(story())


@pytest.mark.parametrize(
    "given", [{"environment": "staging"}, {"project": "nope"}, {"commit": "HEAD"}, {"from_environment": "staging"}]
)
def test_a_plan_is_run_by_its_id_and_digest_and_nothing_beside_them(given: dict[str, str]) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        plan = await house.reaches(await house.begin("create_deployment"), State.PLANNED)
        assert plan.plan is not None
        refused = await house.refused("deploy_project", deployment=plan.id, digest=plan.plan.digest(), **given)
        assert (refused.code, refused.field) == ("conflicting_arguments", next(iter(given)))
        assert (await house.get(plan.id)).state is State.PLANNED

    play(story())


def test_a_digest_without_its_plan_is_refused_and_nothing_is_planned() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        refused = await house.refused("deploy_project", environment="staging", digest="0" * 64)
        assert (refused.code, refused.field) == ("conflicting_arguments", "digest")
        assert (await house.call("list_deployments"))["deployments"] == []

    play(story())

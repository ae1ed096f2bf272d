"""A plan for production says where nobody has ever gone back in this project; no other plan says it."""

from __future__ import annotations

import pytest
from tests.support.house import HEAD, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import State

PRODUCTION = '[environments.production]\nlisten = { web = "127.0.0.1:8002" }\n'
UNTRIED = "rollback_untried"


async def deployed(house: House, environment: str) -> list[str]:
    """Deploy something new; the rules of what its plan says."""
    house.commit()
    done = await house.do(environment=environment)
    assert done.state is State.SUCCEEDED and done.plan is not None, done.problem
    return [finding.rule for finding in done.plan.findings]


@pytest.mark.parametrize("where", ["staging", "production"])
def test_a_rollback_in_any_environment_of_the_project_has_tried_it(where: str) -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, PRODUCTION)
        assert UNTRIED not in await deployed(house, "production"), "nothing is there to go back to"
        assert UNTRIED in await deployed(house, "production")
        for _ in range(2):
            assert UNTRIED not in await deployed(house, "staging")
        done = await house.do("rollback_deployment", environment=where)
        assert done.state is State.SUCCEEDED, done.problem
        assert UNTRIED not in await deployed(house, "production")

    play(story())

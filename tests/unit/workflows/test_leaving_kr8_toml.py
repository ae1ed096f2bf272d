"""What is taken out of kr8.toml while it serves: it can still be looked at, changed back and taken down by name."""

from __future__ import annotations

from tests.support.house import HEAD, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import State

PRODUCTION = """\
[environments.production]
strategy = { kind = "rolling", bake = "1s" }
listen = { web = "127.0.0.1:8002" }
"""
API = """\
[services.api]
run = ["serve", "{port}"]
monitoring = { metrics = "/metrics" }
"""
BOTH = STAGING.replace('web = "127.0.0.1:8001"', 'web = "127.0.0.1:8001", api = "127.0.0.1:8003"')


async def left() -> House:
    """A house that serves two releases in staging, which kr8.toml names no more."""
    house = House(HEAD, WEB, STAGING + "scale = { web = { min = 2, max = 4 } }\n", PRODUCTION)
    await house.deploy()
    await house.deploy()
    house.commit(HEAD + WEB + PRODUCTION)
    await house.call("check_project")
    return house


def test_an_environment_that_kr8_toml_names_no_more_is_rolled_back_by_name() -> None:
    async def story() -> None:
        house = await left()
        second = await house.version()
        done = await house.do("rollback_deployment")
        assert done.state is State.SUCCEEDED, done.problem
        assert await house.version() != second and house.serving() == {await house.version(): 2}

    play(story())


def test_it_is_scaled_within_the_limits_that_it_was_promoted_with() -> None:
    async def story() -> None:
        house = await left()
        assert (await house.do("scale_deployment", service="web", instances=3)).state is State.SUCCEEDED
        assert house.serving() == {await house.version(): 3}
        over = await house.do("scale_deployment", service="web", instances=5)
        assert over.problem is not None and over.problem.code == "out_of_limits"

    play(story())


def test_it_is_restarted_and_taken_down_and_comes_back() -> None:
    async def story() -> None:
        house = await left()
        version = await house.version()
        assert (await house.do("restart")).state is State.SUCCEEDED
        assert (await house.do("down", confirm="staging")).state is State.SUCCEEDED
        assert house.serving() == {}
        back = await house.do("rollback_deployment")
        assert back.state is State.SUCCEEDED, back.problem
        assert house.serving() == {version: 2}

    play(story())


def test_it_is_looked_at_as_long_as_it_serves() -> None:
    async def story() -> None:
        house = await left()
        shown = {each["environment"]: each for each in (await house.call("get_status"))["environments"]}
        assert shown["staging"]["services"][0]["ready"] == 2
        assert (shown["staging"]["in_file"], shown["production"]["in_file"]) == (False, True)
        assert (await house.call("get_environment", environment="staging"))["services"][0]["service"] == "web"
        assert len((await house.call("get_history", environment="staging"))["promotions"]) == 2
        assert (await house.call("get_address", environment="staging"))["url"] == "http://127.0.0.1:8001/"
        assert (await house.call("get_deployment_logs", environment="staging"))["lines"]
        await house.do("down", confirm="staging")
        assert [each["environment"] for each in (await house.call("get_status"))["environments"]] == ["production"]

    play(story())


def test_it_is_not_deployed_to_and_the_refusal_says_what_still_works() -> None:
    async def story() -> None:
        house = await left()
        problem = await house.refused("deploy_project", environment="staging")
        assert problem.code == "unknown_environment"
        assert "kr8 down staging" in problem.mend
        typo = await house.refused("rollback_deployment", environment="stagin")
        assert typo.code == "unknown_environment" and "'staging'" in typo.mend

    play(story())


def test_its_rollback_needs_no_checkout() -> None:
    async def story() -> None:
        house = await left()
        second = await house.version()
        house.repositories.snapshots.clear()
        assert (await house.do("rollback_deployment", project="shop")).state is State.SUCCEEDED
        assert await house.version() != second

    play(story())


def test_its_protection_stays_when_it_leaves_the_file() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, PRODUCTION)
        await house.deploy()
        guarded = STAGING + 'approval = { people = 1, within = "4h" }\n'
        house.commit(HEAD + WEB + guarded + PRODUCTION)
        waiting = await house.do()
        assert waiting.state is State.AWAITING_APPROVAL and waiting.plan is not None
        record = await house.record()
        await house.environments.save(record.model_copy(update={"policy": waiting.plan.policy}))
        house.commit(HEAD + WEB + PRODUCTION)
        assert (await house.do("down", confirm="staging")).state is State.AWAITING_APPROVAL

    play(story())


def test_a_deployment_that_began_before_its_environment_left_goes_on() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, PRODUCTION)
        house.commit()
        running = await house.begin()
        await house.reaches(running, State.RUNNING)
        await house.engine.now.stop()
        house.commit(HEAD + WEB + PRODUCTION)
        await house.call("check_project")
        await house.live()
        assert (await house.ended(running)).state is State.SUCCEEDED
        assert not house.crashes

    play(story())


def test_a_service_that_leaves_the_file_is_removed_by_the_deployment_and_comes_back_by_a_rollback() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, API, BOTH)
        await house.deploy()
        with_api = await house.version("api")
        house.toml = HEAD + WEB + STAGING
        done = await house.deploy()
        assert done.state is State.SUCCEEDED, done.problem
        assert house.serving("api") == {} and [each.name for each in (await house.current()).releases] == ["web"]
        assert (await house.do("rollback_deployment")).state is State.SUCCEEDED
        assert house.serving("api") == {with_api: 1}

    play(story())

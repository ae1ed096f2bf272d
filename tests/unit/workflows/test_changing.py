"""Rollback, scale, restart and down: changes of what already runs."""

from __future__ import annotations

from tests.fakes.target import Behaviour
from tests.support.house import AGENT, HEAD, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import Deployment, State
from kr8.domain.target import FailureCode

HOOK = 'before = { run = ["migrate"], reversible = REVERSIBLE }\n'
SCALED = STAGING + "scale = { web = { min = 2, max = 4 } }\n"


def test_a_second_rollback_goes_further_back() -> None:
    async def story() -> None:
        house = House()
        versions: list[str | None] = []
        for _ in range(3):
            await house.deploy()
            versions.append(await house.version())
        assert (await house.do("rollback_deployment", AGENT)).state is State.SUCCEEDED
        assert await house.version() == versions[1]
        assert (await house.do("rollback_deployment")).state is State.SUCCEEDED
        assert await house.version() == versions[0] and house.serving() == {versions[0]: 2}
        third = await house.do("rollback_deployment")
        assert third.state is State.FAILED
        assert third.problem is not None and third.problem.code == "nothing_to_roll_back_to"

    play(story())


def test_a_release_that_was_withdrawn_and_deployed_again_can_be_rolled_back_to() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        await house.deploy()
        second = await house.version()
        await house.do("rollback_deployment")
        await house.do()
        assert await house.version() == second
        await house.deploy()
        assert (await house.do("rollback_deployment")).state is State.SUCCEEDED
        assert await house.version() == second

    play(story())


def test_a_rollback_to_a_withdrawn_or_current_generation_is_refused() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        await house.deploy()
        await house.do("rollback_deployment")
        for generation in (2, 3, 99):
            done = await house.do("rollback_deployment", to_generation=generation)
            assert done.state is State.FAILED, generation
            assert done.problem is not None and done.problem.code == "nothing_to_roll_back_to"

    play(story())


def test_a_rollback_to_a_named_generation_brings_that_one_back() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        first = await house.version()
        await house.deploy()
        await house.deploy()
        assert (await house.do("rollback_deployment", to_generation=1)).state is State.SUCCEEDED
        assert await house.version() == first

    play(story())


def test_the_target_learns_of_every_generation_that_must_not_come_back() -> None:
    async def story() -> None:
        house = House()
        for _ in range(3):
            await house.deploy()
        await house.do("rollback_deployment")
        await house.do("rollback_deployment")
        assert house.target.baselines["prj_7k2m9q.staging"][-1].withdrawn == (2, 3, 4)
        history = (await house.call("get_history", environment="staging"))["promotions"]
        assert [each["withdrawn"] for each in history] == [False, True, True, True, False]

    play(story())


def test_a_rollback_that_fails_returns_to_what_served() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        first = await house.version()
        await house.deploy()
        second = await house.version()
        house.target.behaviours[first or ""] = Behaviour(fails=FailureCode.PORT_NOT_OPENED)
        done = await house.do("rollback_deployment")
        assert done.state is State.ROLLED_BACK
        assert await house.version() == second and house.serving() == {second: 2}
        assert not any(each.withdrawn for each in await house.environments.history("prj_7k2m9q", "staging"))

    play(story())


def test_a_rollback_over_a_command_that_cannot_be_undone_is_refused_with_what_to_do() -> None:
    async def story(reversible: str) -> State:
        house = House(HEAD, WEB + HOOK.replace("REVERSIBLE", reversible), STAGING)
        await house.deploy()
        await house.deploy()
        done = await house.do("rollback_deployment")
        if done.problem is not None:
            assert done.problem.code == "rollback_irreversible"
            assert "Deploy a commit" in done.problem.mend
        return done.state

    assert play(story("false")) is State.FAILED
    assert play(story("true")) is State.SUCCEEDED


def test_a_command_that_cannot_be_undone_counts_also_where_its_deployment_went_back() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING)
        await house.deploy()
        await house.deploy()
        bad = house.commit(HEAD + WEB + HOOK.replace("REVERSIBLE", "false") + STAGING)
        house.target.behaviours[bad] = Behaviour(fails=FailureCode.EXITED)
        assert (await house.do()).state is State.ROLLED_BACK
        refused = await house.do("rollback_deployment")
        assert refused.problem is not None and refused.problem.code == "rollback_irreversible"
        house.commit(HEAD + WEB + STAGING)
        assert (await house.do()).state is State.SUCCEEDED
        refused = await house.do("rollback_deployment")
        assert refused.problem is not None and refused.problem.code == "rollback_irreversible"

    play(story())


def test_a_rollback_does_not_run_the_before_command() -> None:
    async def story() -> None:
        house = House(HEAD, WEB + HOOK.replace("REVERSIBLE", "true"), STAGING)
        await house.deploy()
        await house.deploy()
        ran = len(house.target.runs)
        await house.do("rollback_deployment")
        assert len(house.target.runs) == ran == 2

    play(story())


def test_a_rollback_needs_neither_the_checkout_nor_the_newest_kr8_toml() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        first = await house.version()
        await house.deploy()
        house.repositories.snapshots.clear()
        assert (await house.do("rollback_deployment", project="shop")).state is State.SUCCEEDED
        assert await house.version() == first

    play(story())


def test_a_scale_shows_before_and_after_and_outlives_the_next_deployment() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        done = await house.do("scale_deployment", AGENT, service="web", instances=3)
        assert done.state is State.SUCCEEDED
        assert done.plan is not None and "web 2 → 3 instances" in done.plan.blast_radius.touches
        assert house.serving() == {await house.version(): 3}
        await house.deploy()
        assert house.serving() == {await house.version(): 3}

    play(story())


def test_a_scale_is_remembered_although_the_target_was_not_reached_at_once() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        house.target.unreachable["promoted"] = 3
        done = await house.do("scale_deployment", service="web", instances=3)
        assert done.state is State.SUCCEEDED
        assert (await house.record()).scale == {"web": 3}
        assert house.target.baselines["prj_7k2m9q.staging"][-1].generation == 2

    play(story())


def test_a_scale_outside_the_limits_of_kr8_toml_is_refused() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, SCALED)
        await house.deploy()
        done = await house.do("scale_deployment", service="web", instances=5)
        assert done.problem is not None and done.problem.code == "out_of_limits"

    play(story())


def test_a_service_that_an_environment_does_not_run_is_refused_at_once_with_those_that_it_runs() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        for name, wrong in (
            ("scale_deployment", {"service": "wep", "instances": 2}),
            ("restart", {"services": ["wep"]}),
        ):
            refused = await house.refused(name, environment="staging", **wrong)
            assert (refused.code, refused.field, refused.outcome) == ("unknown_service", "service", "not_started")
            assert "'web'" in refused.mend
        house.commit((HEAD + WEB + STAGING).replace("web", "front"))
        await house.call("check_project")
        assert (await house.refused("scale_deployment", environment="staging", service="front", instances=2)).code == (
            "unknown_service"
        ), "kr8.toml has it, and it does not run yet"
        assert (await house.do("scale_deployment", service="web", instances=3)).state is State.SUCCEEDED
        assert (await house.do("restart", services=["web"])).state is State.SUCCEEDED
        assert len(await house.deployments.list()) == 3

    play(story())


def test_many_scales_do_not_cost_the_release_that_a_rollback_needs() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        first = await house.version()
        await house.deploy()
        for instances in (3, 4, 3, 4, 3):
            await house.do("scale_deployment", service="web", instances=instances)
        assert house.target.forgotten == []
        assert (await house.do("rollback_deployment")).state is State.SUCCEEDED
        assert house.serving() == {first: 3}

    play(story())


def test_releases_beyond_those_that_are_kept_are_let_go() -> None:
    async def story() -> None:
        house = House()
        for _ in range(6):
            await house.deploy()
        history = await house.environments.history("prj_7k2m9q", "staging")
        kept = {promotion.releases[0].id for promotion in history[:3]}
        assert set(house.target.delivered) == kept

    play(story())


def test_a_release_that_was_never_promoted_is_let_go_with_its_way_back() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        for _ in range(2):
            house.target.behaviours[house.commit()] = Behaviour(fails=FailureCode.EXITED)
            assert (await house.do()).state is State.ROLLED_BACK
        assert set(house.target.delivered) == {release.id for release in (await house.current()).releases}
        assert set(house.builder.made) == {release.build.id for release in (await house.current()).releases}

    play(story())


def test_a_restart_replaces_every_instance_of_the_same_release() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        version = await house.version()
        done = await house.do("restart")
        assert done.state is State.SUCCEEDED
        assert house.target.told[-1].restart == 1
        assert house.serving() == {version: 2}
        await house.do("restart", services=("web",))
        assert house.target.told[-1].restart == 2
        await house.deploy()
        assert house.target.told[-1].restart == 2

    play(story())


def test_down_asks_for_the_name_again_then_removes_everything_and_a_rollback_brings_it_back() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        version = await house.version()
        problem = await house.refused("down", environment="staging")
        assert problem.code == "confirmation_needed"
        done = await house.do("down", confirm="staging")
        assert done.state is State.SUCCEEDED
        assert house.serving() == {} and (await house.current()).releases == ()
        back = await house.do("rollback_deployment")
        assert back.state is State.SUCCEEDED, back.problem
        assert house.serving() == {version: 2}

    play(story())


def test_nothing_can_be_changed_where_nothing_is_deployed() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        for name, more in (("rollback_deployment", {}), ("down", {"confirm": "staging"})):
            done = await house.do(name, **more)
            assert done.state is State.FAILED
            assert done.problem is not None and done.problem.code == "nothing_deployed"
        for name, more in (("scale_deployment", {"service": "web", "instances": 2}), ("restart", {})):
            assert (await house.refused(name, environment="staging", **more)).code == "nothing_deployed"

    play(story())


def test_another_environment_takes_the_builds_that_were_promoted_and_builds_none() -> None:
    async def story() -> None:
        house = House(
            HEAD,
            WEB,
            STAGING,
            '[environments.production]\nbuilds_from = "staging"\nlisten = { web = "127.0.0.1:8002" }\n',
        )
        house.commit()
        nothing = await house.do(environment="production")
        assert nothing.problem is not None and nothing.problem.code == "nothing_promoted"
        await house.do()
        built = len(house.builder.orders)
        house.commit()
        done = await house.do(environment="production")
        assert done.state is State.SUCCEEDED, done.problem
        assert len(house.builder.orders) == built
        staging, production = await house.current(), await house.current("production")
        assert staging.releases[0].build == production.releases[0].build
        assert staging.releases[0].id != production.releases[0].id
        refused = await house.refused("deploy_project", environment="production", commit="HEAD")
        assert refused.code == "builds_from"

    play(story())


def test_a_commit_that_the_other_environment_does_not_serve_is_refused_and_the_one_that_it_serves_is_taken() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, PRODUCTION.replace("LISTEN", 'web = "127.0.0.1:8002"'))
        house.commit()
        for operation in ("deploy_project", "create_deployment"):
            lost = await house.refused(operation, environment="production", from_environment="staging", commit="b" * 40)
            assert (lost.code, lost.field) == ("unknown_revision", "revision")
        nothing = await house.do(environment="production", from_environment="staging", commit="HEAD")
        assert nothing.problem is not None and nothing.problem.code == "nothing_promoted"
        await house.deploy()
        promoted = (await house.current()).commit
        later = house.commit()
        refused = await house.do(environment="production", from_environment="staging", commit=later)
        assert refused.state is State.FAILED and refused.problem is not None and promoted is not None
        assert (refused.problem.code, refused.problem.field) == ("another_commit_promoted", "commit")
        assert promoted[:12] in refused.problem.what and later[:12] in refused.problem.what
        done = await house.do(environment="production", from_environment="staging", commit=promoted)
        assert done.state is State.SUCCEEDED, done.problem
        assert (await house.current("production")).commit == promoted

    play(story())


def test_a_plan_says_that_the_commit_is_older_than_what_serves() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, PRODUCTION.replace("LISTEN", 'web = "127.0.0.1:8002"'))
        for environment in ("staging", "production"):
            done = (
                await house.deploy(environment) if environment == "staging" else await house.do(environment=environment)
            )
            assert done.plan is not None and "older_than_promoted" not in rules(done)
        older = (await house.current()).commit or ""
        newer = (await house.deploy()).plan
        assert newer is not None and newer.commit is not None
        await house.do(environment="production")
        again = await house.do(commit=newer.commit)
        assert again.state is State.SUCCEEDED and "older_than_promoted" not in rules(again)
        back = await house.do(commit=older)
        (said,) = [each for each in back.plan.findings if each.rule == "older_than_promoted"] if back.plan else []
        assert older[:12] in said.what and newer.commit[:12] in said.what and back.state is State.SUCCEEDED
        assert "older_than_promoted" in rules(await house.do(environment="production"))

    play(story())


def rules(deployment: Deployment) -> set[str]:
    """The rules of what a plan says."""
    return {finding.rule for finding in deployment.plan.findings} if deployment.plan is not None else set()


PRODUCTION = '[environments.production]\nbuilds_from = "staging"\nlisten = { LISTEN }\n'
API = """\
[services.api]
run = ["serve", "{port}"]
monitoring = { metrics = "/metrics" }
"""


def production(**addresses: str) -> str:
    return PRODUCTION.replace("LISTEN", ", ".join(f'{name} = "{address}"' for name, address in addresses.items()))


def test_what_is_taken_is_what_was_promoted_and_the_settings_are_the_environments_own_as_committed() -> None:
    async def story() -> None:
        first = production(web="127.0.0.1:8002") + 'env = { LIMIT = "1" }\n'
        house = House(HEAD, WEB, STAGING, first)
        await house.deploy()
        promoted = (await house.current()).commit
        later = production(web="127.0.0.1:8003") + 'env = { LIMIT = "2" }\n'
        house.commit(HEAD + WEB.replace("instances = 2", "instances = 4") + API + STAGING + later)
        done = await house.do(environment="production")
        assert done.state is State.SUCCEEDED, done.problem
        (web,) = (await house.current("production")).releases
        assert (web.spec.instances, web.build.commit, done.plan and done.plan.commit) == (2, promoted, promoted)
        assert (web.env["LIMIT"], web.listen) == ("2", "127.0.0.1:8003")

    play(story())


def test_a_service_that_was_promoted_is_taken_also_where_the_newest_kr8_toml_has_dropped_it() -> None:
    async def story() -> None:
        both = 'listen = { web = "127.0.0.1:8001", api = "127.0.0.1:8004" }'
        needing = WEB + 'needs = ["api"]\n' + API
        here = production(web="127.0.0.1:8002", api="127.0.0.1:8003")
        house = House(HEAD, needing, STAGING.replace('listen = { web = "127.0.0.1:8001" }', both), here)
        await house.deploy()
        house.commit(HEAD + WEB + STAGING + production(web="127.0.0.1:8002"))
        refused = await house.do(environment="production")
        assert refused.problem is not None and refused.problem.code == "address_missing", refused.problem
        assert not house.crashes
        house.commit(HEAD + needing + STAGING + here)
        done = await house.do(environment="production")
        assert done.state is State.SUCCEEDED, done.problem
        assert {release.name for release in (await house.current("production")).releases} == {"api", "web"}

    play(story())


def test_each_kind_says_how_it_is_undone() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        await house.deploy()
        said: dict[str, str] = {}
        changes = {
            "scale_deployment": {"service": "web", "instances": 3},
            "restart": {},
            "rollback_deployment": {},
            "down": {"confirm": "staging"},
        }
        for name, arguments in changes.items():
            done = await house.do(name, **arguments)
            said[name] = (await house.call("get_deployment", deployment=done.id))["next_step"]
        assert said == {
            "scale_deployment": "Done. Another scale_deployment would undo it.",
            "restart": "Done: new instances of the same release serve.",
            "rollback_deployment": "Done. What it left is withdrawn: a deployment of its commit would bring it back.",
            "down": "Done: nothing serves. rollback_deployment would bring back what did.",
        }

    play(story())

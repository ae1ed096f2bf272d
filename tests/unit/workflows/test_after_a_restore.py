"""The store is restored from a backup: it learns what serves, and nothing of another time goes on by itself."""

from __future__ import annotations

import pytest
from tests.fakes.signatures import sign
from tests.fakes.target import Behaviour
from tests.support.house import AGENT, HEAD, SHOP, STAGING, WEB, House
from tests.support.restoring import backup, restore, start
from tests.support.virtual import play

from kr8.domain.deployment import Deployment, State
from kr8.domain.order import Kind
from kr8.domain.target import FailureCode

KEY = f"{SHOP}.staging"
GRACE = "ssh-ed25519 AAAAgrace grace"
GUARDED = STAGING + 'approval = { people = 1, within = "4h" }\n'
PRODUCTION = """\
[environments.production]
strategy = { kind = "blue-green", bake = "2s" }
listen = { web = "127.0.0.1:8002" }
"""
HOOK = 'before = { run = ["migrate"], reversible = false }\n'


async def history(house: House) -> list[tuple[int, str | None, bool]]:
    """Generation, commit and whether it is withdrawn, newest first."""
    told = (await house.call("get_history", environment="staging"))["promotions"]
    return [(each["generation"], each["commit"][:12], each["withdrawn"]) for each in told]


async def in_stage(house: House, deployment: str, name: str = "warm") -> Deployment:
    return await house.until(deployment, lambda found: any(stage.name == name for stage in found.stages))


def test_what_was_promoted_since_is_learned_and_can_be_rolled_back() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        copy = backup(house)
        for _ in range(2):
            await house.deploy()
        served, known = house.serving(), await history(house)
        assert await restore(house, copy) == ()
        assert await start(house) == ()
        assert await history(house) == known and house.serving() == served
        assert (await house.record()).generation == 3
        told = [row.detail for row in await house.audit.newest(5) if row.caller.startswith("supervisor")]
        assert [text.partition(",")[0] for text in told] == ["generation 3", "generation 2"]
        assert (await house.do("rollback_deployment")).state is State.SUCCEEDED
        assert await house.version() == known[1][1] and (await house.record()).generation == 4

    play(story())


def test_a_rollback_without_the_daemon_is_noticed_after_a_restore_too() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        copy = backup(house)
        await house.deploy()
        second = await house.version()
        await house.deploy()
        await restore(house, copy)
        await start(house)
        await house.engine.now.stop()
        house.target.returned(KEY, to_previous=True)
        (opened,) = await start(house)
        done = await house.ended(opened)
        assert done.state is State.SUCCEEDED and done.order.kind is Kind.ROLLBACK
        assert await house.version() == second and house.serving() == {second: 2}
        assert (await house.record()).generation == 4 == house.target.baselines[KEY][-1].generation

    play(story())


@pytest.mark.parametrize("steps", [1, 2])
def test_a_rollback_that_was_made_without_the_daemon_before_the_restore_counts(steps: int) -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        first = await house.version()
        copy = backup(house)
        await house.deploy()
        second = await house.version()
        await house.deploy()
        for _ in range(steps):
            house.target.returned(KEY, to_previous=True)
        await house.clock.sleep(5)
        await restore(house, copy)
        assert await start(house) == ()
        serves = second if steps == 1 else first
        assert await house.version() == serves and house.serving() == {serves: 2}
        assert (await house.record()).generation == 3 - steps
        assert (await house.deploy()).state is State.SUCCEEDED
        assert (await house.record()).generation == house.target.baselines[KEY][-1].generation

    play(story())


def test_what_a_rollback_has_left_since_stays_left() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        first = await house.version()
        await house.deploy()
        copy = backup(house)
        await house.do("rollback_deployment")
        known = await history(house)
        await restore(house, copy)
        await start(house)
        assert await history(house) == known and await house.version() == first
        left = await house.do("rollback_deployment")
        assert left.problem is not None and left.problem.code == "nothing_to_roll_back_to"

    play(story())


def test_a_store_that_knows_nothing_learns_before_it_changes_anything() -> None:
    async def story() -> None:
        house = House()
        copy = backup(house)
        for _ in range(2):
            await house.deploy()
        serves = await house.version()
        await restore(house, copy)
        await house.live()
        house.commit()
        stale = await house.do()
        assert stale.state is State.STALE and stale.replaced_by is not None
        done = await house.ended(stale.replaced_by)
        assert done.state is State.SUCCEEDED and done.generation == 3
        assert (await house.do("rollback_deployment")).state is State.SUCCEEDED
        assert await house.version() == serves

    play(story())


def test_across_promotions_that_nobody_remembers_nothing_is_taken_for_reversible() -> None:
    async def story() -> None:
        house = House(HEAD, WEB + HOOK, STAGING + "keep = 10\n")
        await house.deploy()
        copy = backup(house)
        for _ in range(3):
            await house.deploy()
        house.target.baselines[KEY][:] = house.target.baselines[KEY][-1:]
        await restore(house, copy)
        await start(house)
        assert [generation for generation, _, _ in await history(house)] == [4, 1]
        refused = await house.do("rollback_deployment")
        assert refused.problem is not None and refused.problem.code == "rollback_irreversible"

    play(story())


def test_the_builds_of_an_environment_that_the_store_does_not_know_stay() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, PRODUCTION)
        await house.deploy()
        copy = backup(house)
        await house.deploy("production")
        (served,) = (await house.current("production")).releases
        await restore(house, copy)
        await house.live()
        for _ in range(4):
            assert (await house.deploy()).state is State.SUCCEEDED
        builds = await house.builder.sizes()
        assert served.build.id in builds and len(builds) == 4, "and three that staging needs"

    play(story())


def test_what_waited_has_ended_and_nothing_of_it_runs() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        await house.engine.now.start()
        planned = (await house.call("create_deployment", environment="staging", wait_s=20))["id"]
        view = await house.call("get_deployment", deployment=planned)
        house.commit()
        running = await house.begin()
        await in_stage(house, running)
        house.commit()
        queued = await house.begin()
        await house.reaches(queued, State.QUEUED)
        await house.engine.now.stop()
        planning = (await house.call("deploy_project", environment="staging"))["id"]
        copy = backup(house)
        await house.live()
        await house.ended(running)
        serves = house.serving()
        left = await restore(house, copy)
        assert {each.deployment: (each.was, each.state) for each in left} == {
            planning: (State.PLANNING, State.FAILED),
            queued: (State.QUEUED, State.CANCELLED),
            running: (State.RUNNING, State.RUNNING),
            planned: (State.PLANNED, State.STALE),
        }
        await start(house)
        assert (await house.ended(running)).state is State.SUCCEEDED
        again = await house.call("deploy_project", deployment=planned, digest=view["digest"])
        assert again["state"] == "stale" and "restored from a backup" in again["problem"]["what"]
        await house.engine.now.finish()
        assert [(await house.get(each)).state for each in (planning, queued, planned)] == [
            State.FAILED,
            State.CANCELLED,
            State.STALE,
        ]
        assert house.serving() == serves
        assert queued in "\n".join([row.detail for row in await house.audit.newest(20)])
        assert "restored from a backup" in await house.told(queued)

    play(story())


def test_an_approval_that_was_given_counts_once_whatever_was_restored() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, GUARDED)
        await house.call("add_approver", name="grace", public_key=GRACE)
        house.commit()
        found = await house.do("deploy_project", AGENT)
        assert found.state is State.AWAITING_APPROVAL
        copy = backup(house)
        text = (await house.call("get_approval_text", deployment=found.id))["text"]
        given = {"deployment": found.id, "signature": sign(GRACE, text.encode())}
        await house.call("approve_deployment", **given)
        assert (await house.ended(found.id)).state is State.SUCCEEDED
        told = len(house.target.told)
        await restore(house, copy)
        await start(house)
        assert (await house.refused("approve_deployment", **given)).code == "not_awaiting_approval"
        await house.engine.now.finish()
        assert (await house.get(found.id)).state is State.STALE and len(house.target.told) == told
        assert (await house.record()).generation == 1

    play(story())


def test_what_ran_and_was_promoted_since_is_never_run_again() -> None:
    async def story(later: int) -> None:
        house = House()
        await house.deploy()
        house.commit()
        running = await house.begin()
        await in_stage(house, running)
        copy = backup(house)
        assert (await house.ended(running)).state is State.SUCCEEDED
        for _ in range(later):
            await house.deploy()
        serves, told = house.serving(), len(house.target.told)
        await restore(house, copy)
        await start(house)
        done = await house.ended(running)
        assert (done.state, done.generation, done.problem) == (State.SUCCEEDED, 2, None)
        assert house.serving() == serves and len(house.target.told) == told
        assert (await house.record()).generation == 2 + later
        assert (await house.deploy()).generation == 3 + later

    for later in (0, 2):
        play(story(later))


def test_what_ran_and_went_no_further_goes_back() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        old = await house.version()
        house.commit()
        running = await house.begin()
        await in_stage(house, running, "switch")
        await house.engine.now.stop()
        await restore(house, backup(house))
        await start(house)
        done = await house.ended(running)
        assert done.state is State.ROLLED_BACK
        assert done.problem is not None and done.problem.code == "restored"
        assert house.serving() == {old: 2} and (await house.record()).generation == 1

    play(story())


def test_what_ran_and_ended_otherwise_since_touches_nothing() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        house.commit()
        running = await house.begin()
        await in_stage(house, running)
        copy = backup(house)
        await house.call("cancel_deployment", deployment=running)
        assert (await house.ended(running)).state is State.CANCELLED
        house.commit()
        assert (await house.do()).state is State.SUCCEEDED
        serves, told = house.serving(), len(house.target.told)
        await restore(house, copy)
        await start(house)
        assert (await house.ended(running)).state is State.ROLLED_BACK
        assert house.serving() == serves and len(house.target.told) == told

    play(story())


async def stuck_one(house: House) -> str:
    """A deployment that is stuck on its way back."""
    await house.deploy()
    old, bad = await house.version(), house.commit()
    house.target.behaviours[bad] = Behaviour(fails=FailureCode.EXITED)
    house.target.behaviours[old or ""] = Behaviour(fails=FailureCode.IGNORES_SIGTERM)
    stuck = await house.do()
    assert stuck.state is State.STUCK
    house.target.behaviours.clear()
    return stuck.id


@pytest.mark.parametrize("choice", ["return", "accept"])
def test_what_is_stuck_still_waits_for_a_person(choice: str) -> None:
    async def story() -> None:
        house = House()
        stuck = await stuck_one(house)
        await restore(house, backup(house))
        await start(house)
        await house.clock.sleep(5)
        assert (await house.get(stuck)).state is State.STUCK and (await house.record()).frozen_by == stuck
        await house.call("resolve_deployment", deployment=stuck, choice=choice)
        done = await house.until(stuck, lambda found: found.ended_at is not None)
        assert done.state is (State.ROLLED_BACK if choice == "return" else State.SUCCEEDED)
        assert (await house.record()).frozen_by is None

    play(story())


@pytest.mark.parametrize("choice", ["return", "accept"])
def test_what_a_person_decided_since_is_not_asked_again(choice: str) -> None:
    async def story() -> None:
        house = House()
        stuck = await stuck_one(house)
        copy = backup(house)
        await house.call("resolve_deployment", deployment=stuck, choice=choice)
        await house.until(stuck, lambda found: found.ended_at is not None)
        await house.deploy()
        serves, generation = house.serving(), (await house.record()).generation
        await restore(house, copy)
        await start(house)
        done = await house.until(stuck, lambda found: found.ended_at is not None)
        assert done.state is (State.ROLLED_BACK if choice == "return" else State.SUCCEEDED)
        assert (await house.record()).frozen_by is None and (await house.record()).generation == generation
        assert house.serving() == serves
        assert (await house.deploy()).state is State.SUCCEEDED

    play(story())


def test_what_was_accepted_since_and_is_still_there_is_what_is_promoted() -> None:
    async def story() -> None:
        house = House()
        stuck = await stuck_one(house)
        copy = backup(house)
        await house.call("resolve_deployment", deployment=stuck, choice="accept")
        await house.until(stuck, lambda found: found.ended_at is not None)
        serves, version = house.serving(), await house.version()
        await restore(house, copy)
        await start(house)
        done = await house.until(stuck, lambda found: found.ended_at is not None)
        assert (done.state, done.generation) == (State.SUCCEEDED, 2)
        assert house.serving() == serves and await house.version() == version
        assert (await house.record()).frozen_by is None

    play(story())


def test_a_person_chooses_where_the_target_does_not_answer() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        old = await house.version()
        house.commit()
        running = await house.begin()
        await in_stage(house, running, "switch")
        await house.engine.now.stop()
        await restore(house, backup(house))
        house.target.unreachable["standing"] = 1000
        await start(house)
        stuck = await house.reaches(running, State.STUCK)
        assert stuck.problem is not None and stuck.problem.code == "target_unreachable"
        assert (await house.record()).frozen_by == running
        house.target.unreachable.clear()
        await house.call("resolve_deployment", deployment=running, choice="return")
        assert (await house.until(running, lambda each: each.ended_at is not None)).state is State.ROLLED_BACK
        assert house.serving() == {old: 2} and (await house.record()).frozen_by is None

    play(story())


def test_a_new_machine_has_nothing_that_could_go_on() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        house.commit()
        running = await house.begin()
        await in_stage(house, running)
        copy = backup(house)
        await restore(house, copy)
        new = House()
        house.target.baselines.clear()
        vars(house.target).update(vars(new.target) | {"clock": house.clock})
        await start(house)
        assert (await house.ended(running)).state is State.ROLLED_BACK
        assert house.target.told == [] and (await house.record()).frozen_by is None

    play(story())

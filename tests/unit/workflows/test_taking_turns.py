"""One deployment at a time: queue, lease, fence, freeze, approval, upgrade."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.signatures import sign
from tests.fakes.target import Behaviour
from tests.support.house import ADA, AGENT, HEAD, SHOP, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.caller import Caller, Surface
from kr8.domain.deployment import Deployment, State
from kr8.domain.order import Kind
from kr8.domain.target import FailureCode
from kr8.workflows.held import TTL
from kr8.workflows.reconcile import reconcile

KEY = f"{SHOP}.staging"
GRACE = "ssh-ed25519 AAAAgrace grace"
HEDY = "ssh-ed25519 AAAAhedy hedy"
PRODUCTION = """\
[environments.staging]
strategy = { kind = "blue-green", bake = "2s" }
listen = { web = "127.0.0.1:8001" }
approval = { people = PEOPLE, self = SELF, within = "4h" }
"""


def guarded(people: int = 1, own: str = "false") -> str:
    return PRODUCTION.replace("PEOPLE", str(people)).replace("SELF", own)


async def enrol(house: House) -> None:
    await house.call("add_approver", name="grace", public_key=GRACE)
    await house.signed("add_approver", GRACE, name="hedy", public_key=HEDY)


async def waiting(house: House, caller: Caller = AGENT) -> Deployment:
    """A deployment that waits for its approval."""
    house.commit()
    found = await house.do("deploy_project", caller)
    assert found.state is State.AWAITING_APPROVAL, found.problem
    return found


async def decide(house: House, deployment: str, key: str, decision: str = "approve") -> None:
    text = (await house.call("get_approval_text", deployment=deployment, decision=decision))["text"]
    signature = sign(key, text.encode())
    await house.call("approve_deployment", deployment=deployment, signature=signature, decision=decision)


def test_a_second_deployment_waits_and_a_third_takes_its_place() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        first = await house.begin()
        await house.reaches(first, State.RUNNING)
        house.commit()
        second = await house.begin()
        waits = await house.reaches(second, State.QUEUED)
        view = await house.call("get_deployment", deployment=waits.id)
        assert first in view["waits_for"]
        house.commit()
        third = await house.begin()
        gone = await house.reaches(second, State.SUPERSEDED)
        assert gone.problem is not None and third in gone.problem.what
        assert third in await house.told(second)
        assert (await house.ended(first)).state is State.SUCCEEDED
        stale = await house.ended(third)
        assert stale.state is State.STALE and stale.replaced_by is not None
        again = await house.ended(stale.replaced_by)
        assert again.state is State.SUCCEEDED and again.generation == 2
        assert not house.crashes

    play(story())


def test_a_queued_rollback_never_undoes_what_came_after_it_was_asked_for() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        await house.deploy()
        house.commit()
        newest = await house.begin()
        await house.reaches(newest, State.RUNNING)
        asked = (await house.call("rollback_deployment", environment="staging"))["id"]
        await house.reaches(asked, State.QUEUED)
        assert (await house.ended(newest)).state is State.SUCCEEDED
        serves = await house.version()
        stale = await house.ended(asked)
        assert stale.state is State.STALE and stale.replaced_by is None
        assert await house.version() == serves

    play(story())


def test_a_queued_deployment_that_is_cancelled_does_not_run() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        first = await house.begin()
        await house.reaches(first, State.RUNNING)
        second = await house.begin()
        await house.reaches(second, State.QUEUED)
        await house.call("cancel_deployment", deployment=second)
        assert (await house.ended(first)).state is State.SUCCEEDED
        assert (await house.get(second)).state is State.CANCELLED
        assert (await house.record()).generation == 1

    play(story())


def test_a_plan_that_is_cancelled_while_it_is_made_is_never_run() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        opened = (await house.call("deploy_project", environment="staging"))["id"]
        await house.call("cancel_deployment", deployment=opened)
        await house.engine.now.finish()
        assert (await house.get(opened)).state is State.CANCELLED
        assert house.target.told == []

    play(story())


def test_a_stuck_return_freezes_the_environment_until_a_person_chooses(
    choice: str = "retry",
) -> None:
    async def story(choice: str, ends: State) -> None:
        house = House()
        await house.deploy()
        old = await house.version()
        bad = house.commit()
        house.target.behaviours[bad] = Behaviour(fails=FailureCode.EXITED)
        house.target.behaviours[old or ""] = Behaviour(fails=FailureCode.IGNORES_SIGTERM)
        stuck = await house.do()
        assert stuck.state is State.STUCK
        assert (await house.record()).frozen_by == stuck.id
        cancel = await house.refused("cancel_deployment", deployment=stuck.id)
        assert cancel.code == "stuck"
        house.target.behaviours.clear()
        await house.call("resolve_deployment", deployment=stuck.id, choice=choice)
        done = await house.until(stuck.id, lambda found: found.state is not State.STUCK and found.ended_at is not None)
        assert done.state is ends
        assert (await house.record()).frozen_by is None
        assert await house.version() == old, "that is what there is, whatever was chosen"
        assert (await house.record()).generation == (2 if choice == "accept" else 1)
        assert house.serving() == {await house.version(): 2}

    for chosen, end in (("retry", State.ROLLED_BACK), ("return", State.ROLLED_BACK), ("accept", State.SUCCEEDED)):
        play(story(chosen, end))


def test_a_frozen_environment_refuses_every_change() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        await house.environments.save((await house.record()).model_copy(update={"frozen_by": "dep_stuck"}))
        for name, more in (("deploy_project", {}), ("scale_deployment", {"service": "web", "instances": 3})):
            done = await house.do(name, **more)
            assert done.state is State.FAILED
            assert done.problem is not None and done.problem.code == "environment_frozen"
            assert "dep_stuck" in done.problem.mend
        assert len(house.serving()) == 1

    play(story())


def test_only_a_stuck_deployment_can_be_resolved() -> None:
    async def story() -> None:
        house = House()
        done = await house.deploy()
        assert (await house.refused("resolve_deployment", deployment=done.id, choice="accept")).code == "not_stuck"

    play(story())


def test_a_deployment_is_fenced_by_the_supervisors_own_return_and_the_next_one_is_not() -> None:
    async def story() -> None:
        house = House()
        first = await house.deploy()
        old = await house.version()
        house.commit()
        running = await house.begin()
        await house.until(running, lambda found: any(stage.name == "warm" for stage in found.stages))
        house.target.returned(KEY)
        done = await house.ended(running)
        assert done.problem is not None and done.problem.code == "fenced"
        assert done.state is State.SUPERSEDED and done.evidence == () and done.ledger == ()
        assert f"Promoted in staging is generation 1, by {first.id}." in done.problem.why
        shown = await house.call("get_deployment", deployment=running)
        assert shown["next_step"].startswith("A newer change of the environment took its place")
        assert (await house.record()).generation == 1
        assert (await house.deploy()).state is State.SUCCEEDED
        assert await house.version() != old

    play(story())


def test_a_deployment_that_was_interrupted_does_not_undo_a_return_that_was_made_meanwhile() -> None:
    async def story() -> None:
        house = House()
        first = await house.deploy()
        old = await house.version()
        house.commit()
        running = await house.begin()
        await house.until(running, lambda found: any(stage.name == "warm" for stage in found.stages))
        await house.engine.now.stop()
        house.target.returned(KEY)
        await house.live()
        done = await house.ended(running)
        assert done.problem is not None and done.problem.code == "fenced"
        assert done.state is State.SUPERSEDED and done.evidence == () and done.ledger == ()
        assert f"Promoted in staging is generation 1, by {first.id}." in done.problem.why
        shown = await house.call("get_deployment", deployment=running)
        assert shown["next_step"].startswith("A newer change of the environment took its place")
        assert await house.version() == old and house.serving() == {old: 2}
        assert (await house.deploy()).state is State.SUCCEEDED
        assert await house.version() != old

    play(story())


def test_a_rollback_without_the_daemon_is_recorded_when_it_is_back() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        old = await house.version()
        await house.deploy()
        house.target.returned(KEY, to_previous=True)
        opened = await reconcile(house.outside, house.services.desk)
        (found,) = [await house.ended(each) for each in opened]
        assert found.state is State.SUCCEEDED and found.order.kind is Kind.ROLLBACK
        assert await house.version() == old
        assert await reconcile(house.outside, house.services.desk) == ()

    play(story())


def test_another_holder_of_the_lease_is_waited_for_and_named() -> None:
    async def story() -> None:
        house = House()
        await house.leases.acquire(KEY, "somebody", timedelta(seconds=20))
        assert (await house.deploy()).state is State.SUCCEEDED
        assert house.target.epoch(KEY) == 2
        await house.leases.acquire(KEY, "somebody", timedelta(hours=1))
        done = await house.deploy()
        assert done.state is State.FAILED
        assert done.problem is not None and "somebody" in f"{done.problem.what} {done.problem.why}"

    play(story())


def test_the_lease_is_kept_however_long_a_deployment_takes() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING.replace("2s", "70s"))
        await house.deploy()
        house.commit()
        running = await house.begin()
        await house.until(running, lambda found: any(stage.name == "switch" for stage in found.stages))
        await house.clock.sleep(2 * TTL.total_seconds())
        assert await house.leases.acquire(KEY, "a thief", TTL) is None
        assert (await house.ended(running)).state is State.SUCCEEDED
        assert await house.leases.acquire(KEY, "the next", TTL) is not None

    play(story())


@pytest.mark.parametrize("method", ["deliver", "counters", "converge", "look", "observe", "ask", "evidence", "forget"])
def test_a_target_that_does_not_answer_once_never_leaves_a_deployment_without_an_end(method: str) -> None:
    async def story(skip: int) -> None:
        house = House()
        for _ in range(4):
            await house.deploy()
        house.commit()
        running = await house.begin()
        await house.reaches(running, State.RUNNING)
        await house.clock.sleep(skip * 0.5)
        house.target.unreachable[method] = 1
        done = await house.ended(running)
        assert done.state in (State.SUCCEEDED, State.ROLLED_BACK, State.STUCK)
        assert not house.crashes, house.crashes

    for skip in (0, 4):
        play(story(skip))


def test_what_the_builder_or_the_target_refuses_in_mid_run_sends_the_deployment_back() -> None:
    async def story() -> None:
        house = House(HEAD, WEB + 'secrets = ["TOKEN"]\n', STAGING)
        await house.secrets.set(SHOP, "staging", "TOKEN", "hunter2hunter2", "ada")
        await house.deploy()
        old = await house.version()
        house.commit()
        await house.engine.now.start()
        view = await house.call("create_deployment", environment="staging", wait_s=20)
        house.secrets.kept.clear()
        await house.call("deploy_project", deployment=view["id"], digest=view["digest"])
        done = await house.ended(view["id"])
        assert done.state is State.ROLLED_BACK
        assert done.problem is not None and done.problem.code == "unknown_secret"
        assert house.serving() == {old: 2} and not house.crashes

    play(story())


def test_an_audit_that_cannot_be_written_blocks_neither_a_promotion_nor_the_way_back() -> None:
    async def story(bad: bool) -> State:
        house = House()
        await house.deploy()
        version = house.commit()
        house.target.behaviours[version] = Behaviour(fails=FailureCode.EXITED if bad else None)
        running = await house.begin()
        await house.reaches(running, State.RUNNING)
        house.audit.broken = True
        done = await house.ended(running)
        assert not house.crashes
        assert "audit" in await house.told(running)
        return done.state

    assert play(story(bad=False)) is State.SUCCEEDED
    assert play(story(bad=True)) is State.ROLLED_BACK


def test_without_an_audit_nothing_is_begun() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        house.audit.broken = True
        assert (await house.refused("deploy_project", environment="staging")).code == "audit_unavailable"
        assert await house.deployments.list() == ()

    play(story())


@pytest.mark.parametrize("state", ["running", "stuck", "promoted"])
def test_a_deployment_that_an_older_version_began_is_ended_and_never_replayed(state: str) -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        old = await house.version()
        version = house.commit()
        if state == "stuck":
            house.target.behaviours[version] = Behaviour(fails=FailureCode.EXITED)
            house.target.behaviours[old or ""] = Behaviour(fails=FailureCode.EXITED)
        house.target.unreachable["promoted"] = 5 if state == "promoted" else 0
        running = await house.begin()
        wanted = {"running": State.RUNNING, "stuck": State.STUCK, "promoted": State.PROMOTED}[state]
        await house.reaches(running, wanted)
        await house.engine.now.stop()
        house.journal.entries["run", running].steps.clear()
        await house.deployments.save((await house.get(running)).model_copy(update={"started_under": 0}), wanted)
        await house.live()
        if state == "stuck":
            await house.clock.sleep(5)
            assert (await house.get(running)).state is State.STUCK
            house.target.behaviours.clear()
            await house.call("resolve_deployment", deployment=running, choice="retry")
            done = await house.until(running, lambda found: found.ended_at is not None)
        else:
            done = await house.ended(running)
        assert done.state is (State.SUCCEEDED if state == "promoted" else State.ROLLED_BACK)
        assert house.serving() == {version if state == "promoted" else old: 2}
        if state == "running":
            assert done.problem is not None and done.problem.code == "upgraded_in_deployment"
        assert not house.crashes

    play(story())


def test_a_workflow_that_breaks_in_mid_run_goes_back_by_itself() -> None:
    async def story() -> None:
        house = House()
        await house.deploy()
        old = await house.version()
        house.commit()
        running = await house.begin()
        await house.until(running, lambda found: any(stage.name == "switch" for stage in found.stages))
        await house.engine.now.stop()
        steps = house.journal.entries["run", running].steps
        steps[1] = ("a step that nobody knows", steps[1][1])
        await house.live()
        done = await house.ended(running)
        assert done.state is State.ROLLED_BACK and len(house.crashes) == 1
        assert house.serving() == {old: 2}

    play(story())


def test_an_approved_plan_runs_and_what_it_binds_is_in_the_record() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, guarded())
        await enrol(house)
        found = await waiting(house)
        view = await house.call("get_deployment", AGENT, deployment=found.id)
        assert view["approval_required"]["people"] == 1 and found.id in view["approval_required"]["how"]
        assert house.target.told == []
        await decide(house, found.id, GRACE)
        done = await house.ended(found.id)
        assert done.state is State.SUCCEEDED and done.approvals == ("grace",)

    play(story())


def test_a_denied_plan_is_cancelled() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, guarded())
        await enrol(house)
        found = await waiting(house)
        await decide(house, found.id, GRACE, "deny")
        assert (await house.get(found.id)).state is State.CANCELLED
        assert house.target.told == []

    play(story())


def test_two_people_are_two_people() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, guarded(people=2))
        await enrol(house)
        found = await waiting(house)
        await decide(house, found.id, GRACE)
        assert (await house.get(found.id)).state is State.AWAITING_APPROVAL
        text = (await house.call("get_approval_text", deployment=found.id))["text"]
        again = await house.refused("approve_deployment", deployment=found.id, signature=sign(GRACE, text.encode()))
        assert again.code == "approval_used"
        await decide(house, found.id, HEDY)
        assert (await house.ended(found.id)).state is State.SUCCEEDED

    play(story())


def test_a_plan_whose_approval_does_not_come_in_time_is_stale() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, guarded())
        await enrol(house)
        found = await waiting(house)
        text = (await house.call("get_approval_text", deployment=found.id))["text"]
        await house.clock.sleep(4 * 3600 + 1)
        late = await house.refused("approve_deployment", deployment=found.id, signature=sign(GRACE, text.encode()))
        assert late.code == "not_awaiting_approval"
        assert (await house.get(found.id)).state is State.STALE

    play(story())


def test_who_asked_cannot_approve_unless_the_environment_says_so() -> None:
    async def story(own: str) -> State:
        house = House(HEAD, WEB, guarded(own=own))
        await enrol(house)
        found = await waiting(house, Caller(name="grace", surface=Surface.CLI))
        text = (await house.call("get_approval_text", deployment=found.id))["text"]
        arguments = {"deployment": found.id, "signature": sign(GRACE, text.encode())}
        if own == "false":
            assert (await house.refused("approve_deployment", **arguments)).code == "own_request"
        else:
            await house.call("approve_deployment", **arguments)
            await house.ended(found.id)
        return (await house.get(found.id)).state

    assert play(story("false")) is State.AWAITING_APPROVAL
    assert play(story("true")) is State.SUCCEEDED


def test_an_agent_may_roll_back_where_people_approve_and_nothing_else() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, guarded())
        await enrol(house)
        for _ in range(2):
            found = await waiting(house)
            await decide(house, found.id, GRACE)
            assert (await house.ended(found.id)).state is State.SUCCEEDED
        scale = await house.do("scale_deployment", AGENT, service="web", instances=3)
        assert scale.state is State.AWAITING_APPROVAL
        assert (await house.do("rollback_deployment", AGENT)).state is State.SUCCEEDED

    play(story())


def test_a_commit_cannot_take_the_protection_off_by_itself() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, guarded())
        await enrol(house)
        first = await waiting(house)
        await decide(house, first.id, GRACE)
        await house.ended(first.id)
        house.toml = HEAD + WEB + STAGING
        assert (await waiting(house)).state is State.AWAITING_APPROVAL

    play(story())


def test_an_approved_commit_takes_the_protection_off() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, guarded())
        await enrol(house)
        first = await waiting(house)
        await decide(house, first.id, GRACE)
        await house.ended(first.id)
        house.toml = HEAD + WEB + STAGING
        second = await waiting(house)
        assert second.plan is not None and "approve" in second.plan.blast_radius.touches
        await decide(house, second.id, GRACE)
        await house.ended(second.id)
        assert (await house.deploy()).state is State.SUCCEEDED

    play(story())


def test_what_was_kept_but_never_enqueued_is_taken_up_at_the_next_start() -> None:
    async def story() -> None:
        from kr8.workflows.takeup import take_up  # noqa: PLC0415

        house = House()
        house.commit()
        opened = (await house.call("deploy_project", environment="staging"))["id"]
        house.journal.entries.clear()
        await house.live()
        assert await take_up(house.outside) == (opened,)
        assert (await house.ended(opened)).state is State.SUCCEEDED
        assert await take_up(house.outside) == ()

    play(story())


def test_the_caller_who_names_no_project_stands_in_it() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        assert (await house.call("check_project", ADA))["path"] == str(Path("/srv/shop"))

    play(story())

"""A call with an idempotency key is done once, however often, and through whatever death, it is asked for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.checkers import FakeChecker, found
from tests.support.house import ADA, AGENT, CATALOGUE, HEAD, ROOT, SHOP, STAGING, WEB, House, proof_of
from tests.support.virtual import play
from tests.unit.catalogue import strange
from tests.unit.operations.test_going_around_a_signature import GRACE, TOKEN, guarded

from kr8.catalogue.invoke import invoke
from kr8.catalogue.once import Answered, Once
from kr8.catalogue.operation import Catalogue
from kr8.domain.caller import Caller, Surface
from kr8.domain.deployment import State
from kr8.domain.keyed import LIVES, KeyedCall
from kr8.domain.problem import Outcome, Problem, Refused
from kr8.domain.redact import MASK
from kr8.domain.request import SignatureNeeded

STRANGE = Catalogue(strange)
SECRET = "hunter2-hunter2"
STAGED: dict[str, Any] = {"environment": "staging"}


async def asked(
    house: House,
    name: str,
    key: str | None = "k",
    /,
    caller: Caller = ADA,
    directory: str = str(ROOT),
    **arguments: Any,
) -> Answered:
    """What an operation is answered that comes with a key."""
    operations = STRANGE if hasattr(strange, name) else CATALOGUE
    return await invoke(operations, name, arguments, house.services, caller, directory, key=key)


async def refused(house: House, name: str, key: str | None = "k", /, **more: Any) -> Problem:
    with pytest.raises(Refused) as caught:
        await asked(house, name, key, **more)
    return caught.value.problem


async def opened(house: House) -> list[str]:
    """Every deployment there is."""
    return [each.id for each in await house.deployments.list(limit=100)]


async def interrupted(house: House, name: str, key: str = "k", /, **arguments: Any) -> KeyedCall:
    """A call as it is remembered after a death in the middle of it: begun, and not answered."""
    await asked(house, name, key, **arguments)
    (kept,) = house.keyed_calls.kept.values()
    house.keyed_calls.kept[kept.id] = kept.model_copy(update={"answer": None})
    return kept


def a_house() -> House:
    house = House()
    house.commit()
    return house


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("deploy_project", STAGED),
        ("create_deployment", STAGED),
        ("rollback_deployment", STAGED),
        ("scale_deployment", {**STAGED, "service": "web", "instances": 3}),
        ("restart", STAGED),
        ("down", {**STAGED, "confirm": "staging"}),
    ],
)
def test_what_opens_a_deployment_opens_one_and_is_answered_with_it_as_it_is_now(
    name: str, arguments: dict[str, Any]
) -> None:
    async def story() -> None:
        house = House()
        served = (await house.deploy()).id
        await house.engine.now.stop()
        house.engine.now = house.make_engine()
        written = await house.audit.length()
        first = await asked(house, name, **arguments)
        assert not first.repeated and await opened(house) == [first.value["id"], served]
        at_once = await asked(house, name, **arguments)
        assert at_once.repeated and at_once.value == first.value
        await house.engine.now.start()
        await house.until(first.value["id"], lambda found: found.state is not State.PLANNING)
        later = await asked(house, name, **arguments)
        assert later.repeated and later.value["id"] == first.value["id"] and later.value["state"] != "planning"
        assert await opened(house) == [first.value["id"], served]
        rows = (await house.audit.rows())[written:]
        assert len([row for row in rows if row.operation == name]) == 2, "an intent, an outcome"

    play(story())


def test_without_a_key_each_call_is_one_of_its_own() -> None:
    async def story() -> None:
        house = a_house()
        for _ in range(2):
            assert not (await asked(house, "deploy_project", None, **STAGED)).repeated
        assert len(await opened(house)) == 2 and not house.keyed_calls.kept

    play(story())


def test_another_key_caller_or_operation_is_another_call() -> None:
    async def story() -> None:
        house = a_house()
        bob, shell = Caller(name="bob", surface=Surface.CLI), Caller(name="ada", surface=Surface.HTTP)
        for caller in (ADA, bob, shell, AGENT, AGENT.model_copy(update={"session": "eve"})):
            assert not (await asked(house, "deploy_project", caller=caller, **STAGED)).repeated
        assert not (await asked(house, "deploy_project", "l", **STAGED)).repeated
        assert not (await asked(house, "create_deployment", **STAGED)).repeated
        assert len(await opened(house)) == 7

    play(story())


@pytest.mark.parametrize(
    "other", [{"environment": "production"}, {"reason": "another"}, {"project": SHOP}, {"directory": "/elsewhere"}]
)
def test_a_key_that_comes_with_another_call_is_refused_and_told_so(other: dict[str, Any]) -> None:
    async def story() -> None:
        house = a_house()
        first = await asked(house, "deploy_project", **STAGED)
        problem = await refused(house, "deploy_project", **{**STAGED, **other})
        assert (problem.code, problem.outcome) == ("idempotency_key_reused", Outcome.NOT_STARTED)
        assert problem.field == "idempotency_key" and "deploy_project" in problem.what
        assert "other arguments" in problem.why and "new key" in problem.mend
        assert await opened(house) == [first.value["id"]]

    play(story())


def test_how_long_somebody_waits_is_no_part_of_what_they_ask_for() -> None:
    async def story() -> None:
        house = a_house()
        first = await asked(house, "deploy_project", wait_s=0, **STAGED)
        again = await asked(house, "deploy_project", wait_s=20, **STAGED)
        assert again.repeated and again.value["id"] == first.value["id"]

    play(story())


def test_a_call_that_failed_before_it_did_anything_may_be_asked_again_also_in_other_words() -> None:
    async def story() -> None:
        house = a_house()
        for environment in ("stagging", "productoin"):
            assert (await refused(house, "deploy_project", environment=environment)).code == "unknown_environment"
        assert not (await asked(house, "deploy_project", **STAGED)).repeated
        assert len(await opened(house)) == 1
        assert (await refused(house, "refuse_it", note="x")).code == "refused"
        assert (await refused(house, "refuse_it", note="y")).code == "refused"

    play(story())


def test_fifty_at_once_with_one_key_open_one_deployment() -> None:
    async def story() -> None:
        house = a_house()
        await house.engine.now.start()
        calls = [asked(house, "deploy_project", wait_s=number % 3, **STAGED) for number in range(50)]
        answers = await asyncio.gather(*calls)
        assert await opened(house) == [answers[0].value["id"]]
        assert {answer.value["id"] for answer in answers} == {answers[0].value["id"]}
        assert sum(not answer.repeated for answer in answers) == 1

    play(story())


def test_fifty_at_once_in_ten_processes_open_one_deployment() -> None:
    """Processes share the store, and none of them knows what another one is just doing."""

    async def story() -> None:
        house = a_house()
        alone = house.services
        processes = [replace(alone, once=Once(house.keyed_calls, alone.desk)) for _ in range(10)]
        calls = [
            invoke(CATALOGUE, "deploy_project", STAGED, processes[number % 10], ADA, str(ROOT), key="k")
            for number in range(50)
        ]
        answers = await asyncio.gather(*calls)
        assert {answer.value["id"] for answer in answers} == set(await opened(house))
        assert len(await opened(house)) == 1

    play(story())


def test_fifty_at_once_that_fail_are_each_told_why() -> None:
    async def story() -> None:
        house = a_house()
        problems = await asyncio.gather(*(refused(house, "deploy_project", environment="nowhere") for _ in range(50)))
        assert {problem.code for problem in problems} == {"unknown_environment"}
        assert not house.keyed_calls.kept

    play(story())


def test_a_call_that_died_after_it_opened_its_deployment_is_answered_with_that_one() -> None:
    async def story() -> None:
        house = a_house()
        kept = await interrupted(house, "deploy_project", **STAGED)
        house.journal.entries.clear()  # it died before the plan was enqueued
        house.repositories.put(ROOT, {"kr8.toml": b"not any more what it was"})
        found = await asked(house, "deploy_project", **STAGED)
        assert found.repeated and found.value["id"] == kept.deployment
        assert await opened(house) == [kept.deployment]
        assert ("plan", kept.deployment) in house.journal.entries

    play(story())


def test_a_call_that_died_before_it_opened_its_deployment_opens_it_now() -> None:
    async def story() -> None:
        house = a_house()
        kept = await interrupted(house, "create_deployment", **STAGED)
        house.deployments.forget(kept.deployment)
        found = await asked(house, "create_deployment", **STAGED)
        assert not found.repeated and found.value["id"] == kept.deployment
        again = await asked(house, "create_deployment", **STAGED)
        assert again.repeated and await opened(house) == [kept.deployment]

    play(story())


def test_running_a_plan_is_answered_with_its_deployment_through_a_death_too() -> None:
    async def story() -> None:
        house = a_house()
        await house.engine.now.start()
        plan = await house.begin("create_deployment")
        planned = await house.reaches(plan, State.PLANNED)
        assert planned.plan is not None
        run: dict[str, Any] = {"deployment": plan, "digest": planned.plan.digest()}
        await interrupted(house, "deploy_project", **run)
        for repeated in (False, True):
            found = await asked(house, "deploy_project", **run)
            assert (found.repeated, found.value["id"]) == (repeated, plan)
        assert await opened(house) == [plan]

    play(story())


def test_what_cannot_be_done_twice_and_died_in_the_middle_is_unknown_and_not_done_again() -> None:
    async def story() -> None:
        house = a_house()
        await interrupted(house, "change_something", note="x")
        before = len(strange.SEEN)
        problem = await refused(house, "change_something", note="x")
        assert (problem.code, problem.outcome) == ("answer_lost", Outcome.UNKNOWN)
        assert "change_something" in problem.what and "new key" in problem.mend
        assert len(strange.SEEN) == before

    play(story())


def test_what_failed_in_a_way_that_nobody_foresaw_is_not_done_again() -> None:
    async def story() -> None:
        house = a_house()
        assert (await refused(house, "explode", note="x")).code == "internal_error"
        assert (await refused(house, "explode", note="x")).code == "answer_lost"

    play(story())


def test_what_may_be_done_twice_and_died_in_the_middle_is_done_again() -> None:
    async def story() -> None:
        house = a_house()
        plan = await house.begin("create_deployment")
        await interrupted(house, "cancel_deployment", deployment=plan)
        found = await asked(house, "cancel_deployment", deployment=plan)
        assert not found.repeated and found.value["id"] == plan

    play(story())


def test_another_answer_than_a_deployment_is_the_same_again() -> None:
    async def story() -> None:
        house = a_house()
        first, before = await asked(house, "change_something", note="x"), len(strange.SEEN)
        again = await asked(house, "change_something", note="x")
        assert (again.repeated, again.value) == (True, first.value) and len(strange.SEEN) == before

    play(story())


def test_what_only_reads_ignores_a_key() -> None:
    async def story() -> None:
        house = a_house()
        for note in ("x", "y"):
            assert await asked(house, "read_something", "k", note=note) == Answered({"note": note})
        await asked(house, "read_something", "no key at all", note="x")
        assert not house.keyed_calls.kept

    play(story())


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 256, "schlüssel", "line\nend"])
def test_what_is_no_key_is_refused_before_anything_is_done(key: str) -> None:
    async def story() -> None:
        house = a_house()
        problem = await refused(house, "deploy_project", key, **STAGED)
        assert (problem.code, problem.field) == ("idempotency_key_not_valid", "idempotency_key")
        assert not await opened(house) and await house.audit.length() == 0

    play(story())


def test_a_key_is_remembered_for_a_day() -> None:
    async def story() -> None:
        house = a_house()
        first = await asked(house, "deploy_project", **STAGED)
        await house.clock.sleep((LIVES - timedelta(seconds=1)).total_seconds())
        assert (await asked(house, "deploy_project", **STAGED)).value["id"] == first.value["id"]
        await house.clock.sleep(2)
        assert not (await asked(house, "deploy_project", **STAGED)).repeated
        assert len(await opened(house)) == 2 and len(house.keyed_calls.kept) == 1

    play(story())


def test_an_answer_is_kept_without_secrets_and_told_without_those_that_came_later() -> None:
    async def story() -> None:
        house = a_house()
        await house.secrets.set(SHOP, "staging", "TOKEN", SECRET, "ada")
        await asked(house, "change_something", note=f"{SECRET} and {SECRET[::-1]}")
        kept = "".join(call.model_dump_json() for call in house.keyed_calls.kept.values())
        assert SECRET not in kept and SECRET[::-1] in kept
        await house.secrets.set(SHOP, "staging", "TOKEN2", SECRET[::-1], "ada")
        await house.clock.sleep(2)
        again = await asked(house, "change_something", note=f"{SECRET} and {SECRET[::-1]}")
        assert again.value == {"note": f"{MASK} and {MASK}"}

    play(story())


def test_the_value_of_a_secret_is_compared_and_never_kept() -> None:
    async def story() -> None:
        house = House(HEAD, WEB + 'secrets = ["TOKEN"]\n', STAGING)
        house.commit()
        secret: dict[str, Any] = {"name": "TOKEN", **STAGED}
        first = await asked(house, "set_secret", value=SECRET, **secret)
        again = await asked(house, "set_secret", value=SECRET, **secret)
        assert (again.repeated, again.value) == (True, first.value) and again.value["version"] == 1
        assert (await refused(house, "set_secret", value="x" * 9, **secret)).code == "idempotency_key_reused"
        assert SECRET not in json.dumps([call.model_dump(mode="json") for call in house.keyed_calls.kept.values()])

    play(story())


def test_who_may_not_do_it_is_not_told_what_it_came_to() -> None:
    async def story() -> None:
        house = House(HEAD, WEB + 'secrets = ["TOKEN"]\n', STAGING)
        house.commit()
        secret: dict[str, Any] = {"name": "TOKEN", "value": SECRET, **STAGED}
        await asked(house, "set_secret", **secret)
        assert (await refused(house, "set_secret", caller=AGENT, **secret)).code == "not_for_agents"

    play(story())


def test_what_was_signed_is_signed_again_and_then_answered_as_it_was() -> None:
    async def story() -> None:
        house = await guarded()

        async def signed() -> Answered:
            asking = ("set_secret", TOKEN, house.services, ADA, str(ROOT))
            with pytest.raises(SignatureNeeded) as needed:
                await invoke(CATALOGUE, *asking, key="k")
            return await invoke(CATALOGUE, *asking, proof_of(needed.value.to_sign, GRACE), key="k")

        first, again = await signed(), await signed()
        assert (first.repeated, again.repeated) == (False, True) and again.value == first.value
        assert first.value["version"] == 1 and first.value["set_by"] == "grace (cli, signed)"

    play(story())


def test_an_answer_that_cannot_be_kept_is_told_all_the_same() -> None:
    async def story() -> None:
        house = a_house()
        house.keyed_calls.full = True
        first = await asked(house, "deploy_project", **STAGED)
        again = await asked(house, "deploy_project", **STAGED)
        assert again.repeated and again.value["id"] == first.value["id"]
        assert (await refused(house, "deploy_project", "l", environment="nowhere")).code == "unknown_environment"

    play(story())


@pytest.mark.parametrize("name", ["waive_findings", "fix_infrastructure"])
def test_what_was_not_over_yet_is_done_when_it_is_asked_for_again(name: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        slow = FakeChecker("x", findings=(found("x/a", "a.tf:1"),), clock=house.clock, seconds=20)
        house.checkers[:] = [slow]
        (tmp_path / "a.tf").write_text("a")
        house.repositories.put(tmp_path, {"a.tf": b"a"})
        until = str(house.clock.now().date() + timedelta(days=9))
        own = {"reason": "the move", "until": until} if name == "waive_findings" else {}
        arguments = {"project": str(tmp_path), **own}
        first = await asked(house, name, wait_s=5, **arguments)
        assert first.value["state"] == "running" and not house.keyed_calls.kept
        later = await asked(house, name, wait_s=25, **arguments)
        assert (later.repeated, later.value["state"]) == (False, "done")
        again = await asked(house, name, **arguments)
        assert again.repeated and again.value == later.value

    play(story())

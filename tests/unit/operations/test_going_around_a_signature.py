"""Each way around the signature that a request needs in a protected environment, and that it leads nowhere."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.signatures import sign
from tests.support.house import ADA, AGENT, CATALOGUE, HEAD, SHOP, STAGING, WEB, House, proof_of
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke
from kr8.catalogue.signing import MOST_WAIT
from kr8.domain.approval import NAMESPACE as APPROVAL
from kr8.domain.caller import Caller, Surface
from kr8.domain.deployment import State
from kr8.domain.order import Kind, Order
from kr8.domain.problem import Outcome, Refused
from kr8.domain.request import LIVES, NAMESPACE, Proof, SignatureNeeded

GRACE = "ssh-ed25519 AAAAgrace grace"
LINUS = "ssh-ed25519 AAAAlinus linus"
MALLORY = "ssh-ed25519 AAAAmallory mallory"
PROTECTED = """\
[environments.{name}]
listen = {{ web = "127.0.0.1:{port}" }}
strategy = {{ kind = "rolling", bake = "0s" }}
approval = {{ people = 1 }}
"""
TOML = HEAD + WEB + STAGING + PROTECTED.format(name="production", port=8002) + PROTECTED.format(name="edge", port=8003)
SECRET = "hunter2-hunter2"
TOKEN: dict[str, Any] = {"name": "TOKEN", "environment": "production", "value": SECRET}


async def guarded() -> House:
    """A house where production and edge are protected, grace may approve everywhere and linus in edge alone."""
    house = House(TOML)
    house.commit()
    await house.call("add_approver", name="grace", public_key=GRACE)
    await house.signed("add_approver", GRACE, name="linus", public_key=LINUS, environments=("edge",))
    return house


async def denied(house: House, proof: Proof, caller: Caller = ADA, **arguments: Any) -> str:
    """The code that a signed `secret set` is refused with. No value may be set by it."""
    with pytest.raises(Refused) as caught:
        await house.prove("set_secret", proof, caller, **{**TOKEN, **arguments})
    assert caught.value.problem.outcome is Outcome.NOT_STARTED
    assert (await house.call("list_secrets"))["secrets"] == []
    return caught.value.problem.code


def test_a_person_who_signs_sets_a_secret_and_is_named_by_what_is_proved() -> None:
    async def story() -> None:
        house = await guarded()
        line = await house.signed("set_secret", GRACE, Caller(name="whoever", surface=Surface.CLI), **TOKEN)
        assert line["set_by"] == "grace (cli, signed)"
        intent = (await house.audit.rows())[-2]
        assert intent.caller == "grace (cli, signed)" and "requested by: whoever (cli)" in intent.detail
        assert NAMESPACE in sign(GRACE, b"", NAMESPACE) and sign(GRACE, b"", NAMESPACE).split()[0] in intent.detail

    play(story())


def test_without_a_signature_the_refusal_says_what_why_and_the_command_to_run() -> None:
    async def story() -> None:
        house = await guarded()
        problem = await house.refused("set_secret", **TOKEN)
        assert (problem.code, problem.outcome) == ("person_required", Outcome.NOT_STARTED)
        assert problem.what == "set_secret in production needs a person's signature."
        assert "production asks for approvals" in problem.why and problem.why.endswith("May sign: grace.")
        assert problem.mend.endswith(f"kr8 secret set TOKEN --environment production --project {SHOP}")
        assert await house.audit.length() == 4, "what nobody has signed is no intent"
        assert (await house.call("list_secrets"))["secrets"] == []

    play(story())


def test_where_nobody_is_enrolled_nobody_can_sign() -> None:
    async def story() -> None:
        house = House(TOML)
        house.commit()
        problem = await house.refused("set_secret", **TOKEN)
        assert problem.code == "person_required" and "May sign: nobody yet" in problem.why
        asked = await house.to_sign("set_secret", **TOKEN)
        assert await denied(house, proof_of(asked, MALLORY)) == "signature_not_valid"

    play(story())


def test_who_works_in_development_is_asked_for_nothing() -> None:
    async def story() -> None:
        house = await guarded()
        assert (await house.call("set_secret", **{**TOKEN, "environment": "staging"}))["set_by"] == "ada (cli)"
        found = await house.begin("deploy_project", AGENT)
        await house.call("cancel_deployment", AGENT, deployment=found)
        assert (await house.ended(found)).state is State.CANCELLED
        await house.call("remove_secret", name="TOKEN", environment="staging")

    play(story())


def test_a_signature_counts_once() -> None:
    async def story() -> None:
        house = await guarded()
        asked = await house.to_sign("set_secret", **TOKEN)
        proof = proof_of(asked, GRACE)
        await house.prove("set_secret", proof, **TOKEN)
        await house.signed("remove_secret", GRACE, name="TOKEN", environment="production")
        assert await denied(house, proof) == "request_expired"

    play(story())


def test_of_fifty_calls_at_once_with_one_signature_one_is_done() -> None:
    async def story() -> None:
        house = await guarded()
        proof = proof_of(await house.to_sign("set_secret", **TOKEN), GRACE)
        calls = [house.prove("set_secret", proof, **TOKEN) for _ in range(50)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        assert len([each for each in answers if isinstance(each, dict)]) == 1
        assert {each.problem.code for each in answers if isinstance(each, Refused)} == {"request_expired"}
        assert [each["version"] for each in (await house.call("list_secrets"))["secrets"]] == [1]

    play(story())


@pytest.mark.parametrize("other", [{"environment": "edge"}, {"name": "OTHER"}, {"value": "another-value"}])
def test_a_signature_counts_for_the_environment_and_the_arguments_that_were_signed(other: dict[str, str]) -> None:
    async def story() -> None:
        house = await guarded()
        proof = proof_of(await house.to_sign("set_secret", **TOKEN), GRACE)
        assert await denied(house, proof, **other) == "signature_not_valid"
        assert await denied(house, proof) == "request_expired", "what was tried for something else is used up"

    play(story())


def test_a_signature_for_one_operation_counts_for_no_other() -> None:
    async def story() -> None:
        house = await guarded()
        await house.signed("set_secret", GRACE, **TOKEN)
        arguments = {"name": "TOKEN", "environment": "production"}
        proof = proof_of(await house.to_sign("set_secret", **TOKEN), GRACE)
        with pytest.raises(Refused) as caught:
            await house.prove("remove_secret", proof, **arguments)
        assert caught.value.problem.code == "signature_not_valid"
        assert [each["name"] for each in (await house.call("list_secrets"))["secrets"]] == ["TOKEN"]

    play(story())


def test_a_signature_does_not_outlive_its_time() -> None:
    async def story() -> None:
        house = await guarded()
        proof = proof_of(await house.to_sign("set_secret", **TOKEN), GRACE)
        await house.clock.sleep(LIVES.total_seconds() + 1)
        assert await denied(house, proof) == "request_expired"

    play(story())


def test_a_signature_of_somebody_who_is_not_listed_or_not_here_is_none() -> None:
    async def story() -> None:
        house = await guarded()
        for key in (MALLORY, LINUS):
            asked = await house.to_sign("set_secret", **TOKEN)
            assert await denied(house, proof_of(asked, key)) == "signature_not_valid"
        line = await house.signed("set_secret", LINUS, **{**TOKEN, "environment": "edge"})
        assert line["set_by"] == "linus (cli, signed)"

    play(story())


def test_an_approver_who_was_taken_off_the_list_meanwhile_signs_nothing() -> None:
    async def story() -> None:
        house = await guarded()
        arguments = {**TOKEN, "environment": "edge"}
        proof = proof_of(await house.to_sign("set_secret", **arguments), LINUS)
        await house.signed("remove_approver", GRACE, name="linus")
        assert await denied(house, proof, environment="edge") == "signature_not_valid"

    play(story())


@pytest.mark.parametrize("namespace", [APPROVAL, "file", "git"])
def test_a_signature_of_another_namespace_is_none(namespace: str) -> None:
    async def story() -> None:
        house = await guarded()
        asked = await house.to_sign("set_secret", **TOKEN)
        assert await denied(house, proof_of(asked, GRACE, namespace)) == "signature_not_valid"

    play(story())


def test_a_signature_over_a_text_that_was_changed_is_none() -> None:
    async def story() -> None:
        house = await guarded()
        for before, after in (("set_secret", "get_secret"), ("production", "staging"), ("expires: 2", "expires: 3")):
            asked = await house.to_sign("set_secret", **TOKEN)
            assert before in asked.text
            other = asked.model_copy(update={"text": asked.text.replace(before, after)})
            assert await denied(house, proof_of(other, GRACE)) == "signature_not_valid"

    play(story())


@pytest.mark.parametrize("surface", [Surface.MCP, Surface.HTTP])
def test_an_mcp_client_or_somebody_over_tcp_is_refused_with_the_best_signature_there_is(surface: Surface) -> None:
    async def story() -> None:
        house = await guarded()
        away = Caller(name="grace", surface=surface)
        proof = proof_of(await house.to_sign("set_secret", **TOKEN), GRACE)
        assert await denied(house, proof, away) == "not_for_agents"
        found = await house.do("deploy_project", AGENT, environment="production")
        proof = proof_of(await house.to_sign("cancel_deployment", deployment=found.id), GRACE)
        with pytest.raises(Refused) as caught:
            await house.prove("cancel_deployment", proof, away, deployment=found.id)
        assert caught.value.problem.code == "person_required"
        assert caught.value.problem.mend.endswith(f"kr8 deployment cancel {found.id}")
        assert (await house.get(found.id)).state is State.AWAITING_APPROVAL

    play(story())


def test_a_running_deployment_of_a_protected_environment_is_cancelled_by_a_signature_only() -> None:
    async def story() -> None:
        house = await guarded()
        found = await house.do("deploy_project", AGENT, environment="production")
        assert (await house.refused("cancel_deployment", deployment=found.id)).code == "person_required"
        assert (await house.signed("cancel_deployment", GRACE, deployment=found.id))["state"] == "cancelled"

    play(story())


def test_a_commit_that_takes_the_protection_out_takes_it_from_no_secret() -> None:
    async def story() -> None:
        house = await guarded()
        found = await house.do("deploy_project", AGENT, environment="production")
        text = str((await house.call("get_approval_text", deployment=found.id))["text"])
        await house.call("approve_deployment", deployment=found.id, signature=sign(GRACE, text.encode()))
        assert (await house.ended(found.id)).state is State.SUCCEEDED
        house.commit(TOML.replace("approval = { people = 1 }\n", ""))
        assert (await house.refused("set_secret", **TOKEN)).code == "person_required"
        house.commit(HEAD + WEB + STAGING)
        removing = await house.refused("remove_secret", name="TOKEN", environment="production")
        assert removing.code == "person_required", "an environment that kr8.toml names no more stays protected"

    play(story())


def test_another_clone_that_asks_for_no_approval_opens_nothing() -> None:
    async def story() -> None:
        house = await guarded()
        await house.call("check_project")
        free = TOML.replace("approval = { people = 1 }\n", "").encode()
        house.repositories.put(Path("/srv/clone"), {"kr8.toml": free, "app.py": b"the same"})
        for project in ("/srv/clone", SHOP, None):
            assert (await house.refused("set_secret", **TOKEN, project=project)).code == "person_required"
        arguments = {"name": "TOKEN", "environment": "production"}
        with pytest.raises(SignatureNeeded):
            await invoke(CATALOGUE, "remove_secret", arguments, house.services, ADA, "/srv/clone")

    play(story())


def test_who_asked_by_a_signature_is_compared_by_the_name_that_was_proved() -> None:
    async def story() -> None:
        house = await guarded()
        await house.call("check_project")
        project = (await house.outside.projects.all())[0]
        signed = Caller(name="grace", surface=Surface.CLI, proved=True)
        order = Order(kind=Kind.DEPLOY, commit=house.commit(), repository=project.path)
        opened = await house.services.desk.open(project, "production", order, signed, "", run=True)
        await house.live()
        found = await house.ended(opened.id)
        assert found.state is State.AWAITING_APPROVAL
        text = str((await house.call("get_approval_text", deployment=found.id))["text"])
        assert "requested by: grace (cli, signed)" in text
        own = await house.refused("approve_deployment", deployment=found.id, signature=sign(GRACE, text.encode()))
        assert own.code == "own_request"

    play(story())


def test_no_secret_is_in_what_is_signed_and_none_can_be_found_out_by_trying() -> None:
    async def story() -> None:
        house = await guarded()
        first = await house.to_sign("set_secret", **TOKEN)
        second = await house.to_sign("set_secret", **TOKEN)
        assert SECRET not in first.text + second.text
        digests = {line for asked in (first, second) for line in asked.text.splitlines() if line.startswith("digest: ")}
        assert len(digests) == 2, "the same value must not be seen to be the same"
        await house.prove("set_secret", proof_of(second, GRACE), **TOKEN)
        audit = "\n".join(row.model_dump_json() for row in await house.audit.rows())
        assert "kr8 request, version 1" in audit and SECRET not in audit

    play(story())


def test_names_from_outside_forge_no_line_of_what_is_signed() -> None:
    async def story() -> None:
        house = await guarded()
        mallory = Caller(name="ada\nexpires: 2099-01-01\u202e", surface=Surface.CLI)
        lines = (await house.to_sign("set_secret", mallory, **TOKEN)).text.splitlines()
        assert len(lines) == 9 and sum(line.startswith("expires: ") for line in lines) == 1
        assert "\u202e" not in "".join(lines)

    play(story())


def test_whoever_asks_for_texts_without_end_fills_no_memory() -> None:
    async def story() -> None:
        house = await guarded()
        oldest = proof_of(await house.to_sign("set_secret", **TOKEN), GRACE)
        for _ in range(MOST_WAIT):
            newest = await house.to_sign("set_secret", **TOKEN)
        assert await denied(house, oldest) == "request_expired"
        await house.prove("set_secret", proof_of(newest, GRACE), **TOKEN)

    play(story())

"""Each way around a person's approval, and that it leads nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes.signatures import sign
from tests.support.house import ADA, AGENT, HEAD, WEB, House, proof_of
from tests.support.virtual import play

from kr8.domain.caller import Caller, Surface
from kr8.domain.deployment import Deployment, State
from kr8.domain.problem import Refused
from kr8.domain.request import Proof

GRACE = "ssh-ed25519 AAAAgrace grace"
LINUS = "ssh-ed25519 AAAAlinus linus"
MALLORY = "ssh-ed25519 AAAAmallory mallory"
ENVIRONMENT = """\
[environments.{name}]
listen = {{ web = "127.0.0.1:{port}" }}
strategy = {{ kind = "rolling", bake = "0s" }}
approval = {{ people = 1 }}
"""
TOML = HEAD + WEB + ENVIRONMENT.format(name="staging", port=8001) + ENVIRONMENT.format(name="production", port=8002)
Arguments = dict[str, Any]


async def guarded() -> tuple[House, Deployment, str]:
    """A house where grace approves, a deployment that waits, and the text that she would sign."""
    house = House(TOML)
    house.commit()
    await house.call("add_approver", name="grace", public_key=GRACE)
    found = await house.do("deploy_project", AGENT)
    assert found.state is State.AWAITING_APPROVAL
    return house, found, await text_of(house, found.id)


async def text_of(house: House, deployment: str) -> str:
    return str((await house.call("get_approval_text", deployment=deployment))["text"])


async def denied_way(house: House, deployment: str, signature: str) -> str:
    """Try a signature; the code of the refusal. Nothing may run for it."""
    problem = await house.refused("approve_deployment", deployment=deployment, signature=signature)
    await house.clock.sleep(5)
    assert (await house.get(deployment)).state is State.AWAITING_APPROVAL
    assert house.target.told == []
    return problem.code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("digest: ", "digest: 0"),
        ("environment: staging", "environment: production"),
        ("account: -", "account: prod"),
        ("policy: ", "policy: 0"),
        ("requested by: an agent (mcp)", "requested by: ada (cli)"),
        ("decision: approve", "decision: deny"),
        ("expires: 2026", "expires: 2099"),
        ("deployment: dep_", "deployment: dep_9"),
    ],
)
def test_a_signature_over_another_text_is_none(before: str, after: str) -> None:
    async def story() -> None:
        house, found, text = await guarded()
        assert before in text
        signature = sign(GRACE, text.replace(before, after, 1).encode())
        assert await denied_way(house, found.id, signature) == "signature_not_valid"

    play(story())


def test_an_approval_of_one_deployment_is_none_of_another() -> None:
    async def story() -> None:
        house, found, text = await guarded()
        other = await house.do("deploy_project", AGENT)
        elsewhere = await house.do("deploy_project", AGENT, environment="production")
        for each in (other, elsewhere):
            assert await denied_way(house, each.id, sign(GRACE, text.encode())) == "signature_not_valid"
        assert (await house.get(found.id)).state is State.AWAITING_APPROVAL

    play(story())


def test_a_signature_for_another_purpose_is_none() -> None:
    async def story() -> None:
        house, found, text = await guarded()
        assert await denied_way(house, found.id, sign(GRACE, text.encode(), "git")) == "signature_not_valid"

    play(story())


def test_a_signer_who_is_not_listed_or_not_here_approves_nothing() -> None:
    async def story() -> None:
        house, found, text = await guarded()
        assert await denied_way(house, found.id, sign(MALLORY, text.encode())) == "signature_not_valid"
        request: Arguments = {"name": "mallory", "public_key": MALLORY, "environments": ("production",)}
        await house.signed("add_approver", GRACE, **request)
        assert await denied_way(house, found.id, sign(MALLORY, text.encode())) == "signature_not_valid"

    play(story())


def test_an_approver_who_was_taken_off_the_list_approves_nothing() -> None:
    async def story() -> None:
        house, found, text = await guarded()
        await house.signed("remove_approver", GRACE, name="grace")
        assert await denied_way(house, found.id, sign(GRACE, text.encode())) == "signature_not_valid"

    play(story())


def test_an_approval_is_used_once() -> None:
    async def story() -> None:
        house, found, text = await guarded()
        signature = sign(GRACE, text.encode())
        await house.call("approve_deployment", deployment=found.id, signature=signature)
        assert (await house.ended(found.id)).state is State.SUCCEEDED
        problem = await house.refused("approve_deployment", deployment=found.id, signature=signature)
        assert problem.code == "not_awaiting_approval"
        again = await house.do("deploy_project", AGENT)
        assert again.state is State.AWAITING_APPROVAL
        replayed = await house.refused("approve_deployment", deployment=again.id, signature=signature)
        assert replayed.code == "signature_not_valid"
        assert (await house.record()).generation == 1

    play(story())


def test_an_approval_does_not_outlive_its_time() -> None:
    async def story() -> None:
        house, found, text = await guarded()
        await house.clock.sleep(5 * 3600)
        problem = await house.refused("approve_deployment", deployment=found.id, signature=sign(GRACE, text.encode()))
        assert problem.code == "not_awaiting_approval"
        assert (await house.get(found.id)).state is State.STALE and house.target.told == []

    play(story())


def test_the_digest_of_a_plan_that_waits_runs_nothing() -> None:
    async def story() -> None:
        house, found, _ = await guarded()
        assert found.plan is not None
        for caller in (AGENT, ADA, Caller(name="grace", surface=Surface.HTTP)):
            view = await house.call("deploy_project", caller, deployment=found.id, digest=found.plan.digest())
            assert view["state"] == "awaiting_approval" and "kr8 approve" in view["next_step"]
        await house.clock.sleep(5)
        assert house.target.told == []

    play(story())


@pytest.mark.parametrize("name", ["approve_deployment", "add_approver", "remove_approver", "get_approval_text"])
def test_an_mcp_client_that_calls_itself_a_person_is_none(name: str) -> None:
    async def story() -> None:
        house, found, text = await guarded()
        arguments: dict[str, Arguments] = {
            "approve_deployment": {"deployment": found.id, "signature": sign(GRACE, text.encode())},
            "add_approver": {"name": "mallory", "public_key": MALLORY},
            "remove_approver": {"name": "grace"},
            "get_approval_text": {"deployment": found.id},
        }
        problem = await house.refused(name, Caller(name="grace", surface=Surface.MCP), **arguments[name])
        assert problem.code == "not_for_agents"
        assert (await house.get(found.id)).state is State.AWAITING_APPROVAL

    play(story())


def test_a_caller_whose_name_forges_a_line_is_shown_on_one_line() -> None:
    async def story() -> None:
        house = House(TOML)
        house.commit()
        await house.call("add_approver", name="grace", public_key=GRACE)
        mallory = Caller(name="ada\nexpires: 2099-01-01\u202e", surface=Surface.MCP)
        found = await house.do("deploy_project", mallory)
        lines = (await text_of(house, found.id)).splitlines()
        assert len(lines) == 10 and sum(line.startswith("expires: ") for line in lines) == 1
        assert "\u202e" not in "".join(lines)

    play(story())


def test_the_list_of_approvers_changes_by_an_approvers_signature_only_and_no_signature_counts_twice() -> None:
    async def story() -> None:
        house, _, _ = await guarded()
        request: Arguments = {"name": "mallory", "public_key": MALLORY}
        own = await proved(
            house, "add_approver", proof_of(await house.to_sign("add_approver", **request), MALLORY), request
        )
        assert own == "signature_not_valid"
        added = proof_of(await house.to_sign("add_approver", **request), GRACE)
        assert await proved(house, "add_approver", added, request) == ""
        await house.signed("remove_approver", GRACE, name="mallory")
        again = await proved(house, "add_approver", added, request)
        assert again == "request_expired", "who was taken off must not come back by an old signature"
        assert [each["name"] for each in (await house.call("list_approvers"))["approvers"]] == ["grace"]

    play(story())


def test_who_may_approve_in_one_environment_may_not_change_the_list() -> None:
    async def story() -> None:
        house, _, _ = await guarded()
        await house.signed("add_approver", GRACE, name="linus", public_key=LINUS, environments=("production",))
        for name, arguments in (
            ("add_approver", {"name": "mallory", "public_key": MALLORY}),
            ("remove_approver", {"name": "grace"}),
        ):
            asked = await house.to_sign(name, **arguments)
            assert await proved(house, name, proof_of(asked, LINUS), arguments) == "signature_not_valid"

    play(story())


async def proved(house: House, name: str, proof: Proof, arguments: Arguments) -> str:
    """The code that a signed request is refused with; nothing where it is done."""
    try:
        await house.prove(name, proof, **arguments)
    except Refused as refused:
        return refused.problem.code
    return ""


def test_a_decision_that_the_process_did_not_survive_is_carried_out_when_it_is_given_again() -> None:
    async def story() -> None:
        house, found, text = await guarded()
        signature = sign(GRACE, text.encode())
        await house.call("approve_deployment", deployment=found.id, signature=signature)
        await house.ended(found.id)
        waiting = (await house.get(found.id)).model_copy(update={"state": State.AWAITING_APPROVAL})
        await house.deployments.save(waiting, State.SUCCEEDED)
        house.journal.entries.pop(("run", found.id))
        view = await house.call("approve_deployment", deployment=found.id, signature=signature)
        assert view["state"] == "queued"

    play(story())


def test_a_private_key_that_somebody_enrols_is_written_down_nowhere() -> None:
    async def story() -> None:
        house = House(TOML)
        house.commit()
        private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n"
        problem = await house.refused("add_approver", name="grace", public_key=private)
        assert problem.field == "public_key"
        assert "b3BlbnNz" not in problem.model_dump_json()
        rows = await house.audit.rows(limit=100)
        assert not any("b3BlbnNz" in row.detail for row in rows)

    play(story())

"""A person's yes: signed with a real key, bound to one plan, good once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.support.agent import Refusal
from tests.support.keys import signature, ssh_key
from tests.support.scene import Scene, blue_green, rolling

from kr8.surfaces.cli.exits import ExitCode


@pytest.fixture(scope="module")
def shop() -> Iterator[Scene]:
    with Scene() as scene:
        declare(scene)
        scene.start_project()
        scene.deploy("staging")
        yield scene


def declare(scene: Scene, within: str = "4h", **approval: Any) -> None:
    """Staging is free, production asks one person; `hasty` asks for a yes within two seconds."""
    production = {"builds_from": "staging", "strategy": blue_green(), "listen": {"web": scene.at(1)}}
    asks = {"people": 1, "self": False, "within": within, **approval}
    scene.declare(
        staging={"strategy": rolling(), "listen": {"web": scene.at(0)}},
        production={**production, "approval": asks},
        hasty={"strategy": rolling(), "listen": {"web": scene.at(2)}, "approval": {**asks, "within": "2s"}},
        careful={"strategy": rolling(), "listen": {"web": scene.at(3)}, "approval": {**asks, "people": 2}},
    )


@pytest.fixture(scope="module")
def keys(shop: Scene) -> dict[str, Path]:
    """Ann and Bob may approve, Eve has a key that nobody has enrolled."""
    made = {name: ssh_key(shop.directory, name) for name in ("ann", "bob", "eve", "cara")}
    shop.cli("approver", "add", "ann", "--key", f"{made['ann']}.pub")
    unsigned = shop.cli(
        "approver", "add", "bob", "--key", f"{made['bob']}.pub", "--sign-with", str(made["eve"]), "--yes", code=None
    )
    assert unsigned.problem["code"] == "signature_not_valid"
    shop.cli("approver", "add", "bob", "--key", f"{made['bob']}.pub", "--sign-with", str(made["ann"]), "--yes")
    sign = ("--sign-with", str(made["ann"]), "--yes")
    shop.cli("approver", "add", "cara", "--key", f"{made['cara']}.pub", "--environment", "careful", *sign)
    return made


def waiting(shop: Scene, environment: str = "production") -> dict[str, Any]:
    """A deployment that waits for a person."""
    opened = shop.op("deploy_project", environment=environment)
    return shop.ended(opened["id"], "awaiting_approval")


def decide(shop: Scene, deployment: str, signed: str, **more: str) -> Refusal:
    """The refusal of a decision."""
    with pytest.raises(Refusal) as refused:
        shop.op("approve_deployment", deployment=deployment, signature=signed, **more)
    return refused.value


def text_of(shop: Scene, deployment: str, decision: str = "approve") -> str:
    """What is to be signed."""
    return str(shop.op("get_approval_text", deployment=deployment, decision=decision)["text"])


def test_what_staging_has_promoted_reaches_production_after_a_signed_yes(shop: Scene, keys: dict[str, Path]) -> None:
    opened = shop.agent.call("deploy_project", project="shop", environment="production", wait_s=25)
    seen = shop.ended(opened["id"], "awaiting_approval")
    assert seen["approval_required"]["how"].endswith(f"kr8 approve {opened['id']}")
    asked = shop.cli("deploy", "production", "--yes", code=ExitCode.WAITING_FOR_APPROVAL)
    shop.cli("deployment", "cancel", asked.value["deployment"]["id"], *signed_by(keys, "ann"))
    shop.cli("approve", opened["id"], "--key", str(keys["ann"]), "--yes")
    ended = shop.ended(opened["id"])
    assert ended["approved_by"] == ["ann"] and shop.version(1) == shop.version(0)
    assert (
        shop.op("get_environment", environment="production")["services"][0]["build"]
        == (shop.op("get_environment", environment="staging")["services"][0]["build"])
    )
    with pytest.raises(Refusal) as commit:
        shop.op("create_deployment", environment="production", commit="HEAD")
    assert commit.value.code == "builds_from"


def test_a_no_cancels_it(shop: Scene, keys: dict[str, Path]) -> None:
    deployment = waiting(shop)["id"]
    shop.cli("approve", deployment, "--key", str(keys["bob"]), "--deny", "--yes")
    assert shop.see(deployment)["state"] == "cancelled"


def test_a_signature_counts_for_one_plan_once(shop: Scene, keys: dict[str, Path]) -> None:
    first, second = waiting(shop), waiting(shop)
    signed = signature(keys["ann"], text_of(shop, first["id"]))
    assert decide(shop, second["id"], signed).code == "signature_not_valid"
    shop.op("approve_deployment", deployment=first["id"], signature=signed)
    shop.ended(first["id"])
    assert decide(shop, first["id"], signed).code == "not_awaiting_approval"
    assert shop.until(second["id"], lambda each: each["state"] != "queued")["state"] == "awaiting_approval"
    shop.op(
        "approve_deployment", deployment=second["id"], signature=signature(keys["ann"], text_of(shop, second["id"]))
    )
    stale = shop.until(second["id"], lambda each: each["state"] not in ("queued", "running"))
    assert stale["problem"]["code"] == "generation_moved", "an approved plan does not run on another generation"


def test_the_same_person_s_second_yes_does_not_count_and_somebody_from_elsewhere_may_not(
    shop: Scene, keys: dict[str, Path]
) -> None:
    deployment = waiting(shop, "careful")["id"]
    signed = signature(keys["ann"], text_of(shop, deployment))
    once = shop.op("approve_deployment", deployment=deployment, signature=signed)
    assert once["state"] == "awaiting_approval"
    assert decide(shop, deployment, signed).code == "approval_used"
    shop.op("approve_deployment", deployment=deployment, signature=signature(keys["cara"], text_of(shop, deployment)))
    assert set(shop.ended(deployment)["approved_by"]) == {"ann", "cara"}
    elsewhere = waiting(shop)["id"]
    signed = signature(keys["cara"], text_of(shop, elsewhere))
    assert decide(shop, elsewhere, signed).code == "signature_not_valid"


def test_every_way_around_a_signature_is_refused(shop: Scene, keys: dict[str, Path]) -> None:
    deployment = waiting(shop)["id"]
    text = text_of(shop, deployment)
    assert decide(shop, deployment, signature(keys["eve"], text)).code == "signature_not_valid"
    other = text.replace("environment: production", "environment: staging")
    assert other != text
    for changed in (
        other,
        text.replace("decision: approve", "decision: deny"),
        text + "\n",
        text.replace("ann", "eve"),
    ):
        if changed != text:
            assert decide(shop, deployment, signature(keys["ann"], changed)).code == "signature_not_valid"
    assert decide(shop, deployment, signature(keys["ann"], text, "file")).code == "signature_not_valid"
    assert decide(shop, deployment, signature(keys["ann"], text), decision="deny").code == "signature_not_valid"
    for junk in ("", "-----BEGIN SSH SIGNATURE-----\n", "x" * 10_000, "\0"):
        assert decide(shop, deployment, junk).code in ("signature_not_valid", "invalid_argument")
    assert shop.see(deployment)["state"] == "awaiting_approval"


def test_an_agent_that_claims_to_be_a_person_is_refused(shop: Scene, keys: dict[str, Path]) -> None:
    deployment = waiting(shop)
    signed = signature(keys["eve"], text_of(shop, deployment["id"]))
    for tool in ("approve_deployment", "add_approver", "get_approval_text"):
        with pytest.raises(Exception, match=r"for people|nknown"):
            shop.agent.call(tool, deployment=deployment["id"], signature=signed, name="eve", public_key="x")
    with pytest.raises(Refusal) as forged:
        shop.agent.call("deploy_project", deployment=deployment["id"], digest=deployment["digest"], caller="ann")
    assert forged.value.code == "unknown_argument"
    run = shop.agent.call("deploy_project", deployment=deployment["id"], digest=deployment["digest"])
    assert run["state"] == "awaiting_approval"
    # The command line proves nothing either: a name is a claim.
    assert decide(shop, deployment["id"], signed).code == "signature_not_valid"


def test_an_approval_comes_too_late(shop: Scene, keys: dict[str, Path]) -> None:
    deployment = waiting(shop, "hasty")["id"]
    signed = signature(keys["ann"], text_of(shop, deployment))
    until = shop.see(deployment)["approval_required"]["until"]
    while time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 1)) <= until[:19]:
        time.sleep(0.05)
    assert decide(shop, deployment, signed).code == "not_awaiting_approval"
    assert shop.see(deployment)["state"] == "stale"


def test_a_commit_cannot_loosen_the_protection_that_stands(shop: Scene, keys: dict[str, Path]) -> None:
    promoted = waiting(shop, "careful")["id"]
    for name in ("ann", "bob"):
        shop.op("approve_deployment", deployment=promoted, signature=signature(keys[name], text_of(shop, promoted)))
    shop.ended(promoted)
    text = (shop.project / "kr8.toml").read_text()
    shop.commit({"kr8.toml": text.replace("people = 2", "people = 1")})
    try:
        deployment = waiting(shop, "careful")
        assert deployment["approval_required"]["people"] == 2
    finally:
        shop.commit({"kr8.toml": text})


def test_who_may_approve_is_changed_with_a_signature_only(shop: Scene, keys: dict[str, Path]) -> None:
    removing = {"name": "bob"}
    for forger in ("eve", "cara"):
        assert proved(shop, "remove_approver", removing, keys[forger])["problem"]["code"] == "signature_not_valid"
    shop.cli("approver", "remove", "bob", "--sign-with", str(keys["ann"]), "--yes")
    assert [each["name"] for each in shop.op("list_approvers")["approvers"]] == ["ann", "cara"]
    unknown = shop.cli("approver", "remove", "anne", *signed_by(keys, "ann"), code=ExitCode.REFUSED)
    assert unknown.problem["code"] == "unknown_approver" and "ann" in unknown.problem["mend"]


def test_secrets_of_a_protected_environment_are_set_and_removed_by_who_signs(
    shop: Scene, keys: dict[str, Path]
) -> None:
    name = ("TOKEN", "--environment", "production")
    unsigned = shop.cli("secret", "set", *name, text="hunter2-hunter2\n", code=ExitCode.REFUSED)
    assert unsigned.problem["code"] == "person_required"
    assert "kr8 secret set TOKEN --environment production --sign-with KEY --yes" in unsigned.problem["mend"]
    forged = shop.cli("secret", "set", *name, *signed_by(keys, "eve"), text="hunter2-hunter2\n", code=ExitCode.REFUSED)
    assert forged.problem["code"] == "signature_not_valid"
    line = shop.cli("secret", "set", *name, *signed_by(keys, "ann"), text="hunter2-hunter2\n").value
    assert line["set_by"] == "ann (cli, signed)"
    assert shop.cli("secret", "set", "TOKEN", "-e", "staging", text="hunter2-hunter2\n").value["version"] == 1
    removing = {"name": "TOKEN", "environment": "production"}
    for namespace in ("kr8-approval", "file"):
        wrong = proved(shop, "remove_secret", removing, keys["ann"], namespace)
        assert wrong["problem"]["code"] == "signature_not_valid"
    asked = shop.answer("remove_secret", removing)["to_sign"]
    header = header_of(asked, keys["ann"])
    other = shop.answer("remove_secret", {**removing, "name": "OTHER"}, **header)
    assert other["problem"]["code"] == "signature_not_valid"
    assert shop.answer("remove_secret", removing, **header)["problem"]["code"] == "request_expired"
    assert [each["environment"] for each in shop.op("list_secrets")["secrets"]] == ["production", "staging"]
    shop.cli("secret", "remove", *name, *signed_by(keys, "ann"))
    audit = json.dumps(shop.op("list_audit", limit=50))
    assert "kr8 request, version 1" in audit and "hunter2" not in audit


def test_an_agent_cancels_nothing_where_approvals_are_asked_for(shop: Scene, keys: dict[str, Path]) -> None:
    deployment = waiting(shop)["id"]
    with pytest.raises(Refusal) as refused:
        shop.agent.call("cancel_deployment", deployment=deployment)
    assert refused.value.code == "person_required"
    assert refused.value.problem["mend"].endswith(f"kr8 deployment cancel {deployment}")
    assert shop.see(deployment)["state"] == "awaiting_approval"
    shop.cli("deployment", "cancel", deployment, *signed_by(keys, "ann"))
    assert shop.see(deployment)["state"] == "cancelled"


def proved(
    shop: Scene, name: str, arguments: dict[str, Any], key: Path, namespace: str = "kr8-request"
) -> dict[str, Any]:
    """The daemon's answer to a request that is signed as it asks."""
    asked = shop.answer(name, arguments)["to_sign"]
    return shop.answer(name, arguments, **header_of(asked, key, namespace))


def header_of(asked: dict[str, str], key: Path, namespace: str = "kr8-request") -> dict[str, str]:
    """The header with a signature under what was asked."""
    return {"X-Kr8-Signature": f"{asked['request']} {quote(signature(key, asked['text'], namespace))}"}


def signed_by(keys: dict[str, Path], name: str) -> tuple[str, ...]:
    """The options of a command that somebody signs."""
    return ("--sign-with", str(keys[name]), "--yes")

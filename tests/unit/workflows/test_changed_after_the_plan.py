"""What is changed after a plan was made has no effect on it: what runs is what was shown, digest for digest."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from tests.fakes.signatures import sign
from tests.support.house import AGENT, HEAD, ROOT, STAGING, WEB, House
from tests.support.virtual import play

from kr8.domain.deployment import Deployment, State
from kr8.domain.problem import Refused

OTHER = (
    HEAD
    + WEB.replace('"serve", "{port}"', '"mine-bitcoin", "{port}"').replace("instances = 2", "instances = 7")
    + 'env = { LEVEL = "evil" }\n[services.more]\nkind = "worker"\nrun = ["more"]\n'
    + STAGING.replace('kind = "blue-green", bake = "2s"', 'kind = "rolling"').replace("8001", "9999")
)
WITHOUT = HEAD + WEB
GRACE = "ssh-ed25519 AAAAgrace grace"


async def planned(house: House, revision: str | None = None) -> Deployment:
    """A plan of a first commit, for a branch where one is named."""
    commit = house.repositories.put(ROOT, {"kr8.toml": house.toml.encode(), "app.py": b"as planned"})
    if revision is not None:
        house.repositories.branches[ROOT, revision] = commit.id
    begun = await house.begin("create_deployment", commit=revision)
    return await house.until(begun, lambda found: found.state is not State.PLANNING)


def digest_of(plan: Deployment) -> str:
    assert plan.plan is not None
    return plan.plan.digest()


async def is_as_planned(house: House, plan: Deployment, done: Deployment) -> None:
    """What serves is what the plan said."""
    assert done.state is State.SUCCEEDED
    assert plan.plan is not None and digest_of(done) == digest_of(plan)
    (release,) = (await house.current()).releases
    (wanted,) = plan.plan.services
    assert release == wanted.release and release.build.commit == plan.plan.commit
    assert (release.spec.run, release.env, release.listen) == (("serve", "{port}"), {}, "127.0.0.1:8001")
    assert house.serving() == {release.version(): 2}
    assert [order.commit for order in house.builder.orders] == [plan.plan.commit]
    assert done.ended_at is not None and done.started_at is not None
    assert done.ended_at - done.started_at >= timedelta(seconds=2), "it baked as long as planned"
    assert (await house.record()).declared == plan.plan.declared


@pytest.mark.parametrize("toml", [OTHER, WITHOUT, "this is no kr8.toml ["])
@pytest.mark.parametrize("revision", [None, "main"])
def test_commits_branches_and_kr8_toml_of_later_change_nothing_of_a_plan(toml: str, revision: str | None) -> None:
    async def story() -> None:
        house = House()
        plan = await planned(house, revision)
        newer = house.repositories.put(ROOT, {"kr8.toml": toml.encode(), "app.py": b"as nobody has seen it"})
        house.repositories.branches[ROOT, "main"] = newer.id
        house.repositories.dirty[ROOT] = ("kr8.toml", "app.py")
        with suppress(Refused):
            await house.call("list_templates", project="shop")  # kr8 reads kr8.toml anew, as far as it can
        assert digest_of(await house.get(plan.id)) == digest_of(plan)
        await house.call("deploy_project", deployment=plan.id, digest=digest_of(plan))
        await is_as_planned(house, plan, await house.ended(plan.id))

    play(story())


def test_a_checkout_that_is_gone_changes_nothing_of_a_plan() -> None:
    async def story() -> None:
        house = House()
        plan = await planned(house)
        house.repositories.snapshots.clear()
        await house.call("deploy_project", deployment=plan.id, digest=digest_of(plan))
        await is_as_planned(house, plan, await house.ended(plan.id))

    play(story())


def test_an_approval_is_asked_for_as_the_plan_says_whatever_a_later_commit_says() -> None:
    async def story() -> None:
        house = House(HEAD + WEB + STAGING + "approval = { people = 1 }\n")
        await house.call("add_approver", name="grace", public_key=GRACE)
        plan = await planned(house)
        house.commit(HEAD + WEB + STAGING)
        refused = (await house.call("deploy_project", AGENT, deployment=plan.id, digest=digest_of(plan)))["state"]
        assert refused == State.AWAITING_APPROVAL and house.target.told == []
        text = (await house.call("get_approval_text", deployment=plan.id))["text"]
        assert digest_of(plan) in text
        await house.call("approve_deployment", deployment=plan.id, signature=sign(GRACE, text.encode()))
        await is_as_planned(house, plan, await house.ended(plan.id))

    play(story())

"""An approval counts once."""

import asyncio

from tests.support.stores import Stores
from tests.support.values import approval, approver


def test_people_are_enrolled_replaced_and_taken_out(stores: Stores) -> None:
    async def story() -> None:
        await stores.approvals.add_approver(approver("linus"))
        await stores.approvals.add_approver(approver("grace"))
        await stores.approvals.add_approver(approver("grace", "SHA256:new"))
        assert await stores.approvals.approvers() == (approver("grace", "SHA256:new"), approver("linus"))
        assert await stores.approvals.remove_approver("linus")
        assert not await stores.approvals.remove_approver("linus")
        assert await stores.approvals.approvers() == (approver("grace", "SHA256:new"),)

    asyncio.run(story())


def test_an_approval_is_kept_and_the_same_again_is_refused(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.approvals.use(approval())
        assert not await stores.approvals.use(approval())
        assert await stores.approvals.given("dep_1") == (approval(),)
        assert await stores.approvals.given("dep_2") == ()

    asyncio.run(story())


def test_one_person_with_another_signature_is_still_one_person(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.approvals.use(approval())
        assert not await stores.approvals.use(approval(signature="sig-2"))
        assert await stores.approvals.given("dep_1") == (approval(),)

    asyncio.run(story())


def test_one_key_under_two_names_is_still_one_person(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.approvals.use(approval("grace", "SHA256:g", "sig-1"))
        assert not await stores.approvals.use(approval("admiral", "SHA256:g", "sig-2"))

    asyncio.run(story())


def test_a_signature_is_not_used_for_a_second_deployment(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.approvals.use(approval())
        assert not await stores.approvals.use(approval(deployment="dep_2"))
        assert await stores.approvals.use(approval(deployment="dep_2", signature="sig-2"))

    asyncio.run(story())


def test_two_people_are_two_approvals(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.approvals.use(approval("linus", "SHA256:l", "sig-2"))
        assert await stores.approvals.use(approval("grace", "SHA256:g", "sig-1"))
        assert [record.approver for record in await stores.approvals.given("dep_1")] == ["grace", "linus"]

    asyncio.run(story())


def test_fifty_uses_of_one_approval_at_once_are_one_use(stores: Stores) -> None:
    async def story() -> None:
        used = await asyncio.gather(*(stores.approvals.use(approval()) for _ in range(50)))
        assert sum(used) == 1
        assert len(await stores.approvals.given("dep_1")) == 1

    asyncio.run(story())

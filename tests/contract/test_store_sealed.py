"""Versions of secrets are kept for good, sealed."""

import asyncio

from tests.support.stores import Stores
from tests.support.values import SHOP, secret

NAMED = (SHOP, "staging", "TOKEN")


def test_versions_are_kept_and_the_newest_is_found(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.sealed.newest(*NAMED) is None
        assert await stores.sealed.add(secret(1))
        assert await stores.sealed.add(secret(2))
        assert await stores.sealed.newest(*NAMED) == secret(2)
        assert await stores.sealed.get(*NAMED, 1) == secret(1)
        assert await stores.sealed.get(*NAMED, 3) is None

    asyncio.run(story())


def test_a_version_is_never_kept_twice_nor_left_out(stores: Stores) -> None:
    async def story() -> None:
        assert not await stores.sealed.add(secret(2))
        assert await stores.sealed.add(secret(1))
        assert not await stores.sealed.add(secret(1, by="mallory"))
        assert not await stores.sealed.add(secret(3))
        assert await stores.sealed.all() == (secret(1),)

    asyncio.run(story())


def test_of_two_that_set_one_version_at_once_one_wins(stores: Stores) -> None:
    async def story() -> None:
        kept = await asyncio.gather(*(stores.sealed.add(secret(1, by=f"p{number}")) for number in range(20)))
        assert sum(kept) == 1
        assert len(await stores.sealed.all()) == 1

    asyncio.run(story())


def test_the_list_has_the_newest_of_each_name(stores: Stores) -> None:
    async def story() -> None:
        for one in (secret(1), secret(2), secret(1, "API_KEY"), secret(1, environment="production")):
            assert await stores.sealed.add(one)
        assert await stores.sealed.list(SHOP, "staging") == (secret(1, "API_KEY"), secret(2))
        everywhere = (secret(1, environment="production"), secret(1, "API_KEY"), secret(2))
        assert await stores.sealed.list(SHOP) == everywhere
        assert await stores.sealed.list("prj_other1") == ()

    asyncio.run(story())


def test_a_removed_secret_leaves_the_list_and_keeps_its_versions(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.sealed.add(secret(1))
        assert await stores.sealed.remove(*NAMED)
        assert not await stores.sealed.remove(*NAMED)
        removed = secret(1).model_copy(update={"removed": True})
        assert await stores.sealed.list(SHOP) == ()
        assert await stores.sealed.get(*NAMED, 1) == removed
        assert await stores.sealed.add(secret(2))
        assert await stores.sealed.list(SHOP) == (secret(2),)
        assert await stores.sealed.all() == (removed, secret(2))

    asyncio.run(story())


def test_removing_what_was_never_set_is_false(stores: Stores) -> None:
    assert not asyncio.run(stores.sealed.remove(*NAMED))

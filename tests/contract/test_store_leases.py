"""At most one live lease an environment, and an epoch that only grows."""

import asyncio
import random
from datetime import timedelta

import pytest
from tests.support.stores import Stores

from kr8.ports.leases import Lease

TTL = timedelta(seconds=30)
PLACE = "prj_7k2m9q.staging"


async def taken(stores: Stores, holder: str) -> Lease:
    lease = await stores.leases.acquire(PLACE, holder, TTL)
    assert lease is not None
    return lease


def test_a_second_holder_waits_until_the_first_gives_it_back(stores: Stores) -> None:
    async def story() -> None:
        first = await taken(stores, "dep_1")
        assert first.expires_at == stores.clock.now() + TTL
        assert await stores.leases.acquire(PLACE, "dep_2", TTL) is None
        await stores.leases.release(first)
        assert await stores.leases.holder(PLACE) is None
        assert (await taken(stores, "dep_2")).epoch == first.epoch + 1

    asyncio.run(story())


def test_the_same_holder_takes_it_up_again_with_the_same_epoch(stores: Stores) -> None:
    async def story() -> None:
        first = await taken(stores, "dep_1")
        stores.clock.advance(10)
        again = await taken(stores, "dep_1")
        assert (again.epoch, again.expires_at) == (first.epoch, first.expires_at + timedelta(seconds=10))
        assert await stores.leases.holder(PLACE) == again

    asyncio.run(story())


def test_an_expired_lease_is_lost_to_the_next_holder(stores: Stores) -> None:
    async def story() -> None:
        first = await taken(stores, "dep_1")
        stores.clock.advance(31)
        second = await taken(stores, "dep_2")
        assert second.epoch == first.epoch + 1
        assert await stores.leases.renew(first, TTL) is None
        await stores.leases.release(first)
        assert await stores.leases.holder(PLACE) == second

    asyncio.run(story())


def test_an_expired_lease_that_nobody_took_can_be_prolonged(stores: Stores) -> None:
    async def story() -> None:
        first = await taken(stores, "dep_1")
        stores.clock.advance(31)
        renewed = await stores.leases.renew(first, TTL)
        assert renewed is not None
        assert (renewed.epoch, renewed.expires_at) == (first.epoch, stores.clock.now() + TTL)
        assert await stores.leases.acquire(PLACE, "dep_2", TTL) is None

    asyncio.run(story())


def test_what_was_given_back_cannot_be_renewed_and_comes_again_with_a_new_epoch(stores: Stores) -> None:
    async def story() -> None:
        first = await taken(stores, "dep_1")
        await stores.leases.release(first)
        assert await stores.leases.renew(first, TTL) is None
        assert (await taken(stores, "dep_1")).epoch == first.epoch + 1

    asyncio.run(story())


def test_an_epoch_that_a_target_has_seen_is_never_given_again(stores: Stores) -> None:
    async def story() -> None:
        await stores.leases.raise_epoch(PLACE, 7)
        first = await taken(stores, "dep_1")
        assert first.epoch == 8
        await stores.leases.raise_epoch(PLACE, 20)
        await stores.leases.raise_epoch(PLACE, 3)
        assert await stores.leases.renew(first, TTL) is None
        await stores.leases.release(first)
        assert (await taken(stores, "dep_2")).epoch == 21

    asyncio.run(story())


def test_a_holder_whose_target_has_seen_more_keeps_its_epoch_and_is_fenced_by_it(stores: Stores) -> None:
    async def story() -> None:
        first = await taken(stores, "dep_1")
        await stores.leases.raise_epoch(PLACE, first.epoch + 1)
        for _ in range(2):
            assert (await taken(stores, "dep_1")).epoch == first.epoch
        assert await stores.leases.renew(first, TTL) is None
        await stores.leases.release(first)
        assert (await taken(stores, "dep_2")).epoch == first.epoch + 2

    asyncio.run(story())


def test_raising_to_its_own_epoch_leaves_the_holder_alone(stores: Stores) -> None:
    async def story() -> None:
        first = await taken(stores, "dep_1")
        await stores.leases.raise_epoch(PLACE, first.epoch)
        assert (await taken(stores, "dep_1")).epoch == first.epoch

    asyncio.run(story())


def test_environments_have_leases_of_their_own(stores: Stores) -> None:
    async def story() -> None:
        await taken(stores, "dep_1")
        other = await stores.leases.acquire("prj_7k2m9q.production", "dep_2", TTL)
        assert other is not None
        assert other.epoch == 1

    asyncio.run(story())


def test_of_controllers_that_race_one_gets_the_lease(stores: Stores) -> None:
    async def story() -> None:
        results = await asyncio.gather(*(stores.leases.acquire(PLACE, f"dep_{number}", TTL) for number in range(50)))
        won = [lease for lease in results if lease is not None]
        assert [lease.epoch for lease in won] == [1]
        assert await stores.leases.holder(PLACE) == won[0]

    asyncio.run(story())


@pytest.mark.parametrize("seed", range(5))
def test_whatever_the_clocks_do_no_two_holders_share_an_epoch(stores: Stores, seed: int) -> None:
    """1,000 races in all: eight controllers acquire, renew and release at once, and the clock jumps two hours."""
    dice = random.Random(seed)
    holders: dict[int, str] = {}
    kept: dict[str, Lease] = {}

    async def act(holder: str) -> None:
        lease = kept.get(holder)
        move = dice.choice(("acquire", "acquire", "renew", "release"))
        if move == "acquire" or lease is None:
            got = await stores.leases.acquire(PLACE, holder, TTL)
        elif move == "renew":
            got = await stores.leases.renew(lease, TTL)
        else:
            await stores.leases.release(lease)
            got = None
        if got is None:
            kept.pop(holder, None)
            return
        assert holders.setdefault(got.epoch, holder) == holder
        kept[holder] = got

    async def story() -> None:
        epoch = 0
        for _ in range(25):
            await asyncio.gather(*(act(f"dep_{number}") for number in range(8)))
            standing = await stores.leases.holder(PLACE)
            assert max(holders) >= epoch
            epoch = max(holders)
            assert standing is None or holders[standing.epoch] == standing.holder
            stores.clock.jump(timedelta(hours=dice.choice((-2, 0, 0, 2)), seconds=dice.randrange(40)))

    asyncio.run(story())

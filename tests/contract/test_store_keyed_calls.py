"""A call with an idempotency key is remembered once, with its answer, for a while."""

import asyncio
from datetime import timedelta

from tests.support.stores import Stores
from tests.support.values import HOSTILE, NOW

from kr8.domain.keyed import KeyedCall

LONG_AGO = NOW - timedelta(days=1)


def keyed(number: int = 1, *, request: str = "r", after: timedelta = timedelta(), call: str = "c") -> KeyedCall:
    return KeyedCall(id=call, request=request, deployment=f"dep_{number}", begun_at=NOW + after)


def test_the_first_call_of_an_id_is_kept_and_found_by_every_later_one(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.keyed_calls.begin(keyed(1), LONG_AGO) == keyed(1)
        again = keyed(2, request="other", after=timedelta(hours=1))
        assert await stores.keyed_calls.begin(again, LONG_AGO) == keyed(1)
        assert await stores.keyed_calls.begin(keyed(3, call="d"), LONG_AGO) == keyed(3, call="d")

    asyncio.run(story())


def test_an_answer_is_kept_as_it_was_given(stores: Stores) -> None:
    answer = {"id": "dep_1", "note": HOSTILE, "lines": [1, None, {"a": True}]}

    async def story() -> None:
        await stores.keyed_calls.begin(keyed(), LONG_AGO)
        await stores.keyed_calls.answer("c", answer)
        found = await stores.keyed_calls.begin(keyed(2), LONG_AGO)
        assert found == keyed().model_copy(update={"answer": answer})

    asyncio.run(story())


def test_a_call_that_came_to_nothing_may_be_begun_again(stores: Stores) -> None:
    async def story() -> None:
        await stores.keyed_calls.begin(keyed(1), LONG_AGO)
        await stores.keyed_calls.forget("c")
        assert await stores.keyed_calls.begin(keyed(2, request="other"), LONG_AGO) == keyed(2, request="other")

    asyncio.run(story())


def test_what_is_not_kept_is_neither_answered_nor_forgotten(stores: Stores) -> None:
    async def story() -> None:
        await stores.keyed_calls.answer("c", {"id": "x"})
        await stores.keyed_calls.forget("c")
        assert await stores.keyed_calls.begin(keyed(), LONG_AGO) == keyed()

    asyncio.run(story())


def test_what_was_begun_too_long_ago_is_forgotten_answered_or_not(stores: Stores) -> None:
    async def story() -> None:
        for number, call in enumerate("abc"):
            await stores.keyed_calls.begin(keyed(number, call=call, after=timedelta(microseconds=number)), LONG_AGO)
        await stores.keyed_calls.answer("a", {})
        limit = NOW + timedelta(microseconds=2)
        assert await stores.keyed_calls.begin(keyed(8, call="c"), limit) == keyed(
            2, call="c", after=timedelta(microseconds=2)
        )
        for call in "ab":
            late = keyed(9, call=call, after=timedelta(days=1))
            assert await stores.keyed_calls.begin(late, limit) == late

    asyncio.run(story())


def test_of_fifty_calls_of_one_id_at_once_one_is_the_first(stores: Stores) -> None:
    async def story() -> None:
        found = await asyncio.gather(*(stores.keyed_calls.begin(keyed(number), LONG_AGO) for number in range(50)))
        assert len({call.deployment for call in found}) == 1

    asyncio.run(story())

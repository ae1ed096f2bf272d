"""The audit is a chain that only grows, and shows where somebody touched it."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from tests.fakes.clock import FakeClock
from tests.support.stores import Stores, in_store, opened
from tests.support.values import HOSTILE

from kr8.domain.audit import GENESIS, Phase, broken_links
from kr8.drivers.store.engine import is_sqlite
from kr8.drivers.store.health import StoreHealth
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import audit


async def write(stores: Stores, rows: int) -> None:
    for number in range(rows):
        await stores.audit.append(Phase.INTENT, f"call-{number}", "ada (cli)", "deploy_project", "shop", HOSTILE)


def test_rows_are_numbered_chained_and_given_in_pages(stores: Stores) -> None:
    async def story() -> None:
        assert await stores.audit.length() == 0
        await write(stores, 5)
        rows = await stores.audit.rows()
        assert [row.number for row in rows] == [1, 2, 3, 4, 5]
        assert rows[0].previous == GENESIS
        assert rows[0].at == stores.clock.now()
        assert rows[0].detail == HOSTILE
        assert list(broken_links(rows)) == []
        assert [row.number for row in await stores.audit.rows(after=2, limit=2)] == [3, 4]
        assert [row.number for row in await stores.audit.newest(2)] == [5, 4]
        assert await stores.audit.length() == 5

    asyncio.run(story())


def test_rows_appended_at_once_make_one_chain(stores: Stores) -> None:
    async def story() -> None:
        appends = [stores.audit.append(Phase.NOTE, str(one), "kr8", "promote") for one in range(60)]
        entries = await asyncio.gather(*appends)
        rows = await stores.audit.rows()
        assert sorted(entries, key=lambda entry: entry.number) == list(rows)
        assert [row.number for row in rows] == list(range(1, 61))
        assert list(broken_links(rows)) == []

    asyncio.run(story())


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with opened(database_url) as store:
        yield store


@pytest.fixture
def written(store: Store) -> Stores:
    stores = in_store(store, FakeClock())
    asyncio.run(write(stores, 6))
    return stores


@pytest.mark.parametrize("change", ["UPDATE audit SET caller = 'nobody'", "DELETE FROM audit WHERE number = 6"])
def test_the_database_refuses_to_change_the_audit(store: Store, written: Stores, change: str) -> None:
    with pytest.raises(DBAPIError, match="the audit only grows"), store.engine.begin() as connection:
        connection.execute(text(change))
    assert list(broken_links(asyncio.run(written.audit.rows()))) == []
    assert len(asyncio.run(written.audit.rows())) == 6


def disarm(store: Store) -> None:
    """Take the triggers away, as somebody can who owns the database."""
    on = "" if is_sqlite(store.engine) else " ON audit"
    with store.engine.begin() as connection:
        for change in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_no_{change}{on}"))


def broken(store: Store, stores: Stores) -> list[tuple[int, str]]:
    """What verifying names; `kr8 doctor` must name as many."""
    found = list(broken_links(asyncio.run(stores.audit.rows())))
    assert len(asyncio.run(StoreHealth(store.engine).findings())) >= len(found)
    return found


def test_a_changed_row_is_found_and_named(store: Store, written: Stores) -> None:
    disarm(store)
    with store.engine.begin() as connection:
        connection.execute(update(audit).where(audit.c.number == 3).values(caller="nobody"))
    assert broken(store, written) == [(3, "its content was changed")]


def test_a_removed_row_is_found_and_named(store: Store, written: Stores) -> None:
    disarm(store)
    with store.engine.begin() as connection:
        connection.execute(delete(audit).where(audit.c.number == 3))
    assert broken(store, written) == [(4, "row 3 is missing"), (4, "it does not follow the row before it")]


def test_reordered_rows_are_found_and_named(store: Store, written: Stores) -> None:
    disarm(store)
    with store.engine.begin() as connection:
        for old, new in ((3, 99), (4, 3), (99, 4)):
            connection.execute(update(audit).where(audit.c.number == old).values(number=new))
    assert {number for number, _ in broken(store, written)} == {3, 4, 5}


def test_a_row_removed_from_the_end_is_found_by_the_length_and_after_the_next_one(
    store: Store, written: Stores
) -> None:
    disarm(store)
    with store.engine.begin() as connection:
        connection.execute(delete(audit).where(audit.c.number == 6))
    assert asyncio.run(written.audit.length()) == 6
    (finding,) = asyncio.run(StoreHealth(store.engine).findings())
    assert "rows 6 to 6 are missing" in finding.what
    asyncio.run(write(written, 1))
    assert (7, "row 6 is missing") in broken(store, written)

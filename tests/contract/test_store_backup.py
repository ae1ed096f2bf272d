"""Copies of the SQLite database can be trusted, and its health is told."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.support.stores import Stores, in_store, opened
from tests.support.values import project

from kr8.domain.problem import Refused
from kr8.drivers.store.backup import back_up, check_backup, restore
from kr8.drivers.store.engine import make_engine
from kr8.drivers.store.health import StoreHealth, space
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import VERSION_TABLE


@pytest.fixture
def file(migrated_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated_file, tmp_path / "kr8.db"))


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    with opened(f"sqlite:///{file}") as store:
        asyncio.run(in_store(store, FakeClock()).projects.save(project()))
        yield store


def stored(file: Path) -> tuple[str, ...]:
    async def paths(stores: Stores) -> tuple[str, ...]:
        return tuple(record.path for record in await stores.projects.all())

    with opened(f"sqlite:///{file}") as store:
        return asyncio.run(paths(in_store(store, FakeClock())))


def spoil(file: Path) -> None:
    """Write over the middle of a file, as a failing disk does."""
    with file.open("r+b") as opened_file:
        opened_file.seek(file.stat().st_size // 3)
        opened_file.write(b"\xff" * 6000)


def test_a_backup_is_whole_private_and_of_one_moment(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    back_up(store.engine, backup)
    asyncio.run(in_store(store, FakeClock()).projects.save(project(path="/later")))
    assert check_backup(backup) == ()
    assert backup.stat().st_mode & 0o777 == 0o600
    assert stored(backup) == ("/srv/shop",)


def test_a_backup_never_replaces_a_file(store: Store, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    backup.write_text("precious")
    with pytest.raises(Refused) as refused:
        back_up(store.engine, backup)
    assert refused.value.problem.code == "backup_exists"
    assert backup.read_text() == "precious"


def test_a_backup_that_cannot_be_written_is_said_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        back_up(store.engine, tmp_path / "gone" / "backup.db")
    assert refused.value.problem.code == "backup_failed"


def test_postgresql_has_tools_of_its_own() -> None:
    with pytest.raises(Refused) as refused:
        back_up(make_engine("postgresql://kr8@127.0.0.1/kr8"), Path("backup.db"))
    assert "pg_dump" in refused.value.problem.mend


def test_a_restored_backup_is_what_it_was_and_what_was_there_is_kept(store: Store, file: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    back_up(store.engine, backup)
    asyncio.run(in_store(store, FakeClock()).projects.save(project(path="/later")))
    store.engine.dispose()
    aside = restore(backup, file)
    assert stored(file) == ("/srv/shop",)
    assert aside is not None
    assert stored(aside / "kr8.db") == ("/later",)
    assert check_backup(backup) == ()


def test_a_damaged_backup_is_found_and_not_restored(store: Store, file: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    back_up(store.engine, backup)
    spoil(backup)
    assert [finding.rule for finding in check_backup(backup)] == ["store-damaged"]
    with pytest.raises(Refused) as refused:
        restore(backup, file)
    assert refused.value.problem.code == "backup_unusable"
    assert stored(file) == ("/srv/shop",)


@pytest.mark.parametrize("change", [f"UPDATE {VERSION_TABLE} SET version_num = 'r9999'", f"DROP TABLE {VERSION_TABLE}"])
def test_a_backup_of_another_program_or_a_newer_kr8_is_found(store: Store, tmp_path: Path, change: str) -> None:
    backup = tmp_path / "backup.db"
    back_up(store.engine, backup)
    with closing(sqlite3.connect(backup)) as connection:
        connection.execute(change)
        connection.commit()
    assert [finding.rule for finding in check_backup(backup)] == ["backup-strange"]


def test_a_healthy_store_has_no_findings(database_url: str) -> None:
    with opened(database_url) as store:
        assert asyncio.run(StoreHealth(store.engine).findings()) == ()


def test_a_damaged_database_is_found(file: Path) -> None:
    spoil(file)
    (finding,) = asyncio.run(StoreHealth(make_engine(f"sqlite:///{file}")).findings())
    assert finding.rule == "store-damaged"
    assert "restore a backup" in finding.mend


def test_a_database_that_is_not_there_is_no_alarm_and_is_not_made(tmp_path: Path) -> None:
    (finding,) = asyncio.run(StoreHealth(make_engine(f"sqlite:///{tmp_path}/kr8.db")).findings())
    assert finding.rule == "store-absent"
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_a_finding() -> None:
    (finding,) = asyncio.run(StoreHealth(make_engine("postgresql://kr8@127.0.0.1:1/kr8")).findings())
    assert finding.rule == "store-unreachable"


def test_little_space_is_a_finding() -> None:
    assert space(Path("/kr8.db"), 1 << 30) == ()
    (finding,) = space(Path("/kr8.db"), 100 << 20)
    assert "100 MiB" in finding.what

"""Copies of the SQLite database can be trusted, and its health is told."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.clock import FakeClock
from tests.support.stores import Stores, in_store, opened
from tests.support.values import SHOP, deployment, project

from kr8.domain.audit import Phase
from kr8.domain.deployment import State
from kr8.domain.problem import Refused, refuse
from kr8.drivers.store.backup import SqliteBackups, back_up, check_backup, restore
from kr8.drivers.store.engine import make_engine
from kr8.drivers.store.health import StoreHealth, space
from kr8.drivers.store.rescue import Rescue
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import VERSION_TABLE
from kr8.ports.backups import Backup
from kr8.settings import read_settings

KEY = "AGE-SECRET-KEY-1" + "Q" * 58 + "\n"


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


KILLED = """\
import os, sys
from pathlib import Path
from kr8.drivers.store.backup import restore
backup, database = map(Path, sys.argv[1:])
sys.addaudithook(lambda event, given: os._exit(9) if event == "os.rename" and given[1] == str(database) else None)
restore(backup, database)
"""


def test_a_restore_that_is_killed_before_it_is_done_leaves_the_database_that_was_there(
    store: Store, file: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.db"
    back_up(store.engine, backup)
    asyncio.run(in_store(store, FakeClock()).projects.save(project(path="/later")))
    store.engine.dispose()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(backup), str(file)], check=False)
    assert killed.returncode == 9
    assert stored(file) == ("/later",)
    restore(backup, file)
    assert stored(file) == ("/srv/shop",)


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


def test_a_copy_says_where_its_audit_ends_and_one_whose_audit_was_changed_is_found(
    store: Store, tmp_path: Path
) -> None:
    made = asyncio.run(audited(store, tmp_path / "backup.db"))
    assert (made.rows, made.head) == (2, asyncio.run(in_store(store, FakeClock()).audit.newest(1))[0].hash)
    with closing(sqlite3.connect(made.file)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE audit SET detail = 'nothing' WHERE number = 1")
        connection.commit()
    assert [finding.rule for finding in check_backup(Path(made.file))] == ["audit-broken"]


async def audited(store: Store, file: Path) -> Backup:
    audit = in_store(store, FakeClock()).audit
    for phase in (Phase.INTENT, Phase.OUTCOME):
        await audit.append(phase, "call_1", "ada (cli)", "deploy_project")
    return await SqliteBackups(store.engine, file.with_name("identity.age")).make(file)


def test_the_key_is_copied_for_its_owner_alone_and_never_over_a_file(store: Store, tmp_path: Path) -> None:
    identity, copy = tmp_path / "identity.age", tmp_path / "key"
    backups = SqliteBackups(store.engine, identity)
    assert refusal(backups.copy_keys(copy)) == "no_keys"
    identity.write_text(KEY)
    asyncio.run(backups.copy_keys(copy))
    assert (copy.read_text(), copy.stat().st_mode & 0o777) == (KEY, 0o600)
    assert refusal(backups.copy_keys(copy)) == "backup_exists"


def refusal(work: Coroutine[Any, Any, None]) -> str:
    with pytest.raises(Refused) as refused:
        asyncio.run(work)
    return refused.value.problem.code


def test_a_home_is_restored_with_its_key_and_the_audit_says_so(store: Store, file: Path, tmp_path: Path) -> None:
    made, keys = asyncio.run(audited(store, tmp_path / "backup.db")), tmp_path / "key"
    keys.write_text(KEY)
    home = tmp_path / "other"
    rescue = Rescue(read_settings({"KR8_HOME": str(home)}), FakeClock())
    assert rescue.look(Path(made.file), made.head).rows == 2
    with pytest.raises(Refused) as refused:
        rescue.look(Path(made.file), "0" * 64)
    assert refused.value.problem.code == "backup_other_head" and made.head in refused.value.problem.why
    done = rescue.restore(Path(made.file), keys, "ada")
    assert (done.rows, done.replaced, done.keys) == (2, None, str(home / "keys" / "identity.age"))
    assert (home / "keys" / "identity.age").read_text() == KEY
    with opened(f"sqlite:///{home}/kr8.db") as restored:
        (newest,) = asyncio.run(in_store(restored, FakeClock()).audit.newest(1))
        assert (newest.operation, newest.caller, newest.previous) == ("restore", "ada (cli)", made.head)
        assert asyncio.run(StoreHealth(restored.engine).findings()) == ()
    keys.write_text(KEY.replace("Q", "P"))
    with pytest.raises(Refused) as refused:
        rescue.restore(Path(made.file), keys, "ada")
    assert refused.value.problem.code == "keys_differ" and (home / "keys" / "identity.age").read_text() == KEY


def test_what_fails_after_the_backup_was_put_in_place_does_not_look_as_if_nothing_was_done(
    store: Store, tmp_path: Path
) -> None:
    made, keys, home = asyncio.run(audited(store, tmp_path / "backup.db")), tmp_path / "key", tmp_path / "other"
    keys.write_text(KEY)
    home.mkdir()
    (home / "keys").write_text("in the way of the folder")
    with pytest.raises(Refused) as refused:
        Rescue(read_settings({"KR8_HOME": str(home)}), FakeClock()).restore(Path(made.file), keys, "ada")
    assert refused.value.problem.outcome == "done" and str(home / "kr8.db") in refused.value.problem.what
    assert check_backup(home / "kr8.db") == ()


QUEUED = {"dep_1": State.QUEUED, "dep_2": State.RUNNING, "dep_3": State.SUCCEEDED}


def test_what_waited_in_a_backup_has_ended_before_anybody_can_find_it(store: Store, tmp_path: Path) -> None:
    async def fill() -> Backup:
        stores = in_store(store, FakeClock())
        for name, state in QUEUED.items():
            await stores.deployments.add(deployment(name, state))
        await stores.leases.acquire(f"{SHOP}.staging", "dep_2", timedelta(seconds=30))
        return await audited(store, tmp_path / "backup.db")

    async def look(restored: Store) -> list[tuple[State, int | None]]:
        stores = in_store(restored, FakeClock())
        assert [row.operation for row in await stores.audit.newest(4)] == ["restore"] * 3 + ["deploy_project"]
        found = [await stores.deployments.get(name) for name in QUEUED]
        return [(each.state, each.epoch_in_backup) for each in found if each is not None]

    made, home = asyncio.run(fill()), tmp_path / "other"
    with closing(sqlite3.connect(made.file)) as connection:
        connection.executescript("CREATE TABLE workflow_status (id TEXT); INSERT INTO workflow_status VALUES ('run-1')")
    done = Rescue(read_settings({"KR8_HOME": str(home)}), FakeClock()).restore(Path(made.file), None, "ada")
    assert done.made_at == FakeClock().now()
    assert {each.deployment: (each.was, each.state) for each in done.deployments} == {
        "dep_1": (State.QUEUED, State.CANCELLED),
        "dep_2": (State.RUNNING, State.RUNNING),
    }
    with closing(sqlite3.connect(home / "kr8.db")) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert "workflow_status" not in names, "what the engine was doing"
    assert sorted(path.name for path in home.iterdir()) == ["kr8.db"]
    with opened(f"sqlite:///{home}/kr8.db") as restored:
        assert asyncio.run(look(restored)) == [(State.CANCELLED, None), (State.RUNNING, 1), (State.SUCCEEDED, None)]


def test_a_restore_that_fails_while_the_copy_is_made_ready_changes_nothing(
    store: Store, file: Path, tmp_path: Path
) -> None:
    def half(copy: Path) -> None:
        with closing(sqlite3.connect(copy)) as connection:
            connection.executescript("PRAGMA journal_mode = WAL; DELETE FROM projects")
        raise refuse("disk_full", "The disk is full.")

    backup = tmp_path / "backup.db"
    back_up(store.engine, backup)
    asyncio.run(in_store(store, FakeClock()).projects.save(project(path="/later")))
    store.engine.dispose()
    with pytest.raises(Refused, match="disk_full"):
        restore(backup, file, half)
    assert stored(file) == ("/later",)
    assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []


def test_a_postgresql_database_is_restored_with_tools_of_its_own(store: Store, tmp_path: Path) -> None:
    made = asyncio.run(audited(store, tmp_path / "backup.db"))
    settings = read_settings({"KR8_HOME": str(tmp_path / "h"), "KR8_DATABASE": "postgresql://kr8@127.0.0.1:1/kr8"})
    with pytest.raises(Refused) as refused:
        Rescue(settings, FakeClock()).restore(Path(made.file), None, "ada")
    assert refused.value.problem.code == "backup_elsewhere" and "pg_restore" in refused.value.problem.mend


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

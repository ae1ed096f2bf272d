"""A database comes to the revision of the code once, whole or not at all."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, insert, select, text
from tests.fakes.clock import FakeClock
from tests.support.postgres import Postgres
from tests.support.values import deployment
from tests.support.writers import ROOT, argv

import kr8.drivers.store.migrations
from kr8.domain.problem import Refused
from kr8.drivers.store.deployments import read_deployment
from kr8.drivers.store.engine import make_engine
from kr8.drivers.store.health import StoreHealth
from kr8.drivers.store.migration import make, migrate, upgrade
from kr8.drivers.store.rescue import Rescue
from kr8.drivers.store.tables import HEAD, REVISIONS, VERSION_TABLE, deployments, metadata
from kr8.drivers.store.transaction import begin
from kr8.settings import read_settings


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kr8.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database() as name:
            yield server.url(name)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def refused_code(engine: Engine) -> str:
    with pytest.raises(Refused) as refused:
        migrate(engine)
    assert "Nothing was changed" in refused.value.problem.what
    return refused.value.problem.code


def test_an_empty_database_is_migrated_once(empty_url: str) -> None:
    engine = make_engine(empty_url)
    assert migrate(engine)
    assert not migrate(engine)
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_uses(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


def shape(engine: Engine, making: Callable[[Connection], None]) -> list[tuple[object, ...]]:
    """All that an empty database gets: each table, index, constraint, trigger and version. It stays empty."""
    with engine.connect() as connection:
        begin(connection, "migration", 1000)
        making(connection)
        statements = [*SHAPES[engine.dialect.name], f"SELECT 'version', version_num FROM {VERSION_TABLE}"]
        return sorted(tuple(row) for statement in statements for row in connection.execute(text(statement)))


SHAPES = {
    "sqlite": ["SELECT type, name, tbl_name, replace(replace(sql, char(10), ''), char(9), '') FROM sqlite_master"],
    "postgresql": [
        "SELECT 'column', table_name, column_name, data_type, is_nullable, coalesce(column_default, ''),"
        " coalesce(character_maximum_length, 0) FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "SELECT 'function', proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    ],
}


def test_a_new_database_is_what_all_migrations_make(empty_url: str) -> None:
    engine = make_engine(empty_url)
    assert len(shape(engine, make)) > 20
    assert shape(engine, make) == shape(engine, upgrade)
    engine.dispose()


def at_revision(connection: Connection, revision: str) -> None:
    """Bring an empty database to an earlier revision, as an earlier kr8 left it."""
    begin(connection, "migration", 1000)
    config = Config()
    config.set_main_option("script_location", str(Path(kr8.drivers.store.migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.commit()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_database_of_an_earlier_kr8_is_migrated_once(empty_url: str, revision: str) -> None:
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        at_revision(connection, revision)
    (behind,) = [finding.rule for finding in asyncio.run(StoreHealth(engine).findings()) if "space" not in finding.rule]
    assert behind == "store-behind"
    assert migrate(engine)
    assert not migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_deployment_that_an_earlier_kr8_kept_can_still_be_read(empty_url: str) -> None:
    kept = deployment()
    written = kept.model_dump_json().replace('"cancel_requested"', '"waits_for":null,"cancel_requested"', 1)
    values = {"id": kept.id, "project": kept.project, "environment": kept.environment, "state": kept.state.value}
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        at_revision(connection, "r0002")
        connection.execute(insert(deployments).values(**values, cancel_requested=False, document=written))
        connection.commit()
    assert migrate(engine)
    with engine.connect() as connection:
        (row,) = connection.execute(select(deployments)).mappings()
        assert read_deployment(dict(row)) == kept
    engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_backup_of_an_earlier_kr8_is_restored_as_a_store_of_this_one(tmp_path: Path, revision: str) -> None:
    earlier = make_engine(f"sqlite:///{tmp_path}/earlier.db")
    with earlier.connect() as connection:
        at_revision(connection, revision)
    earlier.dispose()
    home = tmp_path / "home"
    Rescue(read_settings({"KR8_HOME": str(home)}), FakeClock()).restore(tmp_path / "earlier.db", None, "ada")
    engine = make_engine(f"sqlite:///{home}/kr8.db")
    assert not migrate(engine)
    engine.dispose()


def test_the_code_knows_every_revision_in_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(kr8.drivers.store.migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)
    assert [revision.revision for revision in script.walk_revisions()][::-1] == list(REVISIONS)
    assert script.get_current_head() == HEAD


def test_of_processes_that_start_at_once_one_migrates(empty_url: str) -> None:
    processes = [
        subprocess.Popen(
            argv("only_migrate", empty_url, 0), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert sorted(said) == ["migrated False\n"] * 3 + ["migrated True\n"]


@pytest.mark.parametrize("statement", [8, 14, 20])
def test_a_migration_that_is_killed_leaves_nothing_and_is_done_by_the_next_start(
    empty_url: str, statement: int
) -> None:
    done = subprocess.run(
        argv("die_while_migrating", empty_url, statement), cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (-9, ""), done.stderr
    engine = make_engine(empty_url)
    assert migrate(engine)
    assert asyncio.run(StoreHealth(engine).findings()) == ()
    engine.dispose()


def test_a_database_of_a_newer_kr8_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = 'r9999'"))
    assert refused_code(engine) == "store_newer"


@pytest.mark.parametrize("damage", ["DROP TABLE leases", f"DROP TABLE {VERSION_TABLE}", f"DELETE FROM {VERSION_TABLE}"])
def test_a_database_that_was_made_by_halves_is_found(engine: Engine, damage: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(damage))
    assert refused_code(engine) == "migration_interrupted"
    (finding,) = asyncio.run(StoreHealth(engine).findings())
    assert finding.rule == "migration-interrupted"


@pytest.mark.parametrize("url", ["mysql://localhost/kr8", "sqlite://"])
def test_a_database_that_kr8_has_no_driver_for_is_refused(url: str) -> None:
    with pytest.raises(Refused) as refused:
        make_engine(url)
    assert refused.value.problem.code == "database_unknown"

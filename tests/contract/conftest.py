"""What the contract suites share: each port on its fake and on what is real."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.support.postgres import Postgres
from tests.support.stores import Stores, in_memory, in_store, opened


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the tables and no rows, to be copied: Alembic takes longer than most tests."""
    file = tmp_path_factory.mktemp("template") / "kr8.db"
    with opened(f"sqlite:///{file}"):
        return file


@pytest.fixture(scope="session")
def migrated_database(postgres: Postgres) -> Iterator[str]:
    """The same on PostgreSQL, to be a template."""
    with postgres.database() as name:
        with opened(postgres.url(name)):
            pass
        yield name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database of each kind that kr8 keeps its store in."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), tmp_path / 'kr8.db')}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database(request.getfixturevalue("migrated_database")) as name:
            yield server.url(name)


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """The store's ports on the fakes, on SQLite and on PostgreSQL."""
    if request.param == "fake":
        yield in_memory()
    elif request.param == "sqlite":
        file = shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "kr8.db")
        with opened(f"sqlite:///{file}") as store:
            yield in_store(store, FakeClock())
    else:
        server: Postgres = request.getfixturevalue("postgres")
        template = request.getfixturevalue("migrated_database")
        with server.database(template) as name, opened(server.url(name)) as store:
            yield in_store(store, FakeClock())

"""The PostgreSQL that other tests stand on is real, forgets nothing in an outage, and isolates tests."""

import psycopg
import pytest
from tests.support.postgres import Postgres, find_binaries


def test_a_database_outlives_an_outage() -> None:
    with Postgres() as server, server.database() as name:
        with psycopg.connect(server.url(name)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS value")
        server.stop()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url(name))
        server.start()
        with psycopg.connect(server.url(name)) as connection:
            assert connection.execute("SELECT value FROM kept").fetchone() == (7,)


def test_each_database_is_fresh(postgres: Postgres) -> None:
    with postgres.database() as first, postgres.database() as second:
        with psycopg.connect(postgres.url(first)) as connection:
            connection.execute("CREATE TABLE only_here (value int)")
        with psycopg.connect(postgres.url(second)) as connection:
            assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)


def test_it_is_new_enough() -> None:
    assert find_binaries().is_dir()
    with Postgres() as server, psycopg.connect(server.url("postgres")) as connection:
        assert connection.info.server_version >= 150000

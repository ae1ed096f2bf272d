"""What fails is said, nothing is acknowledged that is not there, and nothing acknowledged is lost."""

import asyncio
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text, update
from tests.fakes.clock import FakeClock
from tests.support.cut import Cut
from tests.support.postgres import Postgres
from tests.support.stores import Stores, in_store, opened
from tests.support.values import SHOP, approval, project
from tests.support.writers import ROOT, all_at_once, argv, lost, numbers

from kr8.domain.audit import Phase, broken_links
from kr8.domain.problem import Outcome, Problem, Refused
from kr8.drivers.store.audit import SqlAudit
from kr8.drivers.store.engine import make_engine
from kr8.drivers.store.projects import SqlProjects
from kr8.drivers.store.store import Store
from kr8.drivers.store.tables import projects

TTL = timedelta(seconds=30)


def writer(mode: str, url: str, writes: int, name: str = "w", limit_s: float = 120) -> list[str]:
    """What a writing process acknowledged, when it has ended."""
    done = subprocess.run(argv(mode, url, writes, name), cwd=ROOT, capture_output=True, text=True, timeout=limit_s)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


async def problem_of_saving(stores: Stores) -> Problem:
    with pytest.raises(Refused) as refused:
        await stores.projects.save(project())
    return refused.value.problem


@pytest.fixture
def file(migrated_file: Path, tmp_path: Path) -> Path:
    """A SQLite database."""
    return Path(shutil.copy(migrated_file, tmp_path / "kr8.db"))


@contextmanager
def locked(url: str) -> Iterator[None]:
    """The database as it is while another process changes it and does not end."""
    sqlite = url.startswith("sqlite")
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        connection.execute(text("BEGIN IMMEDIATE" if sqlite else HOLD))
        yield
        connection.rollback()
    engine.dispose()


HOLD = f"SELECT pg_advisory_xact_lock(hashtextextended('kr8:project:{SHOP}', 0))"


def test_a_database_that_stays_locked_is_said_and_nothing_is_changed(database_url: str) -> None:
    async def story(stores: Stores) -> None:
        with locked(database_url):
            problem = await problem_of_saving(stores)
            assert (problem.code, problem.retryable) == ("database_locked", True)
            assert problem.outcome is Outcome.NOT_STARTED
            assert await stores.projects.all() == ()
        await stores.projects.save(project())
        assert await stores.projects.all() == (project(),)

    with opened(database_url, timedelta(seconds=0.3)) as store:
        asyncio.run(story(in_store(store, FakeClock())))


def test_a_database_that_is_locked_for_a_while_is_waited_for_and_the_loop_goes_on(database_url: str) -> None:
    async def story(stores: Stores) -> None:
        with locked(database_url):
            save = asyncio.create_task(stores.projects.save(project()))
            for _ in range(20):
                assert await stores.projects.all() == ()
                await asyncio.sleep(0.01)
            assert not save.done()
        await save
        assert await stores.projects.all() == (project(),)

    with opened(database_url) as store:
        asyncio.run(story(in_store(store, FakeClock())))


def test_who_has_little_patience_is_told_soon_though_another_write_waits_for_long(file: Path) -> None:
    url = f"sqlite:///{file}"

    async def story(stores: Stores, store: Store) -> None:
        with locked(url):
            waits = asyncio.create_task(stores.projects.save(project()))
            began = time.monotonic()
            asked = [store.write("audit", lambda _: None, timedelta(seconds=0.3)) for _ in range(12)]
            told = await asyncio.gather(*asked, return_exceptions=True)
            assert time.monotonic() - began < 5, "all of them, not one after the other"
            assert [each.problem.code for each in told if isinstance(each, Refused)] == ["database_locked"] * 12
            assert not waits.done()
        await waits
        await store.write("audit", lambda _: None, timedelta(seconds=5))
        with locked(url):  # who comes next on the same connection has all the patience again
            waits = asyncio.create_task(stores.projects.save(project()))
            await asyncio.sleep(0.5)
            assert not waits.done()
        await waits

    with opened(url) as store:
        asyncio.run(story(in_store(store, FakeClock()), store))


def test_the_audit_says_that_it_could_not_be_written(file: Path) -> None:
    url = f"sqlite:///{file}"
    with opened(url, timedelta(seconds=0.1)) as store, locked(url), pytest.raises(Refused) as refused:
        asyncio.run(SqlAudit(store, FakeClock()).append(Phase.INTENT, "c", "ada", "deploy_project"))
    problem = refused.value.problem
    assert (problem.code, problem.retryable) == ("audit_unavailable", True)
    assert "database_locked" in problem.why


def test_controllers_with_one_approval_use_it_once(database_url: str) -> None:
    """50 uses from five connections of their own."""

    async def story(controllers: list[Stores]) -> None:
        uses = [one.approvals.use(approval()) for one in controllers for _ in range(10)]
        assert sum(await asyncio.gather(*uses)) == 1

    with several(database_url, 5) as controllers:
        asyncio.run(story(controllers))


def test_threads_with_one_approval_use_it_once(database_url: str) -> None:
    used: list[bool] = []
    with several(database_url, 5) as controllers:
        start = threading.Barrier(50)

        def use(stores: Stores) -> None:
            start.wait()
            used.append(asyncio.run(stores.approvals.use(approval())))

        threads = [threading.Thread(target=use, args=(controllers[number % 5],)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert sorted(used) == [False] * 49 + [True]


def test_a_thousand_lease_races_between_controllers_have_one_winner_each(database_url: str) -> None:
    """Every other lease is given back, and the rest are lost by time: both let the next one in."""

    async def story(controllers: list[Stores]) -> None:
        for race in range(1000):
            holder = f"dep_{race}"
            asked = [one.leases.acquire("prj.env", f"{holder}_{n}", TTL) for n, one in enumerate(controllers)]
            won = [lease for lease in await asyncio.gather(*asked) if lease is not None]
            assert [lease.epoch for lease in won] == [race + 1]
            if race % 2:
                await controllers[race % 4].leases.release(won[0])
            else:
                controllers[0].clock.advance(TTL.total_seconds() + 1)

    with several(database_url, 4) as controllers:
        asyncio.run(story(controllers))


@contextmanager
def several(url: str, controllers: int) -> Generator[list[Stores]]:
    """Controllers with connections of their own, and one clock."""
    clock = FakeClock()
    with ExitStack() as stack:
        yield [in_store(stack.enter_context(opened(url)), clock) for _ in range(controllers)]


def test_eight_processes_that_write_five_hundred_times_each_lose_no_write(database_url: str) -> None:
    """`make bench` has each of them write 10,000 times: bench/writers.py."""
    said = all_at_once(database_url, turns=250, limit_s=120)
    assert sorted(numbers(said, "audit")) == list(range(1, 2001))
    assert sorted(numbers(said, "note")) == list(range(1, 2001))
    assert lost(database_url, said) == []


def test_what_a_killed_writer_acknowledged_is_there(database_url: str) -> None:
    said: list[str] = []
    for kill_after in (1, 4, 7, 12, 20):
        process = subprocess.Popen(argv("write", database_url, 10**6), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said += [process.stdout.readline().strip() for _ in range(kill_after)]
        process.kill()
        said += process.communicate(timeout=30)[0].splitlines()
        assert lost(database_url, said) == []
    assert len(numbers(said, "audit")) >= 20


def test_a_full_disk_is_said_and_what_was_acknowledged_is_there(file: Path) -> None:
    """SQLite is given a size that the database may not exceed: it answers as it does on a full disk."""
    engine = make_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 60")

    store = Store(engine)

    async def story(stores: Stores) -> None:
        kept = 0
        with pytest.raises(Refused) as refused:
            while kept < 1000:
                await stores.audit.append(Phase.NOTE, "c", "kr8", "write", detail="x" * 2000)
                kept += 1
        problem = refused.value.problem
        assert (problem.code, problem.outcome) == ("audit_unavailable", Outcome.NOT_STARTED)
        assert "disk_full" in problem.why
        assert 0 < kept == await stores.audit.length() == len(await stores.audit.rows(limit=1000))

    asyncio.run(story(in_store(store, FakeClock())))
    store.close()


def test_an_input_output_error_is_said_and_what_was_acknowledged_is_there(file: Path) -> None:
    url = f"sqlite:///{file}"
    said = writer("until_full", url, 10**6)
    # Nothing can be written any more, not even what a reader notes beside the log: unknown would be honest too.
    assert said[-1].startswith(("refused audit_unavailable", "refused store_unreadable", "refused disk_full"))
    assert said[-1].endswith(("not_started", "unknown"))
    assert len(numbers(said, "audit")) > 5
    assert lost(url, said) == []


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    file = tmp_path / "kr8.db"
    file.write_bytes(b"not a database, but long enough to be looked at " * 100)
    with pytest.raises(Refused) as refused, opened(f"sqlite:///{file}"):
        pass
    assert refused.value.problem.code == "store_unreadable"
    assert "not a database" in refused.value.problem.why


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused, opened(f"sqlite:///{tmp_path}/gone/kr8.db"):
        pass
    assert refused.value.problem.code == "store_unreadable"


def test_a_database_that_may_only_be_read_is_said(file: Path) -> None:
    with opened(f"sqlite:///file:{file}?mode=ro&uri=true") as store:
        problem = asyncio.run(problem_of_saving(in_store(store, FakeClock())))
        assert asyncio.run(SqlProjects(store).all()) == ()
    assert (problem.code, problem.retryable, problem.outcome) == ("store_unreadable", False, Outcome.NOT_STARTED)
    assert "not written" in problem.what


def test_a_stored_value_that_somebody_spoiled_is_said_without_its_content(database_url: str) -> None:
    with opened(database_url) as store:
        stores = in_store(store, FakeClock())
        asyncio.run(stores.projects.save(project()))
        with store.engine.begin() as connection:
            connection.execute(update(projects).values(document='{"id": "hunter2"}'))
        with pytest.raises(Refused) as refused:
            asyncio.run(stores.projects.all())
    problem = refused.value.problem
    assert problem.code == "store_unreadable"
    assert "ProjectRecord" in problem.what
    assert "hunter2" not in problem.model_dump_json()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    made = Path(tempfile.mkdtemp(prefix="kr8-cut-", dir="/tmp"))
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("lost_before", [False, True], ids=["answer lost", "commit lost"])
def test_a_commit_without_an_answer_is_read_back(
    postgres: Postgres, migrated_database: str, folder: Path, lost_before: bool
) -> None:
    async def story(stores: Stores, cut: Cut) -> None:
        await stores.audit.append(Phase.NOTE, "first", "kr8", "write")
        cut.arm(before=lost_before)
        if lost_before:
            with pytest.raises(Refused) as refused:
                await stores.audit.append(Phase.NOTE, "second", "kr8", "write")
            assert refused.value.problem.outcome is Outcome.NOT_STARTED
            assert "store_unreachable" in refused.value.problem.why
        else:
            assert (await stores.audit.append(Phase.NOTE, "second", "kr8", "write")).number == 2
        assert cut.cuts == 1
        assert await stores.audit.length() == (1 if lost_before else 2)
        await stores.audit.append(Phase.NOTE, "third", "kr8", "write")
        assert list(broken_links(await stores.audit.rows())) == []

    with postgres.database(migrated_database) as name, Cut(postgres.folder / ".s.PGSQL.5432", folder) as cut:
        url = postgres.url(name).replace(postgres.folder.name, folder.name)
        with opened(url) as store:
            asyncio.run(story(in_store(store, FakeClock()), cut))


def test_a_commit_that_cannot_be_read_back_is_unknown_and_a_server_that_is_back_is_used_again(folder: Path) -> None:
    async def story(stores: Stores, cut: Cut, server: Postgres) -> None:
        cut.arm(before=True, then=server.stop)
        problem = await problem_of_saving(stores)
        assert (problem.code, problem.outcome) == ("store_unreachable", Outcome.UNKNOWN)
        assert "not known" in problem.what
        again = await problem_of_saving(stores)
        assert (again.code, again.outcome, again.retryable) == ("store_unreachable", Outcome.NOT_STARTED, True)
        server.start()
        await stores.projects.save(project())
        assert await stores.projects.all() == (project(),)

    with Postgres() as server, server.database() as name, Cut(server.folder / ".s.PGSQL.5432", folder) as cut:
        url = server.url(name).replace(server.folder.name, folder.name)
        with opened(url, read_back=timedelta(seconds=0.5)) as store:
            asyncio.run(story(in_store(store, FakeClock()), cut, server))

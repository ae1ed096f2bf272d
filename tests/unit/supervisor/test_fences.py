"""What the supervisor refuses to do alone: to cross what cannot be undone, and to work for whoever is behind."""

import asyncio
import sys
from pathlib import Path

import pytest

from kr8.supervisor.control import Control
from kr8.supervisor.fleet import Fleet
from kr8.supervisor.home import Home
from kr8.supervisor.journal import Journal
from kr8.supervisor.listeners import Listeners
from kr8.supervisor.proxy.proxy import Proxy
from kr8.supervisor.refused import RefusedError
from kr8.supervisor.reserve import Reserve
from kr8.supervisor.state import State, with_epoch
from kr8.supervisor.store import Store
from kr8.supervisor.tasks import Tasks
from kr8.supervisor.wire import PostReturn, PutPromoted, RunSpec, ServiceDesired, ShareSpec, TaskSpec

ENVIRONMENT = "shop.production"
KEY = f"{ENVIRONMENT}.web"


def control(home: Home) -> Control:
    return asyncio.run(assembled(home))


async def assembled(home: Home) -> Control:
    home.make()
    store, journal, listeners = Store(home.state), Journal(home.journal), Listeners()
    proxy, reserve = Proxy(home.supervisor / "proxy", "haproxy"), Reserve(home.reserve, 4096)
    return Control(home, store, journal, Fleet(home, store, journal, proxy, listeners), proxy, listeners, reserve)


def promote(held: Control, generation: int, release: str, *, irreversible: bool = False) -> None:
    services = {KEY: ServiceDesired(KEY, (ShareSpec(release, RunSpec(("serve",), "/"), 1),))}
    held.put_promoted(ENVIRONMENT, PutPromoted(1, generation, f"dep_{release}", services, irreversible=irreversible))


def test_a_return_alone_does_not_cross_what_cannot_be_undone(tmp_path: Path) -> None:
    held = control(Home(tmp_path))
    promote(held, 1, "a")
    promote(held, 2, "b", irreversible=True)
    promote(held, 3, "c")
    assert [b.irreversible for b in held.environment(ENVIRONMENT).promoted] == [False, True, False]
    assert held.post_return(ENVIRONMENT, PostReturn("previous")).generation == 2
    before = held.store.state
    with pytest.raises(RefusedError) as refused:
        held.post_return(ENVIRONMENT, PostReturn("previous"))
    assert (refused.value.status, refused.value.problem.code) == (409, "rollback_irreversible")
    assert "generation 1" in refused.value.problem.what and "generation 2 (dep_b)" in refused.value.problem.what
    assert "Deploy a commit" in refused.value.problem.mend
    assert held.store.state is before and Store(held.home.state).state == before


def test_it_is_remembered_whose_releases_were_deployed_again_without_the_command(tmp_path: Path) -> None:
    held = control(Home(tmp_path))
    promote(held, 1, "a")
    promote(held, 2, "b", irreversible=True)
    promote(held, 3, "b")
    with pytest.raises(RefusedError) as refused:
        held.post_return(ENVIRONMENT, PostReturn("previous"))
    assert refused.value.problem.code == "rollback_irreversible"


def test_what_serves_may_always_be_returned_to_whatever_ran_for_it(tmp_path: Path) -> None:
    held = control(Home(tmp_path))
    promote(held, 1, "a")
    promote(held, 2, "b", irreversible=True)
    assert held.post_return(ENVIRONMENT, PostReturn("current")).generation == 2


def work(line: str, epoch: int) -> TaskSpec:
    return TaskSpec(("/bin/sh", "-c", line), "/", environment=ENVIRONMENT, epoch=epoch)


async def ended(tasks: Tasks, name: str) -> None:
    async with asyncio.timeout(10), tasks.changed:
        await tasks.changed.wait_for(lambda: tasks.get(name).state != "running")


def test_a_command_of_whoever_is_behind_is_refused_where_it_would_start(tmp_path: Path) -> None:
    async def story() -> None:
        home, mark = Home(tmp_path / "home"), tmp_path / "beside" / "ran"
        mark.parent.mkdir()
        home.make()
        store = Store(home.state)
        store.commit(with_epoch(State(), ENVIRONMENT, 5))
        tasks = Tasks(home, store, Journal(home.journal))
        with pytest.raises(RefusedError) as refused:
            tasks.put("late", work(f"echo >> {mark}", 4))
        assert (refused.value.status, refused.value.problem.code) == (409, "fenced")
        assert refused.value.problem.detail == {"epoch": "5"}
        assert store.state.tasks == {} and not mark.exists()
        tasks.put("now", work(f"echo >> {mark}", 6))
        assert store.state.epoch(ENVIRONMENT) == 6, "who comes after it must be as new"
        await ended(tasks, "now")
        assert mark.read_text() == "\n"
        tasks.close()

    asyncio.run(story())


def test_a_command_that_is_known_is_answered_whatever_the_epoch(tmp_path: Path) -> None:
    async def story() -> None:
        home, mark = Home(tmp_path / "home"), tmp_path / "beside" / "ran"
        mark.parent.mkdir()
        home.make()
        store = Store(home.state)
        tasks = Tasks(home, store, Journal(home.journal))
        tasks.put("migrate", work(f"echo >> {mark}", 5))
        await ended(tasks, "migrate")
        store.commit(with_epoch(store.state, ENVIRONMENT, 7))
        for epoch in (5, 4, 8):
            assert tasks.put("migrate", work(f"echo >> {mark}", epoch)).exit_code == 0
        assert (mark.read_text(), store.state.epoch(ENVIRONMENT)) == ("\n", 7)
        with pytest.raises(RefusedError, match="not understood"):
            tasks.put("migrate", work("another", 8))
        tasks.close()

    asyncio.run(story())


def test_a_command_that_cannot_be_started_is_refused_and_not_kept_as_running(tmp_path: Path) -> None:
    async def story() -> None:
        home = Home(tmp_path / "home")
        home.make()
        store = Store(home.state)
        tasks = Tasks(home, store, Journal(home.journal))
        with pytest.raises(RefusedError) as refused:
            tasks.put("migrate", TaskSpec(("/bin/true",), "/", {"A=B": "x"}))
        assert "cannot be started" in refused.value.problem.why
        assert store.state.tasks == {}
        tasks.close()

    asyncio.run(story())


def test_a_command_for_no_environment_needs_no_epoch_and_half_a_fence_is_none(tmp_path: Path) -> None:
    assert TaskSpec((sys.executable,), str(tmp_path)).epoch is None
    with pytest.raises(ValueError, match="epoch"):
        TaskSpec((sys.executable,), str(tmp_path), environment=ENVIRONMENT)
    with pytest.raises(ValueError, match="key"):
        TaskSpec((sys.executable,), str(tmp_path), environment="production", epoch=1)

"""What every `Builder` does, the fake and the one on this machine."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.fakes.builder import FakeBuilder
from tests.fakes.clock import FakeClock
from tests.fakes.repositories import FakeRepositories

from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Service
from kr8.domain.redact import Redactor
from kr8.drivers.build.driver import LocalBuilder
from kr8.drivers.process.driver import Processes
from kr8.ports.builder import Builder, BuildOrder, Trial

REPOSITORY = Path("/repository")


class World:
    """A repository with one service, and a builder."""

    def __init__(self, builder: Builder, repositories: FakeRepositories) -> None:
        self.builder = builder
        self.repositories = repositories
        self.said: list[str] = []

    async def order(self, command: str | None = "echo building; echo made > out", content: bytes = b"1") -> BuildOrder:
        commit = self.repositories.put(REPOSITORY, {"file": content})
        tree = await self.repositories.tree(REPOSITORY, commit.id, ".")
        spec = Service(run=("./run",), build=command)
        return BuildOrder(
            project="prj_123456", service="web", repository=REPOSITORY, commit=commit.id, tree=tree, spec=spec
        )

    async def trial(self, build: str, *tests: str, service: str = "web") -> Trial:
        order = await self.order(build)
        return Trial(repository=REPOSITORY, tree=order.tree, services={service: order.spec}, tests=tests)

    async def say(self, line: str) -> None:
        self.said.append(line)


@pytest.fixture(params=["fake", "local"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    repositories = FakeRepositories()
    if request.param == "fake":
        problem = refuse("build_failed", "It failed.", output=("last words",)).problem
        return World(FakeBuilder(failures={"broken": problem}, says=("building", "last words")), repositories)
    builder = LocalBuilder(tmp_path, repositories, Processes(os.environ), FakeClock(), os.environ, Redactor(()).piece)
    return World(builder, repositories)


def test_what_was_built_once_is_not_built_again(world: World) -> None:
    async def scenario() -> None:
        first = await world.builder.build(await world.order(), world.say)
        assert "building" in world.said
        world.said.clear()
        again = await world.order()
        second = await world.builder.build(again, world.say)
        assert world.said == []
        assert second == first.model_copy(update={"commit": again.commit})

    asyncio.run(scenario())


def test_another_tree_or_another_command_is_another_build(world: World) -> None:
    async def scenario() -> None:
        orders = [await world.order(), await world.order(content=b"2"), await world.order("true")]
        builds = [await world.builder.build(order, world.say) for order in orders]
        assert len({build.id for build in builds}) == 3
        assert len({build.artifact for build in builds}) == 3

    asyncio.run(scenario())


def test_a_build_that_fails_is_refused_with_its_last_lines(world: World) -> None:
    async def scenario() -> None:
        order = (await world.order("echo last words; exit 3")).model_copy(update={"service": "broken"})
        with pytest.raises(Refused) as caught:
            await world.builder.build(order, world.say)
        assert caught.value.problem.code == "build_failed"
        assert caught.value.problem.output == ("last words",)
        assert await world.builder.sizes() == {}
        assert await world.builder.prune(frozenset()) == 0

    asyncio.run(scenario())


def test_only_what_is_kept_survives_pruning(world: World) -> None:
    async def scenario() -> None:
        kept = await world.builder.build(await world.order(), world.say)
        gone = await world.builder.build(await world.order(content=b"2"), world.say)
        assert await world.builder.sizes() == {kept.id: kept.bytes, gone.id: gone.bytes}
        freed = await world.builder.prune(frozenset({kept.id}))
        assert freed >= gone.bytes > 0
        assert await world.builder.sizes() == {kept.id: kept.bytes}
        world.said.clear()
        assert (await world.builder.build(await world.order(), world.say)).artifact == kept.artifact
        assert world.said == []
        assert (await world.builder.build(await world.order(content=b"2"), world.say)).artifact == gone.artifact
        assert world.said != []

    asyncio.run(scenario())


def test_what_is_tried_out_is_built_and_tested_and_nothing_of_it_is_left(world: World) -> None:
    async def scenario() -> None:
        tried = await world.builder.try_out(await world.trial("echo made > out", "true"))
        assert (tried.state, tried.why, tried.output) == ("passed", "", ())
        assert await world.builder.sizes() == {} and await world.builder.prune(frozenset()) == 0

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("build", "service", "test"), [("echo last words; exit 3", "broken", "true"), ("echo last words", "web", "false")]
)
def test_a_build_or_a_test_that_fails_says_which_it_was(world: World, build: str, service: str, test: str) -> None:
    async def scenario() -> None:
        tried = await world.builder.try_out(await world.trial(build, test, service=service))
        assert tried.state == "failed" and tried.why.startswith(
            "The build of broken" if test == "true" else "Its tests"
        )
        assert await world.builder.sizes() == {}

    asyncio.run(scenario())

"""What every `Repositories` does, the fake and git itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from tests.fakes.repositories import FakeRepositories

from kr8.domain.problem import Refused
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import OnLine, Processes
from kr8.ports.repositories import Repositories


@pytest.fixture(params=["fake", "git"])
def repositories(request: pytest.FixtureRequest) -> Repositories:
    if request.param == "fake":
        return FakeRepositories()
    return GitRepositories(Processes(os.environ))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "api" / "src").mkdir(parents=True)
    (folder / "kr8.toml").write_text("# the file\n")
    (folder / "api" / "src" / "main.py").write_bytes(b"\x00\r\nbinary\xff")
    return folder


def code(caught: pytest.ExceptionInfo[Refused]) -> str:
    return caught.value.problem.code


def test_a_directory_becomes_a_repository_with_a_first_commit(repositories: Repositories, project: Path) -> None:
    async def scenario() -> None:
        assert await repositories.root(project) is None
        commit = await repositories.start(project, "Start the project")
        assert commit.subject == "Start the project"
        assert await repositories.root(project / "api") == project
        assert await repositories.root(project / "gone") is None
        assert await repositories.root(project / ("x" * 300) / "y") is None
        assert await repositories.resolve(project, "HEAD") == commit
        assert await repositories.resolve(project, commit.id[:12]) == commit
        assert await repositories.changes(project) == ()

    asyncio.run(scenario())


def test_a_checkouts_files_are_told_committed_or_not(repositories: Repositories, project: Path) -> None:
    async def scenario() -> None:
        await repositories.start(project, "Start")
        (project / ".kr8").mkdir()
        (project / ".kr8" / "waivers.toml").write_text("")
        assert sorted(await repositories.files(project)) == [".kr8/waivers.toml", "api/src/main.py", "kr8.toml"]

    asyncio.run(scenario())


class Interrupted(BaseException):
    """What ends a daemon."""


class EndsAfterTheCommit(Processes):
    """Is interrupted when it is asked what was committed."""

    async def run(self, command: Command, on_line: OnLine | None = None) -> Ended:
        """Run what comes before that."""
        if "rev-parse" in command.argv:
            raise Interrupted
        return await super().run(command, on_line)


def test_nothing_of_a_repository_is_left_where_its_start_is_interrupted(project: Path) -> None:
    with pytest.raises(Interrupted):
        asyncio.run(GitRepositories(EndsAfterTheCommit(os.environ)).start(project, "Start"))
    assert not (project / ".git").exists()


def test_what_is_a_repository_already_is_not_started_again(repositories: Repositories, project: Path) -> None:
    async def scenario() -> None:
        await repositories.start(project, "Start")
        with pytest.raises(Refused) as caught:
            await repositories.start(project, "Start again")
        assert code(caught) == "repository_exists"

    asyncio.run(scenario())


def test_a_file_is_read_from_a_commit(repositories: Repositories, project: Path) -> None:
    async def scenario() -> None:
        commit = await repositories.start(project, "Start")
        (project / "kr8.toml").write_text("changed since")
        assert await repositories.read(project, commit.id, "kr8.toml") == b"# the file\n"
        assert await repositories.read(project, commit.id, "missing.toml") is None
        assert await repositories.read(project, "HEAD", "kr8.toml") == b"# the file\n"
        assert (await repositories.paths(project, commit.id)).files == ("api/src/main.py", "kr8.toml")

    asyncio.run(scenario())


def test_the_links_of_a_commit_are_none_of_its_files(repositories: Repositories, project: Path) -> None:
    async def scenario() -> None:
        (project / "infra").symlink_to("api")
        commit = await repositories.start(project, "Start")
        paths = await repositories.paths(project, commit.id)
        assert (paths.files, paths.links, paths.submodules) == (("api/src/main.py", "kr8.toml"), ("infra",), ())

    asyncio.run(scenario())


def test_what_is_gone_is_refused(repositories: Repositories, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        asyncio.run(repositories.read(tmp_path / "gone", "HEAD", "kr8.toml"))


@pytest.mark.parametrize("revision", ["nothing", "deadbeef", "--help", "HEAD~99"])
def test_an_unknown_revision_is_refused(repositories: Repositories, project: Path, revision: str) -> None:
    async def scenario() -> None:
        await repositories.start(project, "Start")
        with pytest.raises(Refused) as caught:
            await repositories.resolve(project, revision)
        assert code(caught) == "unknown_revision"

    asyncio.run(scenario())


def test_a_folder_is_exported_as_it_was_committed(repositories: Repositories, project: Path, tmp_path: Path) -> None:
    async def scenario() -> None:
        commit = await repositories.start(project, "Start")
        whole = await repositories.tree(project, commit.id, ".")
        tree = await repositories.tree(project, commit.id, "api")
        assert tree != whole
        out = tmp_path / "out"
        out.mkdir()
        await repositories.export(project, tree, out)
        assert [str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()] == ["src/main.py"]
        assert (out / "src/main.py").read_bytes() == b"\x00\r\nbinary\xff"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "project"]

    asyncio.run(scenario())


def test_a_folder_that_is_not_there_is_refused(repositories: Repositories, project: Path) -> None:
    async def scenario() -> None:
        commit = await repositories.start(project, "Start")
        with pytest.raises(Refused) as caught:
            await repositories.tree(project, commit.id, "web")
        assert code(caught) == "unknown_folder"

    asyncio.run(scenario())


def test_a_file_is_read_as_it_lies_in_the_checkout(repositories: Repositories, project: Path) -> None:
    async def scenario() -> None:
        await repositories.start(project, "Start")
        assert await repositories.working(project, "kr8.toml") == b"# the file\n"
        (project / "kr8.toml").write_text("# changed\n")
        assert await repositories.working(project, "kr8.toml") == b"# changed\n"
        assert await repositories.read(project, "HEAD", "kr8.toml") == b"# the file\n"
        (project / "kr8.toml").unlink()
        assert await repositories.working(project, "kr8.toml") is None

    asyncio.run(scenario())


def grown(repositories: Repositories, project: Path) -> None:
    """Another commit on top of the newest."""
    if isinstance(repositories, FakeRepositories):
        repositories.put(project, {"kr8.toml": b"# again"})
        return
    words = ("commit", "--quiet", "--allow-empty", "--message", "Again")
    name = ("-c", "user.name=ann", "-c", "user.email=ann@localhost", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *name, *words], cwd=project, check=True)


def test_a_commit_is_older_than_what_was_made_of_it_alone(repositories: Repositories, project: Path) -> None:
    async def scenario() -> None:
        first = (await repositories.start(project, "Start")).id
        grown(repositories, project)
        second = (await repositories.resolve(project, "HEAD")).id
        assert first != second
        assert await repositories.is_older(project, first, second)
        assert not await repositories.is_older(project, second, first)
        assert not await repositories.is_older(project, first, first)
        assert not await repositories.is_older(project, first, "b" * 40), "that one is not in this clone"
        assert not await repositories.is_older(project, "b" * 40, first)
        assert not await repositories.is_older(project / "gone", first, second)

    asyncio.run(scenario())

"""A build is made once, in its own folder, with nothing but what is listed; and half of one is never used."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.clock import FakeClock
from tests.fakes.repositories import FakeRepositories

from kr8.domain.problem import Problem, Refused
from kr8.domain.project import Service
from kr8.domain.redact import MASK, Redactor
from kr8.drivers.build.artifact import artifact
from kr8.drivers.build.driver import LocalBuilder
from kr8.drivers.build.environment import environment, search_path
from kr8.drivers.build.places import Place
from kr8.drivers.process.driver import Processes
from kr8.ports.builder import BuildOrder
from kr8.sandbox import landlock

REPOSITORY = Path("/repository")
INHERITED = {
    "PATH": os.environ["PATH"],
    "HOME": "/nowhere",
    "AWS_SECRET_ACCESS_KEY": "leak",
    "UV_INDEX_URL": "https://localhost/simple",
}


SECRET = "canary-0123456789abcdefghijklmnopqrstuvwxy"


async def say(line: str) -> None:
    """Nobody listens."""


def builder(
    home: Path,
    repositories: FakeRepositories,
    disk_limit: int = 1 << 30,
    variables: Mapping[str, str] | None = None,
    kernel: Callable[[], int] = landlock.version,
) -> LocalBuilder:
    mask, inherited = Redactor([SECRET]).piece, {**INHERITED, **(variables or {})}
    return LocalBuilder(home, repositories, Processes(inherited), FakeClock(), inherited, mask, disk_limit, kernel)


async def order(repositories: FakeRepositories, command: str | None, limit: float = 60) -> BuildOrder:
    commit = repositories.put(REPOSITORY, {"api/file": b"content"})
    spec = Service(run=("run",), build=command, build_limit=timedelta(seconds=limit))
    tree = await repositories.tree(REPOSITORY, commit.id, "api")
    return BuildOrder(
        project="prj_123456", service="api", repository=REPOSITORY, commit=commit.id, tree=tree, spec=spec
    )


def built(home: Path, command: str | None) -> Path:
    async def scenario() -> str:
        repositories = FakeRepositories()
        return (await builder(home, repositories).build(await order(repositories, command), say)).directory

    return Path(asyncio.run(scenario()))


def refused(home: Path, command: str, limit: float = 60, disk_limit: int = 1 << 30) -> Problem:
    async def scenario() -> None:
        repositories = FakeRepositories()
        await builder(home, repositories, disk_limit).build(await order(repositories, command, limit), say)

    with pytest.raises(Refused) as caught:
        asyncio.run(scenario())
    assert not [path for path in (home / "builds").iterdir() if path.name != ".locks"], "something is left"
    return caught.value.problem


def test_the_command_runs_in_the_folder_of_the_service_where_it_will_stay(tmp_path: Path) -> None:
    files = built(tmp_path, "pwd > where; cat file >> where")
    assert (files / "where").read_text() == f"{files}\ncontent"
    assert files.parent.parent == tmp_path / "builds"


def test_without_a_command_the_files_are_the_build(tmp_path: Path) -> None:
    assert [path.name for path in built(tmp_path, None).iterdir()] == ["file"]


def test_a_build_sees_what_is_listed_and_nothing_else(tmp_path: Path) -> None:
    printed = (built(tmp_path, "env > seen") / "seen").read_text()
    assert "UV_INDEX_URL=https://localhost/simple" in printed
    assert "leak" not in printed


def test_the_operators_cache_is_used_where_one_is_named(tmp_path: Path) -> None:
    place, cache = Place(tmp_path / "builds", "bld_0000000000000000"), tmp_path / "cache"
    assert environment({"UV_CACHE_DIR": "/mine"}, place, cache, cache, tmp_path)["UV_CACHE_DIR"] == "/mine"
    assert environment({}, place, cache, cache, tmp_path)["UV_CACHE_DIR"] == f"{cache}/uv"


LEFT = (".npmrc", ".gitconfig", ".config/pip/pip.conf", ".config/uv/uv.toml", ".cargo/config.toml")


def test_a_build_sets_nothing_for_the_next_one(tmp_path: Path) -> None:
    for name in LEFT:
        built(tmp_path, f'mkdir -p "$(dirname ~/{name})" && echo planted > ~/{name}')
    seen = built(tmp_path, "find ~ -type f > found; ls -A ~ > listed; pwd > where")
    assert (seen / "found").read_text() == (seen / "listed").read_text() == ""
    assert not (seen.parent / "home").exists(), "a home is left"


def test_a_home_leads_to_the_operators_settings_of_packages_and_to_nothing_else(tmp_path: Path) -> None:
    operators = tmp_path / "operators"
    for name in (".npmrc", ".config/uv/uv.toml", ".aws/credentials"):
        (operators / name).parent.mkdir(parents=True, exist_ok=True)
        (operators / name).write_text(name)

    async def scenario() -> str:
        repositories = FakeRepositories()
        made = builder(tmp_path / "home", repositories, variables={"HOME": str(operators)})
        command = "cd ~ && find . -type l | sort > $OLDPWD/links; cat .npmrc > $OLDPWD/npmrc"
        return (await made.build(await order(repositories, command), say)).directory

    files = Path(asyncio.run(scenario()))
    assert (files / "links").read_text().split() == ["./.config/uv/uv.toml", "./.npmrc"]
    assert (files / "npmrc").read_text() == ".npmrc"


def test_what_builds_download_they_share(tmp_path: Path) -> None:
    built(tmp_path, 'echo 1 > "$GOMODCACHE/x"; echo 2 > "$npm_config_cache/x"; echo 3 > "$UV_CACHE_DIR/x"')
    seen = built(tmp_path, 'cat "$GOMODCACHE/x" "$npm_config_cache/x" "$UV_CACHE_DIR/x" > seen')
    assert (seen / "seen").read_text() == "1\n2\n3\n"


def test_a_build_finds_the_toolchains_that_shims_look_for(tmp_path: Path) -> None:
    """The shims of rustup and the like look below HOME, which is the build's own."""
    operators = tmp_path / "operators"
    for name in (".rustup", ".local/share/mise"):
        (operators / name).mkdir(parents=True)
    (operators / ".rustup" / "settings.toml").write_text("stable")

    async def scenario() -> str:
        repositories = FakeRepositories()
        variables = {"HOME": str(operators), "VOLTA_HOME": "/volta", "MISE_DATA_DIR": "/mise"}
        made = builder(tmp_path / "home", repositories, variables=variables)
        command = (
            'cat "$RUSTUP_HOME/settings.toml" > rust; echo "$VOLTA_HOME $MISE_DATA_DIR ${ASDF_DATA_DIR-none}" > named'
        )
        return (await made.build(await order(repositories, command), say)).directory

    files = Path(asyncio.run(scenario()))
    assert (files / "rust").read_text() == "stable"
    assert (files / "named").read_text() == "/volta /mise none\n"


def test_a_build_finds_uv_and_not_the_python_of_kr8(tmp_path: Path) -> None:
    assert "/venv/bin" not in search_path("/venv/bin:/usr/bin", tmp_path, Path("/venv/bin")).split(":")
    assert (built(tmp_path, "uv --version > seen") / "seen").read_text().startswith("uv ")


def test_too_long_a_build_is_stopped(tmp_path: Path) -> None:
    problem = refused(tmp_path, "echo begun; sleep 60", limit=0.4)
    assert (problem.code, problem.output) == ("build_timed_out", ("begun",))
    assert "400ms" in problem.what
    assert problem.mend


@pytest.mark.parametrize("before", [0, 4095, 4096 - len(SECRET) + 1])
def test_a_secret_that_a_build_prints_is_masked_before_it_is_told_or_kept(tmp_path: Path, before: int) -> None:
    told: list[str] = []

    async def listen(line: str) -> None:
        told.append(line)

    async def scenario() -> Problem:
        repositories = FakeRepositories()
        made = await order(
            repositories, f"head -c {before} /dev/zero | tr '\\0' A; echo {SECRET}; printf {SECRET[:-1]}; false"
        )
        with pytest.raises(Refused) as caught:
            await builder(tmp_path, repositories).build(made, listen)
        return caught.value.problem

    problem = asyncio.run(scenario())
    for words in ("".join(told), "".join(problem.output)):
        assert MASK in words
        assert not [start for start in range(len(SECRET) - 3) if SECRET[start : start + 4] in words]
    assert SECRET not in problem.model_dump_json(), "the command itself has it"


def test_too_large_a_build_is_stopped(tmp_path: Path) -> None:
    assert (
        refused(tmp_path, "head -c 5000000 /dev/zero > big; sleep 60", disk_limit=1_000_000).code == "build_disk_full"
    )


def test_too_large_a_build_is_refused_even_when_it_is_quick(tmp_path: Path) -> None:
    assert refused(tmp_path, "head -c 5000000 /dev/zero > big", disk_limit=1_000_000).code == "build_disk_full"


def test_what_lies_in_the_home_counts_and_the_mend_says_so(tmp_path: Path) -> None:
    problem = refused(tmp_path, "head -c 5000000 /dev/zero > ~/big", disk_limit=1_000_000)
    assert problem.code == "build_disk_full"
    assert "HOME" in problem.mend and "TMPDIR" in problem.mend


def test_a_build_that_kills_itself_is_told_as_it_is(tmp_path: Path) -> None:
    problem = refused(tmp_path, "kill -9 $$")
    assert (problem.code, "SIGKILL" in problem.what) == ("build_failed", True)


def test_half_a_build_is_made_again(tmp_path: Path) -> None:
    files = built(tmp_path, "echo whole > out")
    (files.parent / ".complete.json").unlink()
    (files / "out").write_text("half")
    (files / "rubbish").write_text("")
    assert built(tmp_path, "echo whole > out") == files
    assert sorted(path.name for path in files.iterdir()) == ["file", "out"]
    assert (files / "out").read_text() == "whole\n"


def test_two_builders_of_one_build_make_it_once(tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    beside.mkdir()

    async def scenario() -> None:
        repositories = FakeRepositories()
        wanted = await order(repositories, f"echo made >> {beside}/log; sleep 0.3")
        both = (builder(tmp_path / "home", repositories), builder(tmp_path / "home", repositories))
        first, second = await asyncio.gather(*(one.build(wanted, say) for one in both))
        assert first == second

    asyncio.run(scenario())
    assert (beside / "log").read_text() == "made\n"


def test_a_folder_that_nobody_may_write_to_is_pruned_too(tmp_path: Path) -> None:
    files = built(tmp_path, "mkdir -p locked/in && touch locked/in/file && chmod 500 locked/in locked")
    asyncio.run(builder(tmp_path, FakeRepositories()).prune(frozenset()))
    assert not files.exists()


@pytest.mark.parametrize(
    "change",
    ["echo 2 > file", "mv file other", "chmod 755 file", "ln -s file link", "mkdir empty"],
)
def test_the_artifact_is_another_when_anything_is(tmp_path: Path, change: str) -> None:
    async def scenario(command: str) -> str:
        repositories = FakeRepositories()
        return (await builder(tmp_path, repositories).build(await order(repositories, command), say)).artifact

    assert asyncio.run(scenario(change)) != asyncio.run(scenario("true"))


def test_equal_files_are_one_artifact_wherever_they_lie(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "file").write_text("x")
        (tmp_path / name / "link").symlink_to("sub/file")
    assert artifact(tmp_path / "a") == artifact(tmp_path / "b")

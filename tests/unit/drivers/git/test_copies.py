"""What a checker's tool gets to see of a repository: ordinary files, within limits, and what was left out is told."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from datetime import date
from inspect import getsourcefile
from pathlib import Path

import pytest
from tests.support.calls import calls_counted
from tests.support.house import HEAD, STAGING, WEB

from kr8.domain.infrastructure_check import FILE_LIMIT
from kr8.domain.path_pattern import PathPattern
from kr8.domain.waiver import read_waivers
from kr8.drivers.git.copies import GitCopies
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.ports.checkers import Sources


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    return folder


def git(folder: Path, *words: str) -> None:
    author = ["-c", "user.name=author", "-c", "user.email=author@localhost", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True)


def seen(shop: Path, commit: str | None = None) -> tuple[Sources, dict[str, bytes]]:
    """What a copy has: paths with contents."""

    async def story() -> tuple[Sources, dict[str, bytes]]:
        copies = GitCopies(GitRepositories(Processes(os.environ)))
        opening = copies.of_checkout(shop) if commit is None else copies.of_commit(shop, commit)
        async with opening as sources:
            contents = {path: (sources.root / path).read_bytes() for path in sources.files}
            assert await copies.read(sources, "nothing") is None
            for path, content in contents.items():
                assert await copies.read(sources, path) == content
            assert not any(path.is_symlink() for path in sources.root.rglob("*"))
        assert not sources.root.exists()
        return sources, contents

    return asyncio.run(story())


def test_committed_changed_and_new_files_are_seen_and_ignored_and_removed_ones_are_not(shop: Path) -> None:
    for name in ("kept", "changed", "removed"):
        (shop / name).write_text("before")
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "first")
    (shop / ".gitignore").write_text("secret\n")
    (shop / "secret").write_text("x")
    (shop / "changed").write_text("after")
    (shop / "removed").unlink()
    (shop / "new").write_text("new")
    assert seen(shop)[1] == {".gitignore": b"secret\n", "changed": b"after", "kept": b"before", "new": b"new"}
    assert seen(shop, "HEAD")[1] == {"changed": b"before", "kept": b"before", "removed": b"before"}


def test_links_are_no_files_also_where_a_folder_became_one(shop: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_text("secret")
    (shop / "folder").mkdir()
    (shop / "folder" / "a").write_text("mine")
    git(shop, "add", "--all")
    (shop / "folder" / "a").unlink()
    (shop / "folder").rmdir()
    (shop / "folder").symlink_to(outside)
    (shop / "link").symlink_to(outside / "a")
    os.mkfifo(shop / "pipe")
    sources, contents = seen(shop)
    assert contents == {}
    told = " ".join(f"{finding.what} {finding.why}" for finding in sources.skipped)
    assert "links" in told and "folder/a" in told and "link" in told


@pytest.mark.parametrize("is_there", [True, False])
def test_a_submodule_is_told_and_everything_else_is_read(shop: Path, tmp_path: Path, is_there: bool) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    (other / "theirs").write_text("x")
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "--message", "first")
    (shop / "mine").write_text("x")
    git(shop, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "vendor/x")
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "first")
    if not is_there:
        git(shop, "submodule", "--quiet", "deinit", "--force", "vendor/x")
    for commit in (None, "HEAD"):
        sources, contents = seen(shop, commit)
        assert sorted(contents) == [".gitmodules", "mine"]
        (told,) = sources.skipped
        assert "submodule" in told.what and told.why == "vendor/x"


def test_what_is_too_large_or_has_a_strange_name_is_told(shop: Path) -> None:
    (shop / "large").write_bytes(b"x" * (FILE_LIMIT + 1))
    (shop / "edge").write_bytes(b"x" * FILE_LIMIT)
    (shop / "two\nlines").write_text("x")
    (shop / os.fsdecode(b"\xff")).write_text("x")
    sources, contents = seen(shop)
    assert list(contents) == ["edge"]
    told = " ".join(f"{finding.what} {finding.why}" for finding in sources.skipped)
    assert "large" in told and "two\\nlines" in told and "\\udcff" in told
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "all")
    sources, contents = seen(shop, "HEAD")
    assert list(contents) == ["edge"] and len(sources.skipped) == 2


def tree(shop: Path, *entries: str) -> str:
    """The id of a tree with anything in it that Git can say."""
    said = subprocess.run(
        ["git", "mktree", "-z"], cwd=shop, input="\0".join((*entries, "")).encode(), capture_output=True
    )
    return said.stdout.decode().strip()


def test_a_commit_whose_names_no_disk_takes_is_read_but_for_these(shop: Path) -> None:
    (shop / "main.tf").write_text("a = 1\n")
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "first")
    blob = subprocess.run(["git", "rev-parse", "HEAD:main.tf"], cwd=shop, capture_output=True, check=True)
    file = f"100644 blob {blob.stdout.decode().strip()}\t"
    long, both = "x" * 300 + ".tf", f"040000 tree {tree(shop, f'{file}a.tf')}\tboth.tf"
    git(shop, "tag", "strange", tree(shop, f"{file}main.tf", f"{file}{long}", f"{file}both.tf", both))
    sources, contents = seen(shop, "strange")
    assert contents.keys() == {"both.tf", "main.tf"}
    assert {gap.place for gap in sources.unread} == {long, "both.tf/a.tf"}
    assert {finding.rule for finding in sources.skipped} == {"kr8/not-read"}


def test_what_may_be_code_and_is_not_read_is_not_checked(shop: Path) -> None:
    for name in ("photo.png", "pnpm-lock.yaml", "package-lock.json", "packages.lock.json"):
        (shop / name).write_bytes(b"x" * (FILE_LIMIT + 1))
    assert seen(shop)[0].unread == ()
    code = (
        *("crds.yaml", "crds.json", "Dockerfile", "all-lock.yaml", "object-lock.json", ".terraform.lock.hcl"),
        *("Kustomization", "ansible.cfg", "run.bash"),
    )
    for name in code:
        (shop / name).write_bytes(b"x" * (FILE_LIMIT + 1))
    (shop / "two\nlines").write_text("x")
    unread = seen(shop)[0].unread
    assert {gap.place for gap in unread} == {*code, "two\\nlines"}
    assert all(gap.lasting for gap in unread) and any("larger than 1 MiB" in gap.why for gap in unread)


def test_a_link_that_may_be_code_is_not_checked_in_a_working_tree_and_in_a_commit(shop: Path, tmp_path: Path) -> None:
    for path in ("live/main.tf", "app/main.py"):
        (shop / path).parent.mkdir()
        (shop / path).write_text("")
    code = ("main.tf", "infra", "live/network", "k8s-of-shop", "pod.json", "live/eu.prod", "k8s.old")
    links = (*code, "docs.md", "live/LICENSE.txt", "app/assets", "infra.png", "live/shop.TAR")
    for link in links:
        (shop / link).symlink_to(tmp_path)
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "links")
    for commit in (None, "HEAD"):
        sources = seen(shop, commit)[0]
        places = {gap.place for gap in sources.unread}
        assert places == set(code)
        (told,) = sources.skipped
        assert told.what == f"{len(links)} files were not read: links."


@pytest.mark.parametrize(
    ("path", "may_be_code"),
    [
        ("vendor/x", False),
        ("vendor/x.tf", False),
        ("vendor/charts", True),
        ("live/x", True),
        ("live/x.py", True),
        ("ansible/roles/geerlingguy.docker", True),
        ("terraform/eu.prod", True),
        ("k8s.old", True),
        ("infra/example.com", True),
    ],
)
def test_a_submodule_where_code_is_at_home_is_not_checked(shop: Path, path: str, may_be_code: bool) -> None:
    (shop / "live").mkdir()
    (shop / "live" / "main.tf").write_text("")
    git(shop, "add", "--all")
    git(shop, "commit", "--quiet", "--message", "first")
    git(shop, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},{path}")
    git(shop, "commit", "--quiet", "--message", "a submodule")
    (shop / path).mkdir(parents=True)
    paths = asyncio.run(GitRepositories(Processes(os.environ)).paths(shop, "HEAD"))
    assert (paths.files, paths.links, paths.submodules) == (("live/main.tf",), (), (path,))
    for commit in (None, "HEAD"):
        sources = seen(shop, commit)[0]
        assert [gap.place for gap in sources.unread] == ([path] if may_be_code else [])
        assert "submodule" in sources.skipped[0].what


def test_the_digest_is_that_of_paths_and_contents(shop: Path) -> None:
    (shop / "a").write_text("1")
    (shop / "b").write_text("2")
    first = seen(shop)[0]
    assert first.digest_of(["a"]) == seen(shop)[0].digest_of(["a"])
    (shop / "b").write_text("3")
    second = seen(shop)[0]
    assert first.digest_of(["a"]) == second.digest_of(["a"])
    assert first.digest_of(["a", "b"]) != second.digest_of(["a", "b"])


def state(shop: Path) -> str:
    return asyncio.run(GitCopies(GitRepositories(Processes(os.environ))).state(shop))


def test_the_state_is_another_one_once_a_file_is(shop: Path) -> None:
    (shop / ".gitignore").write_text("secret\n")
    (shop / "a").write_text("before")
    states = [state(shop)]
    (shop / "secret").write_text("nobody looks at it")
    assert state(shop) == states[0]
    times = (shop / "a").stat()
    (shop / "a").write_text("after.")
    os.utime(shop / "a", ns=(times.st_atime_ns, times.st_mtime_ns))
    states.append(state(shop))
    (shop / "b").write_text("")
    states.append(state(shop))
    (shop / "a").rename(shop / "c")
    states.append(state(shop))
    (shop / "b").unlink()
    states.append(state(shop))
    assert len(set(states)) == 5


def test_a_copy_without_some_files_has_them_in_no_folder(shop: Path) -> None:
    async def scenario() -> None:
        copies = GitCopies(GitRepositories(Processes(os.environ)), shop.parent / "copies")
        async with copies.of_checkout(shop) as whole, copies.without(whole, {"old/a.tf", "gone"}) as rest:
            assert list(rest.digests) == ["main.tf"] and sorted(whole.digests) == ["main.tf", "old/a.tf"]
            assert [path.name for path in rest.root.rglob("*")] == ["main.tf"]
            assert await copies.read(rest, "main.tf") == b"x" and await copies.read(rest, "old/a.tf") is None
            async with copies.without(whole, {"gone"}) as same:
                assert same.root == whole.root
        assert list((shop.parent / "copies").iterdir()) == []

    (shop / "old").mkdir()
    for path in ("main.tf", "old/a.tf"):
        (shop / path).write_text("x")
    asyncio.run(scenario())


def test_patterns_are_matched_beside_the_loop_that_everybody_waits_for() -> None:
    project = TomlProjectFiles().read("".join((HEAD, WEB, STAGING, '[validation]\nleave_out = ["old/**"]\n')).encode())
    sources = Sources(root=Path("/nowhere"), digests={"old/a.tf": "1"}, absent=frozenset({"old/b"}), project=project)

    async def scenario() -> None:
        with calls_counted() as calls:
            found = await GitCopies(GitRepositories(Processes(os.environ))).leaving_out(sources)
        assert found.by_pattern == {"old/a.tf": "old/**", "old/b": "old/**"}
        assert getsourcefile(PathPattern) not in calls, "not in this thread"

    asyncio.run(scenario())


def test_waivers_are_read_beside_the_loop_too(shop: Path) -> None:
    text = '[[waiver]]\nrule = "x/a"\nplace = "a.tf"\nowner = "ada"\nreason = "later"\nexpires = 2026-03-01\n'

    async def scenario() -> None:
        copies = GitCopies(GitRepositories(Processes(os.environ)))
        async with copies.of_checkout(shop) as whole:
            with calls_counted() as calls:
                assert [each.rule for each in (await copies.waivers(whole, date(2026, 1, 5))).counting] == ["x/a"]
        assert getsourcefile(read_waivers) not in calls, "not in this thread"

    (shop / ".kr8").mkdir()
    (shop / ".kr8/waivers.toml").write_text(text)
    asyncio.run(scenario())


FOLDERS = 40


def test_a_copy_is_removed_beside_the_loop_too(shop: Path) -> None:
    """A repository of a thousand folders kept everybody waiting for seconds while its copy went."""

    async def scenario() -> None:
        copies = GitCopies(GitRepositories(Processes(os.environ)), shop.parent / "copies")
        with calls_counted() as calls:
            async with copies.of_checkout(shop) as whole, copies.without(whole, {"0/a"}):
                pass
        assert calls.count(str(getsourcefile(shutil))) < FOLDERS, "not in this thread"
        assert list((shop.parent / "copies").iterdir()) == []

    for number in range(FOLDERS):
        (shop / f"{number}").mkdir()
        (shop / f"{number}/a").write_text("x")
    asyncio.run(scenario())

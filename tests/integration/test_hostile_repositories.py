"""A repository is read, and makes git run nothing and write nowhere else."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from kr8.domain.problem import Refused
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.process.driver import Processes

GIT = GitRepositories(Processes(os.environ))
PLAIN = {
    "PATH": os.environ["PATH"],
    "HOME": "/nowhere",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "someone",
    "GIT_AUTHOR_EMAIL": "someone@localhost",
    "GIT_COMMITTER_NAME": "someone",
    "GIT_COMMITTER_EMAIL": "someone@localhost",
}


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Git as its owner would use it."""
    done = subprocess.run(["git", *arguments], cwd=folder, env=PLAIN, input=stdin, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "file").write_text("one\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "First")
    return folder


def commit_tree(folder: Path, *entries: bytes) -> str:
    """A tree that `git add` would never make."""
    return git(folder, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=b"".join(entries))


def entry(folder: Path, mode: bytes, name: bytes, content: bytes) -> bytes:
    id_ = git(folder, "hash-object", "-w", "--stdin", stdin=content)
    return mode + b" " + name + b"\0" + bytes.fromhex(id_)


def refused(folder: Path, tree: str, out: Path) -> str:
    out.mkdir()
    with pytest.raises(Refused) as caught:
        asyncio.run(GIT.export(folder, tree, out))
    return caught.value.problem.code


def test_nothing_that_the_repository_configures_is_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\ncat\n")
    trap.chmod(0o755)
    included = tmp_path / "included"
    included.write_text(f'[filter "dotted.name"]\n\tclean = {trap}\n\tprocess = {trap}\n')
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-index-change", "reference-transaction", "post-checkout", "pre-commit"):
        (hooks / name).write_text(trap.read_text())
        (hooks / name).chmod(0o755)
    settings = {
        "core.fsmonitor": str(trap),
        "core.hooksPath": str(hooks),
        "core.sshCommand": str(trap),
        "core.pager": str(trap),
        "diff.external": str(trap),
        "diff.evil.textconv": str(trap),
        "filter.evil.clean": str(trap),
        "filter.evil.smudge": str(trap),
        "filter.evil.required": "true",
        "log.showSignature": "true",
        "gpg.program": str(trap),
        "include.path": str(included),
        "remote.origin.url": f"ext::{trap}",
        "protocol.ext.allow": "always",
    }
    (repository / ".gitattributes").write_text("file filter=evil diff=evil\nother filter=dotted.name\n")
    (repository / "other").write_text("two\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "Second")
    for key, value in settings.items():
        git(repository, "config", key, value)
    (repository / "file").write_text("changed\n")
    (repository / "other").write_text("changed\n")

    async def everything() -> None:
        assert await GIT.root(repository) == repository
        commit = await GIT.resolve(repository, "HEAD")
        assert await GIT.changes(repository) == ("file", "other")
        assert await GIT.read(repository, commit.id, "file") == b"one\n"
        out = tmp_path / "out"
        out.mkdir()
        await GIT.export(repository, await GIT.tree(repository, commit.id, "."), out)
        assert (out / "file").read_text() == "one\n"

    asyncio.run(everything())
    assert not (tmp_path / "owned").exists()


def test_a_partial_clone_fetches_nothing(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\n")
    trap.chmod(0o755)
    blob = git(repository, "rev-parse", "HEAD:file")
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()
    for key, value in {
        "remote.origin.url": f"ext::{trap}",
        "remote.origin.promisor": "true",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
        "protocol.ext.allow": "always",
    }.items():
        git(repository, "config", key, value)
    with pytest.raises(Refused):
        asyncio.run(GIT.read(repository, git(repository, "rev-parse", "HEAD"), "file"))
    assert not (tmp_path / "owned").exists()


def test_replaced_objects_are_not_what_was_committed(repository: Path) -> None:
    other = git(repository, "hash-object", "-w", "--stdin", stdin=b"replaced")
    git(repository, "replace", git(repository, "rev-parse", "HEAD:file"), other)
    assert asyncio.run(GIT.read(repository, git(repository, "rev-parse", "HEAD"), "file")) == b"one\n"


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT"])
def test_a_path_that_would_leave_is_refused(repository: Path, tmp_path: Path, name: bytes) -> None:
    inner = commit_tree(repository, entry(repository, b"100644", b"owned", b"x"))
    tree = commit_tree(repository, b"40000 " + name + b"\0" + bytes.fromhex(inner))
    assert refused(repository, tree, tmp_path / "out") == "path_outside"
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("target", [b"/etc/passwd", b"../outside", b"inner/../../outside", b".."])
def test_a_link_that_would_leave_is_refused(repository: Path, tmp_path: Path, target: bytes) -> None:
    tree = commit_tree(repository, entry(repository, b"120000", b"link", target))
    assert refused(repository, tree, tmp_path / "out") == "path_outside"
    assert not list((tmp_path / "out").iterdir())


def test_a_link_that_would_leave_is_shown_as_it_was_resolved(repository: Path, tmp_path: Path) -> None:
    tree = commit_tree(repository, entry(repository, b"120000", b"link", b"../../outside"))
    (tmp_path / "out").mkdir()
    with pytest.raises(Refused) as caught:
        asyncio.run(GIT.export(repository, tree, tmp_path / "out"))
    assert f"which is {tmp_path.parent / 'outside'}" in caught.value.problem.output


def test_a_link_that_leaves_through_another_link_is_refused(repository: Path, tmp_path: Path) -> None:
    (repository / "a/b").mkdir(parents=True)
    (repository / "a/b/step").symlink_to("../../c")
    (repository / "a/b/sly").symlink_to("step/../../outside")
    (repository / "c").mkdir()
    (repository / "c/file").write_text("")
    git(repository, "add", ".")
    assert refused(repository, git(repository, "write-tree"), tmp_path / "out") == "path_outside"


def test_nothing_is_written_through_a_link(repository: Path, tmp_path: Path) -> None:
    inner = commit_tree(repository, entry(repository, b"100644", b"owned", b"x"))
    link = entry(repository, b"120000", b"dir", str(tmp_path).encode())
    tree = commit_tree(repository, link, b"40000 dir\0" + bytes.fromhex(inner))
    assert refused(repository, tree, tmp_path / "out") == "path_outside"
    assert not (tmp_path / "owned").exists()


def test_links_inside_and_programs_keep_their_kind(repository: Path, tmp_path: Path) -> None:
    (repository / "run").write_text("#!/bin/sh\n")
    (repository / "run").chmod(0o755)
    (repository / "link").symlink_to("run")
    git(repository, "add", ".")
    out = tmp_path / "out"
    out.mkdir()
    asyncio.run(GIT.export(repository, git(repository, "write-tree"), out))
    assert (out / "link").readlink() == Path("run")
    assert (out / "run").stat().st_mode & 0o777 == 0o755
    assert (out / "file").stat().st_mode & 0o777 == 0o644


def test_submodules_are_named_and_refused(repository: Path, tmp_path: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{head},vendor/lib")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Refused) as caught:
        asyncio.run(GIT.export(repository, git(repository, "write-tree"), out))
    assert caught.value.problem.code == "submodule"
    assert caught.value.problem.output == ("vendor/lib",)


def test_changes_name_each_path_that_is_not_committed(repository: Path) -> None:
    (repository / "file").write_text("two\n")
    (repository / "new \nname").write_text("")
    (repository / ".gitignore").write_text("ignored\n")
    (repository / "ignored").write_text("")
    assert set(asyncio.run(GIT.changes(repository))) == {"file", "new \nname", ".gitignore"}


def test_an_empty_repository_has_no_commit_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(Refused) as caught:
        asyncio.run(GIT.resolve(tmp_path, "HEAD"))
    assert (caught.value.problem.code, caught.value.problem.mend) == ("unknown_revision", "Commit something first.")


def test_the_checkout_of_another_owner_is_read(repository: Path) -> None:
    if os.geteuid() == 0:
        for path in (repository, *repository.rglob("*")):
            os.chown(path, 12345, 12345)
    assert asyncio.run(GIT.resolve(repository, "main")).subject == "First"


@pytest.mark.parametrize(
    ("config", "author"),
    [("", "kr8 <kr8@localhost>"), ("[user]\nname = Me\nemail = me@localhost\n", "Me <me@localhost>")],
)
def test_the_first_commit_is_the_users_where_git_knows_them(tmp_path: Path, config: str, author: str) -> None:
    home, folder = tmp_path / "home", tmp_path / "project"
    home.mkdir()
    folder.mkdir()
    (home / ".gitconfig").write_text(config)
    (folder / "file").write_text("")
    mine = GitRepositories(Processes({"PATH": os.environ["PATH"], "HOME": str(home)}))
    asyncio.run(mine.start(folder, "-m; $(id)\n\nbody"))
    assert git(folder, "-c", "safe.directory=*", "log", "--format=%an <%ae>%n%s") == f"{author}\n-m; $(id)"


@pytest.mark.parametrize("kind", ["link", "ring", "pipe", "folder"])
def test_what_lies_in_a_checkout_is_read_only_where_it_is_a_plain_file(repository: Path, kind: str) -> None:
    file = repository / "kr8.toml"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    else:
        file.symlink_to("/etc/passwd" if kind == "link" else "kr8.toml")
    assert asyncio.run(GIT.working(repository, "kr8.toml")) is None

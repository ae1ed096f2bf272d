"""What every `Remotes` does, the fake and Git; what only Git can be asked stands below."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from tests.fakes.remotes import FakeRemotes

from kr8.domain.problem import Problem, Refused
from kr8.drivers.git import remote_url
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.git.remotes import GitRemotes
from kr8.drivers.process.driver import Processes
from kr8.ports.remotes import Remotes

FILES = {"mine/template.toml": "x\n", "mine/files/run": "#!/bin/sh\n", "README.md": "y\n"}
IDENTITY = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "protocol.file.allow=always")


def git(folder: Path, *arguments: str) -> str:
    command = ("git", "-C", str(folder), *IDENTITY, *arguments)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with two commits: the template is in the first one alone."""
    folder = tmp_path / "origin"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "mine/files/run").chmod(0o755)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "one")
    git(folder, "rm", "--quiet", "-r", "mine")
    git(folder, "commit", "--quiet", "--message", "two")
    return folder


def real(**limits: float) -> GitRemotes:
    processes = Processes(os.environ)
    bytes_limit = int(limits.get("bytes_limit", 64 << 20))
    return GitRemotes(processes, GitRepositories(processes), limits.get("limit_seconds", 60), bytes_limit)


@pytest.fixture(params=["fake", "git"])
def remotes(request: pytest.FixtureRequest, origin: Path) -> Remotes:
    first = git(origin, "rev-parse", "HEAD~1")
    return FakeRemotes({(origin.as_uri(), first): FILES}) if request.param == "fake" else real()


def fetch(remotes: Remotes, url: str, commit: str, folder: Path, path: str = ".") -> dict[str, str]:
    folder.mkdir()
    asyncio.run(remotes.fetch(url, commit, path, folder))
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}


def refused(remotes: Remotes, url: str, commit: str, folder: Path, path: str = ".") -> Problem:
    with pytest.raises(Refused) as caught:
        fetch(remotes, url, commit, folder, path)
    assert not list(folder.iterdir())
    return caught.value.problem


def test_a_commit_is_fetched_though_no_branch_ends_in_it(remotes: Remotes, origin: Path, tmp_path: Path) -> None:
    first = git(origin, "rev-parse", "HEAD~1")
    assert fetch(remotes, origin.as_uri(), first, tmp_path / "all") == FILES
    below = {path.removeprefix("mine/"): text for path, text in FILES.items() if path.startswith("mine/")}
    assert fetch(remotes, origin.as_uri(), first, tmp_path / "mine", "mine") == below


def test_a_commit_that_is_not_there_is_refused(remotes: Remotes, origin: Path, tmp_path: Path) -> None:
    problem = refused(remotes, origin.as_uri(), "0" * 40, tmp_path / "out")
    assert (problem.code, problem.field, problem.retryable) == ("fetch_failed", "url", True)


def test_a_folder_that_the_repository_lacks_is_named_as_what_was_given(origin: Path, tmp_path: Path) -> None:
    first = git(origin, "rev-parse", "HEAD~1")
    problem = refused(real(), origin.as_uri(), first, tmp_path / "out", "nope")
    assert (problem.code, problem.field, problem.output) == ("unknown_folder", "path", ("nope",))
    assert "--path" in problem.mend and "kr8.toml" not in f"{problem.what}{problem.mend}"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "git://example.com/x",
        "ext::sh -c 'touch /tmp/x'",
        "fd::3",
        "git@example.com:x/y",
        "-u",
        "--upload-pack=touch x",
        "/srv/x",
        "file://host/x",
        "file:",
        "https://user:password@example.com/x",
        "https://ghp_token@example.com/x",
        "https://example.com/x?token=y",
        "https://example.com",
        "https://-oProxyCommand=x/y",
        "ssh://-oProxyCommand=x/y",
        "ssh://-l@host/y",
        "https://[::1/x",
        "https://example.com:99999/x",
        "https://a b/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/x",
        "https://[::ffff:169.254.169.254]/x",
        "https://[fd00:ec2::254]/x",
        "https://0.0.0.0/x",
        "https://2852039166/x",
    ],
)
def test_a_url_that_is_not_allowed_is_asked_for_nothing(url: str, tmp_path: Path) -> None:
    problem = refused(real(), url, "0" * 40, tmp_path / "out")
    assert (problem.code, problem.field) == ("url_not_allowed", "url")


@pytest.mark.parametrize("url", ["https://example.com/a/b.git", "ssh://git@example.com:22/a", "file:///srv/a"])
def test_urls_that_are_allowed(url: str) -> None:
    assert remote_url.checked(url).path


@pytest.mark.parametrize("content", [os.urandom(8 << 20), bytes(64 << 20)], ids=["packed", "unpacked"])
def test_what_is_too_much_meets_a_limit_that_is_named(origin: Path, tmp_path: Path, content: bytes) -> None:
    (origin / "large").write_bytes(content)
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", "large")
    url, head = origin.as_uri(), git(origin, "rev-parse", "HEAD")
    problem = refused(real(bytes_limit=1 << 20), url, head, tmp_path / "out")
    assert problem.code == "fetch_limit" and "disk limit" in problem.what and "1,048,576 bytes" in problem.why
    problem = refused(real(limit_seconds=0.001), url, head, tmp_path / "late")
    assert problem.code == "fetch_limit" and "time limit" in problem.what


def test_submodules_and_links_out_are_refused(origin: Path, tmp_path: Path) -> None:
    git(origin, "submodule", "--quiet", "add", origin.as_uri(), "sub")
    git(origin, "commit", "--quiet", "--message", "submodule")
    problem = refused(real(), origin.as_uri(), git(origin, "rev-parse", "HEAD"), tmp_path / "sub")
    assert problem.code == "submodule"
    git(origin, "rm", "--quiet", "--cached", "sub", ".gitmodules")
    (origin / "link").symlink_to("/etc/passwd")
    git(origin, "add", "link")
    git(origin, "commit", "--quiet", "--message", "link")
    with pytest.raises(Refused) as caught:
        fetch(real(), origin.as_uri(), git(origin, "rev-parse", "HEAD"), tmp_path / "link")
    assert caught.value.problem.code == "path_outside" and not (tmp_path / "link/link").exists()


def test_nothing_that_git_would_run_by_itself_runs(origin: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f'#!/bin/sh\ntouch {ran}\nexec git-upload-pack "$@"\n')
    script.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    settings = f"[core]\n\tfsmonitor = {script}\n\thooksPath = {tmp_path}\n\tsshCommand = {script}\n"
    (home / ".gitconfig").write_text(settings + f"[uploadpack]\n\tpackObjectsHook = {script}\n")
    for hook in ("post-checkout", "reference-transaction", "post-update"):
        (tmp_path / hook).write_text(script.read_text())
        (tmp_path / hook).chmod(0o755)
    (origin / ".git/config").open("a").write(settings)
    processes = Processes({**os.environ, "HOME": str(home)})
    folder = tmp_path / "out"
    folder.mkdir()
    remotes = GitRemotes(processes, GitRepositories(processes))
    asyncio.run(remotes.fetch(origin.as_uri(), git(origin, "rev-parse", "HEAD"), ".", folder))
    assert (folder / "README.md").exists() and not ran.exists()

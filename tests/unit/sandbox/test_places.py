"""What kr8 builds and runs writes nothing that is run outside for it later, or that others obey."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kr8.sandbox import places
from kr8.sandbox.enclosure import rules
from kr8.sandbox.landlock import NOTHING, READ, WRITE, Right


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home, with kr8's in it, on a machine of its own."""
    home = tmp_path / "me"
    for folder in ("kr8/data", "bin", "tools", "providers", "dots", "cache/kr8/tools", "work", ".ssh", "git/bin"):
        (home / folder).mkdir(parents=True)
    (home / "git" / "bin" / "git").write_text("#!/bin/sh\n")
    (home / "git" / "bin" / "git").chmod(0o755)
    (home / "bin" / "git").symlink_to(home / "git" / "bin" / "git")
    monkeypatch.setattr(places, "_user_home", lambda: str(home))
    monkeypatch.setenv("PATH", f"{home}/bin:.::{home}/kr8/data:{os.environ['PATH']}")
    for name in ("KR8_TOOLS", "KR8_PROVIDERS", "KR8_HAPROXY", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


def service(root: Path) -> dict[str, Right]:
    return places.for_services(f"{root}/kr8")


def right(path: Path | str, named: dict[str, Right], otherwise: Right = WRITE) -> Right:
    """What a path has by the places alone: its nearest one's."""
    above = [each for each in named if str(path) == each or str(path).startswith(f"{each}/")]
    return named[max(above, key=len)] if above else otherwise


@pytest.mark.parametrize("found", [places.for_builds, places.for_services])
def test_what_the_daemon_runs_is_read_and_not_written(
    root: Path, monkeypatch: pytest.MonkeyPatch, found: Callable[[str], dict[str, Right]]
) -> None:
    monkeypatch.setenv("KR8_TOOLS", f"{root}/tools")
    monkeypatch.setenv("KR8_PROVIDERS", f"{root}/providers")
    monkeypatch.setattr(sys, "base_prefix", f"{root}/python")
    (root / "python").mkdir()
    named = found(f"{root}/kr8")
    for path in ("bin/x", "git/bin/git", "tools/opa/bin/opa", "providers/a", "python/lib/os.py"):
        assert right(root / path, named) == READ, path


def test_tools_lie_in_the_users_cache_where_nobody_says_otherwise(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", f"{root}/cache")
    assert right(root / "cache/kr8/tools/opa", service(root)) == READ
    assert right(root / "cache/other", service(root)) == WRITE


def test_providers_that_are_shared_are_read(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SHARED", (f"{tmp_path}/opt",))
    (tmp_path / "opt" / "plugins" / "registry.terraform.io").mkdir(parents=True)
    (tmp_path / "opt" / "other").mkdir()
    assert right(tmp_path / "opt/plugins/registry.terraform.io/x", service(root)) == READ
    assert right(tmp_path / "opt/other", service(root)) == WRITE


@pytest.mark.parametrize("target", ["dots/profile", "dots", "dots/none"])
def test_what_a_dot_file_leads_to_is_obeyed_too(root: Path, target: str) -> None:
    if target == "dots/profile":
        (root / target).write_text("x")
    (root / ".profile").symlink_to(target)
    assert right(root / target, service(root)) == READ
    assert right(root / "work", service(root)) == WRITE
    found = rules(WRITE, service(root))
    assert str(root / "dots") not in found or found[str(root / "dots")] == READ, "nothing is made in its place"


def test_a_link_to_what_holds_the_home_takes_nothing_away(root: Path) -> None:
    (root / ".all").symlink_to("/")
    (root / ".me").symlink_to(root)
    assert right(root / "work", service(root)) == WRITE


def test_nothing_opens_what_is_closed(root: Path) -> None:
    (root / ".data").symlink_to(root / "kr8" / "data")
    named = service(root)
    assert right(root / "kr8" / "data", named) == NOTHING, "it is in PATH, and a dot file leads to it"
    assert right(root / "kr8", named) == NOTHING


def test_nobody_ends_a_group_of_processes_by_its_file(root: Path) -> None:
    assert right("/sys/fs/cgroup/user.slice/cgroup.kill", service(root)) == READ


def test_a_service_writes_beside_all_that(root: Path) -> None:
    found = rules(WRITE, service(root))
    assert found[str(root / "work")] == WRITE and right(root / ".ssh/authorized_keys", service(root)) == READ


def test_a_trial_reads_nothing_of_homes_but_what_is_named(tmp_path: Path, root: Path) -> None:
    named = places.for_trials(f"{root}/kr8", [str(tmp_path / "operators")], [f"{root}/bin", f"{root}/kr8/data"])
    closed = (".ssh/id", "work", "kr8/data/x", "../operators/.aws/credentials")
    assert all(right(os.path.normpath(root / path), named, READ) == NOTHING for path in closed)
    for folder in ("/home/somebody", "/root", "/run/user/1000"):
        assert right(f"{folder}/.aws/credentials", named, READ) == NOTHING, folder
    assert (right(root / "bin" / "x", named, READ), right("/etc/passwd", named, READ)) == (READ, READ)


@pytest.mark.parametrize("folder", ["", "/", ".."])
def test_what_holds_a_home_does_not_open_it(root: Path, folder: str) -> None:
    """PATH may name it, or a variable that says where packages lie."""
    named = places.for_trials(f"{root}/kr8", [str(root)], [os.path.normpath(root / folder)])
    assert right(root / ".ssh" / "id", named, READ) == NOTHING


def test_a_machine_whose_user_has_no_home_stays_one_that_is_read(root: Path) -> None:
    assert right("/usr/bin/env", places.for_trials(f"{root}/kr8", ["/"], []), READ) == READ


DISK = "/dev/sda"


@pytest.mark.parametrize("path", ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts/7", "shm/x"])
def test_a_build_writes_to_streams_terminals_and_shared_memory(root: Path, path: str) -> None:
    assert right(os.path.realpath(f"/dev/{path}"), places.for_builds(f"{root}/kr8"), READ) == WRITE


def test_a_build_and_a_trial_get_at_no_other_device(root: Path) -> None:
    for named in (places.for_builds(f"{root}/kr8"), places.for_trials(f"{root}/kr8", [], [])):
        for path in (DISK, "/dev/kmsg", "/dev/loop-control", "/dev/mapper/control"):
            assert right(path, named, READ) & ~Right.READ_DIR == NOTHING, path
            assert right("/dev/null", named, READ) == WRITE


def test_the_files_of_a_disk_are_not_read_past_the_rules(tmp_path: Path) -> None:
    devices = ("sg0", "ng0n1", "nvme0", "mtd0", "bsg/0:0:0:0", "sgx_enclave", "kvm", "dri/card0", "shm/sg1")
    for path in devices:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "null").symlink_to("/etc/passwd")
    assert {Path(path).name for path in places.not_disks(str(tmp_path))} == {"sgx_enclave", "kvm", "dri", "shm"}


def test_a_service_gets_at_no_disk_of_this_machine(root: Path) -> None:
    blocks = {str(path) for path in Path("/dev").iterdir() if path.is_block_device() and not path.is_symlink()}
    named = service(root)
    assert {path for path in blocks if right(path, named) & ~Right.READ_DIR} == set()
    assert {right(f"/dev/{path}", named) for path in ("null", "tty", "pts/7", "shm/x")} == {WRITE}
    assert right("/dev", named) == Right.READ_DIR

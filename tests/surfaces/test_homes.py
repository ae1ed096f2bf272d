"""Where a home may lie: a path below which no socket fits is refused in words, a relative one is where it points to."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.command_fixtures import Place, Story
from tests.support.socket_server import operations
from tests.support.tree import ROOT
from tests.support.waiting import wait_for
from tests.surfaces.house.process import ARGV, House, RawBridge, a_house

from kr8.bridge.home import LONGEST_ROOT, Home


@pytest.fixture
def house() -> Iterator[House]:
    with a_house() as made:
        yield made


def at_length(folder: Path, length: int) -> str:
    """A path below a folder that has so many bytes."""
    return f"{folder}/".ljust(length, "x")


COMMANDS = (
    ("status",),
    ("status", "--project", "prj_7k2m9q"),
    ("rollback", "production"),
    ("stop",),
    ("doctor",),
    ("logs",),
    ("restore", "kr8.toml"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_home_below_which_no_socket_fits_is_named_with_what_to_do(command: tuple[str, ...], house: House) -> None:
    place = Place(house.folder)
    root = at_length(house.folder, LONGEST_ROOT + 1)
    done = place.kr8.run(*command, "--json", KR8_HOME=root)
    problem = done.value["problem"]
    assert (done.code, problem["code"], problem["outcome"]) == (2, "home_too_long", "not_started")
    assert root in problem["why"] and f"{LONGEST_ROOT + 1} bytes" in problem["why"] and "KR8_HOME" in problem["mend"]
    assert not problem["retryable"] and not Path(root).exists(), "nothing is left in a home that cannot be one"


def test_what_needs_no_home_works_with_one_that_is_too_long(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for command in (("--version",), ("logs", "--help"), ("completion", "bash")):
        assert place.kr8.run(*command, KR8_HOME=at_length(tmp_path, 300)).code == 0, command


def test_the_daemon_does_not_start_where_no_socket_fits(house: House) -> None:
    long = at_length(house.folder, 400)
    for flags, root in (([], at_length(house.folder, 200)), (["--home", long], house.home.root)):
        argv, env = [*ARGV, "serve", *flags], house.environment(KR8_HOME=root)
        done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
        assert "too long" in done.stderr and "KR8_HOME" in done.stderr


def test_an_mcp_client_is_told_of_a_home_where_no_socket_fits(house: House) -> None:
    bridge = RawBridge(house, KR8_HOME=at_length(house.folder, 200))
    try:
        bridge.handshake()
        bridge.call(1, "read_note", {"name": "n"})
        problem = bridge.hear()["error"]["data"]["problem"]
    finally:
        bridge.close()
    assert problem["code"] == "daemon_not_started"
    assert "too long" in problem["why"] and "KR8_HOME" in problem["why"], problem


def test_in_the_longest_home_there_is_everything_is_found(house: House) -> None:
    house.home = Home(at_length(house.folder, LONGEST_ROOT))
    with house.serving():
        bridge = RawBridge(house)
        try:
            bridge.handshake()
            bridge.call(1, "read_note", {"name": "n"})
            assert bridge.hear()["result"]["structuredContent"]["id"] == "n"
        finally:
            bridge.close()


def test_a_relative_home_is_below_the_folder_where_the_command_is_run(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(get_status=Story({"project": "shop", "id": "prj_7k2m9q", "environments": []}))):
        for relative in ("../home", "../shop/../home", "./../home/"):
            assert place.kr8.run("status", KR8_HOME=relative).code == 0, relative
        assert place.kr8.run("-C", str(tmp_path), "status", KR8_HOME="../home").code == 0, "-C moves no home"


def test_a_daemon_that_is_told_a_relative_home_is_found_from_everywhere(house: House) -> None:
    relative = Path("../" * (len(ROOT.parts) - 1), *Path(house.home.root).parts[1:])
    with house.serving(KR8_HOME=str(relative)) as daemon:
        assert wait_for(house.pid) == daemon.pid


def test_a_daemon_has_its_temporary_files_in_the_home_and_removes_those_of_a_dead_one(house: House) -> None:
    left = Path(house.home.tmp, "kr8-ssh-left", "allowed_signers")
    left.parent.mkdir(parents=True)
    left.write_text("x")
    with house.serving():
        wait_for(lambda: not left.parent.exists())
    assert Path(house.home.tmp).stat().st_mode & 0o777 == 0o700

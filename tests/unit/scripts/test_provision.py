"""What set-up decides: what is done already, which package brings a library, which PostgreSQL is new enough."""

import subprocess
import sys
from pathlib import Path

import pytest
from scripts.provision.debian import likeliest, missing_libraries
from scripts.provision.places import ROOT
from scripts.provision.shell import SetupError, run, write_wrapper
from scripts.provision.stamp import holds, inputs
from scripts.provision.tools import newest_postgres, version_of


def server(root: Path, version: str) -> Path:
    folder = root / version / "bin"
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        (folder / name).touch()
    return folder


def test_the_package_named_like_a_missing_library_comes_first() -> None:
    assert likeliest(["libllvm14", "libpq5"], ["libpq.so.5"]) == "libpq5"
    assert likeliest(["haproxy"], []) == "haproxy"
    assert likeliest(["libllvm14", "libssl3"], ["libunheard.so.1"]) == "libllvm14"


def test_the_newest_postgres_by_number_and_not_by_letter(tmp_path: Path) -> None:
    server(tmp_path, "9")
    assert newest_postgres(tmp_path) is None
    newest = [server(tmp_path, "15"), server(tmp_path, "17")][-1]
    assert newest_postgres(tmp_path) == newest


def test_a_failure_shows_the_command_and_its_last_lines() -> None:
    with pytest.raises(SetupError, match=r"(?s)sh -c .* failed with 3:\nwhy"):
        run(["sh", "-c", "echo why >&2; exit 3"])
    with pytest.raises(SetupError, match="could not be started"):
        run(["/nonexistent"])


def test_a_wrapper_passes_words_and_finds_libraries(tmp_path: Path) -> None:
    binary = tmp_path / "has space"
    binary.write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH|$1"\n')
    binary.chmod(0o755)
    wrapper = write_wrapper(tmp_path / "bin" / "command", binary, [tmp_path / "lib"])
    done = subprocess.run([wrapper, "two words"], capture_output=True, text=True, check=True, env={})
    assert done.stdout == f"{tmp_path / 'lib'}|two words\n"


def test_a_version_is_read_or_empty(tmp_path: Path) -> None:
    binary = tmp_path / "proxy"
    binary.write_text("#!/bin/sh\necho HAProxy version 2.6.12-1 2026/10/17\n")
    binary.chmod(0o755)
    assert version_of(binary, "-v") == (2, 6)
    assert version_of(tmp_path / "missing", "-v") == ()


def test_a_system_binary_misses_no_library() -> None:
    assert missing_libraries([Path("/bin/sh")], []) == []


def test_the_projects_own_python_and_the_one_it_was_made_of_are_one_input() -> None:
    """Whoever has put .venv/bin on the PATH sets up with that; the next shell without it."""
    code = "from scripts.provision.stamp import inputs; print(inputs())"
    told = {
        subprocess.run([python, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for python in (sys.executable, sys._base_executable, Path(sys._base_executable).resolve())
    }
    assert len(told) == 1


def test_a_stamp_holds_only_for_the_same_inputs_and_what_is_still_there(tmp_path: Path) -> None:
    wanted: dict[str, object] = {"inputs": inputs(), "test": False, "unpacked": False}
    done: dict[str, object] = {**wanted, "test": True, "paths": [str(tmp_path)]}
    assert holds(done, wanted)
    assert not holds({}, wanted)
    assert not holds({**done, "inputs": "others"}, wanted)
    assert not holds({**done, "test": False}, {**wanted, "test": True})
    assert not holds({**done, "paths": [str(tmp_path / "gone")]}, wanted)

"""The bridge's small parts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kr8.bridge.home import find_home
from kr8.bridge.lines import Lines
from kr8.bridge.link import is_older
from kr8.bridge.starter import COMMAND


def test_lines_are_cut_wherever_the_bytes_are() -> None:
    whole = b'{"a": 1}\n\n{"b": "\xc3\xa9"}\r\nend'
    for size in range(1, len(whole) + 1):
        lines = Lines()
        cut = [line for at in range(0, len(whole), size) for line in lines.feed(whole[at : at + size])]
        assert cut == [b'{"a": 1}', b'{"b": "\xc3\xa9"}']
        assert lines.end() == [b"end"] and lines.end() == []


@pytest.mark.parametrize(
    ("environ", "root"),
    [
        ({"KR8_HOME": "/k"}, "/k"),
        ({"KR8_HOME": "/k", "XDG_DATA_HOME": "/x"}, "/k"),
        ({"XDG_DATA_HOME": "/x"}, "/x/kr8"),
        ({"XDG_DATA_HOME": "relative"}, f"{Path.home()}/.local/share/kr8"),
        ({"KR8_HOME": ""}, f"{Path.home()}/.local/share/kr8"),
        ({"KR8_HOME": "~/k"}, f"{Path.home()}/k"),
        ({"KR8_HOME": "k"}, f"{Path.cwd()}/k"),
    ],
)
def test_the_home_is_found(environ: dict[str, str], root: str) -> None:
    assert find_home(environ).root == root


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [("0.1.0", "0.1.0", False), ("0.1.0", "0.2.0", True), ("0.9.0", "0.10.0", True), ("1.0.0", "0.9.9", False)]
    + [(odd, "0.1.0", False) for odd in (None, "", "dev", "0.0.x")],
)
def test_only_a_version_that_is_surely_older_counts_as_older(version: str | None, than: str, older: bool) -> None:
    assert is_older(version, than) is older


def test_where_the_client_stands_does_not_choose_the_code_that_runs(tmp_path: Path) -> None:
    (tmp_path / "kr8").mkdir()
    (tmp_path / "kr8" / "__init__.py").write_text("raise SystemExit('a stranger was run')")
    argv = [*COMMAND[:2], "-c", "import kr8"]
    assert COMMAND[2:] == ("-m", "kr8", "serve")
    assert subprocess.run(argv, cwd=tmp_path, check=False).returncode == 0


def test_the_bridge_imports_nothing_that_is_slow() -> None:
    code = "import sys, kr8.bridge.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    slow = {"asyncio", "dataclasses", "pathlib", "typing_extensions", "pydantic", "subprocess", "logging", "inspect"}
    assert not slow & set(done.stdout.split())

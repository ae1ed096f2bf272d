"""A setting that cannot be used is named in words, whatever is asked of kr8; no command ends in a traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.support.scene import KR8, Scene

from kr8.settings import ALL

PASSWORD = "geheim-7f3a"
BAD = {
    "KR8_HOME": ("/dev/null/x", "/proc/nope"),
    "KR8_LISTEN": ("nonsense", "127.0.0.1:99999", "0.0.0.0:8700"),
    "KR8_DATABASE": (PASSWORD, f"mysql://u:{PASSWORD}@h/x", f"postgresql://u:{PASSWORD}@h:port/x"),
    "KR8_HAPROXY": ("/nope/haproxy", "/etc/passwd"),
    "KR8_TOOLS": ("/dev/null/x",),
    "KR8_PROVIDERS": ("/nope", "/dev/null"),
}
VALUES = [(setting, value) for setting, values in BAD.items() for value in values]
COMMANDS = (("serve",), ("restore", "{file}", "--yes"), ("status",), ("doctor",), ("stop",))
IS_NEEDED = ("KR8_HOME", "KR8_LISTEN", "KR8_DATABASE", "KR8_HAPROXY")
"""Without these no daemon comes up."""


def test_every_setting_is_tried() -> None:
    assert set(BAD) == {each.variable for each in ALL}


@pytest.mark.parametrize(("setting", "value"), VALUES)
def test_a_value_that_cannot_be_used_is_told_in_words(setting: str, value: str, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    file.write_text("no backup")
    with Scene(tmp_path / "h", **{setting: value}) as scene:
        for command in COMMANDS:
            if command == ("serve",) and setting not in IS_NEEDED:
                continue  # it runs
            said = told(scene, *(word.format(file=file) for word in command))
            assert "Traceback" not in said and PASSWORD not in said, said
            if command == ("serve",):
                assert setting in said, said
        log = scene.home / "logs" / "daemon.log"
        assert not log.exists() or "Traceback" not in log.read_text(), log.read_text()


def told(scene: Scene, *arguments: str) -> str:
    """All that a command says; it ends by itself."""
    done = subprocess.run(
        [*KR8, *arguments],
        cwd=scene.directory,
        env={name: value for name, value in scene.variables.items() if name != "PYTHONWARNINGS"} | {"NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode or arguments[0] in ("stop", "doctor"), (arguments, done.stdout)
    return done.stdout + done.stderr


def test_an_mcp_client_is_told_of_a_home_that_cannot_be_one(tmp_path: Path) -> None:
    hello = (
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "list_templates", "arguments": {}}}\n'
    )
    environment = {**os.environ, "KR8_HOME": "/dev/null/x"}
    done = subprocess.run(
        [*KR8, "mcp"],
        cwd=tmp_path,
        env=environment,
        input=hello,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr and "daemon_not_started" in done.stdout and "KR8_HOME" in done.stdout

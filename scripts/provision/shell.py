"""Running commands, and telling the person what happens."""

import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# Each would change what gets installed or where; without compiled files every start of kr8 costs twice the time.
UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV", "PIP_USER")


class SetupError(Exception):
    """Set-up cannot go on; the text says why and what to do."""


def say(text: str) -> None:
    """Tell the person one step."""
    print(f"setup: {text}", file=sys.stderr, flush=True)


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what disturbs an installation."""
    return {key: value for key, value in os.environ.items() if key not in UNWANTED} | more


def run(argv: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a command to its end and return what it printed; its last lines are in the failure."""
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env or environment(),
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise SetupError(f"{words[0]} could not be started: {error}") from error
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise SetupError(f"`{shlex.join(words)}` failed with {done.returncode}:\n{tail}")
    return done.stdout


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step: whoever reads it sees the old or the new text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)


def write_wrapper(path: Path, binary: Path, libraries: Sequence[Path]) -> Path:
    """A script that runs an unpacked binary with the libraries that were unpacked beside it."""
    found = ":".join(str(folder) for folder in libraries)
    lines = ["#!/bin/sh"]
    if found:
        lines.append(f"export LD_LIBRARY_PATH={shlex.quote(found)}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}")
    lines.append(f'exec {shlex.quote(str(binary))} "$@"')
    write_atomically(path, "\n".join(lines) + "\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return path

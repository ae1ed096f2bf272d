"""The tools that `kr8 validate` stands on, for the tests: kr8 itself installs them, where every checkout finds them."""

from pathlib import Path

from .places import VENV, cache
from .shell import run, say


def install_checkers() -> Path:
    """Have every tool installed; returns the folder of all."""
    folder = cache() / "tools"
    say("installing the tools of kr8 validate, each in an environment of its own")
    run([VENV / "bin" / "python", "-P", "-m", "kr8.drivers.toolbox", folder])
    return folder

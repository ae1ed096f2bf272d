"""The tools that `kr8 validate` stands on, and an emulator of AWS, for the tests: kr8 itself installs them.

They lie where every checkout finds them.
"""

import re
import shutil
from pathlib import Path

from .places import EMULATOR, TOOLS, VENV, cache
from .shell import run, say

GO_AT_LEAST = (1, 25)


def install_checkers() -> Path:
    """Have every tool installed that this machine can make, and the emulator; returns the folder of all."""
    folder = cache() / "tools"
    say("installing the tools of kr8 validate, each in a folder of its own")
    built = sorted(path.parent.name for path in TOOLS.glob("*/go.mod"))
    names = sorted(path.stem for path in TOOLS.glob("*.txt")) + (built if has_go() else [])
    if not has_go():
        say(f"Go 1.25 or newer is missing: {', '.join(built)} is not built, and the tests that need it fail")
    install = (VENV / "bin" / "python", "-P", "-m", "kr8.drivers.toolbox", folder)
    run([*install, TOOLS, *names])
    run([*install, EMULATOR])
    return folder


def has_go() -> bool:
    """Whether this machine can build Go programs."""
    go = shutil.which("go")
    found = re.search(r"go(\d+)\.(\d+)", run([go, "version"])) if go else None
    return found is not None and (int(found[1]), int(found[2])) >= GO_AT_LEAST

"""The order of set-up."""

import argparse
import fcntl
import os
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from . import stamp
from .checkers import install_checkers
from .hosts import package_pool
from .node import install_conformance
from .places import LOCAL, SETTINGS, is_root
from .python import make_environment
from .shell import SetupError, say, write_atomically
from .tools import find_git, find_haproxy, find_nspawn, find_postgres, find_promtool, find_ssh_keygen


def main(argv: Sequence[str]) -> int:
    """Set up, once at a time for a checkout; 1 and a reason when it cannot."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description="Make this checkout ready to run.")
    parser.add_argument(
        "--test", action="store_true", help="also what the tests need: tools, PostgreSQL, the conformance runner"
    )
    parser.add_argument(
        "--unpacked", action="store_true", help="unpack Debian's packages even where this machine has them"
    )
    given = parser.parse_args(argv)
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_up(test=given.test, unpacked=given.unpacked or os.environ.get("KR8_SETUP_UNPACKED") == "1")
        except SetupError as failed:
            say(str(failed))
            return 1
    return 0


def set_up(*, test: bool, unpacked: bool) -> None:
    """Do what is not done yet."""
    begun = time.monotonic()
    before = stamp.read()
    wanted: dict[str, object] = {"inputs": stamp.inputs(), "test": test, "unpacked": unpacked}
    if stamp.holds(before, wanted):
        return
    wanted["test"] = test = test or bool(before.get("test"))
    make_environment(development=test, unpacked=unpacked)
    found = {
        "KR8_HAPROXY": find_haproxy(unpacked=unpacked),
        "KR8_SSH_KEYGEN": find_ssh_keygen(unpacked=unpacked),
        "KR8_GIT": find_git(),
    }
    if test:
        found |= {
            "KR8_POSTGRES_BIN": find_postgres(unpacked=unpacked),
            "KR8_PROMTOOL": find_promtool(),
            "KR8_NODE": install_conformance(),
            "KR8_TOOLS": install_checkers(),
        }
    if test and is_root():
        found |= {"KR8_HOST_PACKAGES": package_pool(), "KR8_NSPAWN": find_nspawn()}
    write_settings(found)
    stamp.write(wanted | {"paths": [str(path) for path in found.values()]})
    say(f"ready after {time.monotonic() - begun:.1f} s")


def write_settings(found: dict[str, Path]) -> None:
    """The file that the Makefile and the tests read: where each tool is."""
    lines = [f"{name}={shlex.quote(str(path))}" for name, path in sorted(found.items())]
    write_atomically(SETTINGS, "\n".join(lines) + "\n")

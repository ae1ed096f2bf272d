"""The places of this machine that are not like the others to what kr8 builds and runs."""

import os
import pwd
import sys
from collections.abc import Iterable
from pathlib import Path

from kr8.sandbox.landlock import READ, WRITE, Right

TEMPORARY = ("/tmp", "/var/tmp")
DEVICES = "/dev"
SETTINGS = ("/boot", "/etc", "/usr")
"""Where the programs and settings of a machine lie: what is changed there is done by others, outside."""

SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")
"""What a program is loaded from."""
STREAMS = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def for_tools(read: Iterable[str], write: Iterable[str]) -> dict[str, Right]:
    """All that a tool which looks at somebody's files may do: be loaded, read some places and write others."""
    own = {os.path.realpath(path): READ for path in (*SYSTEM, *read)}
    return {**own, **{os.path.realpath(path): WRITE for path in (*STREAMS, *write)}}


def for_builds(home: str) -> dict[str, Right]:
    """Beside a system that may be read: what a build may write, and the home of kr8, closed."""
    shared = {os.path.realpath(path): WRITE for path in (*TEMPORARY, DEVICES)}
    return {**shared, home: Right(0), **_own()}


def for_services(home: str) -> dict[str, Right]:
    """Beside a system that may be written as its user may: what others would run or obey, and the home, closed."""
    return {**dict.fromkeys(SETTINGS, READ), **_hidden(_user_home()), home: Right(0), **_own()}


def _own() -> dict[str, Right]:
    """kr8's own programs. The daemon runs them again, outside."""
    package = Path(__file__).parents[1]
    return {os.path.realpath(path): READ for path in (package, sys.prefix)}


def _user_home() -> str:
    try:
        return os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return "/"


def _hidden(folder: str) -> dict[str, Right]:
    """What begins with a dot in a user's home: a shell, a timer or an SSH server obeys it."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.startswith(".") and not entry.is_symlink()]
    except OSError:
        return {}
    return {f"{folder}/{name}": READ for name in names} if folder != "/" else {}

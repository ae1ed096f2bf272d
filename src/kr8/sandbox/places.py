"""The places of this machine that are not like the others to what kr8 builds and runs."""

import os
import pwd
import re
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from kr8.sandbox.landlock import READ, WRITE, Right

TEMPORARY = ("/tmp", "/var/tmp")
SHARED_MEMORY = "/dev/shm"
"""Where Python's own locks between processes lie: a tool in Python has it, and no other tool."""
DEVICES = "/dev"
STREAMS = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
PLAIN = (*STREAMS, "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts", SHARED_MEMORY)
"""What a program may need of the devices, whatever it does."""
DISKS = re.compile(r"(sg|ng|nvme|mtd)\d.*|bsg|mapper|raw")
"""By which disks are read and written beside their block devices."""
SETTINGS = ("/boot", "/etc", "/sys/fs/cgroup", "/usr")
"""Where the programs and settings of a machine lie: what is changed there is done by others, outside."""
PROGRAMS = ("git", "ssh-keygen", "haproxy", "terraform", "tofu", "kubectl")
"""What kr8 runs of PATH: some are links to elsewhere."""
SHARED = ("/opt",)
REGISTRY = "registry.terraform.io"
"""The folder by which providers of Terraform are found in a folder right below."""

SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")
"""What a program is loaded from."""
HOMES = ("/home", "/root", "/run/user")
"""Where users have what is theirs."""
HOMEBREW = "/home/linuxbrew/.linuxbrew"
"""Where its programs lie, and refer to each other: nobody's home."""


def for_tools(read: Iterable[str], write: Iterable[str]) -> dict[str, Right]:
    """All that a tool which looks at somebody's files may do: be loaded, read some places and write others."""
    own = {os.path.realpath(path): READ for path in (*SYSTEM, *read)}
    return {**own, **{os.path.realpath(path): WRITE for path in (*STREAMS, *write)}}


def for_builds(home: str) -> dict[str, Right]:
    """Beside a system that may be read: what a build may write, and the home of kr8, closed."""
    shared = {os.path.realpath(path): WRITE for path in (*TEMPORARY, *PLAIN)}
    return {**_devices(), **shared, **_read(_run_outside(), home), home: Right(0), **_own()}


def for_trials(home: str, homes: Iterable[str], read: Iterable[str]) -> dict[str, Right]:
    """Beside a system that may be read: streams to write to; and the homes of users, closed but for what is named.

    `homes`: more of these than the machine says.
    """
    closed = {os.path.realpath(path) for path in (*HOMES, *_entries(HOMES[0]), _user_home(), *homes)} - {"/"}
    named = {path: READ for path in _read((*read, HOMEBREW), home) if not any(_is_in(each, path) for each in closed)}
    streams = dict.fromkeys(STREAMS, WRITE)
    return {**dict.fromkeys(closed, Right(0)), **_devices(), **named, home: Right(0), **_own(), **streams}


def for_services(home: str) -> dict[str, Right]:
    """Beside a system that may be written as its user may: what others would run or obey; disks; the home, closed."""
    read = _read([*SETTINGS, *_hidden(_user_home()), *_run_outside()], home)
    return {**_devices(), **dict.fromkeys(not_disks(DEVICES), WRITE), **read, home: Right(0), **_own()}


def not_disks(devices: str) -> list[str]:
    """What lies in the folder of devices, but for what leads to disks, or to somewhere else."""
    found = (path for path in _entries(devices) if not DISKS.fullmatch(path, len(devices) + 1))
    return [path for path in found if _is_no_block_device(path)]


def _is_no_block_device(path: str) -> bool:
    """Nor a link: a place is a real path."""
    with suppress(OSError):  # gone since it was listed
        mode = os.lstat(path).st_mode
        return not stat.S_ISLNK(mode) and not stat.S_ISBLK(mode)
    return False


def _devices() -> dict[str, Right]:
    """To be listed: whoever may open a disk, as root may, would read each file by it past the rules."""
    return {os.path.realpath(DEVICES): Right.READ_DIR}


def _own() -> dict[str, Right]:
    """kr8's own programs, wherever they lie: the daemon runs them again, outside, and a launcher inside."""
    package = Path(__file__).parents[1]
    return {os.path.realpath(path): READ for path in (package, sys.prefix)}


def _read(paths: Iterable[str], home: str) -> dict[str, Right]:
    """To be read, whichever they lead to; but nothing of the home, which would be opened by it."""
    real = (os.path.realpath(path) for path in paths if path.startswith("/"))
    return {path: READ for path in real if path != "/" and not path.startswith(f"{home}/")}


def _run_outside() -> Iterator[str]:
    """What the daemon and the supervisor load beside their own, and what they run outside."""
    yield from (sys.base_prefix, *sys.path)
    path = os.environ.get("PATH", os.defpath)
    yield from path.split(os.pathsep)
    yield from (found for name in PROGRAMS if (found := shutil.which(name, path=path)))
    cache = os.environ.get("XDG_CACHE_HOME") or f"{_user_home()}/.cache"
    yield os.environ.get("KR8_TOOLS") or f"{cache}/kr8/tools"
    yield from (os.environ[name] for name in ("KR8_PROVIDERS", "KR8_HAPROXY") if os.environ.get(name))
    yield from (entry for top in SHARED for entry in _entries(top) if Path(entry, REGISTRY).is_dir())


def _user_home() -> str:
    try:
        return os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return "/"


def _hidden(folder: str) -> list[str]:
    """What begins with a dot in a user's home, and what that leads to: a shell, a timer or an SSH server obeys it."""
    hidden = [path for path in _entries(folder) if Path(path).name.startswith(".")] if folder != "/" else []
    return [path for path in hidden if not _is_in(folder, os.path.realpath(path))]


def _is_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _entries(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries]
    except OSError:
        return []

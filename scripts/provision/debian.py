"""Debian's packages: installed when root, else downloaded and unpacked into a folder."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from provision.places import cache
from provision.shell import Failed, environment, run, say

APT = environment(DEBIAN_FRONTEND="noninteractive", LC_ALL="C")


def install(*packages: str) -> None:
    """Install packages with apt, reading the lists anew when they are missing or too old."""
    need_apt()
    say(f"apt-get install {' '.join(packages)}")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    try:
        run(command, env=APT)
    except Failed:
        run(["apt-get", "update"], env=APT)
        run(command, env=APT)


def unpack(package: str, into: Path, binaries: Sequence[str]) -> list[Path]:
    """Unpack a package and the libraries this machine lacks; returns the folders with those libraries."""
    need_apt()
    say(f"unpacking Debian's {package} (nothing is installed)")
    waiting = [package]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        seen.add(name)
        depends = unpack_one(name, into)
        found = [path for pattern in binaries for path in into.glob(pattern)]
        if not found:
            raise Failed(f"Debian's {package} has no {', '.join(binaries)}")
        if not missing_libraries(found, library_folders(into)):
            return library_folders(into)
        waiting += [other for other in depends if other not in seen and other not in waiting]
    raise Failed(f"{package} lacks {', '.join(missing_libraries(found, library_folders(into)))}, and no package it needs has it")


def unpack_one(package: str, into: Path) -> list[str]:
    """Unpack one package; returns the libraries it depends on."""
    with tempfile.TemporaryDirectory() as scratch:
        archive = download(package, Path(scratch))
        into.mkdir(parents=True, exist_ok=True)
        run(["dpkg-deb", "-x", archive, into])
        depends = run(["dpkg-deb", "-f", archive, "Depends"])
    names = (re.split(r"[\s(:]", part.strip(), maxsplit=1)[0] for part in re.split(r"[,|]", depends))
    return [name for name in names if name.startswith("lib") and name != "libc6"]


def download(package: str, into: Path) -> Path:
    """Download one package with this machine's lists, else with lists of our own, which need no root."""
    os.chmod(into, 0o755)
    last: Failed | None = None
    for options in ([], own_lists(fresh=False), own_lists(fresh=True)):
        try:
            run(["apt-get", *options, "download", package], cwd=into, env=APT)
            return next(into.glob("*.deb"))
        except (Failed, StopIteration) as error:
            last = error if isinstance(error, Failed) else last
    raise Failed(f"Debian's {package} could not be downloaded.\n{last}")


def own_lists(*, fresh: bool) -> list[str]:
    """Options that make apt keep lists below our cache."""
    folder = cache() / "apt"
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    options = [
        "-o", f"Dir::State={folder}/state",
        "-o", "Dir::State::status=/var/lib/dpkg/status",
        "-o", f"Dir::Cache={folder}/cache",
        "-o", "APT::Sandbox::User=",
    ]  # fmt: skip
    if fresh:
        run(["apt-get", *options, "update"], env=APT)
    return options


def real_name(package: str) -> str:
    """The versioned package behind a metapackage: `postgresql` is `postgresql-15` on Debian 12."""
    for options in ([], own_lists(fresh=False), own_lists(fresh=True)):
        try:
            text = run(["apt-cache", *options, "depends", package], env=APT)
        except Failed:
            continue
        if found := re.search(rf"Depends: ({re.escape(package)}-\d+)$", text, re.MULTILINE):
            return found[1]
    raise Failed(f"apt knows no {package}; is this a Debian or Ubuntu with its main archive enabled?")


def library_folders(root: Path) -> list[Path]:
    """Folders below an unpacked package that hold shared libraries."""
    return sorted({path.parent for path in root.glob("**/lib/*-linux-*/*.so*")})


def missing_libraries(binaries: Iterable[Path], folders: Sequence[Path]) -> list[str]:
    """Shared libraries that the loader would not find."""
    env = environment(LD_LIBRARY_PATH=":".join(map(str, folders)), LC_ALL="C")
    text = "".join(run(["ldd", binary], env=env) for binary in binaries)
    return sorted(set(re.findall(r"^\s*(\S+) => not found", text, re.MULTILINE)))


def need_apt() -> None:
    """Refuse where there is no apt, and say what to do instead."""
    if not shutil.which("apt-get"):
        raise Failed("this is no Debian or Ubuntu: install HAProxy 2.6 or newer, PostgreSQL 15 or newer, OpenSSH and git, and run again")

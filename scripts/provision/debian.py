"""Debian's packages: installed when root, else downloaded and unpacked into a folder."""

import re
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from .places import cache
from .shell import SetupError, environment, run, say

APT = environment(DEBIAN_FRONTEND="noninteractive", LC_ALL="C")


def install(*packages: str) -> None:
    """Install packages with apt, reading the lists anew when they are missing or too old."""
    need_apt()
    say(f"apt-get install {' '.join(packages)}")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    try:
        run(command, env=APT)
    except SetupError:
        run(["apt-get", "update"], env=APT)
        run(command, env=APT)


def unpack(package: str, into: Path, binaries: Sequence[str]) -> list[Path]:
    """Unpack a package and the libraries this machine lacks; returns the folders with those libraries."""
    need_apt()
    say(f"unpacking Debian's {package} (nothing is installed)")
    waiting, seen, missing = [package], set[str](), list[str]()
    while waiting:
        name = likeliest(waiting, missing)
        waiting.remove(name)
        seen.add(name)
        waiting += [other for other in unpack_one(name, into) if other not in seen and other not in waiting]
        found = [path for pattern in binaries for path in into.glob(pattern)]
        if not found:
            raise SetupError(f"Debian's {package} has no {', '.join(binaries)}")
        missing = missing_libraries(found, library_folders(into))
        if not missing:
            return library_folders(into)
    raise SetupError(f"{package} lacks {', '.join(missing)}, and no package it depends on has that")


def likeliest(packages: Sequence[str], missing: Sequence[str]) -> str:
    """The package whose name is that of a missing library: `libpq5` for `libpq.so.5`; else the first."""
    stems = tuple(library.split(".so")[0].lower() for library in missing)
    return next((name for name in packages if name.startswith(stems)), packages[0])


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
    """Download one package."""
    ask(["apt-get", "download", package], cwd=into)
    return next(into.glob("*.deb"))


def ask(argv: Sequence[str], cwd: Path | None = None) -> str:
    """Run apt with this machine's lists; where they are missing or old, with lists of our own, which need no root."""
    command, *words = argv
    try:
        return run([command, "-o", "APT::Sandbox::User=root", *words], cwd=cwd, env=APT)
    except SetupError:
        options = own_lists()
    run(["apt-get", *options, "update"], env=APT)
    return run([command, *options, *words], cwd=cwd, env=APT)


def own_lists() -> list[str]:
    """Options that make apt keep lists below our cache."""
    folder = cache() / "apt"
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::State": folder / "state",
        "Dir::State::status": "/var/lib/dpkg/status",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def real_name(package: str) -> str:
    """The versioned package behind a metapackage: `postgresql` is `postgresql-15` on Debian 12."""
    # `show` fails for an unknown package, as `depends` does not always do.
    found = re.search(rf"^Depends: .*?({re.escape(package)}-\d+)", ask(["apt-cache", "show", package]), re.MULTILINE)
    if not found:
        raise SetupError(f"apt knows no {package}; is Debian's or Ubuntu's main archive enabled?")
    return found[1]


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
        needed = "HAProxy 2.6 or newer, OpenSSH, git and, for the tests, PostgreSQL 15 or newer and promtool"
        raise SetupError(f"this is no Debian or Ubuntu: install {needed}, and run again")

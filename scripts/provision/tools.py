"""HAProxy, ssh-keygen, git and, for tests, PostgreSQL and promtool: what is there is used, the rest is brought."""

import re
import shutil
from pathlib import Path

from .debian import install, real_name, unpack
from .places import cache, is_root, open_cache
from .shell import SetupError, run, say, write_wrapper

SYSTEM = ("/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin")  # sbin is not on an ordinary user's PATH
HAPROXY_AT_LEAST = (2, 6)
POSTGRES_AT_LEAST = (15,)
NSPAWN = "usr/bin/systemd-nspawn"
POSTGRES_PROGRAMS = ("initdb", "postgres")


def find_haproxy(*, unpacked: bool) -> Path:
    """HAProxy of at least the version that the traffic layer was measured with."""
    if not unpacked:
        if found := find_system_haproxy():
            return found
        if is_root():
            install("haproxy")
            if found := find_system_haproxy():
                return found
            raise SetupError("Debian's haproxy is older than 2.6: this release is too old")
    wrapper = unpack_command("haproxy", "haproxy", "usr/sbin/haproxy", cache())
    if version_of(wrapper, "-v") < HAPROXY_AT_LEAST:
        raise SetupError("Debian's haproxy is older than 2.6: this release is too old")
    return wrapper


def find_system_haproxy() -> Path | None:
    """The machine's HAProxy, if it is new enough."""
    found = which("haproxy")
    return found if found and version_of(found, "-v") >= HAPROXY_AT_LEAST else None


def find_ssh_keygen(*, unpacked: bool) -> Path:
    """ssh-keygen, which signs and verifies approvals."""
    if not unpacked and (found := which("ssh-keygen")):
        return found
    if not unpacked and is_root():
        install("openssh-client")
        return which("ssh-keygen") or Path("ssh-keygen")
    return unpack_command("openssh-client", "ssh-keygen", "usr/bin/ssh-keygen", cache())


def find_nspawn() -> Path:
    """systemd-nspawn, which boots the hosts that tests deploy to. Unpacked: its package comes with a service."""
    return which("systemd-nspawn") or unpack_command("systemd-container", "systemd-nspawn", NSPAWN, open_cache())


def find_promtool() -> Path:
    """promtool, which evaluates the alerts that are generated. Unpacked: its package comes with a server."""
    return which("promtool") or unpack_command("prometheus", "promtool", "usr/bin/promtool", open_cache())


def find_git() -> Path:
    """git, which kr8 runs for everything that is a repository."""
    if not which("git") and is_root():
        install("git")
    if found := which("git"):
        return found
    raise SetupError("git is missing: apt-get install git, and run again")


def find_postgres(*, unpacked: bool) -> Path:
    """The folder with initdb and postgres. Unpacked even as root: Debian's package would start a server of its own."""
    if not unpacked and (found := newest_postgres(Path("/usr/lib/postgresql"))):
        return found
    into = open_cache() / "debian" / "postgresql"
    wrappers = into.with_name("postgresql-bin")
    if not (wrappers / "postgres").exists():
        shutil.rmtree(into, ignore_errors=True)
        programs = [f"usr/lib/postgresql/*/bin/{name}" for name in POSTGRES_PROGRAMS]
        folders = unpack(real_name("postgresql"), into, programs)
        real = newest_postgres(into / "usr/lib/postgresql")
        if not real:
            raise SetupError("Debian's postgresql is older than 15: this release is too old")
        for name in POSTGRES_PROGRAMS:
            write_wrapper(wrappers / name, real / name, folders)
    return wrappers


def newest_postgres(root: Path) -> Path | None:
    """The newest server below Debian's folder that is new enough."""
    found = [(int(path.parent.parent.name), path.parent) for path in root.glob("[0-9]*/bin/initdb")]
    version, folder = max(found, default=(0, Path()))
    return folder if (version,) >= POSTGRES_AT_LEAST and (folder / "postgres").exists() else None


def unpack_command(package: str, name: str, binary: str, home: Path) -> Path:
    """Unpack a package and wrap one of its commands."""
    into = home / "debian" / package
    wrapper = home / "bin" / name
    if not wrapper.exists() or not (into / binary).exists():
        shutil.rmtree(into, ignore_errors=True)
        write_wrapper(wrapper, into / binary, unpack(package, into, [binary]))
    return wrapper


def which(name: str) -> Path | None:
    """A command on PATH or in the system's folders."""
    found = shutil.which(name) or shutil.which(name, path=":".join(SYSTEM))
    return Path(found) if found else None


def version_of(binary: Path, flag: str) -> tuple[int, ...]:
    """The first version number that a command prints of itself."""
    try:
        found = re.search(r"version (\d+)\.(\d+)", run([binary, flag]))
    except SetupError as failed:
        say(f"{binary} does not run: {failed}")
        return ()
    return (int(found[1]), int(found[2])) if found else ()

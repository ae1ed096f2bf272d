"""What tests make Debian hosts of, as root: a pool of packages that the hosts install from."""

import hashlib
import shutil
from pathlib import Path

from .debian import APT, need_apt
from .places import open_cache
from .shell import SetupError, run, say

BEFORE = ("systemd", "dbus", "openssh-server", "sudo", "procps", "python3-apt")
"""What a host has before Ansible comes."""
BY_PLAYBOOKS = ("chrony", "haproxy", "unattended-upgrades")
"""What the playbooks install."""
STATUS = Path("/var/lib/dpkg/status")


def package_pool() -> Path:
    """A folder that apt takes for a repository: these packages, and what this machine lacks of what they need."""
    need_apt()
    pool = open_cache() / "debian" / "hosts"
    made_of = hashlib.sha256(f"{BEFORE} {BY_PLAYBOOKS} {STATUS.read_text()}".encode()).hexdigest()
    note = pool / "made-of"
    if not note.exists() or note.read_text() != made_of:
        say("downloading the packages of the hosts that tests deploy to (nothing is installed)")
        shutil.rmtree(pool, ignore_errors=True)
        (pool / "partial").mkdir(parents=True)
        download(pool, "--no-upgrade", *BEFORE)
        download(pool, "--reinstall", *BY_PLAYBOOKS)
        (pool / "Packages").write_text("\n".join(described(file) for file in sorted(pool.glob("*.deb"))))
        (pool / "before").write_text(" ".join(BEFORE))
        note.write_text(made_of)
    return pool


def download(pool: Path, *words: str) -> None:
    """Download packages and what they need, reading the lists anew when they are missing or too old."""
    options = ("--download-only", "--no-install-recommends", "-o", f"Dir::Cache::archives={pool}")
    command = ["apt-get", "install", "-y", *options, *words]
    try:
        run(command, env=APT)
    except SetupError:
        run(["apt-get", "update"], env=APT)
        run(command, env=APT)


def described(file: Path) -> str:
    """A package as the index of a repository has it."""
    about = run(["dpkg-deb", "--field", file]).strip()
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f"{about}\nFilename: ./{file.name}\nSize: {file.stat().st_size}\nSHA256: {digest}\n"

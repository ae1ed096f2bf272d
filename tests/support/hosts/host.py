"""A Debian host made of this machine: systemd as its first process, an address, and an SSH server."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.hosts.image import KERNEL_WIDE, LOGIN, overlay
from tests.support.hosts.namespaces import Namespaces
from tests.support.waiting import wait_for

BOOT = 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"'
BRIDGE = "hosts"
ADDRESS = "10.98.0.{number}"
CONTROLLER = ADDRESS.format(number=1)


@dataclass(frozen=True)
class Host:
    """A host that is up. Commands reach it as people do, by SSH."""

    inside: Namespaces
    name: str
    address: str
    ssh: tuple[str, ...]

    def tried(self, *argv: str | Path) -> subprocess.CompletedProcess[str]:
        """How a command ended that root ran."""
        return self.inside.tried("ssh", *self.ssh, f"{LOGIN}@{self.address}", shlex.join(["sudo", *map(str, argv)]))

    def run(self, *argv: str | Path) -> str:
        """What a command prints that must succeed."""
        done = self.tried(*argv)
        assert done.returncode == 0, f"{self.name}: {argv}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def in_its_network(self) -> list[str]:
        """What a command of this machine begins with that runs in the network of the host."""
        processes = self.inside.cgroup / self.name / "payload" / "init.scope" / "cgroup.procs"
        return ["nsenter", "--target", processes.read_text().split()[0], "--net", "--"]

    def is_up(self) -> bool:
        """Whether it can be logged in to, and all is started."""
        return self.tried("systemctl", "is-system-running", "--wait").returncode == 0


def connect(inside: Namespaces) -> None:
    """A network for hosts; whoever runs inside is one of them."""
    bridge = f"ip link add {BRIDGE} type bridge && ip link set {BRIDGE} up && ip link set lo up"
    inside.run("sh", "-ec", f"{bridge} && ip address add {CONTROLLER}/24 dev {BRIDGE}")


def boot(inside: Namespaces, name: str, number: int, image: Path, nspawn: Path, key: Path) -> Host:
    """Boot a host from an image; `key` may log in, and the host's own key is in the file `known` beside it."""
    home, address = image.parents[1] / name, ADDRESS.format(number=number)
    root = overlay(inside, home, f"{image}:/")
    own_key = key.with_name(f"{name}-host")
    inside.run("sh", "-ec", FURNISH, "furnish", root, name, own_key, key, LOGIN, address)
    algorithm, words = own_key.with_suffix(".pub").read_text().split()[:2]
    known = key.with_name("known")
    with known.open("a") as file:
        file.write(f"{address} {algorithm} {words}\n")
    group = inside.cgroup / name
    group.mkdir()
    bound = [f"--bind={Path('/var/kernel', rule)}:/proc/sys/kernel/{rule}" for rule in KERNEL_WIDE]
    machine = ("--boot", "--register=no", "--keep-unit", "--console=pipe", f"--machine={name}", f"--hostname={name}")
    own = (f"--network-bridge={BRIDGE}", "--resolv-conf=off", "--timezone=off", *bound)
    argv = ("sh", "-c", BOOT, "boot", group, nspawn, "--quiet", "-D", root, *machine, *own)
    with (key.with_name(f"{name}.log")).open("wb") as log:
        subprocess.Popen(
            inside.command(*argv),
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    host = Host(inside, name, address, ("-i", str(key), *ssh_options(known)))
    try:
        wait_for(host.is_up)
    except AssertionError as late:
        raise AssertionError(f"{late}: {Path(log.name).read_text(errors='replace')}") from None
    return host


def ssh_options(known: Path) -> tuple[str, ...]:
    """Who is trusted: the hosts whose keys are in a file, and nobody else."""
    return ("-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes")


FURNISH = """
echo "$2" > "$1/etc/hostname"
ssh-keygen -q -t ed25519 -N '' -C "$2" -f "$3"
cp "$3" "$1/etc/ssh/ssh_host_ed25519_key"
mkdir -p "$1/home/$5/.ssh"
cp "$4.pub" "$1/home/$5/.ssh/authorized_keys"
chroot "$1" chown -R "$5:" "/home/$5/.ssh"
mkdir -p "$1/etc/systemd/network" "$1/etc/systemd/system/multi-user.target.wants"
printf '[Match]\\nName=host0\\n[Network]\\nAddress=%s/24\\n' "$6" > "$1/etc/systemd/network/10-address.network"
ln -s /lib/systemd/system/systemd-networkd.service "$1/etc/systemd/system/multi-user.target.wants/"
"""

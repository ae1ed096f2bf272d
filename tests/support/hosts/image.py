"""What hosts are booted from: the file system of this machine, with an SSH server, a user and packages of its own."""

from __future__ import annotations

from pathlib import Path

from tests.support.hosts.namespaces import Namespaces

LOGIN = "deploy"
KERNEL_WIDE = ("kptr_restrict", "dmesg_restrict")
"""What the baseline sets in the kernel that is this machine's too: a file of /var/kernel stands there instead."""

PREPARE = f"""
set -e
cd "$1"
# Of this machine's own: what it starts at boot, where its packages come from, and what may not start in it.
rm -rf etc/systemd/system/* etc/apt/* usr/sbin/policy-rc.d
# The kernel is this machine's: what may be set of it is set there already.
rm -f etc/sysctl.conf etc/sysctl.d/* usr/lib/sysctl.d/*
# Manual pages are sorted for seconds.
rm -f var/lib/man-db/auto-update
mkdir -p etc/systemd/system etc/apt/apt.conf.d var/packages var/kernel
touch {" ".join(f"var/kernel/{rule}" for rule in KERNEL_WIDE)}
ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target
ln -s /dev/null etc/systemd/system/systemd-timesyncd.service
: > etc/machine-id
cp "$2"/*.deb "$2"/Packages "$2"/before var/packages
echo 'deb [trusted=yes] file:/var/packages ./' > etc/apt/sources.list
mount --bind /dev dev
mount -t proc proc proc
exec chroot . sh -ec '
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
dpkg --purge --force-depends haproxy chrony unattended-upgrades 2>/dev/null
rm -rf /var/lib/apt/lists/*
apt-get -qq update
apt-get -qq -y --no-install-recommends --no-upgrade install $(cat /var/packages/before)
rm -f /etc/ssh/ssh_host_*
useradd --create-home --shell /bin/bash {LOGIN}
echo "{LOGIN} ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/{LOGIN}
'
"""


def prepare_image(inside: Namespaces, folder: Path, packages: Path) -> Path:
    """The folder of what differs from this machine's file system, in memory; it is mounted on `folder`."""
    folder.mkdir()
    inside.run("mount", "-t", "tmpfs", "-o", "size=512m", "none", folder)
    root = overlay(inside, folder / "image", "/")
    inside.run("unshare", "--mount", "sh", "-c", PREPARE, "prepare", root, packages)
    inside.run("umount", root)
    return folder / "image" / "changed"


def overlay(inside: Namespaces, folder: Path, lower: str) -> Path:
    """A file system whose changes go to `folder`/changed."""
    changed, work, root = (folder / name for name in ("changed", "work", "root"))
    inside.run("mkdir", "-p", changed, work, root)
    inside.run("mount", "-t", "overlay", "none", "-o", f"lowerdir={lower},upperdir={changed},workdir={work}", root)
    return root

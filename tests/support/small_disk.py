"""A disk that is small enough to be filled. Mounting one takes root, or a namespace in which a user is root."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWN_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
"""Runs a command as the root of a namespace of its own."""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount an empty disk of `size` ("64m") on a new folder, which may be moved meanwhile."""
    folder.mkdir()
    name = f"kr8-{secrets.token_hex(8)}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", name, str(folder)], check=True)
    try:
        yield
    finally:
        mounted = dict(line.split(" ")[:2] for line in Path("/proc/self/mounts").read_text().splitlines())
        subprocess.run(["umount", "--lazy", mounted[name]], check=True)

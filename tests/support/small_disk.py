"""A disk that is small enough to be filled. Mounting one takes root, or a namespace in which a user is root."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OWN_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
"""Runs a command as the root of a namespace of its own."""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount an empty disk of `size` ("64m") on a new folder."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)

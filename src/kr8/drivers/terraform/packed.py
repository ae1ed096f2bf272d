"""Providers that a mirror has packed, unpacked where they are asked for: Terraform starts only what lies open."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from kr8.domain.digest import digest

PROGRAM = "terraform-provider-"


def unpacked(provider: Path, cache: Path) -> Path:
    """The folder that has the program of a provider: itself, or where its archive is unpacked, once.

    Raises OSError, zipfile.BadZipFile and RuntimeError (encrypted) where it cannot be.
    """
    if provider.suffix != ".zip":
        return provider
    status = provider.stat()
    folder = cache / digest([str(provider), status.st_mtime_ns, status.st_size])[:16]
    if not folder.exists():
        cache.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".", dir=cache))
        try:
            _extract(provider, fresh)
            fresh.chmod(0o755)
            _move(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _extract(archive: Path, folder: Path) -> None:
    """The programs alone, by their names alone: an archive says nothing of where they go."""
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            name = member.filename
            if name.startswith(PROGRAM) and "/" not in name:
                with packed.open(member) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
                (folder / name).chmod(0o755)


def _move(fresh: Path, folder: Path) -> None:
    try:
        os.rename(fresh, folder)  # noqa: PTH104 - fails where somebody else was first
    except OSError:
        if not folder.exists():
            raise

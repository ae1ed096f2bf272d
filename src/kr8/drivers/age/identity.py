"""The age identity of a home: made on first use, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pyrage import IdentityError, x25519

from kr8.domain.problem import refuse


def identity_of(home: Path) -> Path:
    """Where the identity of a home lies."""
    return home / "keys" / "identity.age"


def load(path: Path) -> x25519.Identity:
    """The identity in a file; a new one where there is no file.

    Raises Refused (identity_unreadable) where the file is none, or is not its owner's alone.
    """
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise refuse(
            "identity_unreadable",
            f"Others can read the key of all secrets, {path}.",
            mend=f"chmod 600 {path}, and set every secret again if others may have read it.",
        )
    try:
        return x25519.Identity.from_str(path.read_text().strip())
    except (IdentityError, UnicodeDecodeError):
        raise _damaged(path) from None


def _damaged(path: Path) -> Exception:
    return refuse(
        "identity_unreadable",
        f"{path} is no age identity.",
        mend="Bring it back from a backup: without it no secret can be opened. `kr8 secret set` makes new versions.",
    )


def _make(path: Path) -> None:
    """Write a whole new identity, or leave the one that somebody else has just written."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(f"{x25519.Identity.generate()}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(fresh)
    finally:
        fresh.unlink()

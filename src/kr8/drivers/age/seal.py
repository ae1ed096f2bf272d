"""Bytes that only the home's identity opens, and only in the place that they were sealed for."""

from __future__ import annotations

import json
from typing import Any

import pyrage
from pyrage import x25519

from kr8.domain.problem import refuse

Context = dict[str, str | int]


def seal(identity: x25519.Identity, context: Context, content: Any) -> bytes:
    """Seal JSON-like content together with the context that it belongs to."""
    return pyrage.encrypt(json.dumps([context, content]).encode(), [identity.to_public()])


def open_sealed(identity: x25519.Identity, context: Context, sealed: bytes) -> Any:
    """The content. Raises Refused (secret_unreadable) where it was changed, or sealed for another place or key."""
    where = ", ".join(f"{key} {value}" for key, value in context.items())
    try:
        found, content = json.loads(pyrage.decrypt(sealed, [identity]))
    except (pyrage.DecryptError, ValueError):
        raise refuse(
            "secret_unreadable",
            f"A sealed value cannot be opened: {where}.",
            why="It was changed, or sealed with another identity.",
            mend="Bring keys/identity.age back from the backup that belongs to this store, or set the secret again.",
        ) from None
    if found != context:
        raise refuse(
            "secret_unreadable",
            f"A sealed value is not in its place: {where}.",
            why="It was sealed for another secret, version or environment.",
            mend="Restore the store from a backup, or set the secret again.",
        )
    return content

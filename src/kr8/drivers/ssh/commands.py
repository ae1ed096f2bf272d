"""What ssh-keygen is told (pure)."""

from __future__ import annotations

from pathlib import Path


def fingerprint(public_key: Path) -> tuple[str, ...]:
    """Print size, fingerprint and kind of a public key."""
    return ("ssh-keygen", "-E", "sha256", "-l", "-f", str(public_key))


def verify(signers: Path, signature: Path, identity: str, namespace: str) -> tuple[str, ...]:
    """Check a signature over stdin."""
    return ("ssh-keygen", "-Y", "verify", "-f", str(signers), "-s", str(signature), "-I", identity, "-n", namespace)


def signers(identity: str, namespace: str, key: str) -> str:
    """The allowed_signers file in which one identity has one key for one namespace."""
    return f'{identity} namespaces="{namespace}" {key}\n'

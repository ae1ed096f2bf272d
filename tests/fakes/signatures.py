"""Signatures without cryptography: `sign` makes what `verify` takes."""

from __future__ import annotations

import base64
import hashlib

from kr8.domain.approval import NAMESPACE, Approver
from kr8.domain.problem import refuse

KINDS = ("ssh-ed25519", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")


def fingerprint_of(public_key: str) -> str:
    """A fingerprint that depends on the key, and not on its comment."""
    key = public_key.split()[1].encode()
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def sign(public_key: str, text: bytes, namespace: str = NAMESPACE) -> str:
    """What this key's owner would sign a text with."""
    return f"{fingerprint_of(public_key)} {namespace} {hashlib.sha256(text).hexdigest()}"


class FakeSignatures:
    """Knows a signature by what `sign` made."""

    async def fingerprint(self, public_key: str) -> str:
        """The fingerprint of a line that looks like a key."""
        words = public_key.split()
        if len(words) < 2 or words[0] not in KINDS or "\n" in public_key.strip():
            raise refuse("invalid_public_key", "This is not a public key that may approve.", field="public_key")
        return fingerprint_of(public_key)

    async def verify(self, text: bytes, signature: str, approver: Approver, namespace: str) -> bool:
        """Whether `sign` made it of this text for this approver's key and this namespace."""
        return signature == sign(approver.public_key, text, namespace)

"""A public key as one line, and nothing more than a key (pure)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from kr8.domain.model import Model
from kr8.domain.problem import Refused, refuse
from kr8.domain.shortened import quoted

KINDS = {"ssh-ed25519": 2, "sk-ssh-ed25519@openssh.com": 3, "sk-ecdsa-sha2-nistp256@openssh.com": 4}
"""The kinds that may approve, each with the number of strings that such a key is made of."""
SIGNATURE = re.compile(r"-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]{1,16000}-----END SSH SIGNATURE-----\n?")
FINGERPRINT = re.compile(r"\d+ (SHA256:[A-Za-z0-9+/]{43}) ")


class PublicKey(Model):
    """A key that may approve: what it is, without its comment."""

    kind: str
    data: str
    """The key in base64, as in an .pub file."""

    def line(self) -> str:
        """Kind and key."""
        return f"{self.kind} {self.data}"

    def fingerprint(self) -> str:
        """Its SHA256 fingerprint, as ssh-keygen writes it."""
        hashed = hashlib.sha256(base64.b64decode(self.data)).digest()
        return "SHA256:" + base64.b64encode(hashed).decode().rstrip("=")


def public_key(text: str) -> PublicKey:
    """The key of one line of an .pub file. Raises Refused (invalid_public_key) on anything that is more, or other."""
    line = text.strip()
    if not line.isprintable() or len(line) > 2000:
        raise _refused("It must be one line, as in an .pub file.")
    kind, _, rest = line.partition(" ")
    if kind not in KINDS:
        raise _refused(f"It begins with {quoted(kind)}.")
    data = rest.strip().partition(" ")[0]
    try:
        blob = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise _refused("The second word is not base64.") from None
    strings = _strings(blob)
    if len(strings) != KINDS[kind] or strings[0] != kind.encode() or base64.b64encode(blob).decode() != data:
        raise _refused(f"The key itself is not of the kind {kind}.")
    return PublicKey(kind=kind, data=data)


def _strings(blob: bytes) -> list[bytes]:
    """The strings that a key is made of, each after its length; empty where it is not made of whole ones."""
    strings: list[bytes] = []
    while blob:
        end = 4 + int.from_bytes(blob[:4], "big")
        if len(blob) < max(end, 4):
            return []
        strings.append(blob[4:end])
        blob = blob[end:]
    return strings


def _refused(why: str) -> Refused:
    return refuse(
        "invalid_public_key",
        "This is not a public key that may approve.",
        why=f"{why} Allowed are {', '.join(KINDS)}: short, modern, or held by a security key.",
        mend="Give the line of a .pub file; `ssh-keygen -t ed25519` makes one (with a passphrase).",
        field="public_key",
    )


def fingerprint(printed: str) -> str | None:
    """The fingerprint in what `ssh-keygen -l` printed."""
    found = FINGERPRINT.match(printed)
    return found[1] if found is not None else None


def is_signature(text: str) -> bool:
    """Whether a text has the form of one SSH signature."""
    return SIGNATURE.fullmatch(text.replace("\r\n", "\n").strip() + "\n") is not None

"""SSH keys and what they sign, by the real ssh-keygen."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make_key(file: Path, kind: str = "ed25519") -> Path:
    """A new key pair: file and file.pub."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "somebody@desk", "-f", str(file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return file


def sign(key: Path, text: bytes, namespace: str) -> str:
    """A signature over a text, armoured."""
    command = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", namespace]
    return subprocess.run(command, input=text, check=True, capture_output=True).stdout.decode()

"""SSH keys for people who approve."""

from __future__ import annotations

import subprocess
from pathlib import Path


def ssh_key(folder: Path, name: str) -> Path:
    """A new ed25519 key without a passphrase: there is nobody here to type one."""
    path = folder / name
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
    subprocess.run(argv, check=True, capture_output=True)
    return path


def signature(key: Path, text: str, namespace: str = "kr8-approval") -> str:
    """What `ssh-keygen -Y sign` makes of a text."""
    argv = ["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", str(key)]
    return subprocess.run(argv, input=text, check=True, capture_output=True, text=True).stdout

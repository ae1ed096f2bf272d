"""Certificates of this machine itself, by the real openssl: whoever trusts the file trusts who has its key."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make_certificate(file: Path, name: str = "shop.test") -> Path:
    """A PEM file with a new certificate for a name and 127.0.0.1, and its key."""
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")
    names = f"subjectAltName=DNS:{name},IP:127.0.0.1"
    made = ("-keyout", "-", "-out", "-", "-days", "2", "-subj", f"/CN={name}", "-addext", names)
    file.write_bytes(subprocess.run(["openssl", "req", "-x509", *kind, *made], check=True, capture_output=True).stdout)
    return file

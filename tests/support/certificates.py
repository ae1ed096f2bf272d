"""Certificates of this machine itself, by the real openssl: whoever trusts the file trusts who has its key."""

from __future__ import annotations

import subprocess
from pathlib import Path

NAMES = "subjectAltName=DNS:shop.test,IP:127.0.0.1"


def make_certificate(file: Path) -> Path:
    """A PEM file with a new certificate for shop.test and 127.0.0.1, and its key."""
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")
    made = ("-keyout", "-", "-out", "-", "-days", "2", "-subj", "/CN=shop.test", "-addext", NAMES)
    file.write_bytes(subprocess.run(["openssl", "req", "-x509", *kind, *made], check=True, capture_output=True).stdout)
    return file

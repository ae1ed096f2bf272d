"""Credentials that stand in requests: headers, curl's, and those that Docker keeps for a registry (pure)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from kr8.drivers.scan.settings_files import LONGEST_LINE

HEADER = re.compile(
    r"""authorization["']?[ \t]*[:=][ \t]*["']?(?:bearer|basic|token)[ \t]+([\w.~+/-]{16,500}={0,2})""", re.IGNORECASE
)
CURL = re.compile(r"""\bcurl\b[^|;]{0,500}?[ \t](?:-u|--user)[ \t=]?["']?[^\s:"'$]+:([^\s"'|;]{8,200})""")
DOCKER = re.compile(r""""auth"[ \t]*:[ \t]*"([A-Za-z0-9+/]{12,500}={0,2})\"""")
"""https://github.com/docker/cli: user and password in base64, in config.json."""
SIGN = re.compile(r"[Aa]uth|AUTH|curl")
"""What each of them has, and few other lines."""


def of_requests(line: str) -> Iterator[str]:
    """What a line authenticates with; passwords without their user."""
    if len(line) > LONGEST_LINE or not SIGN.search(line):
        return
    yield from HEADER.findall(line)
    yield from CURL.findall(line)
    for encoded in DOCKER.findall(line):
        yield from _password(encoded)


def _password(encoded: str) -> Iterator[str]:
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    user, _, password = decoded.partition(":")
    if user and password:
        yield password

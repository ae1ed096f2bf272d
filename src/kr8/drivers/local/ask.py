"""Ask a service over HTTP, on this machine only."""

from __future__ import annotations

import re
import time
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote

from kr8.domain.target import Answer

ANSWER_SECONDS = 2.0
SERVER_HEADER = "x-kr8-server"
"""In it the proxy names the instance that answered."""
_INSTANCE = re.compile(r"(\w+)-\w+")
LONGEST = 64 << 10
"""Bytes of a body that are held at once."""
LEGAL = "/_.~!$&'()*+,;=:@%?-"
"""What a path of a URL may have in it besides letters and digits; what is written %XX stays as it is."""


def url_path(path: str) -> str:
    """A path of kr8.toml as a request has it: "/größe" is "/gr%C3%B6%C3%9Fe"."""
    return quote(path, safe=LEGAL)


def ask(address: str, path: str, version_header: str | None, probe: str = "") -> Answer:
    """GET a path at "127.0.0.1:PORT"; redirects are answers, not followed.

    `probe`: the word by which the proxy leaves the question out of what it counts.
    """
    host, _, port = address.rpartition(":")
    connection = HTTPConnection(host, int(port), timeout=ANSWER_SECONDS)
    began = time.monotonic()
    try:
        headers = {"User-Agent": "kr8", "Connection": "close"} | ({"X-Kr8-Probe": probe} if probe else {})
        connection.request("GET", url_path(path), headers=headers)
        response = connection.getresponse()
        while response.read(LONGEST) and time.monotonic() - began < ANSWER_SECONDS:
            pass  # what is left unread breaks the connection, and the service says so in its output
    except (OSError, HTTPException) as error:
        return Answer(status=None, error=f"{type(error).__name__}: {error}", ms=_since(began))
    finally:
        connection.close()
    server = _INSTANCE.fullmatch(response.getheader(SERVER_HEADER) or "")
    version = response.getheader(version_header) if version_header is not None else None
    return Answer(
        status=response.status,
        release=server[1] if server else None,
        # The library takes headers for latin-1.
        version=version.encode("latin-1").decode("utf-8", "replace") if version is not None else None,
        ms=_since(began),
    )


def _since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 2)

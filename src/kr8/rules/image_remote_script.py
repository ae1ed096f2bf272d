"""Builds run no script that they have just fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.dockerfile import is_dockerfile
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="image-remote-script",
    part=Part.IMAGE,
    severity=Severity.MEDIUM,
    title="A build runs no script straight from where it was fetched.",
    why="Who holds that address runs commands in every build, and half a download is run too.",
    mend="Fetch a version of it into a file, compare its SHA-256 by sha256sum --check, and run it then.",
    link="https://docs.docker.com/reference/dockerfile/#add---checksum",
    security=True,
)
PASSES = {
    "Dockerfile": "FROM alpine:3.22\n"
    "ADD --checksum=sha256:2b3c https://get.example/i.sh /i.sh\nRUN sh /i.sh\nRUN curl -f https://a.example/x | tar x\n"
}
FAILS = {
    "Dockerfile": "FROM alpine:3.22\nRUN apk add curl \\\n && curl -fsSL https://get.example/i.sh | bash -s -- -y\n"
}

_SHELL = r"(?:sudo\s+(?:-\S+\s+)*)?(?:/\S*/)?(?:ba|da|z|k|a)?sh\b"
_PIPED = re.compile(rf"\b(?:curl|wget)\s[^|;&]*\|\s*{_SHELL}")
_EVALUATED = re.compile(r"\b(?:ba|da|z|k|a)?sh\s+(?:-c\s+[\"']?\$\(|<\()\s*(?:curl|wget)\b")


def check(code: Code) -> Iterator[Finding]:
    """Each line of a Dockerfile that hands a download to a shell."""
    for path, text in code.texts.items():
        if is_dockerfile(path):
            for number, line in enumerate(text.splitlines(), 1):
                if not line.lstrip().startswith("#") and (_PIPED.search(line) or _EVALUATED.search(line)):
                    yield RULE.finding("A script is fetched and run unseen.", f"{path}:{number}")

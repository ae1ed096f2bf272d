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
LONGEST = 20_000
_PIPED = re.compile(rf"\b(?:curl|wget)\s(?:[^|;&]|&(?!&)){{0,300}}\|\s*{_SHELL}")
_EVALUATED = re.compile(r"\b(?:ba|da|z|k|a)?sh\s+(?:-c\s+[\"']?\$\(|<\()\s*(?:curl|wget)\b")


def check(code: Code) -> Iterator[Finding]:
    """Each instruction of a Dockerfile that hands a download to a shell."""
    for path, text in code.texts.items():
        if is_dockerfile(path):
            for number, command in _whole(text):
                if _PIPED.search(command) or _EVALUATED.search(command):
                    yield RULE.finding("A script is fetched and run unseen.", f"{path}:{number}")


def _whole(text: str) -> Iterator[tuple[int, str]]:
    """Each line with those that go on with it, and the number of the first; comments are none."""
    begun, parts = 1, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        begun = begun if parts else number
        parts.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            yield begun, " ".join(parts)[:LONGEST]
            parts.clear()
    if parts:
        yield begun, " ".join(parts)[:LONGEST]

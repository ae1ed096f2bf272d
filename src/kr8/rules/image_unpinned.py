"""Images are pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.dockerfile import is_dockerfile
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="image-unpinned",
    part=Part.IMAGE,
    severity=Severity.MEDIUM,
    title="An image is built from one that is named by a version or a digest.",
    why="latest is another image tomorrow: what was tested is not what is built.",
    mend="Name a version, or better a digest: FROM python:3.13.1-slim@sha256:DIGEST.",
    link="https://docs.docker.com/build/building/best-practices/#pin-base-image-versions",
)
PASSES = {"Dockerfile": "FROM python:3.13.1-slim AS build\nFROM build\nFROM scratch\n"}
FAILS = {"api/Dockerfile": "FROM python\n"}

_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)


def check(code: Code) -> Iterator[Finding]:
    """Each FROM without a tag or digest, or with the tag latest; what a build argument names is not known."""
    for path, text in code.texts.items():
        if is_dockerfile(path):
            stages = {"scratch"}
            for number, line in enumerate(text.splitlines(), 1):
                found = _FROM.match(line)
                if found is not None:
                    if found[1].lower() not in stages and not _pinned(found[1]):
                        yield RULE.finding("The image it is built from is not pinned.", f"{path}:{number}")
                    stages |= {found[2].lower()} if found[2] else set()


def _pinned(image: str) -> bool:
    tag = image.rpartition("/")[2].partition(":")[2]
    return "@" in image or "$" in image or tag not in ("", "latest")

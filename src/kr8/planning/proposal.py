"""A parameter that a template could have, and where it stands in the project that it is made of (pure)."""

from __future__ import annotations

import re
from hashlib import sha256

from kr8.domain.model import Model
from kr8.domain.template import Parameter

LONGEST_NAME = 64


class Found(Model):
    """A text of the project, and the expression that stands for it."""

    pattern: str
    expression: str
    path: str | None = None
    """The file in which alone it is looked for."""


class Proposal(Model):
    """A parameter that the template could have."""

    parameter: Parameter
    text: str
    """What it is in the project."""
    found: tuple[Found, ...]
    example: str | None = None
    """What to try it with, where it has no default."""


def word(text: str) -> str:
    """The pattern of a text that is no part of a longer word."""
    return rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])"


def named(*parts: str | None) -> str:
    """The name of a parameter; what is too long for one ends with a digest."""
    name = "_".join(part.replace("-", "_") for part in parts if part)
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 9]}_{sha256(name.encode()).hexdigest()[:8]}"

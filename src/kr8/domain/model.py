"""The base of every value in kr8, and the field types that more than one of them uses."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)


class Model(BaseModel):
    """A frozen value that refuses fields it does not know.

    The texts under fields are for readers of the code and for scripts/reference, which has pydantic collect them:
    to do so at every start would cost a third of the daemon's imports. For the same reason what checks a model is
    built when it is first used: most processes use few of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def shared(value: Model) -> Any:
    """A field's default that all share, which pydantic would copy deeply for each: a project has hundreds."""
    return Field(default_factory=lambda: value)


NAME_FORM = "lower-case letters, digits and single dashes, starting with a letter, at most 32 characters"

NAME_PATTERN = r"^[a-z](?:-?[a-z0-9]){0,31}$"
SECRET_FORM = "capital letters, digits and underscores, not starting with a digit, at most 128 characters"
SECRET_PATTERN = r"^[A-Z_][A-Z0-9_]{0,127}$"

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,252}")
"""A name of an environment variable that every target takes."""

ADDRESS_PATTERN = r"^127\.0\.0\.1:\d{1,5}$"
ADDRESS_FORM = "kr8 listens on the loopback of its machine only, 127.0.0.1:PORT, for its proxy speaks no TLS"

VERSION_PATTERN = r"^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$"
VERSION_FORM = "a version is MAJOR.MINOR.PATCH, such as 1.2.3"

PARAMETER_PATTERN = r"^[a-z][a-z0-9_]{0,63}$"
PARAMETER_FORM = "lower-case letters, digits and underscores, starting with a letter, at most 64 characters"

NEED_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}( >= \d{1,9}(\.\d{1,9}){0,2})?$"
NEED_FORM = 'a program, alone or with its least version: "uv" or "node >= 20"'

COMMIT_PATTERN = r"^([0-9a-f]{40}|[0-9a-f]{64})$"
COMMIT_FORM = "the full id of a commit, 40 or 64 hexadecimal digits, for a branch or a tag may move: git rev-parse HEAD"

DIGEST_PATTERN = r"^[0-9a-f]{64}$"
DIGEST_FORM = "a SHA-256, 64 hexadecimal digits"

FILES_PATTERN = r"^[^\\\x00-\x1f\x7f]{1,200}$"
FILES_FORM = "a path with * and ?, and ** for folders of any depth, at most 200 characters, such as third_party/**"

URL_PATTERN = (
    r"^(https://(\[[0-9a-f:.]+\]|[^/@:\s\[\]]+)(:\d{1,5})?|"
    r"ssh://([^/@:\s]+@)?(\[[0-9a-f:.]+\]|[^/@:\s\[\]]+)(:\d{1,5})?|file://)/.*$"
)
URL_FORM = "https://HOST/PATH, ssh://USER@HOST/PATH or file:///PATH, without a password and a token, because it is kept"

FORMS = {
    NAME_PATTERN: NAME_FORM,
    SECRET_PATTERN: SECRET_FORM,
    ADDRESS_PATTERN: ADDRESS_FORM,
    VERSION_PATTERN: VERSION_FORM,
    PARAMETER_PATTERN: PARAMETER_FORM,
    NEED_PATTERN: NEED_FORM,
    COMMIT_PATTERN: COMMIT_FORM,
    DIGEST_PATTERN: DIGEST_FORM,
    FILES_PATTERN: FILES_FORM,
    URL_PATTERN: URL_FORM,
}
"""What the patterns mean, in words."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=32)]
"""A name of a project, service, environment or secret group: safe in paths, labels, DNS and every command line."""

SecretName = Annotated[str, StringConstraints(pattern=SECRET_PATTERN)]
"""A name of an environment variable that carries a secret."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
LONGEST = timedelta(days=36_500)
"""A date so far ahead can still be written down."""
_SIZES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def parse_duration(value: Any) -> Any:
    """Turn "1m30s" into a timedelta; other values pass on to pydantic, which takes numbers as seconds.

    Raises ValueError when a text is not a sequence of numbers with units, and for what is negative or without end.
    """
    if isinstance(value, int | float):
        return _bounded(value)
    if not isinstance(value, str):
        return value
    parts = _PART.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value.strip():
        raise ValueError('a duration is written like "30s", "2m", "1h30m" or "250ms"')
    return timedelta(seconds=_bounded(sum(float(number) * _UNITS[unit] for number, unit in parts)))


def _bounded(seconds: float) -> float:
    if seconds < 0:
        raise ValueError("a duration is never negative")
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"a duration is at most {format_duration(LONGEST)}")
    return seconds


def format_duration(value: timedelta) -> str:
    """Write a timedelta in the form that parse_duration reads, largest unit first."""
    left = round(value.total_seconds() * 1000)
    texts: list[str] = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        number, left = divmod(left, size)
        if number:
            texts.append(f"{number}{unit}")
    return "".join(texts) or "0s"


def parse_share(value: Any) -> Any:
    """Turn "0.5%" into 0.005; numbers pass unchanged. Raises ValueError on other texts."""
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\d+(\.\d+)?%", value) is None:
        raise ValueError('a share is written like "0.5%"')
    return float(value[:-1]) / 100


def parse_size(value: Any) -> Any:
    """Turn "256M" into bytes; numbers pass unchanged. Raises ValueError on other texts."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+)([KMG]?)", value)
    if match is None:
        raise ValueError('a size is written like "512K", "256M" or "2G"')
    return int(match.group(1)) * _SIZES[match.group(2)]


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d))+$", "examples": ["30s", "2m"]}),
]
Fraction = Annotated[
    float,
    BeforeValidator(parse_share),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d+(\.\d+)?%$"}, {"type": "number"}]}),
]
Size = Annotated[
    int,
    BeforeValidator(parse_size),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": r"^\d+[KMG]?$"}, {"type": "integer"}]}),
]

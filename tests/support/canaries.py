"""Twelve secrets as people have them, and how each would be recognised wherever it turns up, whole or in part."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

NAMES = tuple(f"CANARY_{number}" for number in range(12))
_SHAPES = (
    "{}",
    "pa ss/{}+word=",
    'say "{}" twice',
    "it's {} & more",
    "back\\slash{}",
    "line one {}\nline two {}",
    "schlüssel-{}-日本",
    "postgresql://shop:{}@localhost/shop?sslmode=require",
    "%41{}%42",
    "<{}>" + "y" * 68 + "{}",
    "${{{}}}",
    "x" * 2000 + "{}",
)
"""Plain, with spaces and quotes, of several lines, not ASCII, long: cut at 80 characters, or at 2,000."""
PART = 8
"""So many characters of what is random in a secret are found in nothing else."""


def canaries() -> dict[str, str]:
    """Fresh values, by name."""
    fresh = [secrets.token_hex(12) for _ in NAMES]
    return {
        name: shape.replace("{}", value).replace("{{", "{").replace("}}", "}")
        for name, shape, value in zip(NAMES, _SHAPES, fresh, strict=True)
    }


def forms(value: str) -> tuple[str, ...]:
    """The ways in which a value is written: plain, JSON-escaped, URL-encoded, base64, hexadecimal."""
    raw = value.encode()
    return (
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(value, safe=""),
        quote_plus(value),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        raw.hex(),
    )


def needles(values: Mapping[str, str]) -> re.Pattern[str]:
    """Finds any form of any value, and any part of what is random in it."""
    found = {form for value in values.values() for form in forms(value)}
    for value in values.values():
        for random in re.findall(r"[0-9a-f]{24}", value):
            found |= {random[start : start + PART] for start in range(len(random) - PART + 1)}
            found |= {part for text in _encoded(value, random) for part in text}
    return re.compile("|".join(re.escape(each) for each in sorted(found, key=len, reverse=True)))


def _encoded(value: str, random: str) -> Iterable[list[str]]:
    """Parts of the base64 of what is random, at its place in the base64 of the whole."""
    text = base64.b64encode(value.encode()).decode()
    start = 4 * (value.encode().index(random.encode()) // 3 + 1)
    core = text[start : start + 24]
    yield [core[at : at + PART + 4] for at in range(len(core) - PART - 3)]

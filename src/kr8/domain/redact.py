"""Take secret values out of text, however they were written."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "«redacted»"
SHORTEST = 6
"""Shorter values would mask half of every text; `secret set` warns of them."""


def _base64_cores(value: bytes) -> Iterator[str]:
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + value).decode().rstrip("=")
            start = (0, 2, 3)[shift]
            end = len(text) - (1 if (shift + len(value)) % 3 else 0)
            if end - start >= SHORTEST:
                yield text[start:end]


def forms(value: str) -> frozenset[str]:
    """Every way a secret is looked for: plain, base64 at each offset, URL-encoded, JSON-escaped, hexadecimal."""
    raw = value.encode()
    texts = {value, quote(value), quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    texts |= {json.dumps(value, ensure_ascii=False)[1:-1], raw.hex(), raw.hex().upper(), repr(value)[1:-1]}
    texts |= set(_base64_cores(raw))
    texts |= {line for line in value.splitlines() if len(line) >= SHORTEST}
    return frozenset(text for text in texts if len(text) >= SHORTEST)


class Redactor:
    """Masks a set of secret values in texts and in JSON-like values."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = sorted({form for secret in secrets for form in forms(secret)}, key=len, reverse=True)
        self._pattern = re.compile("|".join(re.escape(form) for form in found)) if found else None
        self.longest = max((len(form) for form in found), default=0)
        """How many characters the longest form has: what a reader of chunks must hold back."""

    def text(self, text: str) -> str:
        """The text with every form of every secret masked."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def value(self, value: Any) -> Any:
        """A JSON-like value with every string in it masked, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return value

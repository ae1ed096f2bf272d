"""Take secret values out of text, however they were written."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

MASK = "«redacted»"
SHORTEST = 6
"""Shorter values would mask half of every text; `secret set` warns of them."""
FRAGMENT = 3
"""Characters of a secret that are masked where a line was cut, or where a line is all that stands of the secret."""

Span = tuple[int, int]


class Piece(NamedTuple):
    """What something outside kr8 printed: a line, or a piece of one."""

    text: str
    continues: bool = False
    """Whether the beginning of its line stands before it, or is lost."""
    goes_on: bool = False
    """Whether its line goes on after it, or may have."""


Mask = Callable[[Piece], str]
"""Gives the text of a piece with the secrets in it masked."""


def _base64_cores(value: bytes) -> Iterator[str]:
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + value).decode().rstrip("=")
            start = (0, 2, 3)[shift]
            end = len(text) - (1 if (shift + len(value)) % 3 else 0)
            if end - start >= SHORTEST:
                yield text[start:end]


def _escaped(text: str) -> Iterator[str]:
    """As a JSON string, in Python's words or a shell's, whatever quotation marks stand beside it."""
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield repr(text)[1:-1]
    yield repr(f'"{text}')[2:-1]
    yield text.replace("'", "'\"'\"'")


def forms(value: str) -> frozenset[str]:
    """Every way a secret is looked for: plain, base64 at each offset, URL-encoded, escaped up to twice, hexadecimal.

    Of what is printed on several lines, as base64 often is, each line.
    """
    raw = value.encode()
    texts = {value, quote(value), quote(value, safe=""), quote_plus(value), raw.hex(), raw.hex().upper()}
    texts.add(str(PurePosixPath(value)))  # a URL that was taken for a path
    escaped = set(_escaped(value))
    texts |= escaped | {again for text in escaped for again in _escaped(text)}
    texts |= set(_base64_cores(raw))
    texts |= {*value.splitlines(), *base64.encodebytes(raw).decode().splitlines()}
    return frozenset(text for text in texts if len(text) >= SHORTEST)


class Redactor:
    """Masks a set of secret values in texts and in JSON-like values."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = tuple(secrets)
        self._forms = sorted({form for secret in known for form in forms(secret)}, key=len, reverse=True)
        self._pattern = _any_of(map(re.escape, self._forms))
        self._torn = _any_of(sorted({line for secret in known for line in _torn(secret)}))

    def text(self, text: str) -> str:
        """The text with every form of every secret masked."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def piece(self, piece: Piece) -> str:
        """The text of a piece, masked; of a secret that is cut by its ends, or stands on several lines, its part too.

        Each piece is masked by itself: the others need not be there, nor have been printed yet.
        """
        text = piece.text
        spans = [match.span() for pattern in (self._pattern, self._torn) if pattern for match in pattern.finditer(text)]
        if piece.continues:
            spans.append((0, _cut(text, self._forms, piece.goes_on)))
        if piece.goes_on:
            backwards = (form[::-1] for form in self._forms)
            spans.append((len(text) - _cut(text[::-1], backwards, piece.continues), len(text)))
        return _masked(text, spans)

    def value(self, value: Any) -> Any:
        """A JSON-like value with every string in it masked, keys included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.value(key): self.value(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return value


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    text = "|".join(patterns)
    return re.compile(text) if text else None


def _torn(secret: str) -> Iterator[str]:
    """Patterns for the short lines of a secret that is printed on several: each where its line must then have it."""
    first, *others = secret.splitlines() or [""]
    lines = [(r"{}\Z", first), *((r"\A{}\Z", line) for line in others[:-1]), *((r"\A{}", line) for line in others[-1:])]
    for place, line in lines if others else ():
        if FRAGMENT <= len(line) < SHORTEST:
            yield place.format(re.escape(line))


def _cut(text: str, forms: Iterable[str], inside: bool) -> int:
    """How much of the text's beginning is the end of a form; `inside`: all of it may be a part of one."""
    return max((_end_of(form, text, inside) for form in forms), default=0) if len(text) >= FRAGMENT else 0


def _end_of(form: str, text: str, inside: bool) -> int:
    start = form.find(text[:FRAGMENT], 1)
    while start > 0:
        end = form[start:]
        if text.startswith(end) or (inside and end.startswith(text)):
            return min(len(end), len(text))
        start = form.find(text[:FRAGMENT], start + 1)
    return 0


def _masked(text: str, spans: Iterable[Span]) -> str:
    parts: list[str] = []
    done = 0
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if start > done or not done:
            parts += [text[done:start], MASK]
        done = max(done, end)
    return "".join([*parts, text[done:]])

"""YAML's and JSON's own ways to write a letter (pure): a word may stand in a file and be found by no search."""

from __future__ import annotations

import codecs
import re

_TWO_BYTES = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ESCAPED = re.compile(rb"\\(?:x|u00|U000000)([0-7][0-9A-Fa-f])|\\\r?\n[ \t]*+")


def spelled_out(content: bytes) -> bytes:
    """A text whose letters of ASCII stand as themselves; what it says is not kept otherwise."""
    plain = content.replace(b"\0", b"") if content.startswith(_TWO_BYTES) else content
    return _ESCAPED.sub(_letter, plain) if b"\\" in plain else plain


def _letter(escaped: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escaped[1].decode()) if escaped[1] else b""

"""Text as a systemd unit writes it: nothing of it a specifier, a variable or another setting (systemd.syntax(7))."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"[\\\"'\x00-\x1f\x7f]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def command(argv: tuple[str, ...]) -> str:
    """What ExecStart= is given: each word in quotes, nothing expanded."""
    return " ".join(_quoted(word.replace("$", "$$")) for word in argv)


def assignment(name: str, value: str) -> str:
    """What one Environment= is given."""
    return _quoted(f"{name}={value}")


def _quoted(text: str) -> str:
    return f'"{_SPECIAL.sub(_escape, text).replace("%", "%%")}"'


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0]) or f"\\x{ord(found[0]):02x}"

"""What every generated file begins with."""

from __future__ import annotations

from kr8.version import VERSION


def header(operation: str) -> str:
    """Who wrote the file, of what, and what becomes of a change by hand."""
    return f"Written by kr8 {VERSION}, {operation}, from kr8.toml. What you change here is kept and merged."

"""The right word for a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST = 12
"""Words that are named."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known words there are, the nearest first: text for a Problem's mend."""
    names = sorted(known)
    if not names:
        return "There are none yet."
    close = get_close_matches(word, names, n=3, cutoff=0.5)
    listed = ", ".join(close + [name for name in names if name not in close][: MOST - len(close)])
    listed += f", and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"Did you mean {close[0]!r}? There are: {listed}." if close else f"There are: {listed}."

"""Texts and lists that are too long to be shown whole."""

from collections.abc import Sequence

LONGEST_WORD = 80
"""Characters of a word that is quoted back to who gave it."""
LONGEST_LINE = 4_000
"""Characters of one line of what a program printed last."""
LONGEST_TAIL = 32_000
"""Characters of all that is kept of what a program printed last."""
MOST_NAMED = 5
"""Names of a list that are told."""


def quoted(word: str) -> str:
    """A word as an error quotes it, or only how long it is: of half a secret nobody would know that it is one."""
    return repr(word) if len(word) <= LONGEST_WORD else f"a text of {len(word):,} characters"


def named(names: Sequence[str]) -> str:
    """The first of some names, and how many there are besides."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"


def last_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The last of some lines, long ones cut, that are no more than LONGEST_TAIL characters; the newest at any rate.

    A secret must have been masked before.
    """
    kept: list[str] = []
    left = LONGEST_TAIL
    for line in reversed(lines):
        cut = line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE - 1]}…"
        left -= len(cut)
        if left < 0:
            break
        kept.append(cut)
    return tuple(reversed(kept))


def shortened(text: str, most: int) -> str:
    """The text, or its first characters and how many more there are. A secret must have been masked before."""
    left = len(text) - most
    return f"{text[:most]}… {left:,} characters more" if left > 0 else text

"""Texts that are too long to be shown whole."""

LONGEST_WORD = 80
"""Characters of a word that is quoted back to who gave it."""


def quoted(word: str) -> str:
    """A word as an error quotes it, or only how long it is: of half a secret nobody would know that it is one."""
    return repr(word) if len(word) <= LONGEST_WORD else f"a text of {len(word):,} characters"


def shortened(text: str, most: int) -> str:
    """The text, or its first characters and how many more there are. A secret must have been masked before."""
    left = len(text) - most
    return f"{text[:most]}… {left:,} characters more" if left > 0 else text

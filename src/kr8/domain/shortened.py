"""Texts that are too long to be shown whole."""


def shortened(text: str, most: int) -> str:
    """The text, or its first characters and how many more there are. A secret must have been masked before."""
    left = len(text) - most
    return f"{text[:most]}… {left:,} characters more" if left > 0 else text

"""A unified diff, line by line."""

from collections.abc import Iterator

from kr8.surfaces.cli.line import Line, Tone

TONES = {"+": Tone.GOOD, "-": Tone.BAD, "@": Tone.DIM}


def difference(text: str) -> Iterator[Line]:
    """The lines of a diff, as they are, so that `git apply` takes them."""
    yield from (Line(line, TONES.get(line[:1], Tone.PLAIN)) for line in text.removesuffix("\n").split("\n") if text)

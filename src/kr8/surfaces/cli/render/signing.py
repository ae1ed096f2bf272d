"""What a person is about to sign."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone, split


def text_lines(found: Mapping[str, Any]) -> Iterator[Line]:
    """Blast radius, as kr8 composed it; the requester's words, fenced; and the text that the key signs."""
    if found.get("touches"):
        yield Line(f"touches: {found['touches']}", Tone.STRONG)
        yield Line(f"undone by: {found['undone_by']}", Tone.STRONG)
    if found.get("untrusted_reason"):
        yield Line("reason, in the words of who asked:", Tone.DIM)
        yield from split(found["untrusted_reason"], indent="  | ")
    yield Line("your key signs this text:", Tone.DIM)
    yield from split(found["text"].rstrip("\n"), indent="  | ")

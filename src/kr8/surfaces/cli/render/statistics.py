"""What `kr8 validate` found, by rule."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone, split
from kr8.surfaces.cli.render import validation

WORST_FIRST = ("critical", "high", "medium", "low", "info")


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A line for each rule and severity, the worst and most frequent first; then what `validation` says at its end."""
    counts = Counter((finding["severity"], finding["rule"]) for finding in value["findings"])
    said = {(finding["severity"], finding["rule"]): finding["what"] for finding in value["findings"]}
    for (severity, rule), count in sorted(counts.items(), key=_order):
        text = f"{severity}: {count} × {rule}: {said[severity, rule]}"
        yield from split(text, validation.TONES.get(severity, Tone.PLAIN))
    yield from validation.lines({**value, "findings": [], "waivers": []})


def _order(counted: tuple[tuple[str, str], int]) -> tuple[int, int, str]:
    (severity, rule), count = counted
    return WORST_FIRST.index(severity), -count, rule

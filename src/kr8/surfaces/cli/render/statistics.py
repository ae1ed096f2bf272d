"""What `kr8 validate` found, by rule."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone, split
from kr8.surfaces.cli.render import validation

WORST_FIRST = ("critical", "high", "medium", "low", "info")
TOLD = ("verdict", "counts", "waived", "not_judged", "files_not_judged", "not_checked", "checks")
"""What programs are told besides the rules."""


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """A line for each rule and severity, the worst and most frequent first; then what `validation` says at its end."""
    for each in counted(value):
        text = f"{each['severity']}: {each['count']} × {each['rule']}: {each['what']}"
        yield from split(text, validation.TONES.get(each["severity"], Tone.PLAIN))
    yield from validation.lines({**value, "findings": [], "waivers": []})


def document(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same for programs: a validation with its rules in the place of its findings."""
    return {**{name: value[name] for name in TOLD}, "rules": list(counted(value))}


def counted(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """How often each rule finds something of a severity, with what it says of the last."""
    counts = Counter((finding["severity"], finding["rule"]) for finding in value["findings"])
    said = {(finding["severity"], finding["rule"]): finding["what"] for finding in value["findings"]}
    for (severity, rule), count in sorted(counts.items(), key=_order):
        yield {"severity": severity, "rule": rule, "count": count, "what": said[severity, rule]}


def _order(counted_rule: tuple[tuple[str, str], int]) -> tuple[int, int, str]:
    (severity, rule), count = counted_rule
    return WORST_FIRST.index(severity), -count, rule

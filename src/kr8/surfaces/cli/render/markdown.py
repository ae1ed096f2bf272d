"""A validation as Markdown, for a comment on a pull request."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.render import validation

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>&~@-])")


def text(value: Mapping[str, Any]) -> str:
    """A heading with the verdict, a table of the findings, and what was not checked."""
    return "\n".join(_lines(value))


def _lines(value: Mapping[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{count} {severity}" for severity, count in value["counts"].items()) or "no findings"
    yield f"### kr8 validate: {value['verdict']} ({counts})"
    yield ""
    for each in value["not_checked"]:
        yield f"- **not checked**: {plain(each['checker'])}: {plain(each['untrusted_why'])}"
    for each in value["not_judged"]:
        yield f"- {plain(validation.left_out(each, value))}"
    if value["not_checked"] or value["not_judged"]:
        yield ""
    if value["findings"]:
        yield "| severity | where | what | next |"
        yield "|---|---|---|---|"
        yield from map(_row, value["findings"])
    for waived in value["waivers"]:
        rule, place = plain(waived["rule"]), plain(waived["untrusted_place"] or "")
        yield f"- waived: {rule} {place}: {plain(waived['untrusted_reason'])}"


def _row(finding: Mapping[str, Any]) -> str:
    what = f"{plain(finding['what'])} {plain(finding['untrusted_why'])}".strip()
    cells = (finding["severity"], plain(finding["untrusted_place"] or ""), f"{what} ({plain(finding['rule'])})")
    return f"| {' | '.join(cells)} | {plain(finding['mend'])} |"


def plain(text: str) -> str:
    """A text on one line, in which nothing is Markdown, HTML or a mention."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))

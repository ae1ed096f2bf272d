"""What `kr8 validate` found."""

from collections.abc import Iterator, Mapping
from typing import Any

from kr8.surfaces.cli.line import Line, Tone, split

TONES = {"critical": Tone.BAD, "high": Tone.BAD, "medium": Tone.WARNING}
CHECKED = {"checked": "checked", "waived": "checked, but for what is waived"}
EVERYWHERE = ("secrets", "checked")
"""The checker that looks into what is left out, too, where it has looked at all."""
VERDICTS = {
    "passed": ("passed", Tone.GOOD),
    "findings": ("findings", Tone.BAD),
    "incomplete": ("incomplete: not everything could be checked", Tone.WARNING),
    "nothing": ("nothing to check: there is no file here that these checks look at", Tone.WARNING),
    "running": ("running", Tone.PLAIN),
}


def lines(value: Mapping[str, Any]) -> Iterator[Line]:
    """Findings, the worst first; what was checked; what was not; and at the end the verdict."""
    for finding in value["findings"]:
        yield from _finding(finding)
    for waived in value["waivers"]:
        yield Line(
            f"waived: {waived['rule']} {waived['untrusted_place'] or ''}: {waived['untrusted_reason']}", Tone.DIM
        )
    for check in value["checks"]:
        if check["state"] in CHECKED:
            how = "as before" if check["cached"] else f"{check['seconds']:.1f} s"
            found = "1 finding" if check["findings"] == 1 else f"{check['findings']} findings"
            said = f"{CHECKED[check['state']]}: {check['checker']}, {found}, {how}"
            yield Line(said, Tone.DIM)
    for each in value["not_judged"]:
        yield Line(left_out(each, value), Tone.WARNING)
    for each in value["not_checked"]:
        yield from split(f"not checked: {each['checker']}: {each['untrusted_why']}", Tone.WARNING)
    if value["next"] is not None:
        yield Line(f"more: --limit N, or --cursor {value['next']}; --statistics counts them by rule", Tone.STRONG)
    text, tone = VERDICTS[value["verdict"]]
    if value["verdict"] == "nothing" and value["files_not_judged"]:
        text = "nothing to check: all code is left out"
    yield Line(f"{text}{_counts(value)}", tone)


def left_out(each: Mapping[str, Any], value: Mapping[str, Any]) -> str:
    """What a pattern of kr8.toml leaves out, in a line, and whether secrets were looked for there."""
    is_searched = any((check["checker"], check["state"]) == EVERYWHERE for check in value["checks"])
    judged = "judged for secrets alone" if is_searched else "not judged"
    return f"left out by kr8.toml: {each['untrusted_pattern']} (files of code: {each['files']}), {judged}"


def _finding(finding: Mapping[str, Any]) -> Iterator[Line]:
    also = f" (also {', '.join(finding['also'])})" if finding["also"] else ""
    place = f"{finding['untrusted_place']}: " if finding["untrusted_place"] else ""
    head = f"{finding['severity']}: {place}{finding['what']} [{finding['rule']}]{also}"
    yield from split(head, TONES.get(finding["severity"], Tone.PLAIN))
    for label, text in (("why", finding["untrusted_why"]), ("next", finding["mend"]), ("see", finding["link"])):
        if text:
            yield from split(f"{label}: {text}", Tone.PLAIN, "  ")


def _counts(value: Mapping[str, Any]) -> str:
    told = [f"{count} {severity}" for severity, count in value["counts"].items()]
    told += [f"{value['waived']} waived"] if value["waived"] else []
    told += [f"{value['files_not_judged']} left out"] if value["files_not_judged"] else []
    return f": {', '.join(told)}" if told else ""

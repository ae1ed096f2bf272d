"""Jobs, and when they are due (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals.refusal import Refusal, has, quoted, text_of

ALL_RESTARTS = ("Always", "OnFailure", "Never")
RESTARTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), ("Always",)),
    **dict.fromkeys(("Job", "CronJob"), ("OnFailure", "Never")),
}
"""How pods of a kind may be restarted."""
NAMED = re.compile(
    r"@(?:yearly|annually|monthly|weekly|daily|midnight|hourly|every (?:\d+(?:\.\d+)?(?:[mun]?s|[hm]))+)"
)
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
DAYS = "sun mon tue wed thu fri sat"
FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, tuple(MONTHS.split())),
    ("day of the week", 0, 6, tuple(DAYS.split())),
)
"""The fields of a schedule: the least and the most of each, and the names of these."""
PART = re.compile(r"(?:[*?]|(\w+)(?:-(\w+))?)(?:/(\d{1,9}))?")


def of_restarts(spec: Node, kind: str) -> Iterator[Refusal]:
    """Pods of a job are not restarted for ever, which is what they are where they do not say; others are."""
    known, policy = RESTARTS.get(kind, ALL_RESTARTS), spec.at("restartPolicy")
    text = text_of(policy)
    if not has(policy) or text == "":
        if "Always" not in known:
            yield ("restartPolicy",), f"it is {' or '.join(known)} here, and Always where nothing is said"
    elif text is not None and text not in known:
        yield ("restartPolicy",), f"{quoted(text)} is none of {', '.join(known)}"


def of_schedule(node: Node, kind: str) -> Iterator[Refusal]:
    """A schedule that nothing is due by."""
    text = text_of(node.at("spec", "schedule")) if kind == "CronJob" else None
    if text is not None and (why := _wrong(text)):
        yield ("spec", "schedule"), f"{quoted(text)}: {why}"


def _wrong(schedule: str) -> str:
    if "TZ=" in schedule:
        return "a time zone stands in spec.timeZone"
    if NAMED.fullmatch(schedule):
        return ""
    fields = schedule.split()
    if len(fields) != len(FIELDS):
        return "it has five fields: minute, hour, day of the month, month, day of the week"
    for text, (name, least, most, words) in zip(fields, FIELDS, strict=True):
        if not all(_is_part(part, least, most, words) for part in text.split(",")):
            return f"{quoted(text)} is no {name}"
    return ""


def _is_part(part: str, least: int, most: int, words: tuple[str, ...]) -> bool:
    found = PART.fullmatch(part)
    if found is None or found[3] == "0":
        return False
    first, last = (_number(text, least, words) for text in (found[1] or str(least), found[2] or str(most)))
    return least <= first <= last <= most


def _number(text: str, least: int, words: tuple[str, ...]) -> int:
    """What a field says; -1: nothing."""
    if text.isdecimal():
        return int(text)
    return words.index(text.lower()) + least if text.lower() in words else -1

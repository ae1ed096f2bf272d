"""Waivers for what is found today, a rule and a file each, so that what comes tomorrow stands out (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from glob import escape
from itertools import pairwise

from kr8.domain.finding import WORST_FIRST, Severity, split_place
from kr8.domain.infrastructure_check import CheckState, Found, Validated
from kr8.domain.merging import SECRETS
from kr8.domain.model import Model
from kr8.domain.settling import MEND
from kr8.domain.toml_lines import lines
from kr8.domain.waiver import EXPIRED, FILE, NOT_CHECKED, Expired, heads, plain_place

_PATTERN = re.compile(r"[*?]")
CRITICAL = f"It is critical: mend it, or its owner waives it in {FILE}, by its own rule."
SECRET = f"It may be a secret: revoke it and take it out, or its owner waives it in {FILE}."
OF_WAIVERS = "What is wrong with waivers cannot be waived: mend the waiver."
UNREAD = f"It says that something was not checked: mend it, or its owner waives it in {FILE}, by its own rule."
_UNREAD = frozenset(
    {
        *("kubernetes/unreadable", "kr8/terraform-unreadable", "ansible/unreadable", "rego/unreadable"),
        *("kr8/invalid-project-file", "kubernetes/schema-not-valid", "ansible/syntax", "ansible-lint/parser-error"),
        *("hadolint/DL1000", "shellcheck/SC1072", "shellcheck/SC1073"),
    }
)
"""Rules of files of which nobody has judged what they say, or what they say from there on."""
_OF_SECRETS = SECRETS | frozenset(
    {
        *("actionlint/credentials", "zizmor/hardcoded-container-credentials"),
        *(f"checkov/CKV_{name}" for name in ("AWS_384", "AZURE_45", "AZURE_239", "BCW_1", "LIN_1", "OCI_1")),
        *(f"checkov/CKV_{name}" for name in ("OPENSTACK_1", "PAN_1", "TC_13")),
    }
)
"""Rules of what may be a secret: those besides `SECRETS` name no line at which a pattern finds it."""
NAMELESS = f"No waiver can name its file and its rule: somebody waives it in {FILE}."


class Promise(Model):
    """Who comes back to what is waived, why and until when."""

    owner: str
    reason: str
    expires: date
    """The last day on which it is waived."""


class Entry(Model):
    """A waiver of one rule in one file."""

    path: str
    rule: str
    at_most: Severity
    """The worst of what was found: what is worse later stands."""

    def text(self, promise: Promise) -> str:
        """It, as a table of the file."""
        keys = {"rule": self.rule, "place": escape(self.path), "owner": promise.owner, "reason": promise.reason}
        return "\n".join(
            ["[[waiver]]", *lines(keys), f"expires = {promise.expires}", f'at_most = "{self.at_most}"', ""]
        )


class Left(Model):
    """What is not waived, and why."""

    rule: str
    place: str | None
    severity: Severity
    """Info: it was not checked."""
    why: str


class ToWaive(Model):
    """What stands of a validation, by what becomes of it."""

    entries: tuple[Entry, ...]
    """By file and rule."""
    waived: tuple[Found, ...]
    """What they waive."""
    rest: tuple[Found, ...]
    """What is found besides, information too."""
    left: tuple[Left, ...]

    def with_renewed(self, gone: Iterable[Expired]) -> ToWaive:
        """The same once these are renewed: that they have expired is no finding any more."""
        places = {f"{FILE}:{each.line}" for each in gone}
        rest = (each for each in self.rest if not _has_expired(each.finding.rule, each.finding.place, places))
        left = (each for each in self.left if not _has_expired(each.rule, each.place, places))
        return self.model_copy(update={"rest": tuple(rest), "left": tuple(left)})


def _has_expired(rule: str, place: str | None, places: set[str]) -> bool:
    return rule == f"waivers/{EXPIRED}" and place in places


def to_waive(validated: Validated) -> ToWaive:
    """Of what stands, what may be waived file by file, and what asks for a person's own entry.

    What is only information asks nobody for anything: it is neither.
    """
    waived: list[Found] = []
    rest: list[Found] = []
    left: list[Left] = []
    for each in validated.found:
        finding = each.finding
        is_info = finding.severity is Severity.INFO
        why = "" if is_info else _why_not(each)
        (rest if is_info or why else waived).append(each)
        if why:
            left.append(Left(rule=finding.rule, place=finding.place, severity=finding.severity, why=why))
    unchecked = [
        Left(rule=f"{check.checker}/{NOT_CHECKED}", place=None, severity=Severity.INFO, why=f"{check.why} {MEND}")
        for check in validated.checks
        if check.state is CheckState.NOT_CHECKED
    ]
    return ToWaive(entries=_entries(waived), waived=tuple(waived), rest=tuple(rest), left=(*left, *unchecked))


def renewed(expired: Iterable[Expired], entries: Iterable[Entry]) -> tuple[Expired, ...]:
    """Those of the expired waivers in whose place one of these comes."""
    named = {(entry.rule, entry.path) for entry in entries}
    return tuple(each for each in expired if (each.rule, plain_place(each.place)) in named)


def without(content: bytes, gone: Iterable[Expired]) -> bytes:
    """The file's content without these; comments below one stay."""
    every, begins = content.split(b"\n"), heads(content.decode(errors="replace"))
    numbers = {each.line for each in gone}
    kept = every[: begins[0] - 1] if begins else every
    for begin, end in pairwise([*begins, len(every) + 1]):
        block = every[begin - 1 : end - 1]
        kept += _comments_below(block) if begin in numbers else block
    return b"\n".join(kept)


def _comments_below(block: list[bytes]) -> list[bytes]:
    last = max(number for number, line in enumerate(block) if line.strip() and not line.lstrip().startswith(b"#"))
    below = block[last + 1 :]
    return below if any(line.strip() for line in below) else []


def appended(content: bytes, entries: Iterable[Entry], promise: Promise) -> bytes:
    """The file's content with these waivers after those that it has."""
    before = content.rstrip()
    tables = "\n".join(entry.text(promise) for entry in entries)
    return (before + b"\n\n" if before else b"") + tables.encode()


def _why_not(found: Found) -> str:
    """Why a finding is waived by its own entry alone; "": it need not be."""
    rule = found.finding.rule
    if rule.startswith("waivers/"):
        return OF_WAIVERS
    if any(each in _OF_SECRETS or each.startswith("secrets/") for each in (rule, *found.also)):
        return SECRET
    if found.finding.severity is Severity.CRITICAL:
        return CRITICAL
    if rule in _UNREAD:
        return UNREAD
    return NAMELESS if not found.finding.place or _PATTERN.search(rule) else ""


def _entries(found: Iterable[Found]) -> tuple[Entry, ...]:
    worst: dict[tuple[str, str], Severity] = {}
    for each in found:
        key = split_place(each.finding.place)[0], each.finding.rule
        worst[key] = min(worst.get(key, Severity.INFO), each.finding.severity, key=WORST_FIRST.index)
    return tuple(Entry(path=path, rule=rule, at_most=worst[path, rule]) for path, rule in sorted(worst))

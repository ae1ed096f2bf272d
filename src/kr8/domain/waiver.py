"""Findings that a project lives with, for a while and for a reason: `.kr8/waivers.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from kr8.domain.finding import Finding, Severity
from kr8.domain.model import Model

FILE = ".kr8/waivers.toml"
EXAMPLE = 'rule = "checkov/CKV_AWS_18", place = "infra/terraform/*", owner = "…", reason = "…", expires = 2027-01-31'
_HEAD = re.compile(r"^[ \t]*\[\[\s*waiver\s*\]\]", re.MULTILINE)
_LINE = re.compile(r"at line (\d+)")
NOT_CHECKED = "not-checked"
"""What a waiver names, after the name of a checker, of what that did not judge: terraform/not-checked."""
LONGEST = timedelta(days=366)
"""How far off the last day of a waiver may be: who put it off looks at it again."""
_ANY = re.compile(r"[*?\[]|^$")
_PATTERN = re.compile(r"[*?]")
_KEYS = ("rule", "place", "owner", "reason", "expires")
_WORST = "at_most"
_WORSE = tuple(Severity)


class Waiver(Model):
    """One rule that is waived in some places, until a day."""

    rule: str
    place: str
    """A pattern of paths, with * and ?; with a line, it is that line alone."""
    owner: str
    reason: str
    expires: date
    """The last day on which it waives."""
    line: int
    """Where it stands in the file."""
    at_most: Severity = Severity.CRITICAL
    """The worst severity that it waives."""

    def covers(self, rules: Iterable[str], place: str | None) -> bool:
        """Whether it waives a finding that goes by one of these rules, at this place."""
        path = (place or "").rpartition(":")[0] or (place or "")
        return self.rule in rules and (fnmatchcase(path, self.place) or fnmatchcase(place or "", self.place))

    def bears(self, severity: Severity) -> bool:
        """Whether what it covers may be so severe."""
        return _WORSE.index(severity) <= _WORSE.index(self.at_most)

    def said(self) -> str:
        """The reason, with who gave it and until when."""
        return f"{self.reason} ({self.owner}, until {self.expires})"


class Waivers(Model):
    """The waivers that count, and what is wrong with the others."""

    counting: tuple[Waiver, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_waivers(content: bytes | None, today: date) -> Waivers:
    """The waivers of a file's content. What is expired or lacks something waives nothing and is a finding."""
    if content is None:
        return Waivers()
    text = content.decode(errors="replace")
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = _LINE.search(str(error))
        return Waivers(findings=(_finding("not-valid", f"{error}.", int(line[1]) if line else 1),))
    lines = [text.count("\n", 0, match.end()) + 1 for match in _HEAD.finditer(text)]
    given: Any = document.get("waiver", [])
    if set(document) - {"waiver"} or not isinstance(given, list) or len(lines) != len(given):  # pyright: ignore[reportUnknownArgumentType]
        what = "The file has something else in it than [[waiver]] tables."
        return Waivers(findings=(_finding("not-valid", what, 1),))
    return _sorted_out(given, lines, today)  # pyright: ignore[reportUnknownArgumentType]


def _sorted_out(given: list[dict[str, Any]], lines: list[int], today: date) -> Waivers:
    counting: list[Waiver] = []
    findings: list[Finding] = []
    for table, line in zip(given, lines, strict=True):
        wrong = next(_mistakes(table, today), None)
        if wrong is None:
            counting.append(Waiver(**table, line=line))
        else:
            findings.append(_finding(*wrong, line))
    return Waivers(counting=tuple(counting), findings=tuple(findings))


def _mistakes(table: dict[str, Any], today: date) -> Iterator[tuple[str, str]]:
    """Rule and words of what is wrong with a waiver."""
    for key in ("rule", "place", "owner", "reason"):
        if not isinstance(value := table.get(key), str) or not value.strip():
            yield f"no-{key}", f"A waiver has no {key}: it waives nothing."
    if _PATTERN.search(str(table.get("rule", ""))):
        yield "pattern", "A waiver names one rule, by its whole name: it waives nothing."
    of_unjudged = str(table.get("rule")).endswith(f"/{NOT_CHECKED}")
    if of_unjudged and _ANY.search(str(table.get("place", "")).partition("/")[0]):
        yield "no-place", "What was not checked is waived where it lies, and not everywhere: this waives nothing."
    expires = table.get("expires")
    if type(expires) is not date:
        yield "no-expiry", "A waiver has no day on which it expires: it waives nothing."
    elif expires < today:
        yield "expired", f"The waiver of {table['rule']} expired on {expires}: it waives nothing any more."
    elif expires > today + LONGEST:
        yield "too-long", f"A waiver goes on for more than {LONGEST.days} days, until {expires}: it waives nothing."
    if (worst := table.get(_WORST, Severity.HIGH)) not in _WORSE:
        yield "not-valid", f"A waiver's {_WORST} is one of {', '.join(_WORSE)}, and not {worst!r}: it waives nothing."
    unknown = sorted(set(table) - {*_KEYS, _WORST})
    if unknown:
        yield "not-valid", f"A waiver has {unknown[0]!r} in it, which says nothing: it waives nothing."


def unused(waiver: Waiver, found: Iterable[str]) -> Finding:
    """What to say of a waiver that waives nothing any more; `found`: the rules that did find something."""
    near = get_close_matches(waiver.rule, sorted(set(found) - {waiver.rule}), n=1, cutoff=0.85)
    hint = f" Did you mean {near[0]}?" if near else ""
    return Finding(
        rule="waivers/unused",
        severity=Severity.LOW,
        what="A waiver waives nothing: its rule finds nothing where it holds.",
        why=f"{waiver.rule} at {waiver.place}.{hint}",
        mend="Remove it: it would hide what is found there next. Or mend the names of its rule and place.",
        place=f"{FILE}:{waiver.line}",
    )


def _finding(rule: str, what: str, line: int) -> Finding:
    return Finding(
        rule=f"waivers/{rule}",
        severity=Severity.HIGH,
        what=what,
        why="A waiver is somebody's promise to come back to a finding: who, why and until when.",
        mend="Mend what it waives and remove it; or let its owner renew it."
        if rule == "expired"
        else f"Write it as: {EXAMPLE}",
        place=f"{FILE}:{line}",
    )

"""Findings that a project lives with, for a while and for a reason: `.kr8/waivers.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any, NamedTuple, cast

from kr8.domain import toml_text
from kr8.domain.finding import WORST_FIRST, Finding, Severity
from kr8.domain.model import Model
from kr8.domain.shortened import quoted, shortened

FILE = ".kr8/waivers.toml"
EXAMPLE = 'rule = "checkov/CKV_AWS_18", place = "infra/terraform/*", owner = "…", reason = "…", expires = 2027-01-31'
_HEAD = re.compile(r"[ \t]*\[\[[ \t]*waiver[ \t]*\]\]")
_LINE = re.compile(r"at line (\d+)")
NOT_CHECKED = "not-checked"
"""What a waiver names, after the name of a checker, of what that did not judge: terraform/not-checked."""
EXPIRED = "expired"
LONGEST = timedelta(days=366)
"""How far off the last day of a waiver may be: who put it off looks at it again."""
_ANY = re.compile(r"[*?\[]|^$")
_PATTERN = re.compile(r"[*?]")
_WILD = re.compile(r"[*?\[]")
_ONE_SIGN = re.compile(r"\[([*?\[])\]")
"""A sign of patterns that stands for itself."""
MOST_PATTERNS = 1000
"""How many waivers may name places by a pattern: each is held against each finding of its rule."""
_TEXTS = {"rule": 200, "place": 4096, "owner": 100, "reason": 1000}
"""What a waiver says in words, and how many characters: each finding that it waives is told with them."""
_KEYS = (*_TEXTS, "expires")
_WORST = "at_most"


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

    def bears(self, severity: Severity) -> bool:
        """Whether what it covers may be so severe."""
        return WORST_FIRST.index(severity) >= WORST_FIRST.index(self.at_most)

    def said(self) -> str:
        """The reason, with who gave it and until when."""
        return f"{self.reason} ({self.owner}, until {self.expires})"


class Expired(Model):
    """A waiver whose last day is over."""

    rule: str
    place: str
    line: int


class Waivers(Model):
    """The waivers that count, and what is wrong with the others."""

    counting: tuple[Waiver, ...] = ()
    expired: tuple[Expired, ...] = ()
    findings: tuple[Finding, ...] = ()


class Wrong(NamedTuple):
    """What is wrong with a waiver, or with the file."""

    rule: str
    what: str
    quoted: str = ""
    """What it says: words from outside."""


TOO_MANY = Wrong("not-valid", f"More than {MOST_PATTERNS:,} waivers have a pattern for a place: this waives nothing.")


def read_waivers(content: bytes | None, today: date) -> Waivers:
    """The waivers of a file's content. What is expired or lacks something waives nothing and is a finding."""
    if content is None:
        return Waivers()
    text = content.decode(errors="replace")
    try:
        document = toml_text.loads(text)
    except ValueError as error:  # a number of more digits than Python takes, too
        line = _LINE.search(str(error))
        wrong = Wrong("not-valid", "The file cannot be read as TOML.", f"{shortened(str(error), 200)}.")
        return Waivers(findings=(_finding(wrong, int(line[1]) if line else 1),))
    lines = heads(text)
    tables = _tables(document)
    if tables is None or len(lines) != len(tables):
        wrong = Wrong("not-valid", "The file has something else in it than [[waiver]] tables.")
        return Waivers(findings=(_finding(wrong, 1),))
    return _sorted_out(tables, lines, today)


def heads(text: str) -> list[int]:
    """The lines on which waivers begin."""
    return [number for number, line in enumerate(text.split("\n"), 1) if _HEAD.match(line)]


def _tables(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The waivers of a document; None: it has something else in it."""
    tables = document.get("waiver", [])
    is_list = isinstance(tables, list) and all(isinstance(each, dict) for each in cast("list[object]", tables))
    return cast("list[dict[str, Any]]", tables) if is_list and not set(document) - {"waiver"} else None


def plain_place(place: str) -> str | None:
    """What a place names that is no pattern; None: it is one."""
    return _ONE_SIGN.sub(r"\1", place) if _WILD.search(_ONE_SIGN.sub("", place)) is None else None


def _sorted_out(given: list[dict[str, Any]], lines: list[int], today: date) -> Waivers:
    counting: list[Waiver] = []
    findings: list[Finding] = []
    expired: list[Expired] = []
    patterns = 0
    for table, line in zip(given, lines, strict=True):
        wrong = next(_mistakes(table, today), None)
        if wrong is None and plain_place(table["place"]) is None:
            patterns += 1
            wrong = TOO_MANY if patterns > MOST_PATTERNS else None
        if wrong is None:
            counting.append(Waiver(**table, line=line))
        else:
            findings.append(_finding(wrong, line))
            if wrong.rule == EXPIRED:
                expired.append(Expired(rule=table["rule"], place=table["place"], line=line))
    return Waivers(counting=tuple(counting), expired=tuple(expired), findings=tuple(findings))


def _mistakes(table: dict[str, Any], today: date) -> Iterator[Wrong]:
    """What is wrong with a waiver: the first counts, and the others rely on there being none before them."""
    for key, most in _TEXTS.items():
        if not isinstance(value := table.get(key), str) or not value.strip():
            yield Wrong(f"no-{key}", f"A waiver has no {key}: it waives nothing.")
        elif len(value) > most:
            yield Wrong("not-valid", f"A waiver's {key} is longer than {most:,} characters: it waives nothing.")
    if _PATTERN.search(table["rule"]):
        yield Wrong("pattern", "A waiver names one rule, by its whole name: it waives nothing.")
    if table["rule"].endswith(f"/{NOT_CHECKED}") and _ANY.search(table["place"].partition("/")[0]):
        yield Wrong(
            "no-place", "What was not checked is waived where it lies, and not everywhere: this waives nothing."
        )
    yield from _mistakes_of_day(table, today)
    worst = table.get(_WORST, Severity.CRITICAL)
    if worst not in WORST_FIRST:
        what = f"A waiver's {_WORST} is one of {', '.join(Severity)}: it waives nothing."
        yield Wrong("not-valid", what, f"It is {quoted(worst)}." if isinstance(worst, str) else "")
    unknown = sorted(set(table) - {*_KEYS, _WORST})
    if unknown:
        yield Wrong(
            "not-valid", "A waiver has a key in it that says nothing: it waives nothing.", f"{quoted(unknown[0])}."
        )


def _mistakes_of_day(table: dict[str, Any], today: date) -> Iterator[Wrong]:
    expires = table.get("expires")
    if type(expires) is not date:
        yield Wrong("no-expiry", "A waiver has no day on which it expires: it waives nothing.")
    elif expires < today:
        yield Wrong(EXPIRED, "A waiver has expired: it waives nothing any more.", f"{table['rule']}, on {expires}.")
    elif expires > today + LONGEST:
        what = f"A waiver goes on for more than {LONGEST.days} days: it waives nothing."
        yield Wrong("too-long", what, f"{table['rule']}, until {expires}.")


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


def _finding(wrong: Wrong, line: int) -> Finding:
    promise = "A waiver is somebody's promise to come back to a finding: who, why and until when."
    return Finding(
        rule=f"waivers/{wrong.rule}",
        severity=Severity.HIGH,
        what=wrong.what,
        why=f"{wrong.quoted} {promise}".lstrip(),
        mend="Mend what it waives and remove it; or let its owner renew it."
        if wrong.rule == EXPIRED
        else f"Write it as: {EXAMPLE}",
        place=f"{FILE}:{line}",
    )

"""What Terraform printed, as findings (pure)."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from typing import Any

from kr8.domain.edits import Edit
from kr8.domain.finding import Finding, Severity

OVERRIDES = "Provider development overrides are in effect"
MISSING = "Missing required provider"
FMT = "terraform/fmt"
_FILE = re.compile(r"^\+\+\+ new/(.+)$")
_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_LAST = "\\ No newline at end of file"
_ERROR = re.compile(r"^Error: (?P<what>.+)\n\n {2}on (?P<file>.+?) line (?P<line>\d+)", re.MULTILINE)
_PROVIDER = re.compile(r"requires provider (\S+?),")
LINK = "https://developer.hashicorp.com/terraform/cli/commands"


def version(printed: bytes) -> str:
    """The version of `version -json`. Raises ValueError on other output."""
    told: Any = json.loads(printed)
    return str(told["terraform_version"])


def layout(printed: str) -> Iterator[Finding]:
    """Each file that `fmt` would change, at its first change."""
    path = ""
    for line in printed.splitlines():
        if name := _FILE.match(line):
            path = name[1]
        elif (hunk := _HUNK.match(line)) and path:
            yield Finding(
                rule=FMT,
                severity=Severity.LOW,
                what="The file is not laid out as `terraform fmt` does it.",
                why="What everybody lays out alike is compared line by line.",
                mend="Run terraform fmt.",
                place=f"{path}:{hunk[1]}",
                link=f"{LINK}/fmt",
            )
            path = ""


def edits(printed: str) -> Iterator[Edit]:
    """What `fmt` would have stand in each file, hunk by hunk."""
    path, lines = "", iter(printed.split("\n"))
    for line in lines:
        if name := _FILE.match(line):
            path = name[1]
        elif hunk := _HUNK.match(line):
            yield _edit(path, hunk, lines)


def _edit(path: str, hunk: re.Match[str], lines: Iterator[str]) -> Edit:
    """The edit of a hunk, whose lines are taken."""
    counts = int(hunk[2] or 1), int(hunk[3] or 1)
    old: list[str] = []
    new: list[str] = []
    mark, ended = "", False
    while (len(old), len(new)) != counts and (line := next(lines, None)) is not None:
        if line == _LAST:
            ended = ended or mark == "-"
            continue
        mark = line[:1]
        old += [line[1:]] if mark != "+" else []
        new += [line[1:]] if mark != "-" else []
    return Edit(rule=FMT, path=path, line=int(hunk[1]), old=tuple(old), new=(*new, *([""] if ended else [])))


def errors(printed: str, folder: str) -> Iterator[Finding]:
    """The errors that a command without JSON told, below a folder."""
    for found in _ERROR.finditer(printed):
        yield _finding(Severity.HIGH, found["what"], "", _joined(folder, found["file"]), int(found["line"]))


def diagnostics(printed: bytes, folder: str) -> tuple[Finding, ...] | None:
    """What `validate -json` says of a root; None: it printed something else."""
    try:
        told: Any = json.loads(printed)
        listed = [each for each in told["diagnostics"] if each["summary"] != OVERRIDES]
        return tuple(_of(each, folder) for each in listed)
    except (ValueError, KeyError, TypeError):
        return None


def trials(printed: bytes, folder: str) -> tuple[Finding, ...] | None:
    """What `test -json` found in a root; None: nothing was run to its end, or it failed and does not say why."""
    try:
        lines: list[dict[str, Any]] = [json.loads(line) for line in printed.splitlines() if line.strip()]
        told = [each["diagnostic"] for each in lines if each["type"] == "diagnostic"]
        found = tuple(_of(each, folder, "test") for each in told if each["summary"] != OVERRIDES)
        (summary,) = (each["test_summary"] for each in lines if each["type"] == "test_summary")
        run = sum(summary[how] for how in ("passed", "failed", "errored"))
    except (ValueError, KeyError, TypeError):
        return None
    failed = any(finding.severity is Severity.HIGH for finding in found)
    return found if run and (failed or summary["status"] == "pass") else None


def missing(found: tuple[Finding, ...]) -> tuple[str, ...]:
    """The providers that are not there, of what `diagnostics` gave."""
    whys = (finding.why for finding in found if finding.rule == _rule(MISSING))
    return tuple(sorted({name[1] for why in whys if (name := _PROVIDER.search(why))}))


def _of(told: dict[str, Any], folder: str, command: str = "validate") -> Finding:
    severity = Severity.HIGH if told["severity"] == "error" else Severity.LOW
    place: dict[str, Any] | None = told.get("range")
    if place is None:
        return _finding(severity, told["summary"], told.get("detail", ""), folder or ".", None, command)
    where = _joined(folder, place["filename"])
    return _finding(severity, told["summary"], told.get("detail", ""), where, place["start"]["line"], command)


def _finding(
    severity: Severity, summary: str, detail: str, path: str, line: int | None, command: str = "validate"
) -> Finding:
    """Terraform's words are from outside: they stand in `why`."""
    return Finding(
        rule=_rule(summary),
        severity=severity,
        what="Terraform does not take this." if severity is Severity.HIGH else "Terraform warns of this.",
        why=" ".join(f"{summary.rstrip('.')}. {detail}".split()),
        mend=f"Mend the configuration; `terraform {command}` says the same.",
        place=path if line is None else f"{path}:{line}",
        link=f"{LINK}/{command}",
    )


def _rule(summary: str) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", summary.lower()).strip("-")[:60]
    return f"terraform/{slug}"


def _joined(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))

"""What opa said, as findings (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

from kr8.domain.finding import Finding, Severity, split_place
from kr8.domain.model import Model
from kr8.drivers.rego.inputs import Input
from kr8.drivers.rego.policies import Policies, PolicyRule, Whose, severity_of

LONGEST = 1000
MOST = 2000
"""How many findings are told of somebody's policies."""
SEVERITIES = tuple(Severity)


class Broken(Model):
    """What is wrong with a policy, and where."""

    file: str
    line: int
    why: str

    def finding(self) -> Finding:
        """It as a finding: no rule of the file has judged anything."""
        return Finding(
            rule="rego/unreadable",
            severity=Severity.HIGH,
            what="This policy cannot be used: nothing was judged by it.",
            why=f"{self.why}.",
            mend="Mend it; opa check says more. It must be Rego of version 1: opa fmt --v0-v1 rewrites an older one.",
            place=f"{self.file}:{self.line}",
            link="https://www.openpolicyagent.org/docs/policy-language",
        )


def broken(printed: bytes, folder: str) -> tuple[Broken, ...] | None:
    """The errors of an answer, where they are in one; None: it has none, or is no answer. `folder`: of the policies."""
    told = _answer(printed)
    errors: list[dict[str, Any]] = told.get("errors", [])
    placed = [each for each in errors if each.get("location", {}).get("file")]
    return tuple(_broken(each, folder) for each in placed) or None


def trouble(printed: bytes) -> str:
    """The first error of an answer; "": it has none."""
    errors: list[dict[str, Any]] = _answer(printed).get("errors", [])
    return str(errors[0].get("message", ""))[:LONGEST] if errors else ""


def _broken(error: dict[str, Any], folder: str) -> Broken:
    where = error["location"]
    file = str(where["file"]).removeprefix(folder).lstrip("/")
    return Broken(file=file, line=int(where.get("row", 1)), why=str(error["message"])[:LONGEST])


def _answer(printed: bytes) -> dict[str, Any]:
    try:
        return _table(json.loads(printed))
    except ValueError:
        return {}


def _table(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


class Told(NamedTuple):
    """What the rules said, and how much of it is too much to tell."""

    findings: tuple[Finding, ...]
    left: int


class _Said(NamedTuple):
    rule: PolicyRule
    message: Any
    about: int

    def order(self) -> tuple[bool, int]:
        """What denies comes before what warns, then the worst: nobody crowds out what counts."""
        return self.rule.name.startswith("warn"), -SEVERITIES.index(_severity(self.rule, self.message))


def told(policies: Policies, printed: bytes, inputs: Sequence[Input]) -> Told | None:
    """What the rules said of the inputs, of which the one after the last is all of them; None: this is no answer."""
    results = _answer(printed).get("result")
    if not results:
        return None
    bindings: dict[str, list[dict[str, Any]]] = results[0]["bindings"]
    said = sorted(
        (
            _Said(rule, each["said"], each["input"])
            for number, rule in enumerate(policies.rules())
            for each in bindings[f"r{number}"]
        ),
        key=_Said.order,
    )
    findings = tuple(_finding(policies.whose, *each, inputs) for each in said[:MOST])
    return Told(findings, len(said) - len(findings))


def _severity(rule: PolicyRule, message: Any) -> Severity:
    return severity_of(_table(message).get("severity"), rule.severity)


def _finding(whose: Whose, rule: PolicyRule, message: Any, index: int, inputs: Sequence[Input]) -> Finding:
    """Words of a policy are from outside: they stand in `why`."""
    said = _table(message) or {"msg": message}
    mend = said.get("mend", rule.mend)
    words = (said.get("msg"), rule.title, rule.why, mend and f"What to do: {mend}", rule.link and f"See {rule.link}")
    return Finding(
        rule=f"rego/{rule.package}.{rule.name}",
        severity=_severity(rule, message),
        what=f"A policy of the {whose.value} says no.",
        why=" ".join(str(each) for each in words if each)[:LONGEST],
        mend="Do what the policy asks for, or waive it in .kr8/waivers.toml with a reason.",
        place=_place(said.get("place"), index, inputs) or rule.place,
    )


def _place(named: Any, index: int, inputs: Sequence[Input]) -> str | None:
    """The place that a message names, where that is one of the files; else that of the input."""
    known = {split_place(each.place)[0] for each in inputs}
    if isinstance(named, str) and split_place(named)[0] in known:
        return named
    return inputs[index].place if index < len(inputs) else None


def said_of(broken_ones: Sequence[Broken]) -> Iterator[Finding]:
    """A finding for each policy that cannot be used: its first error."""
    first: dict[str, Broken] = {}
    for each in broken_ones:
        first.setdefault(each.file, each)
    return (each.finding() for each in first.values())

"""PromQL in rules of Prometheus: which expressions to ask about, and what was said of them (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Gap
from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.findings import Judged, Places

KIND = "PrometheusRule"
CHARACTERS = 10_000
OPERATIONS = 1_000
"""More operators and brackets than these take the parser's stack, and its time grows with their square."""
UNKNOWN_FUNCTION = "unknown function"
"""How the parser begins where it knows no such function: it may be an older Prometheus', or another engine's."""
_NEWER = re.compile(
    r"""(?<![\w.])\d[\da-fx.]*_[\da-f]     # 1_000
    |\b(?:anchored|smoothed|fill(?:_left|_right)?)\b
    |\[[^\[\]]*[-+*/%^(]                # [5m * 2], [step()]
    |\boffset\s*(?:[-+]\s*)?(?:\(|step|range|min|max)
    |\b(?:\d+(?:ms|[smhdwy]))+\s*[-+*/%^]
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What the documentation of Prometheus has, some of it behind a flag, and the parser does not."""
NEWER = ": another Prometheus may."
_FILLED_IN = re.compile(r"\{\{|\$\{")
_TEXT = re.compile(r""""(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|`[^`]*+`?|\#[^\n]*""", re.DOTALL)
"""A text between quotes, to the end where they are not closed, or a comment: nothing in it is PromQL."""
_OPERATION = re.compile(r"[\[({]|[-+*/%^]|[=!<>]=?|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Expression:
    """An expression, and where it is in its object."""

    judged: Judged
    path: tuple[str | int, ...]
    text: str

    def is_too_much(self) -> bool:
        """Whether the parser is not to see it: it could end of it."""
        return len(self.text) > CHARACTERS or sum(1 for _ in _OPERATION.finditer(self._own())) > OPERATIONS

    def may_be_newer(self) -> bool:
        """Whether it has what a newer Prometheus may take."""
        return _NEWER.search(self._own()) is not None

    def _own(self) -> str:
        return _TEXT.sub('""', self.text)


@dataclass(frozen=True)
class Parsed:
    """What the parser said, as far as it came."""

    answers: tuple[str | None, ...] = ()
    """For each expression None, or why it is no PromQL."""
    ended: str = ""
    """How it ended before it had answered all; "": it did not."""


def expressions(asked: Iterable[Judged]) -> Iterator[Expression]:
    """Every one; what something fills in first is none before."""
    for each in asked:
        for path in _rules(each.node) if each.node.text("kind") == KIND else ():
            node = each.node.at(*path, "expr")
            if node is not None and isinstance(node.value, str) and not _FILLED_IN.search(node.value):
                yield Expression(each, (*path, "expr"), node.value)


def _rules(node: Node) -> Iterator[tuple[str | int, ...]]:
    """The way to each rule: what is called expr elsewhere, such as a label, is no PromQL."""
    groups = node.at("spec", "groups")
    for number, group in enumerate(groups.items() if groups is not None else ()):
        rules = group.at("rules")
        for index, _ in enumerate(rules.items() if rules is not None else ()):
            yield ("spec", "groups", number, "rules", index)


def told(asked: Iterable[Expression], parsed: Parsed, places: Places) -> Iterator[Finding]:
    """What is no PromQL."""
    for each, message in zip(asked, parsed.answers, strict=False):
        if message is None:
            continue
        is_unsure = message.startswith(UNKNOWN_FUNCTION) or each.may_be_newer()
        yield Finding(
            rule="kubernetes/promql",
            severity=Severity.LOW if is_unsure else Severity.MEDIUM,
            what=f"PromQL, as promql-parser knows it, does not have this expression{NEWER if is_unsure else '.'}",
            why=f"{each.judged.node.text('metadata', 'name')}: {each.text[:300]}: {message}",
            mend="Ask promtool check rules of your Prometheus: one that is no PromQL keeps all its rules from loading.",
            place=places.of(each.judged, each.path),
            link="https://prometheus.io/docs/prometheus/latest/querying/basics/",
        )


def too_much(asked: Iterable[Expression], places: Places) -> Iterator[Gap]:
    """The expressions that were not parsed for their size."""
    why = (
        f"more than {CHARACTERS} characters, or {OPERATIONS} operators and brackets: this PromQL was not parsed. "
        "Record parts of it as rules of their own."
    )
    for place in sorted({places.of(each.judged, each.path) for each in asked if each.is_too_much()}):
        yield Gap(why=why, what=place, place=place, lasting=True)


def not_parsed(asked: Sequence[Expression], parsed: Parsed, places: Places) -> Iterator[Gap]:
    """The expression from which on they were not parsed, since the parser ended."""
    if parsed.ended and len(parsed.answers) < len(asked):
        last = asked[len(parsed.answers)]
        place = places.of(last.judged, last.path)
        yield Gap(why=f"from here on PromQL was not parsed: {parsed.ended}.", what=place)

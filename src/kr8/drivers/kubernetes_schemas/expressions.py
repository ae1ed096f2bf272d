"""PromQL in rules of Prometheus: which expressions to ask about, and what was said of them (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kr8.domain.finding import Finding, Severity
from kr8.domain.yaml_code import YamlCode
from kr8.drivers.kubernetes_schemas.findings import Judged, place_in

KIND = "PrometheusRule"
UNKNOWN_FUNCTION = "unknown function"
"""How the parser begins where it knows no such function: it may be an older Prometheus', or another engine's."""
_FILLED_IN = re.compile(r"\{\{|\$\{")


@dataclass(frozen=True)
class Expression:
    """An expression, and where it is in its object."""

    judged: Judged
    path: tuple[str | int, ...]
    text: str


def expressions(asked: Iterable[Judged]) -> Iterator[Expression]:
    """Every one; what something fills in first is none before."""
    for each in asked:
        groups = each.node.at("spec", "groups") if each.node.text("kind") == KIND else None
        for way, node in groups.walk() if groups is not None else ():
            if way and way[-1] == "expr" and isinstance(node.value, str) and not _FILLED_IN.search(node.value):
                yield Expression(each, ("spec", "groups", *way), node.value)


def told(asked: Sequence[Expression], answers: Iterable[str | None], code: YamlCode) -> Iterator[Finding]:
    """What is no PromQL."""
    for each, message in zip(asked, answers, strict=True):
        if message is None:
            continue
        is_unsure = message.startswith(UNKNOWN_FUNCTION)
        yield Finding(
            rule="kubernetes/promql",
            severity=Severity.LOW if is_unsure else Severity.HIGH,
            what="Prometheus does not take this expression, and loads none of these rules.",
            why=f"{each.judged.node.text('metadata', 'name')}: {each.text[:300]}: {message}",
            mend="Mend the expression; promtool check rules says the same.",
            place=place_in(each.judged, each.path, code),
            link="https://prometheus.io/docs/prometheus/latest/querying/basics/",
        )

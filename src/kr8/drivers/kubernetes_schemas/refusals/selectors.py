"""Selectors that do not choose the pods of their own template (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals.refusal import Refusal, entries, listed, text_of

SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
NO_VALUES = ("Exists", "DoesNotExist")
OPERATORS = ("In", "NotIn", *NO_VALUES)


def of_kind(node: Node, kind: str) -> Iterator[Refusal]:
    """What of a workload's selector its own pods do not have, or nothing could have."""
    wanted, template = node.at("spec", "selector"), node.at("spec", "template")
    if kind not in SELECTING or wanted is None or template is None:
        return
    labels = entries(node, "spec", "template", "metadata", "labels")
    known = {name: each.value for name, each in labels.items()}
    matched = entries(wanted, "matchLabels")
    for name, value in matched.items():
        if known.get(name) != value.value and not _is_filled_in(labels.get(name), value):
            yield ("spec", "selector", "matchLabels", name), "the pods of its own template have no such label"
    expressions = list(listed(wanted, "matchExpressions"))
    if not matched and not expressions:
        yield ("spec", "selector"), "it is empty, and would choose every pod"
    for way, each in expressions:
        if why := _wrong(each, known):
            yield ("spec", "selector", *way), why


def _is_filled_in(*values: Node | None) -> bool:
    """Whether one of them is a text that something fills in later."""
    return any(each is not None and isinstance(each.value, str) and text_of(each) is None for each in values)


def _wrong(expression: Node, labels: Mapping[str, object]) -> str:
    operator, key = text_of(expression.at("operator")), text_of(expression.at("key"))
    values = [item.value for _, item in listed(expression, "values")]
    if operator is None or key is None:
        return ""
    if operator not in OPERATORS:
        return f"the operator is none of {', '.join(OPERATORS)}"
    if bool(values) == (operator in NO_VALUES):
        return f"{operator} takes {'no values' if values else 'values'}"
    is_met = key in labels and (operator in NO_VALUES or labels[key] in values)
    return "" if is_met == (operator in ("In", "Exists")) else "the pods of its own template are not chosen"

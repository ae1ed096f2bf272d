"""Amounts of what containers and claims ask for (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals.refusal import Refusal, entries, quoted, text_of

QUANTITY = re.compile(
    r"(?P<figures>[+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:(?P<binary>[KMGTPE])i|(?P<decimal>[numkMGTPE])|[eE](?P<exponent>[+-]?\d{1,3}))?"
)
POWERS = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = "KMGTPE"
AMOUNTS = ("limits", "requests")


def amount(node: Node | None) -> Decimal | None:
    """What a quantity comes to; None: it is none, or something fills it in."""
    value = node.value if node is not None else None
    text = text_of(node) if isinstance(value, str) else f"{value}"
    found = QUANTITY.fullmatch(text) if text is not None and not isinstance(value, bool) else None
    if found is None:
        return None
    figures = Decimal(found["figures"])
    if found["binary"]:
        return figures * Decimal(1024) ** (BINARY.index(found["binary"]) + 1)
    return figures.scaleb(POWERS[found["decimal"]] if found["decimal"] else int(found["exponent"] or 0))


def of_resources(node: Node) -> Iterator[Refusal]:
    """Everything below that is asked for and is no quantity, is none that can be had, or more than may be used."""
    for way, each in node.walk():
        if way[-1:] == ("resources",):
            for kind in AMOUNTS:
                for name, one in entries(each, kind).items():
                    if (why := _wrong(one)) or (kind == "requests" and (why := _beyond(one, each.at("limits", name)))):
                        yield (*way, kind, name), why


def _wrong(node: Node) -> str:
    text, known = text_of(node), amount(node)
    if text is not None and known is None:
        return f"{quoted(text)} is no quantity, such as 500m, 2, 64Mi"
    return f"{node.value} is less than nothing" if known is not None and known < 0 else ""


def _beyond(node: Node, limit: Node | None) -> str:
    asked, most = amount(node), amount(limit)
    if asked is None or most is None or limit is None or asked <= most:
        return ""
    return f"{node.value} is asked for, and {limit.value} is the limit"

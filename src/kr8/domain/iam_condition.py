"""What a condition of an AWS policy asks of who wants something (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kr8.domain.networks import is_the_world
from kr8.domain.terraform_code import UNKNOWN, Block

_NOT_OF_WHO = frozenset({"aws:securetransport", "aws:requestedregion", "s3:tlsversion", "s3:signatureversion"})
"""What anybody can fulfil."""
_ANY_SUBJECT = re.compile(r"(repo:)?\*")
_ANY_ACCOUNT = re.compile(r"arn(:[^:]*){3}:\*+(:.*)?")
_IN_EVERY_TOKEN = frozenset({"sub", "aud"})
_CLAIM = re.compile(r':\w+(?="$)')


@dataclass(frozen=True)
class Condition:
    """One condition. What is not written out is "", or not in it."""

    operator: str
    """Such as "StringLike", or "ForAnyValue:StringLike"."""
    key: str
    """What it asks about, such as "aws:SourceVpc"; of a key that is put together its end alone, such as ":sub"."""
    values: tuple[str, ...]

    def claim(self) -> str:
        """What a token must say; "" for a key that is not written out."""
        return self.key.rpartition(":")[2]

    def binds(self) -> bool:
        """Whether it leaves out most: it asks who wants something, or from where, and not for anything or all but some.

        What is not written out may bind.
        """
        operator = self.operator.rpartition(":")[2].lower()
        if not self.asks_who() or "not" in operator or operator == "null" or self._is_met_by_silence():
            return False
        return not any(self._is_met_by_all(operator, each) for each in self.values)

    def asks_who(self) -> bool:
        """Whether it asks who wants something, or from where, rather than what anybody can fulfil."""
        return self.key.lower() not in _NOT_OF_WHO

    def _is_met_by_silence(self) -> bool:
        """Whether it holds for whoever does not say what it asks about."""
        operator = self.operator.lower()
        is_lenient = operator.endswith("ifexists") or operator.startswith("forallvalues:")
        return is_lenient and self.claim() not in _IN_EVERY_TOKEN

    def _is_met_by_all(self, operator: str, value: str) -> bool:
        if "ipaddress" in operator:
            return is_the_world(value)
        if "like" not in operator and not operator.startswith("arn"):
            return False
        if self.key.lower() == "aws:principalarn" and _ANY_ACCOUNT.fullmatch(value) is not None:
            return True
        return not value.strip("*:/") or (self.claim() == "sub" and _ANY_SUBJECT.match(value) is not None)


def of_json(told: Any) -> Iterator[Condition]:
    """The conditions in the Condition of a statement."""
    if not isinstance(told, dict):
        yield Condition("", "", ())
        return
    for operator, asked in told.items():  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(asked, dict):
            yield Condition(_text(operator), "", ())
            continue
        yield from (Condition(_text(operator), _text(key), texts(value)) for key, value in asked.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def of_document(block: Block) -> Condition:
    """What a block `condition` of a policy document says."""
    values = block.attributes.get("values")
    key = block.literal("variable")
    if key is UNKNOWN:
        claim = _CLAIM.search(block.attributes["variable"].text)
        key = claim[0] if claim else ""
    return Condition(_text(block.literal("test")), _text(key), texts(values.known) if values is not None else ())


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a text or a list, and of lists in it."""
    flat = (inner for each in several(value) for inner in several(each))
    return tuple(each for each in flat if isinstance(each, str))


def several(value: Any) -> list[Any]:
    """What may be one or a list, as a list."""
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

"""What AWS policies allow, as they are written in Terraform: by a policy document or as JSON (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kr8.domain.terraform_code import Attribute, Block, TerraformCode

EVERYTHING = "*"
DOCUMENT = "aws_iam_policy_document"
_REFERENCE = re.compile(rf"\bdata\.{DOCUMENT}\.([\w-]+)")
_FILLED_IN = re.compile(r"[$%]\{[^{}]*\}")


@dataclass(frozen=True)
class Statement:
    """One statement. What is not written out is not in it."""

    allows: bool
    actions: tuple[str, ...]
    all_but: bool
    """Whether the actions are named that it does not mean."""
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    """Who has the rights, in a policy of what they are given on; of roles and users it says none."""
    conditions: tuple[str, ...]
    """What its conditions ask about, such as "aws:SourceVpc"; "" for what is not written out."""
    place: str
    """Of its actions: file:line."""

    def allows_every_action(self) -> bool:
        """Whether nothing is left out."""
        return self.allows and EVERYTHING in self.actions and not self.all_but

    def is_for_anybody(self) -> bool:
        """Whether it gives rights to everyone in the world, under no condition."""
        return self.allows and EVERYTHING in self.principals and not self.conditions


def documents(code: TerraformCode) -> Iterator[Statement]:
    """Every statement of every policy document."""
    for block in code.blocks("data", DOCUMENT):
        yield from _of_document(block)


def statements(code: TerraformCode, block: Block, name: str) -> tuple[Statement, ...]:
    """What the policy in an attribute says: written there, or in documents of the same folder that it names."""
    attribute = block.attributes.get(name)
    if attribute is None:
        return ()
    named = set(_REFERENCE.findall(attribute.text))
    near = (each for each in code.blocks("data", DOCUMENT) if each.folder() == block.folder())
    meant = (each for each in near if each.labels[1] in named)
    return (*written(attribute), *(statement for each in meant for statement in _of_document(each)))


def written(attribute: Attribute) -> Iterator[Statement]:
    """The statements of a policy that is written as JSON."""
    for value in (*_texts(attribute), *(call.first for call in attribute.calls if call.name == "jsonencode")):
        for each in _several(value.get("Statement")) if isinstance(value, dict) else ():  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]
            if isinstance(each, dict):
                yield _of_json(each, attribute.place)  # pyright: ignore[reportUnknownArgumentType]


def _texts(attribute: Attribute) -> Iterator[Any]:
    text = attribute.known
    if not isinstance(text, str) and attribute.text.startswith("<<"):
        text = _FILLED_IN.sub("?", "\n".join(attribute.text.split("\n")[1:-1]))
    if isinstance(text, str) and "Statement" in text:
        try:
            yield json.loads(text)
        except (ValueError, RecursionError):  # Terraform says what is wrong with it
            return


def _of_json(told: Mapping[str, Any], place: str) -> Statement:
    conditions = told.get("Condition", {})
    asked: list[Any] = [conditions] if not isinstance(conditions, dict) else list(conditions.values())  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType, reportUnknownVariableType]
    principal: Any = told.get("Principal", ())
    return Statement(
        allows=told.get("Effect") == "Allow",
        actions=_words(told.get("Action", told.get("NotAction"))),
        all_but="NotAction" in told,
        resources=_words(told.get("Resource")),
        principals=_words([*principal.values()] if isinstance(principal, dict) else principal),  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        conditions=tuple(str(key) if isinstance(key, str) else "" for each in asked for key in _keys(each)),
        place=place,
    )


def _keys(condition: Any) -> list[Any]:
    return list(condition) if isinstance(condition, dict) else [None]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _of_document(block: Block) -> Iterator[Statement]:
    for each in block.inner("statement"):
        said = each.attributes.get("actions", each.attributes.get("not_actions"))
        variables = (inner.literal("variable") for inner in each.inner("condition"))
        yield Statement(
            allows=each.literal("effect", "Allow") == "Allow",
            actions=_words(said.known) if said is not None else (),
            all_but="not_actions" in each.attributes,
            resources=_listed(each, "resources"),
            principals=tuple(who for inner in each.inner("principals") for who in _listed(inner, "identifiers")),
            conditions=tuple(variable if isinstance(variable, str) else "" for variable in variables),
            place=said.place if said is not None else each.place,
        )


def _listed(block: Block, name: str) -> tuple[str, ...]:
    return _words(block.attributes[name].known) if name in block.attributes else ()


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]


def _words(value: Any) -> tuple[str, ...]:
    """The texts of a text or a list, and of lists in it."""
    flat = (inner for each in _several(value) for inner in _several(each))
    return tuple(each for each in flat if isinstance(each, str))

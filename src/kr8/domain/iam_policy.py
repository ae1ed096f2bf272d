"""What AWS policies allow, as they are written in Terraform: by a policy document or as JSON (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from kr8.domain.iam_condition import Condition, of_document, of_json, several, texts
from kr8.domain.terraform_code import Attribute, Block, TerraformCode

EVERYTHING = "*"
DOCUMENT = "aws_iam_policy_document"
_EVERY_ACTION = re.compile(r"\*+(:\*+)?")
_SOURCES = frozenset({"source_policy_documents", "override_policy_documents", "source_json", "override_json"})
"""Where a document names others that are in it."""
_REFERENCE = re.compile(rf"\bdata\.{DOCUMENT}\.([\w-]+)")
_PROVIDER = re.compile(r"\baws_iam_openid_connect_provider\.([\w-]+)")
_FILLED_IN = re.compile(r"[$%]\{[^{}]*\}")
_ENCODED = re.compile(r'("\$\{)?jsonencode\(')


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
    conditions: tuple[Condition, ...]
    place: str
    """Of its actions: file:line."""
    providers: tuple[str, ...] = ()
    """The names of the resources for OpenID Connect whose tokens give the rights."""
    certain: bool = True
    """Whether it counts whatever variables say."""

    def allows_every_action(self) -> bool:
        """Whether nothing is left out."""
        return self.allows and any(map(_EVERY_ACTION.fullmatch, self.actions)) and not self.all_but

    def binds(self) -> bool:
        """Whether it is under a condition that leaves out most."""
        return any(each.binds() for each in self.conditions)

    def is_for_anybody(self) -> bool:
        """Whether it gives rights to everyone in the world, under no condition on who that is."""
        return self.allows and EVERYTHING in self.principals and not self.binds()

    def takes_back_from_strangers(self, other: Statement) -> bool:
        """Whether it denies, perhaps not to all, what another allows to everyone in the world."""
        who = not self.principals or EVERYTHING in self.principals
        unbound = not self.conditions or any(each.asks_who() for each in self.conditions)
        return not self.allows and who and unbound and self._covers(other)

    def _covers(self, other: Statement) -> bool:
        if self.all_but or other.all_but or not self.actions:  # which they are only AWS knows
            return True
        patterns = [each.lower() for each in self.actions]
        return all(any(fnmatchcase(action.lower(), each) for each in patterns) for action in other.actions)


def documents(code: TerraformCode) -> Iterator[Statement]:
    """Every statement of every policy document that gives rights; those of organizations only say what may be given."""
    limits = {
        (policy.folder(), name)
        for policy in code.blocks("resource", "aws_organizations_policy")
        for each, _ in (code.meant(policy, policy.attributes["content"]) if "content" in policy.attributes else ())
        for name in _REFERENCE.findall(each.text)
    }
    for block in code.blocks("data", DOCUMENT):
        if (block.folder(), block.labels[1]) not in limits:
            yield from _of_document(block)


def statements(code: TerraformCode, block: Block, name: str) -> Iterator[Statement]:
    """What the policy in an attribute says: written there, or in local values and documents of the folder it names."""
    if name in block.attributes:
        yield from _told(code, block, block.attributes[name], block.is_certain(), frozenset())


def _told(
    code: TerraformCode, block: Block, attribute: Attribute, certain: bool, seen: frozenset[str]
) -> Iterator[Statement]:
    for each, surely in code.meant(block, attribute):
        yield from (_bounded(statement, certain and surely) for statement in written(each))
        named = seen.union(_REFERENCE.findall(each.text))
        for document in code.near(block, "data", DOCUMENT):
            if document.labels[1] in named - seen:
                known = certain and surely and each.is_plain() and document.is_certain()
                yield from (_bounded(statement, known) for statement in _of_document(document))
                for source in sorted(_SOURCES & document.attributes.keys()):
                    yield from _told(code, document, document.attributes[source], known, named)


def written_policies(code: TerraformCode) -> Iterator[tuple[Block, Attribute, tuple[Statement, ...]]]:
    """The policies of IAM that are written as JSON: whose they are, where they stand and what they say."""
    for block in code.blocks("resource"):
        holders = (block, *block.inner("inline_policy")) if block.labels[0].startswith("aws_iam_") else ()
        for policy in (each.attributes["policy"] for each in holders if "policy" in each.attributes):
            yield from ((block, each, tuple(written(each))) for each, _ in code.meant(block, policy))


def _bounded(statement: Statement, certain: bool) -> Statement:
    return replace(statement, certain=statement.certain and certain)


def written(attribute: Attribute) -> Iterator[Statement]:
    """The statements of a policy that is written as JSON, or as the value that becomes it."""
    encoded = (call for call in attribute.calls if call.name == "jsonencode")
    whole = _ENCODED.match(attribute.text) is not None
    told = [(value, attribute.text, True) for value in _values(attribute)]
    told += [(call.first, call.text, whole and number == 0) for number, call in enumerate(encoded)]
    for value, text, certain in told:
        for each in several(value.get("Statement")) if isinstance(value, dict) else ():  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]
            if isinstance(each, dict):
                yield _bounded(_of_json(each, attribute.place, text), certain)  # pyright: ignore[reportUnknownArgumentType]


def _values(attribute: Attribute) -> Iterator[Any]:
    text = attribute.known
    if isinstance(text, dict):
        yield text
    if not isinstance(text, str) and attribute.text.startswith("<<"):
        text = _FILLED_IN.sub("?", "\n".join(attribute.text.split("\n")[1:-1]))
    if isinstance(text, str) and "Statement" in text:
        try:
            yield json.loads(text)
        except (ValueError, RecursionError):  # Terraform says what is wrong with it
            return


def _of_json(told: Mapping[str, Any], place: str, text: str) -> Statement:
    principal: Any = told.get("Principal", ())
    who: dict[str, Any] = principal if isinstance(principal, dict) else {"AWS": principal}  # pyright: ignore[reportUnknownVariableType]
    federated = "Federated" in who and not set(texts(who["Federated"])) - {"?"}
    return Statement(
        allows=told.get("Effect") == "Allow",
        actions=texts(told.get("Action", told.get("NotAction"))),
        all_but="NotAction" in told,
        resources=texts(told.get("Resource")),
        principals=texts([*who.values()]),
        conditions=tuple(of_json(told["Condition"])) if "Condition" in told else (),
        place=place,
        providers=_providers(text) if federated else (),
    )


def _of_document(block: Block) -> Iterator[Statement]:
    for each in block.inner("statement"):
        said = each.attributes.get("actions", each.attributes.get("not_actions"))
        who = each.inner("principals")
        yield Statement(
            allows=each.literal("effect", "Allow") == "Allow",
            actions=texts(said.known) if said is not None else (),
            all_but="not_actions" in each.attributes,
            resources=_listed(each, "resources"),
            principals=tuple(one for inner in who for one in _listed(inner, "identifiers")),
            conditions=tuple(of_document(inner) for inner in each.inner("condition")),
            place=said.place if said is not None else each.place,
            providers=tuple(
                name
                for inner in who
                if inner.literal("type") == "Federated" and "identifiers" in inner.attributes
                for name in _providers(inner.attributes["identifiers"].text)
            ),
            certain=each.is_certain() and all(inner.is_certain() for inner in who),
        )


def _providers(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_PROVIDER.findall(text)))


def _listed(block: Block, name: str) -> tuple[str, ...]:
    return texts(block.attributes[name].known) if name in block.attributes else ()

"""The newest schema of AWS, beside a provider that is older or not here (pure).

Only the schema of that version is here: it knows arguments, blocks and types, and nothing of their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kr8.domain.finding import Finding
from kr8.domain.terraform_code import Block
from kr8.drivers.terraform.roots import Root
from kr8.drivers.terraform.versions import allows, version_of

AWS = "hashicorp/aws"
TOOL = "aws-schema"
"""Its name in the toolbox."""
TYPES = "KR8_SCHEMA_TYPES"
"""The variable that names the types which the schema's provider serves: to read all takes Terraform a second."""
BLOCKS = "KR8_SCHEMA_BLOCKS"
"""That for nested blocks: a firewall's rules have thousands, which take Terraform seconds at every step."""
LONGEST = 100_000
"""Of a variable, in characters; Linux refuses a program one of 128 KiB."""
_TYPE = re.compile(r"\baws_[a-z0-9_]+")
_WORD = re.compile(r"\b[a-z][a-z0-9_]*\b")
_LOCKED = re.compile(r'^provider "[^"]*/hashicorp/aws" \{\s+version\s*=\s*"([^"]+)"', re.MULTILINE)
_FUNCTION = re.compile(r"\bprovider::\w+::\w+")
_LACKING = ("ephemeral", "action", "list")
"""Blocks whose types are not in the schema."""


def is_wanted(root: Root, here: str | None, schema: str, lock: str) -> bool:
    """Whether a root may come to be run with the schema's version, and no provider is `here` that knows as much.

    `lock`: the text of its lock file, which holds it where it is.
    """
    version = version_of(schema)
    if version is None or AWS not in root.providers:
        return False
    if not all(allows(constraint, version) for constraint in root.providers[AWS]):
        return False
    pinned = _LOCKED.search(lock)
    if pinned is not None and pinned[1] != schema:
        return False
    return here is None or (version_of(here) or ()) < version


def beyond(blocks: Iterable[Block], texts: Iterable[str]) -> str:
    """What a root uses that is in no schema, of which the provider says nothing then; "": nothing."""
    for block in blocks:
        if block.type in _LACKING and block.labels and block.labels[0].startswith("aws_"):
            return f'{block.type} "{block.labels[0]}"'
        if block.type == "import" and "identity" in block.attributes:
            return "import by identity"
    called = (found[0] for text in texts if (found := _FUNCTION.search(text)))
    return next(called, "")


def environment(texts: Iterable[str]) -> Mapping[str, str]:
    """Has nothing served but the types and nested blocks that the texts name: the others are not used."""
    known = tuple(texts)
    types = ",".join(sorted({name for text in known for name in _TYPE.findall(text)}))
    blocks = ",".join(sorted({word for text in known for word in _WORD.findall(text)}))
    told = {TYPES: types or "none", BLOCKS: blocks or "none"}
    return {name: names for name, names in told.items() if len(names) <= LONGEST}


def added(earlier: Iterable[Finding], later: Iterable[Finding], schema: str) -> tuple[Finding, ...]:
    """What only the schema's version finds, and that it does."""
    known = {(each.place, each.rule) for each in earlier}
    only = (each for each in later if (each.place, each.rule) not in known)
    return tuple(each.model_copy(update={"what": f"With the AWS provider {schema}: {each.what}"}) for each in only)

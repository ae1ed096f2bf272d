"""The idempotency key of a tool call: from its client in `_meta`, or from the model as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.types import CallToolRequestParams

from kr8.catalogue.operation import Catalogue, Operation
from kr8.domain.caller import Effect

META = "kr8/idempotency-key"
"""The key's name in a request's `_meta`, for programs. The bridge sets it where nobody has (bridge/conversation.py)."""
ARGUMENT = "idempotency_key"
"""The key's name among the arguments: they are all that a model can set, and all that it can say again."""


def takes_key(found: Operation) -> bool:
    """Whether a model is offered the argument: doing it twice would be two things."""
    return found.mark.effect is not Effect.READ and not found.mark.idempotent


def with_key(found: Operation, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a tool's arguments, with the key's where it is offered. The server's instructions explain it."""
    if not takes_key(found):
        return dict(schema)
    return {**schema, "properties": {**schema.get("properties", {}), ARGUMENT: {"type": "string"}}}


def key_of(catalogue: Catalogue, params: CallToolRequestParams) -> tuple[str | None, dict[str, Any]]:
    """The key of a call, None where it has none, and its other arguments. A model's key goes before its client's."""
    arguments, meta = dict(params.arguments or {}), dict(params.meta or {})
    offered = any(each.name == params.name and takes_key(each) for each in catalogue)
    given = arguments.pop(ARGUMENT, None) if offered else None
    key = meta.get(META) if given is None else given
    return None if key is None else str(key), arguments

"""JSON from outside, as far as the bridge reads it."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:  # as typing has it, whose import would be a tenth of the bridge's start
    from typing import Any

    Object = dict[str, Any]
else:
    Object = dict


def parse(line: bytes) -> Object:
    """The message of a line; empty for what is no JSON object: to answer that is the daemon's business."""
    try:
        return as_object(json.loads(line))
    except ValueError:
        return {}


def as_object(value: object) -> Object:
    """A value that should be an object; empty where it is not."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]

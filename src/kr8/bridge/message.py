"""JSON from outside, as far as the bridge reads it."""

from __future__ import annotations

import json
from typing import Any, cast

Object = dict[str, Any]


def parse(line: bytes) -> Object:
    """The message of a line; empty for what is no JSON object: to answer that is the daemon's business."""
    try:
        return as_object(json.loads(line))
    except ValueError:
        return {}


def as_object(value: object) -> Object:
    """A value that should be an object; empty where it is not."""
    return cast(Object, value) if isinstance(value, dict) else {}

"""Runs in the tool's own environment: which objects the schemas take, from standard input to standard output.

In: {"objects": [{"version": …, "object": …}]}. Out: for each null (taken), {"unknown": true} (no schema), or
{"path": […], "message": …}.
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from importlib import import_module
from typing import Any

tool: Any = import_module("kubernetes_validate")
"""It has no types, and is not in kr8's own environment."""
KIND = re.compile(r"[A-Za-z0-9]+")
API_VERSION = re.compile(r"[A-Za-z0-9.-]+(?:/[A-Za-z0-9]+)?")


def judge(version: str, value: dict[str, Any]) -> dict[str, Any] | None:
    """What the schema of a version says of an object."""
    # They become a file's name.
    if not KIND.fullmatch(value["kind"]) or not API_VERSION.fullmatch(value["apiVersion"]):
        return {"unknown": True}
    try:
        tool.validate(value, version, strict=True)
    except tool.SchemaNotFoundError:
        return {"unknown": True}
    except tool.ValidationError as error:
        return {"path": list(error.path), "message": error.message[:500]}
    return None


if __name__ == "__main__":
    tool.utils.schema_contents = cache(tool.utils.schema_contents)
    asked = json.load(sys.stdin)["objects"]
    json.dump([judge(each["version"], each["object"]) for each in asked], sys.stdout)

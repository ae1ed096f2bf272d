"""Runs in the tool's own environment: which objects the schemas take, from standard input to standard output.

In: [{"version": …, "object": …}, …]. Out: for each null (taken), {"unknown": true} (no schema), or {"path": […],
"message": …, "schema": …}.

Kubernetes' own kinds are the tool's; those of others, as far as they are known, lie in `kinds/` (see its README).
"""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

tool: Any = import_module("kubernetes_validate")
"""It has no types, and is not in kr8's own environment."""
jsonschema: Any = import_module("jsonschema")
"""What the tool itself judges by."""
KINDS = Path(__file__).with_name("kinds")
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
        return judge_kind(value)
    except tool.ValidationError as error:
        return _told(error, f"Kubernetes {version}")
    return None


def judge_kind(value: dict[str, Any]) -> dict[str, Any] | None:
    """What is said of an object whose kind is not Kubernetes' own."""
    group, _, version = value["apiVersion"].rpartition("/")
    file = KINDS / f"{value['kind']}.{group}.{version}.json"
    if not file.exists():
        return {"unknown": True}
    found = jsonschema.Draft7Validator(json.loads(file.read_text())).iter_errors(value)
    error = jsonschema.exceptions.best_match(found)
    return None if error is None else _told(error, value["apiVersion"])


def _told(error: Any, schema: str) -> dict[str, Any]:
    return {"path": list(error.absolute_path), "message": error.message[:500], "schema": schema}


if __name__ == "__main__":
    tool.utils.schema_contents = cache(tool.utils.schema_contents)
    json.dump([judge(each["version"], each["object"]) for each in json.load(sys.stdin)], sys.stdout)

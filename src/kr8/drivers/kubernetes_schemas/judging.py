"""Runs in the tool's own environment: which objects the schemas take, from standard input to standard output.

In: [{"version": …, "object": …}, …]. Out: for each null (taken), {"unknown": true} (no schema), or {"schema": …,
"errors": [{"path": […], "message": …}, …]}.

Kubernetes' own kinds are the tool's; those of others, as far as they are known, lie in `kinds/` (see its README).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

tool: Any = import_module("kubernetes_validate")
"""It has no types, and is not in kr8's own environment."""
jsonschema: Any = import_module("jsonschema")
"""What the tool itself judges by."""
referencing: Any = import_module("referencing")
MOST = 20
"""How many errors of an object are told."""
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
    except tool.ValidationError:
        return _told(_errors(version, value), f"Kubernetes {version}")
    return None


def _errors(version: str, value: dict[str, Any]) -> Iterator[Any]:
    """All that is wrong, by the schema that the tool takes, which itself says one thing of an object."""
    wanted = tool.utils.major_minor(version)
    newest = [each for each in tool.utils.all_versions() if tool.utils.major_minor(each) <= wanted][-1]
    folder = f"kubernetes-json-schema/v{newest}-local-strict"
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", value["apiVersion"])
    schema = tool.utils.schema_contents(f"{folder}/{value['kind'].lower()}-{group}.json", version)
    definitions = tool.utils.schema_contents(f"{folder}/_definitions.json", version)
    contents = [referencing.Resource.from_contents(each) for each in (schema, definitions)]
    registry = contents @ referencing.Registry()
    errors: Iterator[Any] = jsonschema.Draft202012Validator(schema, registry=registry).iter_errors(value)
    return errors


def judge_kind(value: dict[str, Any]) -> dict[str, Any] | None:
    """What is said of an object whose kind is not Kubernetes' own."""
    group, _, version = value["apiVersion"].rpartition("/")
    file = KINDS / f"{value['kind']}.{group}.{version}.json"
    if not file.exists():
        return {"unknown": True}
    found = list(jsonschema.Draft7Validator(json.loads(file.read_text())).iter_errors(value))
    return _told(found, value["apiVersion"]) if found else None


def _told(errors: Iterable[Any], schema: str) -> dict[str, Any]:
    """Of alternatives none of which is met the nearest, and of the errors as many as are read."""
    nearest = (jsonschema.exceptions.best_match([error]) for error in islice(errors, MOST))
    told = [{"path": list(error.absolute_path), "message": error.message[:500]} for error in nearest]
    return {"schema": schema, "errors": told}


if __name__ == "__main__":
    tool.utils.schema_contents = cache(tool.utils.schema_contents)
    json.dump([judge(each["version"], each["object"]) for each in json.load(sys.stdin)], sys.stdout)

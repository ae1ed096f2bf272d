"""Runs in the tool's own environment: which objects the schemas take, from standard input to standard output.

In: [{"version": …, "object": …, "given": null, or the repository's own schema}, …]. Out: for each null (taken),
{"unknown": true} (no schema; with "unfit" why the one that was given is none), or {"schema": …, "errors": [{"path":
[…], "message": …, "lacks": whether what is required is not there}, …]}.

Kubernetes' own kinds are the tool's; those of others, as far as they are known, lie in `kinds/` (see its README).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
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


def judge(version: str, value: dict[str, Any], given: Any = None) -> dict[str, Any] | None:
    """What the schema of a version says of an object; of a kind that is not Kubernetes' own, the given one."""
    # They become a file's name.
    if not KIND.fullmatch(value["kind"]) or not API_VERSION.fullmatch(value["apiVersion"]):
        return {"unknown": True}
    validator = _validator(version, value["kind"], value["apiVersion"])
    if validator is not None:
        return _told(validator.iter_errors(value), f"Kubernetes {version}")
    return judge_kind(value) if given is None else judge_by(given, value)


@cache
def _validator(version: str, kind: str, api_version: str) -> Any:
    """The tool's strict schema of a kind; None: it has none. The tool itself says one thing of an object."""
    known = [each for each in tool.utils.all_versions() if _numbers(each) <= _numbers(version)]
    if not known or _numbers(version) > _numbers(tool.utils.latest_version()):
        return None
    folder = f"kubernetes-json-schema/v{known[-1]}-local-strict"
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    try:
        schema = tool.utils.schema_contents(f"{folder}/{kind.lower()}-{group}.json", version)
    except FileNotFoundError:
        return None
    contents = [referencing.Resource.from_contents(each) for each in (schema, _definitions(folder, version))]
    return jsonschema.Draft202012Validator(schema, registry=contents @ referencing.Registry())


@cache
def _definitions(folder: str, version: str) -> Any:
    return tool.utils.schema_contents(f"{folder}/_definitions.json", version)


def _numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(int(number) for number in version.split(".")[:2])


def judge_by(given: Any, value: dict[str, Any]) -> dict[str, Any] | None:
    """What a repository's own schema says of an object; nothing is fetched for it."""
    try:
        if not isinstance(given, dict):
            raise TypeError("it is no object of JSON")
        jsonschema.Draft7Validator.check_schema(given)
        found = list(jsonschema.Draft7Validator(given, registry=referencing.Registry()).iter_errors(value))
    except Exception as error:  # it is anybody's text: what is wrong with it is told
        return {"unknown": True, "unfit": str(getattr(error, "message", error))[:500]}
    return _told(found, value["apiVersion"])


def judge_kind(value: dict[str, Any]) -> dict[str, Any] | None:
    """What is said of an object whose kind is not Kubernetes' own."""
    group, _, version = value["apiVersion"].rpartition("/")
    file = KINDS / f"{value['kind']}.{group}.{version}.json"
    if not file.exists():
        return {"unknown": True}
    return _told(jsonschema.Draft7Validator(json.loads(file.read_text())).iter_errors(value), value["apiVersion"])


def _told(errors: Iterable[Any], schema: str) -> dict[str, Any] | None:
    """Of alternatives none of which is met the nearest, and of the errors as many as are read; None: there are none."""
    nearest = (jsonschema.exceptions.best_match([error]) for error in islice(errors, MOST))
    told = [
        {"path": list(error.absolute_path), "message": error.message[:500], "lacks": error.validator == "required"}
        for error in nearest
    ]
    return {"schema": schema, "errors": told} if told else None


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump([judge(each["version"], each["object"], each["given"]) for each in asked], sys.stdout)

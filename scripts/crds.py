"""What custom resources may say, from their definitions: `python -m scripts.crds DEFINITION.yaml…`, a file for each.

A definition is of apiextensions.k8s.io/v1. Kept is what decides whether a value is taken: types, names, limits; texts
and expressions (CEL) are left out. A name that a definition does not know is refused, as the API server's strict mode
does.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parents[1] / "src" / "kr8" / "drivers" / "kubernetes_schemas" / "kinds"
KEPT = frozenset(
    {
        *(
            "type",
            "enum",
            "required",
            "pattern",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
        ),
        *("minProperties", "maxProperties", "uniqueItems", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"),
    }
)
"""What is taken over as it is."""
SEVERAL = ("allOf", "anyOf", "oneOf")
FREE = "x-kubernetes-preserve-unknown-fields"
EITHER = "x-kubernetes-int-or-string"
HEAD: dict[str, Any] = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}


def kinds(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The file's name and the JSON schema of each version that is served."""
    spec = definition["spec"]
    for version in spec["versions"]:
        if version["served"]:
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"] = {**schema["properties"], **HEAD}
            yield f"{spec['names']['kind']}.{spec['group']}.{version['name']}.json", schema


def closed(schema: dict[str, Any], *, part: bool = False) -> dict[str, Any]:
    """A structural schema as JSON schema; `part`: one of several, which names only some of the fields."""
    if schema.get(EITHER):
        return {"type": ["integer", "string"], **{name: schema[name] for name in schema.keys() & {"pattern"}}}
    made = {name: value for name, value in schema.items() if name in KEPT}
    if schema.get("nullable") and "type" in made:
        made["type"] = [made["type"], "null"]
    if "properties" in schema:
        made["properties"] = {name: closed(each, part=part) for name, each in schema["properties"].items()}
        if not part and not schema.get(FREE):
            made["additionalProperties"] = False
    if isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = closed(schema["additionalProperties"], part=part)
    if "items" in schema:
        made["items"] = closed(schema["items"], part=part)
    if "not" in schema:
        made["not"] = closed(schema["not"], part=True)
    made |= {name: [closed(each, part=True) for each in schema[name]] for name in SEVERAL if name in schema}
    return made


def main(paths: list[str]) -> int:
    """Write the files of every definition given."""
    FOLDER.mkdir(exist_ok=True)
    for path in paths:
        for name, schema in kinds(yaml.safe_load(Path(path).read_text())):
            (FOLDER / name).write_text(json.dumps(schema, sort_keys=True, separators=(",", ":")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

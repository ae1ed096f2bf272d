"""Which schemas of a repository judge objects, and whose words an error is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kr8.domain.yaml_code import Node, YamlCode
from kr8.drivers.kubernetes_schemas import findings
from kr8.drivers.kubernetes_schemas.asking import question
from kr8.drivers.kubernetes_schemas.driver import Asked
from kr8.drivers.kubernetes_schemas.judging import both, constrains, given_by

OBJECT = {"type": "object"}
TEXT = {"type": "string"}
SPEC = {"required": ["spec"]}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"required": ["apiVersion", "kind"]},
        {"required": ["metadata"]},
        {"type": ["object"]},
        {"type": ["object", "null"]},
        {"minProperties": 1},
        {"pattern": "x"},
        {"maximum": 3},
        {"minItems": 2, "items": False, "uniqueItems": True, "maxLength": 1},
        {"propertyNames": TEXT},
        {"propertyNames": {"maximum": 3}},
        {"allOf": [{"properties": {"kind": {"enum": ["Widget"]}}}, OBJECT]},
        {"$ref": "#/definitions/a", "definitions": {"a": {"required": ["kind"]}}},
        {"anyOf": [TEXT, OBJECT]},
        {"oneOf": [TEXT, OBJECT]},
        {"not": TEXT},
        {"not": False},
        {"then": False},
        {"properties": {"spec": {"type": ["array", "boolean", "null", "number", "object", "string"]}}},
    ],
)
def test_a_schema_that_takes_every_object_judges_none(schema: dict[str, Any]) -> None:
    assert not constrains(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["apiVersion", "spec"]},
        {"type": "string"},
        {"minProperties": 4},
        {"maxProperties": 3},
        {"propertyNames": {"pattern": "^[a-z]"}},
        {"additionalProperties": False},
        {"properties": {"spec": OBJECT}},
        {"properties": {"spec": {"pattern": "x"}}},
        {"properties": {"spec": {"minProperties": 1}}},
        {"properties": {"spec": {"required": ["kind"]}}},
        {"properties": {"spec": {"properties": {"kind": TEXT}}}},
        {"properties": {"spec": {"type": ["array", "boolean", "integer", "null", "object", "string"]}}},
        {"allOf": [OBJECT, SPEC]},
        {"anyOf": [TEXT, SPEC]},
        {"oneOf": [OBJECT, SPEC]},
        {"oneOf": [TEXT, SPEC]},
        {"oneOf": [TEXT]},
        {"not": SPEC},
        {"if": SPEC, "then": {"required": ["status"]}},
        {"$ref": "#/definitions/a", "definitions": {"a": SPEC}},
    ],
)
def test_a_schema_that_refuses_any_object_judges(schema: dict[str, Any]) -> None:
    assert constrains(schema)


def test_each_error_is_told_of_the_schema_that_has_it() -> None:
    error = {"path": ["spec"], "message": "it is wrong", "lacks": False}
    own, given = ({**error, "schema": name} for name in ("Kubernetes 1.34", "a repository's"))
    assert both({"errors": [own]}, {"errors": [given]}) == {"errors": [own, given]}
    asked = Asked(Node({}, "a.yaml:1"), "1.34")
    told = findings.told([asked], [both({"errors": [own]}, {"errors": [given]})], findings.Places(YamlCode()))
    assert [each.what for each in told] == [
        "The schema of Kubernetes 1.34 does not take this object.",
        "The schema of a repository's does not take this object.",
    ]


def test_a_schema_is_asked_with_once_however_many_objects_it_judges() -> None:
    entries = {"apiVersion": Node("example.com/v1", "a.yaml:1"), "kind": Node("Widget", "a.yaml:1")}
    schema = " " * 100_000
    asked = question([Asked(Node(entries, "a.yaml:1"), "1.33", given=schema)] * 1_000)
    assert len(json.dumps(asked)) < 3 * len(schema)
    assert {each["given"] for each in asked["objects"]} == {".kr8/schemas/example.com/widget_v1.json"}


@pytest.mark.parametrize("depth", [300, 980, 100_000])
def test_a_schema_that_is_nested_too_deep_is_told_and_ends_nobody(depth: int) -> None:
    unfit = given_by('{"not":' * depth + "{}" + "}" * depth).unfit
    assert unfit == "it is nested too deep"


def test_what_is_no_json_is_told_where() -> None:
    assert given_by('{"not": {},}').unfit.endswith("line 1 column 12 (char 11)")

"""A definition of a custom resource becomes a schema that takes what the API server takes, and no more names."""

from __future__ import annotations

from typing import Any

from scripts.crds import closed, kinds


def test_unknown_names_are_refused_but_where_a_definition_keeps_them() -> None:
    open_ended = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "x-kubernetes-preserve-unknown-fields": True,
    }
    schema = closed(
        {"type": "object", "description": "Words.", "properties": {"open": open_ended}, "required": ["open"]}
    )
    assert schema == {
        "type": "object",
        "required": ["open"],
        "additionalProperties": False,
        "properties": {"open": {"type": "object", "properties": {"a": {"type": "string"}}}},
    }


def test_a_part_of_several_names_only_some_of_the_fields() -> None:
    schema = closed({"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"properties": {"a": {}}}]})
    assert schema["oneOf"] == [{"properties": {"a": {}}}] and schema["additionalProperties"] is False


def test_a_port_is_a_number_or_a_name_and_what_may_be_null_may() -> None:
    either: dict[str, Any] = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
    assert closed(either) == {"type": ["integer", "string"]}
    assert closed({"type": "string", "nullable": True}) == {"type": ["string", "null"]}
    assert closed({"type": "object", "additionalProperties": {"type": "string"}})["additionalProperties"] == {
        "type": "string"
    }


def test_each_version_that_is_served_has_a_file() -> None:
    spec: dict[str, Any] = {"openAPIV3Schema": {"type": "object", "properties": {"metadata": {"type": "object"}}}}
    definition = {
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget"},
            "versions": [
                {"name": "v1", "served": True, "schema": spec},
                {"name": "v1alpha1", "served": False, "schema": spec},
            ],
        }
    }
    ((name, schema),) = kinds(definition)
    assert name == "Widget.example.com.v1.json"
    assert set(schema["properties"]) == {"apiVersion", "kind", "metadata"}

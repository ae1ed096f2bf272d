"""What template.toml may say, and how what is given for a parameter is read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from kr8.domain.template import LONGEST_VALUE, Parameter, Template, Value, next_version, precedence

PARAMETER: TypeAdapter[Parameter] = TypeAdapter(Parameter)
WHOLE: dict[str, Any] = {"name": "mine", "version": "1.2.3", "kind": "project", "description": "Mine."}


def parameter(type: str, **more: Any) -> Parameter:  # noqa: A002 - the key's name
    return PARAMETER.validate_python({"name": "it", "description": "It.", "type": type, **more})


@pytest.mark.parametrize(
    ("type", "more", "given", "read"),
    [
        ("string", {}, "a", "a"),
        ("string", {}, 80, "80"),
        ("string", {}, True, "true"),
        ("integer", {}, "80", 80),
        ("integer", {"minimum": -5}, "-5", -5),
        ("boolean", {}, "True", True),
        ("boolean", {}, False, False),
        ("choice", {"choices": ["a", "b"]}, "b", "b"),
        ("list", {}, "a, b,,c", ("a", "b", "c")),
        ("list", {}, ("a,b",), ("a,b",)),
        ("list", {}, "", ()),
    ],
)
def test_a_value_is_read_as_its_parameters_type(type: str, more: dict[str, Any], given: Value, read: Value) -> None:  # noqa: A002
    assert parameter(type, **more).read(given) == read


@pytest.mark.parametrize(
    ("type", "more", "given", "why"),
    [
        ("string", {}, ("a",), "no list"),
        ("string", {}, "x" * (LONGEST_VALUE + 1), "10,000"),
        ("string", {}, "a\0", "NUL"),
        ("integer", {}, "8.5", "whole number"),
        ("integer", {}, True, "whole number"),
        ("integer", {}, "9" * 5000, "whole number"),
        ("integer", {"minimum": 1, "maximum": 9}, 10, "at least 1 and at most 9"),
        ("boolean", {}, "yes", "true or false"),
        ("choice", {"choices": ["a"]}, "b", "none of its choices"),
        ("list", {}, 5, "list"),
        ("list", {}, "a," * 101, "at most 100"),
    ],
)
def test_a_value_that_is_not_allowed_says_what_is(type: str, more: dict[str, Any], given: Value, why: str) -> None:  # noqa: A002
    with pytest.raises(ValueError, match=why):
        parameter(type, **more).read(given)


@pytest.mark.parametrize(
    "more",
    [
        {"type": "string", "secret": True},
        {"type": "string", "name": "db_password"},
        {"type": "string", "name": "api_key"},
    ],
)
def test_a_template_asks_for_no_secret(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="asks for no secret"):
        PARAMETER.validate_python({"name": "it", "description": "It.", **more})
    assert parameter("string", name="secretary").name == "secretary"


@pytest.mark.parametrize(
    "more",
    [
        {"type": "integer", "default": 0, "minimum": 1},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "choice", "choices": ["a"], "default": "b"},
        {"type": "integer", "default": "many"},
        {"type": "float"},
        {"type": "string", "name": "Name"},
        {"type": "string", "minimum": 1},
    ],
)
def test_a_parameter_that_contradicts_itself_is_none(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PARAMETER.validate_python({"name": "it", "description": "It.", **more})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "1"),
        ("version", "01.0.0"),
        ("version", "1.0.0-beta"),
        ("kind", "service"),
        ("needs", ["node>=20"]),
        ("needs", ["-rf"]),
        ("origin", "built-in"),
        ("examples", [{"name": "x", "values": {"unknown": "y"}}]),
        ("examples", [{"name": "x"}, {"name": "x"}]),
        ("parameters", [{"name": "a", "type": "string", "description": "A."}] * 2),
        ("description", ""),
    ],
)
def test_what_template_toml_may_not_say(key: str, value: Any) -> None:
    assert Template.model_validate(WHOLE).version == "1.2.3"
    with pytest.raises(ValidationError):
        Template.model_validate({**WHOLE, key: value})


def test_an_example_is_read_as_its_parameters_are() -> None:
    port = {"name": "port", "type": "integer", "description": "A port.", "maximum": 9}
    example = {"name": "high", "values": {"port": 10}}
    with pytest.raises(ValidationError, match="at most 9"):
        Template.model_validate({**WHOLE, "parameters": [port], "examples": [example]})


def test_what_must_be_given_has_no_default_and_is_not_given_by_kr8() -> None:
    names = [{"name": name, "type": "string", "description": "It."} for name in ("id", "owner")]
    template = Template.model_validate({**WHOLE, "parameters": names})
    assert [each.name for each in template.wanted()] == ["owner"]


def test_versions_are_compared_by_number() -> None:
    assert precedence("1.10.0") > precedence("1.9.9")
    assert next_version("1.9.9") == "1.9.10"

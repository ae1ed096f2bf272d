"""What the command line is told of an operation, and what it makes of a command line."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from tests.support import operations as fixtures

from kr8.catalogue.operation import Catalogue
from kr8.surfaces.cli.catalogue import Operation, load
from kr8.surfaces.cli.contract import contract, contract_text
from kr8.surfaces.cli.parameters import arguments_of, parameters_of


@pytest.fixture
def thing(tmp_path: Path) -> Operation:
    """The fixture's operation, through the file."""
    path = tmp_path / "catalogue.json"
    path.write_text(contract_text(Catalogue(fixtures)))
    return load(path).get("make_thing")


def parsed(thing: Operation, *words: str) -> dict[str, Any]:
    """The JSON arguments of a command line."""
    command = click.Command("make", params=list(parameters_of(thing)), callback=lambda **given: given)
    given: dict[str, Any] = command.main(list(words), standalone_mode=False)
    return arguments_of(thing, given)


def test_each_kind_of_field_is_known(thing: Operation) -> None:
    assert {field.name: (field.type, field.items) for field in thing.fields} == {
        "environment": ("string", None),
        "instances": ("map", "integer"),
        "project": ("string", None),
        "services": ("list", "string"),
        "ports": ("list", "integer"),
        "labels": ("map", "string"),
        "level": ("string", None),
        "ready_limit": ("string", None),
        "ratio": ("number", None),
        "apart": ("boolean", None),
        "colour": ("boolean", None),
        "limits": ("json", None),
        "wait_s": ("integer", None),
        "value": ("string", None),
    }
    assert (thing.path, thing.effect, thing.audience) == (("thing", "make"), "change", "people")
    assert thing.text.startswith("Make a thing.")


def test_what_is_not_given_is_not_sent(thing: Operation) -> None:
    assert parsed(thing, "production", "web=3") == {"environment": "production", "instances": {"web": 3}}


def test_every_kind_of_field_is_read(thing: Operation) -> None:
    words = "production web=3 api=1 -p shop --service a --services b --port 1 --label a=b=c --level error"
    more = "--ready-limit 30s --ratio 0.25 --apart --no-colour --limits [[1,2]] --wait-s 5"
    assert parsed(thing, *words.split(), *more.split()) == {
        "environment": "production",
        "instances": {"web": 3, "api": 1},
        "project": "shop",
        "services": ["a", "b"],
        "ports": [1],
        "labels": {"a": "b=c"},
        "level": "error",
        "ready_limit": "30s",
        "ratio": 0.25,
        "apart": True,
        "colour": False,
        "limits": [[1, 2]],
        "wait_s": 5,
    }


@pytest.mark.parametrize("word", ["web", "=3", "web=three"])
def test_a_pair_that_is_none_is_refused(thing: Operation, word: str) -> None:
    with pytest.raises(click.UsageError):
        parsed(thing, "production", word)


def test_json_that_is_none_is_refused(thing: Operation) -> None:
    with pytest.raises(click.UsageError):
        parsed(thing, "production", "web=1", "--limits", "[")


def test_a_secret_is_never_a_parameter(thing: Operation) -> None:
    assert "value" not in {parameter.name for parameter in parameters_of(thing)}


@pytest.mark.parametrize("command", ["thing make", "thing"])
def test_two_commands_cannot_have_one_place(command: str) -> None:
    original = next(iter(Catalogue(fixtures)))
    twin = SimpleNamespace(**{**vars(original), "name": "other", "mark": SimpleNamespace(**vars(original.mark))})
    twin.mark.command = command
    with pytest.raises(ValueError, match="taken twice"):
        contract([original, twin])  # type: ignore[list-item]

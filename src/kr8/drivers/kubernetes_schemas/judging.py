"""Runs in the tool's own environment: which objects the schemas take, from standard input to standard output.

In: {"given": the texts of the repository's own schemas by name, "objects": [{"version": …, "object": …, "given": null,
or the name of its own schema}, …]}. Out: for each object null (taken), {"unknown": true} (no schema; with "unfit" why
the one that was given is none), or {"errors": [{"schema": …, "path": […], "message": …, "lacks": whether what is
required is not there}, …]}, with "unfit" too where the given one is none.

Kubernetes' own kinds are the tool's; those of others, as far as they are known, lie in `kinds/` (see its README).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, cast

tool: Any = import_module("kubernetes_validate")
"""It has no types, and is not in kr8's own environment."""
jsonschema: Any = import_module("jsonschema")
"""What the tool itself judges by."""
referencing: Any = import_module("referencing")
MOST = 20
"""How many errors of an object are told."""
KINDS = Path(__file__).with_name("kinds")
KIND = re.compile(r"[A-Za-z0-9]+")
OF_EVERY_OBJECT = frozenset({"apiVersion", "kind", "metadata"})
ANYTHING = frozenset({"array", "boolean", "null", "number", "object", "string"})
NEVER: tuple[Any, ...] = ()
ASKING: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(("enum", "const", "pattern", "multipleOf", "maxLength", "maxItems", "maxProperties"), NEVER),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), NEVER),
    **dict.fromkeys(("minLength", "minItems"), (0,)),
    **{"dependencies": ({},), "uniqueItems": (False,)},
}
"""The words of a schema that ask something, each with the values with which it does not."""
OF_TYPE: dict[str, str] = {
    **dict.fromkeys(("pattern", "minLength", "maxLength"), "string"),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), "number"),
    **dict.fromkeys(("items", "additionalItems", "contains", "minItems", "maxItems", "uniqueItems"), "array"),
    **dict.fromkeys(("properties", "patternProperties", "additionalProperties", "propertyNames"), "object"),
    **dict.fromkeys(("required", "dependencies", "minProperties", "maxProperties"), "object"),
}
"""The words that say nothing of values of any other type."""
AFTER_IF = frozenset({"then", "else"})
API_VERSION = re.compile(r"[A-Za-z0-9.-]+(?:/[A-Za-z0-9]+)?")


@dataclass(frozen=True)
class Given:
    """A repository's own schema: what judges by it, or why it is none."""

    validator: Any = None
    unfit: str = ""


def judge(version: str, value: dict[str, Any], given: Given | None = None) -> dict[str, Any] | None:
    """What the schemas say of an object: that of a version, or of the kind, and the given one too."""
    # They become a file's name.
    if not KIND.fullmatch(value["kind"]) or not API_VERSION.fullmatch(value["apiVersion"]):
        return {"unknown": True}
    validator = _validator(version, value["kind"], value["apiVersion"])
    own = _told(validator.iter_errors(value), f"Kubernetes {version}") if validator is not None else judge_kind(value)
    return own if given is None else both(own, judge_by(given, value))


def both(own: dict[str, Any] | None, given: dict[str, Any] | None) -> dict[str, Any] | None:
    """What two schemas say, one after the other: a given one takes nothing back of what kr8's own says."""
    if given is None or "unknown" not in given:
        told = [each for each in (own, given) if each is not None and "errors" in each]
        errors = [error for each in told for error in each["errors"]]
        return {"errors": errors} if told else None
    return {"errors": [], **(own or {}), "unfit": given["unfit"]}


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


def given_by(text: str) -> Given:
    """What a schema of a repository judges by; nothing is fetched for it."""
    try:
        schema = json.loads(text)
        if not isinstance(schema, dict):
            raise TypeError("it is no object of JSON")
        jsonschema.Draft7Validator.check_schema(schema)
        if not constrains(cast("dict[str, Any]", schema)):
            raise TypeError("it takes every object, and judges none")
    except Exception as error:  # it is anybody's text: what is wrong with it is told
        return Given(unfit=_words(error))
    return Given(jsonschema.Draft7Validator(schema, registry=referencing.Registry()))


def judge_by(given: Given, value: dict[str, Any]) -> dict[str, Any] | None:
    """What a repository's own schema says of an object."""
    if given.unfit:
        return {"unknown": True, "unfit": given.unfit}
    try:
        found = list(given.validator.iter_errors(value))
    except Exception as error:  # as above: what it refers to may not be there
        return {"unknown": True, "unfit": _words(error)}
    return _told(found, value["apiVersion"])


def _words(error: Exception) -> str:
    return "it is nested too deep" if isinstance(error, RecursionError) else str(getattr(error, "message", error))[:500]


def judge_kind(value: dict[str, Any]) -> dict[str, Any] | None:
    """What is said of an object whose kind is not Kubernetes' own."""
    group, _, version = value["apiVersion"].rpartition("/")
    file = KINDS / f"{value['kind']}.{group}.{version}.json"
    if not file.exists():
        return {"unknown": True}
    return _told(jsonschema.Draft7Validator(json.loads(file.read_text())).iter_errors(value), value["apiVersion"])


@dataclass(frozen=True)
class Values:
    """What a schema is put to."""

    types: frozenset[str] = ANYTHING
    keys: frozenset[str] = frozenset()
    """Those that each of them has, and that are judged by something else."""


OBJECTS = Values(frozenset({"object"}), OF_EVERY_OBJECT)
NAMES = Values(frozenset({"string"}))


def constrains(schema: dict[str, Any]) -> bool:
    """Whether a schema of objects asks anything of one, beside that it is one and what its kind and name are."""
    return _Asking(schema).asks(schema, OBJECTS)


class _Asking:
    """Whether there is any of some values that a schema does not take, as far as its words say."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root: Any = root
        self._known: dict[tuple[str, Values], bool] = {}
        """What was said of each reference; one that leads back to itself asks nothing there."""

    def asks(self, schema: Any, of: Values) -> bool:
        if not isinstance(schema, dict):
            return schema is False
        words = cast("dict[str, Any]", schema)
        if "$ref" in words:  # what stands beside it does not count
            return self._asks_there(str(words["$ref"]), of)
        ignored = frozenset[str]() if "if" in words else AFTER_IF
        return any(self._asks_by(word, said, of) for word, said in words.items() if word not in ignored)

    def _asks_there(self, ref: str, of: Values) -> bool:
        if (ref, of) not in self._known:
            self._known[ref, of] = False
            self._known[ref, of] = self.asks(self._referred(ref), of)
        return self._known[ref, of]

    def _asks_by(self, word: str, said: Any, of: Values) -> bool:
        if not {OF_TYPE.get(word)} <= {None, *of.types}:
            return False
        if word in ASKING:
            return said not in ASKING[word]
        return word in WAYS and WAYS[word](self, said, of)

    def _referred(self, ref: str) -> Any:
        """What a reference names; False, which takes nothing, where it names nothing here: that is told anyway."""
        found = self._root
        for step in ref.removeprefix("#").split("/")[1:]:
            entries = cast("dict[str, Any]", found if isinstance(found, dict) else {})
            found = entries.get(step.replace("~1", "/").replace("~0", "~"), False)
        return found if ref.startswith("#") else False


def _excludes(schema: Any, of: Values) -> bool:
    """Whether a schema takes none of the values, as far as their types say."""
    types = cast("dict[str, Any]", schema).get("type", ANYTHING) if isinstance(schema, dict) else ANYTHING
    admitted = {"number" if each == "integer" else each for each in _several(types)}
    return schema is False or of.types.isdisjoint(admitted)


def _of_one(asking: _Asking, said: Iterable[Any], of: Values) -> bool:
    """Of alternatives of which exactly one has to be met: two that take everything take nothing together."""
    possible = [each for each in said if not _excludes(each, of)]
    return len(possible) != 1 or asking.asks(possible[0], of)


def _each_below(asking: _Asking, said: Any, of: Values) -> bool:
    return any(asking.asks(each, Values()) for each in _several(said))


WAYS: dict[str, Callable[[_Asking, Any, Values], bool]] = {
    "type": lambda asking, said, of: not of.types <= set(_several(said)),
    "required": lambda asking, said, of: not of.keys.issuperset(said),
    "minProperties": lambda asking, said, of: said > len(of.keys),
    "not": lambda asking, said, of: not _excludes(said, of),
    "allOf": lambda asking, said, of: any(asking.asks(each, of) for each in said),
    "anyOf": lambda asking, said, of: all(asking.asks(each, of) for each in said),
    "oneOf": _of_one,
    "properties": lambda asking, said, of: any(
        asking.asks(each, Values()) for key, each in said.items() if key not in of.keys
    ),
    "patternProperties": lambda asking, said, of: _each_below(asking, said.values(), of),
    "propertyNames": lambda asking, said, of: asking.asks(said, NAMES),
    **dict.fromkeys(AFTER_IF, _Asking.asks),
    **dict.fromkeys(("items", "additionalItems", "contains", "additionalProperties"), _each_below),
}
"""The other words that may ask something, each with whether it does."""


def _several(said: Any) -> Iterable[Any]:
    """The items of a list; of anything else it alone."""
    return [said] if isinstance(said, str | dict) or not isinstance(said, Iterable) else said  # pyright: ignore[reportUnknownVariableType]


def _told(errors: Iterable[Any], schema: str) -> dict[str, Any] | None:
    """Of alternatives none of which is met the nearest, and of the errors as many as are read; None: there are none."""
    nearest = (jsonschema.exceptions.best_match([error]) for error in islice(errors, MOST))
    told = [
        {
            "schema": schema,
            "path": list(error.absolute_path),
            "message": error.message[:500],
            "lacks": error.validator == "required",
        }
        for error in nearest
    ]
    return {"errors": told} if told else None


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    known = {None: None, **{name: given_by(text) for name, text in asked["given"].items()}}
    answers = [judge(each["version"], each["object"], known[each["given"]]) for each in asked["objects"]]
    json.dump(answers, sys.stdout)

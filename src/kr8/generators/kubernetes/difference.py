"""What a patch must say so that kustomize makes one object of another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kr8.generators.kubernetes.scope import Object
from kr8.generators.yaml import Because, Value

KEYS = {"containers": "name", "env": "name", "volumes": "name", "imagePullSecrets": "name", "ports": "containerPort"}
"""The lists that a strategic merge joins by a key of their items; others that we write are replaced as a whole."""

GONE = {"replicas": "How many there are is the autoscaler's to say: a number here would be set back by every apply."}
"""Why a patch takes something away, where a reader would ask."""


def patch(before: Object, after: Object) -> Object | None:
    """The patch from one object to another of the same name; None where there is nothing to change."""
    changed = difference(before, after)
    if not changed:
        return None
    name: Value = _mapping(after["metadata"])["name"]
    given = _mapping(changed.pop("metadata", {}))
    return {"apiVersion": after["apiVersion"], "kind": after["kind"], "metadata": {"name": name, **given}, **changed}


def removal(value: Object) -> Object:
    """The patch that takes an object away."""
    name: Value = _mapping(value["metadata"])["name"]
    return {"apiVersion": value["apiVersion"], "kind": value["kind"], "metadata": {"name": name}, "$patch": "delete"}


def difference(before: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, Value]:
    """What differs, in the order of `after`; what is gone becomes null, which removes it."""
    changed: dict[str, Value] = {}
    for key, value in after.items():
        if key not in before:
            changed[key] = value
        elif before[key] != value and bare(before[key]) != bare(value):  # most are equal, comments and all
            changed[key] = _changed(key, before[key], value)
    return changed | {key: _gone(key) for key in before if key not in after}


def _gone(key: str) -> Value:
    why = GONE.get(key)
    return None if why is None else Because(None, why)


def bare(value: Value) -> Value:
    """The value without its comments."""
    match value:
        case Because():
            return bare(value.value)
        case str():
            return value
        case Mapping():
            return {key: bare(each) for key, each in value.items()}
        case Sequence():
            return [bare(each) for each in value]
        case _:
            return value


def _changed(key: str, before: Value, after: Value) -> Value:
    if isinstance(after, Because):
        return Because(_changed(key, before, after.value), after.comment)
    old = before.value if isinstance(before, Because) else before
    if isinstance(old, Mapping) and isinstance(after, Mapping):
        return difference(old, after)
    if key in KEYS and not isinstance(old, str) and isinstance(old, Sequence) and isinstance(after, Sequence):
        return _items(KEYS[key], old, after)
    return after


def _items(key: str, before: Sequence[Value], after: Sequence[Value]) -> Value:
    old = {str(_mapping(each)[key]): _mapping(each) for each in before}
    new = {str(_mapping(each)[key]): _mapping(each) for each in after}
    changed: list[Value] = []
    for name, item in new.items():
        if name not in old:
            changed.append(item)
        elif less := difference(old[name], item):
            changed.append({key: item[key], **less})
    return changed + [{**item, "$patch": "delete"} for name, item in old.items() if name not in new]


def _mapping(value: Value) -> Mapping[str, Value]:
    found = value.value if isinstance(value, Because) else value
    if not isinstance(found, Mapping):
        raise TypeError(f"not a mapping: {found!r}")
    return found

"""Where the environments of a project differ (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kr8.domain.infrastructure import overridden
from kr8.domain.model import Model
from kr8.domain.project import Environment, Project

NOT_SET = "—"


class Difference(Model):
    """One setting that is not the same everywhere."""

    setting: str
    """Its path below an environment's table."""
    values: dict[str, str]
    """Environment → what it is there."""


def differences(project: Project) -> tuple[Difference, ...]:
    """Every setting in which two environments differ, defaults and the project's own infrastructure counted in."""
    flat = {name: dict(_flat(effective(project, each))) for name, each in project.environments.items()}
    settings = sorted({setting for values in flat.values() for setting in values})
    rows = [(each, {name: values.get(each, NOT_SET) for name, values in flat.items()}) for each in settings]
    return tuple(Difference(setting=each, values=values) for each, values in rows if len(set(values.values())) > 1)


def effective(project: Project, environment: Environment) -> Environment:
    """An environment with the project's infrastructure filled in where it says nothing of its own."""
    infrastructure = overridden(project.infrastructure, environment.infrastructure)
    return environment.model_copy(update={"infrastructure": infrastructure})


def _flat(environment: Environment) -> Iterator[tuple[str, str]]:
    yield from _leaves("", environment.model_dump(mode="json"))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        table: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        for key, each in table.items():
            yield from _leaves(f"{path}.{key}".lstrip("."), each)
    elif isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        yield path, ", ".join(map(_written, items)) or "[]"
    elif value is not None:
        yield path, _written(value)


def _written(value: Any) -> str:
    """A value as kr8.toml has it, a text without its quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value) or '""'

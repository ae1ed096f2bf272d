"""What results look like to a person: a renderer is a module with `lines(value)`, found by operation or response."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from kr8.surfaces.cli.line import Line

BY_OPERATION: dict[str, str] = {}
BY_RESPONSE: dict[str, str] = {
    "DeploymentList": "deployments",
    "DeploymentView": "deployment",
}
DEFAULT = "fields"


def render(operation: str, response: str, value: Mapping[str, Any]) -> Iterator[Line]:
    """The lines of a result."""
    name = BY_OPERATION.get(operation) or BY_RESPONSE.get(response) or DEFAULT
    lines: Iterator[Line] = import_module(f"{__name__}.{name}").lines(value)
    return lines

"""What results look like to a person: a renderer is a module with `lines(value)`, found by response type."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from kr8.surfaces.cli.line import Line

BY_RESPONSE: dict[str, str] = {
    "AddedTemplate": "added_template",
    "AuditList": "audit",
    "AuditVerdict": "audit",
    "CheckedProject": "project",
    "DeploymentList": "deployments",
    "DeploymentView": "deployment",
    "Diagnosis": "diagnosis",
    "FixReport": "mended",
    "GeneratedView": "generated",
    "History": "history",
    "InfrastructureReport": "validation",
    "Logs": "logs",
    "NewTemplate": "new_template",
    "ParityView": "parity",
    "ProjectView": "project",
    "RemovedTemplate": "removed_template",
    "RuleList": "rules",
    "Status": "status",
    "TemplateList": "templates",
    "TemplateView": "template",
    "UpdatedProject": "generated",
    "WaiveReport": "waived",
}
DEFAULT = "fields"


def render(response: str, value: Mapping[str, Any]) -> Iterator[Line]:
    """The lines of a response."""
    lines: Iterator[Line] = import_module(f"{__name__}.{BY_RESPONSE.get(response, DEFAULT)}").lines(value)
    return lines

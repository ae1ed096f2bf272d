"""The catalogue of built-in templates, from the templates themselves."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.reference.markdown import code, page, table

from kr8.domain.template import ALWAYS, Example, FoundTemplate, Parameter
from kr8.drivers.templates.folders import BUILT_IN, MANIFEST, Folder, describe

TEMPLATE = ".jinja"


def templates() -> str:
    """templates.md: each built-in template, by name."""
    found = [folder for folder in sorted(BUILT_IN.iterdir()) if (folder / MANIFEST).is_file()]
    return page(
        "Templates",
        "What comes with kr8; `kr8 template list` lists them with those that you added, and `kr8 new NAME --template "
        "TEMPLATE` makes a project of one. Each is deployed by the tests, and what is generated for it is valid. "
        "To make your own: [Make templates](../howto/make-templates.md).",
        *(_template(describe(folder.name, Folder(folder, "built-in")), folder) for folder in found),
    )


def _template(template: FoundTemplate, folder: Path) -> str:
    rows = [
        (code(each.name), each.type, each.description, _limits(each), code(_shown(each.default)))
        for each in template.parameters
        if each.name not in ALWAYS
    ]
    needs = f"Needs {', '.join(map(code, template.needs))}." if template.needs else ""
    said = (
        f"## {template.name}",
        f"{template.description}\n\nVersion {template.version}.",
        needs,
        table(("parameter", "type", "what it is", "allowed", "default"), rows),
        *map(_example, template.examples),
        f"Makes {', '.join(map(code, _files(folder / 'files')))}.",
    )
    return "\n\n".join(part for part in said if part)


def _limits(parameter: Parameter) -> str:
    told: dict[str, Any] = parameter.model_dump()
    if told.get("choices"):
        return ", ".join(map(code, told["choices"]))
    if told.get("pattern"):
        return code(told["pattern"])
    least, most = told.get("minimum"), told.get("maximum")
    return " to ".join(str(each) for each in (least, most) if each is not None)


def _shown(default: object) -> object:
    return '""' if default == "" else default


def _example(example: Example) -> str:
    values = ", ".join(code(f"{name}={value}") for name, value in example.values.items())
    return f"Tried as it is, and as {code(example.name)}: {values}."


def _files(folder: Path) -> Iterable[str]:
    """What lies at the top, as a new project has it."""
    names = (f"{each.name}/" if each.is_dir() else each.name.removesuffix(TEMPLATE) for each in folder.iterdir())
    return sorted(names)

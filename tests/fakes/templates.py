"""Templates that a test writes down."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.ports.templates import Parameter, RenderedFile, Template

KR8_TOML = """\
[project]
name = "{{ name }}"
id = "{{ id }}"
[services.web]
run = ["python", "-m", "app", "{port}"]
monitoring = { metrics = "/metrics" }
[environments.development]
listen = { web = "127.0.0.1:8000" }
[environments.staging]
listen = { web = "127.0.0.1:8001" }
[environments.production]
listen = { web = "127.0.0.1:8002" }
approval = { people = 1 }
"""


def web_service() -> dict[str, dict[str, str]]:
    """One template with one service."""
    return {"web-service": {"kr8.toml": KR8_TOML, "app.py": "print('{{ name }}')\n"}}


@dataclass
class FakeTemplates:
    """Files by template and path; `{{ name }}` and `{{ id }}` are replaced."""

    files: dict[str, dict[str, str]] = field(default_factory=web_service)
    own: dict[Path, dict[str, dict[str, str]]] = field(default_factory=dict[Path, dict[str, dict[str, str]]])
    """Those of projects."""

    async def near(self, directory: Path) -> bool:
        """Whether the test gave own ones to a folder, or to one that it lies in."""
        return any(folder in self.own for folder in (directory, *directory.parents))

    async def list(self, project: Path | None = None) -> tuple[Template, ...]:
        """Every template, with the parameters name and id."""
        return tuple(
            Template(
                name=name,
                origin="project" if name in self._own(project) else "built-in",
                version="1",
                kind="project",
                description=f"The {name} template.",
                parameters=(
                    Parameter(name="name", description="The project's name.", pattern="[a-z][a-z0-9-]{0,31}"),
                    Parameter(name="id", description="The project's id."),
                ),
            )
            for name in sorted({**self.files, **self._own(project)})
        )

    async def render(self, name: str, values: dict[str, str], project: Path | None = None) -> tuple[RenderedFile, ...]:
        """The files, with the values put in."""
        known = {**self.files, **self._own(project)}
        if name not in known:
            raise refuse("unknown_template", f"There is no template {name!r}.", mend=nearest(name, known))
        for key in values:
            if key not in ("name", "id", "description"):
                raise refuse("unknown_parameter", f"{name} has no parameter {key!r}.", field=f"parameters.{key}")
        return tuple(
            RenderedFile(path=path, content=_fill(text, values).encode()) for path, text in known[name].items()
        )

    def _own(self, project: Path | None) -> dict[str, dict[str, str]]:
        return self.own.get(project, {}) if project is not None else {}


def _fill(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: values[match[1]], text)

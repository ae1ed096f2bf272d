"""Templates that a test writes down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.template import FoundTemplate, Parameter, StringParameter, Value, meant, unknown_template
from kr8.drivers.templates.values import complete
from kr8.ports.templates import RenderedFile, Rendering

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


PARAMETERS = (
    StringParameter(name="name", type="string", description="The project's name.", pattern="[a-z][a-z0-9-]{0,31}"),
    StringParameter(name="id", type="string", description="The project's id."),
)


@dataclass
class FakeTemplates:
    """Files by template and path; `{{ name }}` and the like are replaced."""

    files: dict[str, dict[str, str]] = field(default_factory=web_service)
    own: dict[Path, dict[str, dict[str, str]]] = field(default_factory=dict[Path, dict[str, dict[str, str]]])
    """Those of projects."""
    more: dict[str, tuple[Parameter, ...]] = field(default_factory=dict[str, "tuple[Parameter, ...]"])
    """Parameters besides name and id, by template."""
    lacking: tuple[str, ...] = ()
    """What no machine has."""
    version: str = "1.0.0"
    others: tuple[FoundTemplate, ...] = ()
    """Those that are found besides."""
    infrastructure: frozenset[str] = frozenset()
    """The templates that are of this kind; the others are projects."""

    async def near(self, directory: Path) -> bool:
        """Whether the test gave own ones to a folder, or to one that it lies in."""
        return any(folder in self.own for folder in (directory, *directory.parents))

    async def list(self, project: Path | None = None) -> tuple[FoundTemplate, ...]:
        """Every template, by name."""
        found = [*(self._found(name, None) for name in self.files), *self._of(project), *self.others]
        return tuple(sorted(found, key=lambda each: each.called))

    async def render(self, name: str, values: Mapping[str, Value], project: Path | None = None) -> Rendering:
        """The files, with the values put in."""
        known = await self.list(project)
        template = meant(name, known)
        if template is None:
            raise unknown_template(name, _names(known))
        texts = (self.files if template.origin == "built-in" else self._own(project))[template.name]
        wanted = complete(template, values)
        files = tuple(RenderedFile(path=path, content=_fill(text, wanted)) for path, text in texts.items())
        return Rendering(template=template, digest=digest(texts), values=wanted, files=files)

    async def unmet(self, name: str, project: Path | None = None) -> tuple[str, ...]:
        """What the test says."""
        return self.lacking

    def _found(self, name: str, project: Path | None) -> FoundTemplate:
        return FoundTemplate(
            name=name,
            origin="built-in" if project is None else "project",
            hidden=project is not None and name in self.files,
            version=self.version,
            kind="infrastructure" if name in self.infrastructure else "project",
            description=f"The {name} template.",
            parameters=(*PARAMETERS, *self.more.get(name, ())),
        )

    def _of(self, project: Path | None) -> tuple[FoundTemplate, ...]:
        return tuple(self._found(name, project) for name in self._own(project))

    def _own(self, project: Path | None) -> dict[str, dict[str, str]]:
        return self.own.get(project, {}) if project is not None else {}


def _names(found: tuple[FoundTemplate, ...]) -> list[str]:
    return [each.called for each in found]


def _fill(text: str, values: Mapping[str, Value]) -> bytes:
    return re.sub(r"\{\{ (\w+) \}\}", lambda match: str(values[match[1]]), text).encode()

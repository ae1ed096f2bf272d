"""Drafts whose files are read and filled in without a child, and that are kept in memory."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.digest import digest
from kr8.domain.problem import refuse
from kr8.domain.template import FoundTemplate, Template, Value, next_version, precedence
from kr8.drivers.templates.folders import named, parsed, unusable
from kr8.drivers.templates.values import complete
from kr8.ports.template_drafts import RemovedFolder
from kr8.ports.templates import RenderedFile, Rendering

Files = tuple[RenderedFile, ...]


@dataclass
class FakeDrafts:
    """Implements the port `TemplateDrafts`; an expression is a parameter's name, and a filter is not looked at."""

    kept: dict[tuple[Path | None, str], Files] = field(default_factory=dict[tuple[Path | None, str], Files])
    lacking: tuple[str, ...] = ()
    """What no machine has."""

    async def read(self, folder: Path, called: str = "") -> Files:
        """template.toml and `files/`."""
        if not (folder / "template.toml").is_file():
            raise unusable(called or folder.name, "template.toml cannot be read.")
        found = await self.all_of(folder, called or folder.name)
        return tuple(each for each in found if each.path == "template.toml" or each.path.startswith("files/"))

    async def folders(self, folder: Path) -> tuple[str, ...]:
        """Those with a template.toml."""
        return tuple(sorted(str(path.parent.relative_to(folder)) for path in folder.rglob("template.toml")))

    async def all_of(self, folder: Path, called: str) -> Files:
        """All files below a folder; a link is refused."""
        paths = sorted(path for path in folder.rglob("*") if not path.is_dir() and ".git" not in path.parts)
        for path in paths:
            if path.is_symlink():
                raise refuse("invalid_template", f"The template {called} has no links.", output=(path.name,))
        return tuple(RenderedFile(path=str(path.relative_to(folder)), content=path.read_bytes()) for path in paths)

    def given(self, texts: Mapping[str, str]) -> Files:
        """The texts as files."""
        for path in texts:
            if path.startswith("/") or ".." in path.split("/"):
                raise refuse("path_outside", "A path leaves the template.", output=(path,))
        return tuple(RenderedFile(path=path, content=text.encode()) for path, text in sorted(texts.items()))

    def describe(self, name: str, files: Files) -> Template:
        """What template.toml says."""
        found = next((each.content for each in files if each.path == "template.toml"), None)
        if found is None:
            raise unusable(name, "It has no template.toml.")
        return parsed(name, found)

    async def unmet(self, template: Template) -> tuple[str, ...]:
        """What the test says, where the template needs anything."""
        return self.lacking if template.needs else ()

    def name_of(self, files: Files) -> str:
        """What template.toml says."""
        return named(next((each.content for each in files if each.path == "template.toml"), b""))

    def digest(self, files: Files) -> str:
        """Of paths and contents."""
        return _digest(files)

    async def render(self, name: str, files: Files, values: Mapping[str, Value]) -> Rendering:
        """The files of `files/`, with the values put in."""
        template = self.describe(name, files)
        wanted = complete(template, values)
        made = [_filled(each, wanted) for each in files if each.path.startswith("files/")]
        found = FoundTemplate.model_validate({**template.model_dump(), "origin": "project"})
        return Rendering(template=found, digest=_digest(files), values=wanted, files=tuple(made))

    @asynccontextmanager
    async def written(self, files: Iterable[RenderedFile]) -> AsyncGenerator[Path]:
        """A real folder: what reads it may be real."""
        with TemporaryDirectory() as folder:
            for each in files:
                path = Path(folder, each.path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(each.content)
            yield Path(folder)

    async def keep(self, name: str, files: Files, project: Path | None) -> tuple[Path, bool]:
        """Keep it, unless its version is taken."""
        place = Path(project or "/home/templates", name)
        there = self.kept.get((project, name))
        if there is not None and _digest(there) == _digest(files):
            return place, False
        old = None if there is None else self.describe(name, there).version
        if old is not None and precedence(self.describe(name, files).version) <= precedence(old):
            raise refuse("template_version_taken", f"{name} {old} is there.", mend=f"Take {next_version(old)}.")
        self.kept[project, name] = files
        return place, True

    async def has(self, name: str) -> bool:
        """Whether it was kept for the user."""
        return (None, name) in self.kept

    async def remove(self, name: str) -> RemovedFolder:
        """Forget one of the user's."""
        if (None, name) not in self.kept:
            raise refuse("unknown_template", f"There is no template {name!r} of your own.", field="name")
        del self.kept[None, name]
        return RemovedFolder(place=Path("/home/templates", name))


def _digest(files: Files) -> str:
    return digest({each.path: each.content.hex() for each in files})


def _filled(file: RenderedFile, values: Mapping[str, Value]) -> RenderedFile:
    def of(text: str) -> str:
        return re.sub(r"\{\{ (\w+)[^}]*\}\}", lambda match: str(values[match[1]]), text)

    path = of(file.path.removeprefix("files/"))
    if not path.endswith(".jinja"):
        return file.model_copy(update={"path": path})
    return RenderedFile(path=path.removesuffix(".jinja"), content=of(file.content.decode()).encode())

"""Where templates lie, and what each says of itself."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from kr8.domain import toml_text
from kr8.domain.problem import Refused, refuse
from kr8.domain.shortened import shortened
from kr8.domain.template import FoundTemplate, Origin, Template
from kr8.drivers.toml.forms import Forms
from kr8.drivers.toml.mistakes import lines_of, of_validation
from kr8.drivers.toml.positions import Positions
from kr8.plugins import declared

BUILT_IN = Path(__file__).resolve().parents[2] / "templates"
MANIFEST = "template.toml"
MANIFEST_LIMIT = 64 << 10
GROUP = "kr8.templates"
NAME = re.compile(r"[a-z](?:-?[a-z0-9]){0,31}")
LONGEST_WHY = 200
FORMS = Forms(Template)


class Folder(NamedTuple):
    """A folder with a template in it."""

    path: Path
    origin: Origin
    hidden: bool = False
    """Another one of its name comes before it."""


class Places(NamedTuple):
    """The folders that a home has templates in."""

    user: Path
    fetched: Path


def find(places: Places, project: Path | None) -> dict[str, Folder]:
    """The folder of each template, by name; of those that another one of the name comes before, by ORIGIN/NAME.

    What a person has put into the home comes first, then ours, then what was fetched, what a repository brings along
    and what is installed: nothing from elsewhere takes the name of another.
    """
    found: dict[str, Folder] = {}
    for origin, name, path in _all(places, project):
        hidden = name in found
        found[f"{origin}/{name}" if hidden else name] = Folder(path, origin, hidden)
    return dict(sorted(found.items()))


def _all(places: Places, project: Path | None) -> Iterator[tuple[Origin, str, Path]]:
    ordered: dict[Origin, Path] = {"user": places.user, "built-in": BUILT_IN, "fetched": places.fetched}
    if project is not None:
        ordered["project"] = own(project)
    for origin, place in ordered.items():
        for name in _names(place):
            if NAME.fullmatch(name) and (origin != "project" or _is_inside(place / name / MANIFEST, project)):
                yield origin, name, place / name
    for name, path in _installed().items():
        yield "installed", name, path


def _installed() -> Mapping[str, Path]:
    """Those of other distributions: an entry point NAME = "package.folder" of the group, none of whose code runs."""
    points = [point for point in declared(GROUP) if NAME.fullmatch(point.name)]
    return {point.name: place for point in points for place in _folders(point.value)}


def _folders(package: str) -> list[Path]:
    """Where a package lies, as far as it is there. Only the first name is looked up: for others Python would run it."""
    first, *rest = package.split(".")
    try:
        spec = find_spec(first)
    except (ImportError, ValueError):
        return []  # what is broken here is the distribution, and not kr8
    found = [Path(place, *rest) for place in (spec.submodule_search_locations or ())] if spec is not None else []
    return [place for place in found if (place / MANIFEST).is_file()]


def own(project: Path) -> Path:
    """Where a project has its own templates."""
    return project / ".kr8" / "templates"


def _names(place: Path) -> list[str]:
    """The folders of a place that have a template in them; none where there is no such place."""
    try:
        with os.scandir(place) as entries:
            # Not Path.glob: it takes ten times as long, and a list of templates is asked for often.
            return [entry.name for entry in entries if os.path.exists(f"{entry.path}/{MANIFEST}")]  # noqa: PTH110
    except OSError:
        return []


def _is_inside(path: Path, project: Path | None) -> bool:
    """Whether a path of a project is no link out of it: a clone may not have kr8 read the rest of the machine."""
    return project is not None and project.resolve() in path.resolve().parents


def describe(name: str, folder: Folder) -> FoundTemplate:
    """What a template says of itself. Raises Refused (invalid_template)."""
    file = folder.path / MANIFEST
    try:
        now = file.stat()
        found = _read(name, folder, (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino))
        return found.model_copy(update={"hidden": True}) if folder.hidden else found
    except OSError as error:
        raise unusable(name, f"{MANIFEST} cannot be read: {error.strerror}.") from None


@lru_cache(256)
def _read(name: str, folder: Folder, _: tuple[int, ...]) -> FoundTemplate:
    """What the file says; read again only where it has changed since, because to parse it takes half a millisecond."""
    # What is no file, such as a pipe, is not waited for: whoever writes into a checkout may put one there.
    descriptor = os.open(folder.path / MANIFEST, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor, not a path
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "It is no plain file", MANIFEST)
        return described(name, folder.origin, stream.read(MANIFEST_LIMIT + 1))


def described(name: str, origin: Origin, content: bytes) -> FoundTemplate:
    """What a template.toml says. Raises Refused (invalid_template)."""
    template = parsed(name, content)
    return FoundTemplate.model_validate({**template.model_dump(), "origin": origin})


def named(content: bytes) -> str:
    """The name that a template.toml gives itself. Raises Refused (invalid_template)."""
    return _template("that was fetched", content).name


def parsed(name: str, content: bytes) -> Template:
    """The template of a template.toml. Raises Refused (invalid_template)."""
    template = _template(name, content)
    if template.name != name:
        expected = f"{name} is expected: the name of its folder, or the one that was asked for"
        raise unusable(name, f"{MANIFEST}, name: it is {template.name}, where {expected}.")
    return template


def _template(name: str, content: bytes) -> Template:
    if len(content) > MANIFEST_LIMIT:
        raise unusable(name, f"{MANIFEST} has more than {MANIFEST_LIMIT:,} bytes.")
    try:
        data = toml_text.loads(content.decode())
    except ValueError as error:
        raise unusable(name, f"{MANIFEST}: {error}") from None
    try:
        return Template.model_validate(data)
    except ValidationError as error:
        mistakes = of_validation(error, data, Positions(content), FORMS)
        first = min(mistakes).position
        place = f"{MANIFEST}:{first.line}:{first.column}"
        raise unusable(name, *lines_of(MANIFEST, mistakes), place=place) from None


def unusable(name: str, *why: str, place: str | None = None) -> Refused:
    """What to say of a template that says of itself what cannot be."""
    mend = "Mend its template.toml: docs/reference/template-toml.md has every key."
    return refuse("invalid_template", f"The template {name} cannot be used.", mend=mend, place=place, output=why)


def listed(name: str, folder: Folder) -> FoundTemplate:
    """What a template says of itself; one that cannot be used says why."""
    try:
        return describe(name, folder)
    except Refused as refused:
        broken = shortened(" ".join(refused.problem.output), LONGEST_WHY)
        return FoundTemplate(
            name=name,
            version="0.0.0",
            kind="project",
            description=refused.problem.what,
            origin=folder.origin,
            broken=broken,
            hidden=folder.hidden,
        )

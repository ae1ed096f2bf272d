"""Where templates lie, and what each says of itself."""

from __future__ import annotations

import os
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from kr8.domain.problem import Refused, refuse
from kr8.ports.templates import Template

Origin = Literal["built-in", "user", "project"]
BUILT_IN = Path(__file__).resolve().parents[2] / "templates"
NAME = re.compile(r"[a-z](?:-?[a-z0-9]){0,31}")
BYTES_LIMIT = 64 * 1024


class Folder(NamedTuple):
    """A folder with a template in it."""

    path: Path
    origin: Origin


def find(user: Path, project: Path | None) -> dict[str, Folder]:
    """The folder of each template, by name; a project's own hides the user's, which hides ours."""
    places: dict[Origin, Path] = {"built-in": BUILT_IN, "user": user}
    if project is not None:
        places["project"] = own(project)
    found = {
        name: Folder(place / name, origin)
        for origin, place in places.items()
        for name in _names(place)
        if NAME.fullmatch(name) and (origin != "project" or _is_inside(place / name / "template.toml", project))
    }
    return dict(sorted(found.items()))


def own(project: Path) -> Path:
    """Where a project has its own templates."""
    return project / ".kr8" / "templates"


def _names(place: Path) -> list[str]:
    """The folders of a place that have a template in them; none where there is no such place."""
    try:
        with os.scandir(place) as entries:
            # Not Path.glob: it takes ten times as long, and a list of templates is asked for often.
            return [entry.name for entry in entries if os.path.exists(f"{entry.path}/template.toml")]  # noqa: PTH110
    except OSError:
        return []


def _is_inside(path: Path, project: Path | None) -> bool:
    """Whether a path of a project is no link out of it: a clone may not have kr8 read the rest of the machine."""
    return project is not None and project.resolve() in path.resolve().parents


def describe(folder: Folder) -> Template:
    """What a template says of itself. Raises Refused (invalid_template)."""
    file = folder.path / "template.toml"
    try:
        now = file.stat()
        return _read(folder, (now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino))
    except (OSError, ValueError, RecursionError) as error:
        what = f"The template {folder.path.name} cannot be used."
        raise refuse("invalid_template", what, output=(_why(error),)) from None


@lru_cache(256)
def _read(folder: Folder, _: tuple[int, ...]) -> Template:
    """What the file says; read again only where it has changed since, because to parse it takes half a millisecond."""
    with (folder.path / "template.toml").open("rb") as stream:
        data = tomllib.loads(stream.read(BYTES_LIMIT).decode())
    return Template.model_validate({**data, "name": folder.path.name, "origin": folder.origin})


def listed(folder: Folder) -> Template:
    """What a template says of itself; one that cannot be used says that in its description."""
    try:
        return describe(folder)
    except Refused as refused:
        what = " ".join([refused.problem.what, *refused.problem.output])
        return Template(name=folder.path.name, version="?", kind="project", description=what, origin=folder.origin)


def _why(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return f"template.toml: {error}"
    details = error.errors(include_url=False)[:5]
    return "; ".join(f"template.toml, {'.'.join(map(str, detail['loc']))}: {detail['msg']}" for detail in details)

"""Where templates lie, and what each says of itself."""

from __future__ import annotations

import re
import tomllib
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
        places["project"] = project / ".kr8" / "templates"
    found = {
        path.parent.name: Folder(path.parent, origin)
        for origin, place in places.items()
        for path in sorted(place.glob("*/template.toml"))
        if NAME.fullmatch(path.parent.name) and (origin != "project" or _is_inside(path, project))
    }
    return dict(sorted(found.items()))


def _is_inside(path: Path, project: Path | None) -> bool:
    """Whether a path of a project is no link out of it: a clone may not have kr8 read the rest of the machine."""
    return project is not None and project.resolve() in path.resolve().parents


def describe(folder: Folder) -> Template:
    """What a template says of itself. Raises Refused (invalid_template)."""
    file = folder.path / "template.toml"
    try:
        with file.open("rb") as stream:
            data = tomllib.loads(stream.read(BYTES_LIMIT).decode())
        return Template.model_validate({**data, "name": folder.path.name, "origin": folder.origin})
    except (OSError, ValueError, RecursionError) as error:
        raise refuse("invalid_template", f"The template {folder.path.name} cannot be used.", why=_why(error)) from None


def listed(folder: Folder) -> Template:
    """What a template says of itself; one that cannot be used says that in its description."""
    try:
        return describe(folder)
    except Refused as refused:
        what = f"{refused.problem.what} {refused.problem.why}"
        return Template(name=folder.path.name, version="?", kind="project", description=what, origin=folder.origin)


def _why(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return f"template.toml: {error}"
    details = error.errors(include_url=False)[:5]
    return "; ".join(f"template.toml, {'.'.join(map(str, detail['loc']))}: {detail['msg']}" for detail in details)

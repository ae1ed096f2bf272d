"""What is wrong with a kr8.toml, and what of it is refused (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Project
from kr8.drivers.toml.forms import Forms
from kr8.drivers.toml.mistakes import Mistake, lines_of, mistake_at
from kr8.drivers.toml.positions import Path, Positions

KEY = re.compile(r"\S{1,200}")
"""What a key is that says nothing but its name: a text is no argument's name."""
RENAMED: Mapping[tuple[str, ...], str] = {
    # A name that is only the end of others is not the domain of Terraform, which is a whole one.
    ("infrastructure", "kubernetes", "domain"): "base_domain (host names are service.environment.project.base_domain)",
}
"""What keys were called before, in their tables, and what they are called."""
FORMS = Forms(Project, RENAMED)


def refused(name: str, mistakes: Iterable[Mistake]) -> Refused:
    """The exception for one mistake or many: each with its place, the first one's on top.

    They quote the file, which may be anybody's.
    """
    ordered = sorted(mistakes)
    first = ordered[0]
    count = "a mistake" if len(ordered) == 1 else f"{len(ordered)} mistakes"
    return refuse(
        "invalid_project_file",
        f"{name} has {count}.",
        mend=next((mistake.mend for mistake in ordered if mistake.mend), "Correct it; `kr8 check` reads it again."),
        field=first.field if KEY.fullmatch(first.field) else None,
        place=f"{name}:{first.position.line}:{first.position.column}",
        output=lines_of(name, ordered),
    )


def unknown_gates(project: Project, known: frozenset[str], positions: Positions) -> Iterator[Mistake]:
    """The gates that strategies name and that are not installed here."""
    for name, environment in project.environments.items():
        for number, gate in enumerate(environment.strategy.gates):
            if gate not in known:
                path: Path = ("environments", name, "strategy", "gates", number)
                yield mistake_at(path, f"there is no gate {gate!r} here", positions, nearest(gate, known))

"""What the files that a template makes may be (pure)."""

from __future__ import annotations

from collections.abc import Collection

from kr8.domain.problem import refuse
from kr8.domain.template import Kind, Template
from kr8.domain.template_record import ADDED, PATH
from kr8.domain.waiver import FILE as WAIVERS

GENERATED = ".kr8/generated"
"""The folder of the records of what kr8 wrote, a file for each generator."""
UNFINISHED = ".kr8/unfinished"
"""In a project whose files are being written: which they shall be."""


def check_kind(template: Template, paths: Collection[str], wanted: Kind) -> None:
    """Refuse a template that is of another kind than the one wanted, or whose files are not those of its kind.

    Raises Refused (template_waives, template_makes_records, template_of_another_kind, template_makes_project,
    template_makes_no_project).
    """
    _check_own(template, paths)
    if template.kind != wanted:
        raise refuse(
            "template_of_another_kind",
            f"The template {template.name} is of the kind {template.kind} now, and not {wanted}.",
            why="A project is made from the one, and the other is added to it: nothing was written.",
            mend="Give it another name, and its kind of before to this one.",
            field="template",
        )
    makes = "kr8.toml" in paths
    if wanted == "infrastructure" and makes:
        raise refuse(
            "template_makes_project",
            f"The template {template.name} is of the kind infrastructure, and makes a kr8.toml.",
            why="It is added to projects that have theirs: what runs, and who may change it, is not for it to say.",
            mend='Take the file out of it, or say kind = "project".',
            field="template",
        )
    if wanted == "project" and not makes:
        raise refuse(
            "template_makes_no_project",
            f"The template {template.name} is of the kind project, and makes no kr8.toml.",
            mend='Add one to it, or say kind = "infrastructure".',
            field="template",
        )


def _check_own(template: Template, paths: Collection[str]) -> None:
    """Refuse what is people's to write, or kr8's alone. A disk may tell no capital letters from small ones."""
    lowered = {path.lower(): path for path in paths}
    if WAIVERS in lowered:
        raise refuse(
            "template_waives",
            f"The template {template.name} makes a {WAIVERS}.",
            why="Every project made from it would live with findings that none of its people has seen.",
            mend="Take the file out of it: who has a project waives what is found there.",
            field="template",
        )
    folders, single = (f"{ADDED}/", f"{GENERATED}/"), (PATH, UNFINISHED)
    records = [path for low, path in lowered.items() if low in single or low.startswith(folders)]
    if records:
        raise refuse(
            "template_makes_records",
            f"The template {template.name} makes files in which kr8 keeps what it has written.",
            why="By them kr8 knows which files people have changed: with others it would replace or remove those.",
            mend=f"Take out of it {PATH}, {UNFINISHED}, and what lies in {GENERATED} and {ADDED}: kr8 writes them.",
            field="template",
            output=tuple(sorted(records)),
        )

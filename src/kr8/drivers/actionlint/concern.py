"""Which files of a repository actionlint reads (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

WORKFLOWS = ".github/workflows"
ACTIONS = ("action.yml", "action.yaml")
SETTINGS = (".github/actionlint.yaml", ".github/actionlint.yml")


def is_workflow(path: str) -> bool:
    """Whether GitHub takes it for a workflow."""
    pure = PurePosixPath(path)
    return str(pure.parent) == WORKFLOWS and pure.suffix in (".yml", ".yaml")


def concerned(files: Iterable[str]) -> tuple[str, ...]:
    """The workflows, and what they use: actionlint looks whether the files that a local action names are there."""
    known = tuple(files)
    workflows = [path for path in known if is_workflow(path)]
    if not workflows:
        return ()
    folders = {path.rpartition("/")[0] for path in known if path.rpartition("/")[2] in ACTIONS}
    beside = [path for path in known if path in SETTINGS or any(_is_below(path, folder) for folder in folders)]
    return tuple(sorted({*workflows, *beside}))


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")

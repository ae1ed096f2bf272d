"""The shared modules: data that carries nothing of a project's, so that every project has the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from kr8.domain.source import SourceFile
from kr8.generators.terraform.layout import HEADER, ROOT, terraform_block, written


def module_files(names: Iterable[str]) -> tuple[SourceFile, ...]:
    """The files of these modules."""
    return tuple(file for name in sorted(names) for file in _module(name))


@cache
def _module(name: str) -> tuple[SourceFile, ...]:
    folder = files("kr8.generators.terraform") / "modules" / name
    own = tuple(
        SourceFile(path=f"{ROOT}/modules/{name}/{path}", text=f"# {HEADER}\n\n{text}") for path, text in _texts(folder)
    )
    return (*own, written(f"modules/{name}/versions.tf", (terraform_block(),)))


def _texts(folder: Traversable, below: str = "") -> Iterable[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _texts(entry, f"{below}{entry.name}/")
        elif entry.name.endswith(".hcl") or entry.name.endswith(".tf"):
            yield f"{below}{entry.name}", entry.read_text(encoding="utf-8")

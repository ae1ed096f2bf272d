"""Templates that cannot be removed, or not wholly: something else is mounted there."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.support.small_disk import small_disk

from kr8.domain.problem import Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.drafts import FolderDrafts
from kr8.drivers.templates.driver import FolderTemplates
from kr8.drivers.templates.pins import FilePins
from kr8.ports.pinned_templates import Pin
from kr8.ports.templates import RenderedFile

Made: TypeAlias = tuple[Path, Callable[[], Coroutine[Any, Any, Path | None]]]
"""Where a template lies, and what removes it and says what is left."""
Making: TypeAlias = Callable[[Path], Made]

TOML = 'name = "mine"\nversion = "1.0.0"\nkind = "infrastructure"\ndescription = "Mine."\n'


def own(home: Path) -> Made:
    """A template of the user's own."""

    async def remove() -> Path | None:
        return (await drafts(home).remove("mine")).left

    asyncio.run(drafts(home).keep("mine", files(home), None))
    return home / "templates" / "mine", remove


def fetched(home: Path) -> Made:
    """One that was fetched."""
    pin = Pin(name="mine", url="https://example.com/x", commit="0" * 40, path=".", digest="0" * 64)

    async def remove() -> Path | None:
        return (await FilePins(home).remove("mine")).left

    asyncio.run(FilePins(home).add(pin, files(home)))
    return home / "fetched" / "mine", remove


def drafts(home: Path) -> FolderDrafts:
    return FolderDrafts(home, FolderTemplates(home, Processes(os.environ)))


def files(home: Path) -> tuple[RenderedFile, ...]:
    return drafts(home).given({"template.toml": TOML, "files/a": "x\n"})


def listed(home: Path) -> list[str]:
    found = asyncio.run(FolderTemplates(home, Processes(os.environ)).list())
    return [each.name for each in found if each.origin in ("user", "fetched")]


@pytest.mark.parametrize("made", [own, fetched])
def test_what_of_it_could_not_be_removed_is_named(tmp_path: Path, made: Making) -> None:
    place, remove = made(tmp_path)
    with small_disk(place / "files" / "held", "1m"):
        left = asyncio.run(remove())
        assert left is not None and [each.name for each in left.rglob("*")] == ["files", "held"]
        assert listed(tmp_path) == [] and not place.exists()


@pytest.mark.parametrize("made", [own, fetched])
def test_what_cannot_be_removed_stays_as_it_is(tmp_path: Path, made: Making) -> None:
    place, remove = made(tmp_path)
    kept = {path.name: path.read_bytes() for path in place.iterdir() if path.is_file()}
    shutil.rmtree(place)
    with small_disk(place, "1m"):
        for name, content in kept.items():
            (place / name).write_bytes(content)
        with pytest.raises(Refused) as caught:
            asyncio.run(remove())
        problem = caught.value.problem
        assert (problem.code, problem.outcome) == ("not_writable", "not_started") and str(place) in problem.what
        assert listed(tmp_path) == ["mine"]
    assert asyncio.run(FilePins(tmp_path).all()) or made is own


@pytest.mark.parametrize("made", [own, fetched])
def test_of_what_is_removed_nothing_is_left(tmp_path: Path, made: Making) -> None:
    place, remove = made(tmp_path)
    assert asyncio.run(remove()) is None
    assert list(place.parent.iterdir()) == []

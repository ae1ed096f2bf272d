"""What every `PinnedTemplates` does, the fake and the one with files; what only files can do stands below."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from tests.fakes.pinned_templates import MemoryPins

from kr8.domain.problem import Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.drafts import FolderDrafts
from kr8.drivers.templates.driver import FolderTemplates
from kr8.drivers.templates.pins import FilePins
from kr8.ports.pinned_templates import Pin, PinnedTemplates
from kr8.ports.templates import RenderedFile

TOML = 'name = "mine"\nversion = "1.0.0"\nkind = "infrastructure"\ndescription = "Mine."\n'


@pytest.fixture(params=["fake", "files"])
def pinned(request: pytest.FixtureRequest, tmp_path: Path) -> PinnedTemplates:
    return MemoryPins() if request.param == "fake" else FilePins(tmp_path)


def files(home: Path, **texts: str) -> tuple[tuple[RenderedFile, ...], Pin]:
    drafts = FolderDrafts(home, FolderTemplates(home, Processes(os.environ)))
    made = drafts.given({"template.toml": TOML, "files/a": "x\n", **texts})
    pin = Pin(name="mine", url="https://example.com/x", commit="0" * 40, path=".", digest=drafts.digest(made))
    return made, pin


def test_what_was_added_is_listed_until_it_is_removed(pinned: PinnedTemplates, tmp_path: Path) -> None:
    made, pin = files(tmp_path)
    assert asyncio.run(pinned.all()) == ()
    assert asyncio.run(pinned.add(pin, made)) is True
    assert asyncio.run(pinned.add(pin, made)) is False
    assert asyncio.run(pinned.all()) == (pin,)
    removed = asyncio.run(pinned.remove("mine"))
    assert (removed.pin, removed.left) == (pin, None)
    assert asyncio.run(pinned.all()) == ()
    with pytest.raises(Refused) as caught:
        asyncio.run(pinned.remove("mine"))
    assert caught.value.problem.code == "unknown_template"


def test_a_content_that_differs_from_its_pin_is_refused(tmp_path: Path) -> None:
    made, pin = files(tmp_path)
    pins, templates = FilePins(tmp_path), FolderTemplates(tmp_path, Processes(os.environ))
    asyncio.run(pins.add(pin, made))
    rendering = asyncio.run(templates.render("mine", {}))
    assert (rendering.template.origin, rendering.digest) == ("fetched", pin.digest)
    (tmp_path / "fetched/mine/files/b").write_text("more\n")
    with pytest.raises(Refused) as caught:
        asyncio.run(templates.render("mine", {}))
    problem = caught.value.problem
    assert problem.code == "template_changed"
    assert "kr8 template remove fetched/mine" in problem.mend, "the name alone may be that of one of the user's own"
    (tmp_path / "fetched/mine/files/b").unlink()
    asyncio.run(templates.render("mine", {}))
    (tmp_path / "templates.toml").unlink()
    with pytest.raises(Refused) as caught:
        asyncio.run(templates.render("mine", {}))
    assert caught.value.problem.code == "template_changed", "without a pin nothing says what it must be"


def test_a_version_never_has_two_contents(tmp_path: Path) -> None:
    pins = FilePins(tmp_path)
    made, pin = files(tmp_path)
    asyncio.run(pins.add(pin, made))
    other, its = files(tmp_path, **{"files/a": "y\n"})
    with pytest.raises(Refused) as caught:
        asyncio.run(pins.add(its, other))
    problem = caught.value.problem
    assert problem.code == "template_version_taken" and "kr8 template remove fetched/mine" in problem.mend
    assert asyncio.run(pins.all()) == (pin,)


@pytest.mark.parametrize("path", ["a/\x7f", "a/\U0001f600", 'a/"b"\\c', "a/\t"])
def test_every_name_of_a_folder_is_read_as_it_was_written(pinned: PinnedTemplates, tmp_path: Path, path: str) -> None:
    made, pin = files(tmp_path)
    named = pin.model_copy(update={"path": path})
    asyncio.run(pinned.add(named, made))
    assert asyncio.run(pinned.all()) == (named,)


def test_a_pin_whose_folder_somebody_removed_is_removed(tmp_path: Path) -> None:
    made, pin = files(tmp_path)
    asyncio.run(FilePins(tmp_path).add(pin, made))
    shutil.rmtree(tmp_path / "fetched")
    assert asyncio.run(FilePins(tmp_path).remove("mine")).pin == pin
    assert asyncio.run(FilePins(tmp_path).all()) == ()


@pytest.mark.parametrize("text", ["[", "mine = 1", "[mine]\nurl = 1", "[mine]\nurl = 'x'\n"])
def test_pins_that_cannot_be_read_are_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "templates.toml").write_text(text)
    with pytest.raises(Refused) as caught:
        asyncio.run(FilePins(tmp_path).all())
    problem = caught.value.problem
    assert problem.code == "pins_unreadable"
    assert "pydantic" not in problem.why and "\n" not in problem.why
    assert "url" not in text or "mine.commit" in problem.why

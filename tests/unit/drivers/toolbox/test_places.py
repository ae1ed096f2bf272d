"""Where tools lie, by what they are made of."""

from __future__ import annotations

from pathlib import Path

from kr8.drivers.toolbox.place import COMPLETE, Place
from kr8.drivers.toolbox.places import places


def source(folder: Path) -> Path:
    """Two tools: a lock, and a Go program."""
    folder.mkdir()
    (folder / "lint.txt").write_text("lint==1.2.3 \\\n    --hash=sha256:00\n")
    program = folder / "schema"
    program.mkdir()
    (program / "go.mod").write_text("module example.com/terraform-provider-aws\n\ngo 1.25\n")
    (program / "main.go").write_text("package main\n")
    (program / "version").write_text("6.69.1\n")
    return folder


def made(place: Place) -> None:
    """What making it leaves."""
    place.program(place.keystone).parent.mkdir(parents=True)
    place.program(place.keystone).touch()
    (place.folder / COMPLETE).touch()


def test_locks_and_go_programs_are_tools(tmp_path: Path) -> None:
    found = places(tmp_path / "tools", source(tmp_path / "source"))
    assert {name: (place.version, place.keystone) for name, place in found.items()} == {
        "lint": ("1.2.3", "python"),
        "schema": ("6.69.1", "terraform-provider-aws"),
    }


def test_another_source_is_another_folder_that_is_not_installed(tmp_path: Path) -> None:
    folder = source(tmp_path / "source")
    before = places(tmp_path / "tools", folder)
    for place in before.values():
        assert not place.is_installed()
        made(place)
        assert place.is_installed()
    (folder / "schema" / "main.go").write_text("package main // another\n")
    (folder / "lint.txt").write_text("lint==1.2.4\n")
    after = places(tmp_path / "tools", folder)
    assert [place.is_installed() for place in after.values()] == [False, False]
    assert {place.folder for place in before.values()}.isdisjoint(place.folder for place in after.values())


def test_a_tool_whose_program_has_gone_is_not_installed(tmp_path: Path) -> None:
    place = places(tmp_path / "tools", source(tmp_path / "source"))["schema"]
    made(place)
    place.program(place.keystone).unlink()
    assert not place.is_installed()


def test_a_go_program_is_built_from_exactly_what_is_locked(tmp_path: Path) -> None:
    place = places(tmp_path / "tools", source(tmp_path / "source"))["schema"]
    (command,) = place.commands()
    assert command[:4] == ("go", "build", "-C", str(tmp_path / "source" / "schema"))
    assert "-mod=readonly" in command and f"{place.folder}/bin/" in command

"""A project of any name is a Go module that the compiler takes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.driver import FolderTemplates


@pytest.mark.parametrize("name", ["shop", "image", "time", "go", "cmd", "std"])
def test_its_path_begins_with_a_host_which_no_package_of_the_standard_library_has(name: str, tmp_path: Path) -> None:
    values = {"name": name, "id": "prj_7k2m9q"}
    rendering = asyncio.run(FolderTemplates(tmp_path, Processes({})).render("go-service", values))
    files = {file.path: file.content.decode() for file in rendering.files}
    word, path = files["go.mod"].splitlines()[0].split(" ")
    assert word == "module" and "." in path.split("/")[0] and path.split("/")[1:] == [name]

"""A template.toml that is no file is told as such, and never waited for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from kr8.domain.problem import Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.driver import FolderTemplates

SECONDS = 2.0
"""After which whoever waits for the pipe is let go, so that a test of it ends."""


@pytest.fixture
def project(tmp_path: Path) -> Generator[Path]:
    """A project with a template whose template.toml is a pipe."""
    folder = tmp_path / "project/.kr8/templates/tea"
    folder.mkdir(parents=True)
    pipe = folder / "template.toml"
    os.mkfifo(pipe)

    def let_go() -> None:
        with contextlib.suppress(OSError):  # nobody waits
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))

    timer = threading.Timer(SECONDS, let_go)
    timer.start()
    yield tmp_path / "project"
    timer.cancel()


def test_a_pipe_is_listed_as_broken_and_not_waited_for(tmp_path: Path, project: Path) -> None:
    templates = FolderTemplates(tmp_path / "home", Processes({}))
    (tea,) = (each for each in asyncio.run(templates.list(project)) if each.name == "tea")
    assert tea.state == "broken" and tea.broken == "template.toml cannot be read: It is no plain file."


def test_nothing_is_made_of_a_pipe(tmp_path: Path, project: Path) -> None:
    templates = FolderTemplates(tmp_path / "home", Processes({}))
    for made in (lambda: templates.unmet("tea", project), lambda: templates.render("tea", {}, project)):
        with pytest.raises(Refused) as caught:
            asyncio.run(made())
        assert caught.value.problem.code == "invalid_template" and "no" in caught.value.problem.output[0]

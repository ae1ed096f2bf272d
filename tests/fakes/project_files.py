"""kr8.toml in the checkouts of repositories that live in memory."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.repositories import FakeRepositories

from kr8.domain.project import Project
from kr8.drivers.projectfile.driver import TomlProjectFiles


class FakeProjectFiles(TomlProjectFiles):
    """Reads and writes as the real one does; what a checkout has now is its newest commit."""

    def __init__(self, repositories: FakeRepositories) -> None:
        super().__init__()
        self._repositories = repositories

    def working(self, directory: Path) -> Project:
        """The project of the newest commit's kr8.toml."""
        return self.read(self._repositories.snapshots[directory][-1].files["kr8.toml"])

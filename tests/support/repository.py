"""A repository of infrastructure code that is no project of kr8's."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.scene import Said, Scene


class Repository:
    """A repository that nobody knows yet, and a home to check it with."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene = scene
        self.folder = folder
        subprocess.run(["git", "init", "--quiet", str(folder)], check=True)

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def validate(self, *words: str, code: int | None = None) -> Said:
        """`kr8 validate`, in JSON."""
        return self.scene.cli("validate", *words, where=self.folder, code=code)

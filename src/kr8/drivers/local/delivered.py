"""Releases as they were delivered to this machine: one folder each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from kr8.domain.problem import Outcome, Refused, refuse
from kr8.domain.release import Release
from kr8.drivers.local.commands import Places

NAME = "release.json"


class Delivered:
    """Keeps and finds delivered releases."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._known: dict[str, Release] = {}

    def keep(self, release: Release) -> None:
        """Write a release down, whole or not at all. Raises Refused (build_gone) where its files are not here."""
        if not os.path.isdir(release.build.directory):  # noqa: PTH112 - a text in the build's record
            raise refuse(
                "build_gone",
                f"The build {release.build.id} of {release.name} is not on this machine any more.",
                mend="Deploy its commit again: it is built anew.",
            )
        folder = self._places.release(release.id)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._places.data(release).mkdir(mode=0o700, parents=True, exist_ok=True)
        new = folder / f"{NAME}.new"
        new.write_text(release.model_dump_json())
        new.replace(folder / NAME)
        self._known[release.id] = release

    def get(self, release: str) -> Release:
        """A delivered release. Raises Refused (release_not_delivered)."""
        if release not in self._known:
            try:
                text = (self._places.release(release) / NAME).read_text()
            except OSError as error:
                raise refuse(
                    "release_not_delivered",
                    f"The release {release} is not on this machine.",
                    why=str(error),
                    mend="Deploy its commit again: it is delivered anew.",
                    outcome=Outcome.NOT_STARTED,
                ) from error
            self._known[release] = Release.model_validate_json(text)
        return self._known[release]

    def find(self, release: str) -> Release | None:
        """A delivered release; None: it is not here, or cannot be read."""
        try:
            return self.get(release)
        except (Refused, ValueError):
            return None

    def has_any(self) -> bool:
        """Whether a release was delivered here, and is kept."""
        return any(True for _ in self._files())

    def all(self) -> tuple[Release, ...]:
        """Every release that is here, also where the store knows nothing of it."""
        names = [file.parent.name for file in self._files()]
        return tuple(found for name in names if (found := self.find(name)) is not None)

    def _files(self) -> Iterator[Path]:
        return self._places.home.glob(f"releases/*/{NAME}")

    def forget(self, release: str) -> None:
        """Remove what was delivered."""
        self._known.pop(release, None)
        shutil.rmtree(self._places.release(release), ignore_errors=True)

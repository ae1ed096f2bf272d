"""Repositories elsewhere, of which one commit is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Remotes(Protocol):
    """Fetches what a person has named by URL and commit."""

    async def fetch(self, url: str, commit: str, path: str, folder: Path) -> None:
        """Write the files of one folder of a commit into an empty folder. Nothing of the repository's runs.

        Raises Refused: url_not_allowed (only https, ssh and file, no password, no metadata or link-local address),
        fetch_failed, fetch_limit, unknown_folder, path_outside, submodule.
        """
        ...

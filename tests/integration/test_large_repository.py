"""A repository as large as those of infrastructure code get."""

import asyncio
import os
import subprocess
from pathlib import Path

from kr8.drivers.git.copies import GitCopies
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.process.driver import Processes


def test_a_repository_of_ten_thousand_files_is_copied_in_bounded_time(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    subprocess.run(["git", "init", "--quiet", str(shop)], check=True)
    for number in range(100):
        folder = shop / f"folder{number}"
        folder.mkdir()
        for other in range(100):
            (folder / f"{other}.tf").write_text("")

    async def story() -> None:
        async with GitCopies(GitRepositories(Processes(os.environ))).of_checkout(shop) as sources:
            assert len(list(sources.files)) == sum(1 for _ in sources.root.rglob("*.tf")) == 10_000

    asyncio.run(story())

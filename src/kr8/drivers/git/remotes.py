"""One commit of a repository elsewhere, by `git fetch` into a folder of its own."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.problem import Refused, refuse
from kr8.drivers.git import commands, parse, remote_url
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.process.command import Command, DiskLimit, Ended
from kr8.drivers.process.disk import taken
from kr8.drivers.process.driver import Processes

SECONDS = 120.0
BYTES_LIMIT = 64 << 20


class GitRemotes:
    """Implements the port `Remotes`."""

    def __init__(
        self,
        processes: Processes,
        repositories: GitRepositories,
        limit_seconds: float = SECONDS,
        bytes_limit: int = BYTES_LIMIT,
    ) -> None:
        self._processes = processes
        self._repositories = repositories
        self._limit_seconds = limit_seconds
        self._bytes_limit = bytes_limit

    async def fetch(self, url: str, commit: str, path: str, folder: Path) -> None:
        """Write the files of one folder of a commit into an empty folder. Raises Refused as the port says."""
        parts = remote_url.checked(url)
        if parts.hostname is not None:
            await self._check_host(parts.hostname, parts.port or remote_url.SCHEMES[parts.scheme])
        with TemporaryDirectory(prefix="kr8-fetch-") as made:
            repository = Path(made)
            for argv in (commands.init(), commands.fetch(url, commit)):
                ended = await self._git(repository, argv)
                if not ended.ok():
                    raise self._failed(url, commit, ended)
            tree = await self._tree(repository, commit, path)
            await self._check_size(repository, tree, url, commit)
            await self._repositories.export(repository, tree, folder)

    async def _tree(self, repository: Path, commit: str, path: str) -> str:
        try:
            return await self._repositories.tree(repository, commit, path)
        except Refused as refused:
            if refused.problem.code != "unknown_folder":
                raise
            raise refuse(
                "unknown_folder",
                f"The repository has no such folder in commit {commit[:12]}.",
                mend="Correct the path (--path): that of the folder which template.toml lies in. Without one it is the "
                "repository's root.",
                field="path",
                output=(path,),
            ) from None

    async def _check_size(self, repository: Path, tree: str, url: str, commit: str) -> None:
        """Refuse what is too much, packed or unpacked: a few bytes may unpack to a disk full."""
        packed = await asyncio.to_thread(taken, repository)
        listed = await self._git(repository, commands.entries(tree))
        unpacked = sum(entry.size for entry in parse.entries(listed.stdout))
        if max(packed, unpacked) > self._bytes_limit:
            raise self._too_much(url, commit, f"it has {max(packed, unpacked):,} bytes, which is above the disk limit")

    async def _check_host(self, host: str, port: int) -> None:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            what = f"The host {host} is not known."
            raise refuse(
                "fetch_failed",
                what,
                why=str(error),
                mend="Correct the host, or see that this machine can look it up.",
                field="url",
                retryable=True,
            ) from None
        remote_url.check_addresses(str(address[0]) for *_, address in found)

    async def _git(self, repository: Path, argv: tuple[str, ...]) -> Ended:
        command = Command(
            argv=argv,
            cwd=repository,
            env=commands.FETCHING,
            limit_seconds=self._limit_seconds,
            disk=DiskLimit(directory=repository, bytes=self._bytes_limit),
        )
        return await self._processes.run(command)

    def _failed(self, url: str, commit: str, ended: Ended) -> Refused:
        if ended.limit is not None:
            return self._too_much(url, commit, ended.how())
        return refuse(
            "fetch_failed",
            f"Commit {commit[:12]} of {url} was not fetched: {ended.how()}.",
            mend="Look at git's own words. kr8 follows no redirect, knows no password, and asks nobody for one.",
            field="url",
            retryable=True,
            output=ended.last_words(),
        )

    def _too_much(self, url: str, commit: str, how: str) -> Refused:
        return refuse(
            "fetch_limit",
            f"Commit {commit[:12]} of {url} was not fetched: {how}.",
            why=f"At most {self._bytes_limit:,} bytes and {self._limit_seconds:.0f} s are spent on it.",
            mend="Keep templates in a repository of their own.",
            field="url",
        )

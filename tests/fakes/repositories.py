"""Repositories that live in memory; only `export` and `start` touch files."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.problem import refuse
from kr8.ports.repositories import Commit, Paths


@dataclass
class Snapshot:
    """One commit: its files by path."""

    commit: Commit
    files: dict[str, bytes]
    links: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()


@dataclass
class FakeRepositories:
    """Git without git. `put` adds a commit, `dirty` names the paths that differ from HEAD, `lying` what they are,
    `ignored` those that are ignored."""

    snapshots: dict[Path, list[Snapshot]] = field(default_factory=dict[Path, list[Snapshot]])
    dirty: dict[Path, tuple[str, ...]] = field(default_factory=dict[Path, tuple[str, ...]])
    ignored: dict[Path, tuple[str, ...]] = field(default_factory=dict[Path, tuple[str, ...]])
    branches: dict[tuple[Path, str], str] = field(default_factory=dict[tuple[Path, str], str])
    lying: dict[tuple[Path, str], bytes | None] = field(default_factory=dict[tuple[Path, str], "bytes | None"])
    trees: dict[str, dict[str, bytes]] = field(default_factory=dict[str, dict[str, bytes]])
    looked: list[Path] = field(default_factory=list[Path])
    """Where a repository was looked for."""

    def put(self, repository: Path, files: dict[str, bytes], subject: str = "A change") -> Commit:
        """Make a commit of these files, and nothing else, the newest of a repository."""
        known = self.snapshots.setdefault(repository, [])
        number = len(known)
        plain = {path: content.hex() for path, content in files.items()}
        commit = Commit(id=digest([str(repository), number, plain])[:40], subject=subject)
        known.append(Snapshot(commit, dict(files)))
        return commit

    async def root(self, path: Path) -> Path | None:
        """The nearest folder at or above a path that has commits; a path that is gone is in none."""
        self.looked.append(path)
        if path not in self.snapshots and not os.path.exists(path):  # noqa: PTH110 - as git's driver has it
            return None
        return next((folder for folder in (path, *path.parents) if folder in self.snapshots), None)

    async def resolve(self, repository: Path, revision: str) -> Commit:
        """HEAD, a branch, or the beginning of a commit id."""
        return self._snapshot(repository, revision).commit

    async def changes(self, repository: Path) -> tuple[str, ...]:
        """What the test said is dirty."""
        return self.dirty.get(repository, ())

    async def files(self, repository: Path) -> tuple[str, ...]:
        """What lies on disk, or as HEAD has it where nothing does; without what the test said is ignored."""
        committed = frozenset(self._snapshot(repository, "HEAD").files if self.snapshots.get(repository) else ())
        on_disk = frozenset(str(path.relative_to(repository)) for path in repository.rglob("*") if path.is_file())
        untracked = on_disk - frozenset(self.ignored.get(repository, ()))
        return tuple(sorted(path for path in committed | untracked if not path.startswith(".git/")))

    async def paths(self, repository: Path, commit: str) -> Paths:
        """The files of a commit, and what the test said it has beside them."""
        found = self._snapshot(repository, commit)
        return Paths(files=tuple(sorted(found.files)), links=found.links, submodules=found.submodules)

    async def is_older(self, repository: Path, commit: str, than: str) -> bool:
        """Whether it was put before."""
        ids = [each.commit.id for each in self.snapshots.get(repository, [])]
        return commit in ids and than in ids and ids.index(commit) < ids.index(than)

    async def tree(self, repository: Path, commit: str, path: str) -> str:
        """The digest of the files below a folder."""
        prefix = "" if path in (".", "") else path.rstrip("/") + "/"
        files = self._snapshot(repository, commit).files
        below = {name[len(prefix) :]: content for name, content in files.items() if name.startswith(prefix)}
        if not below:
            raise refuse("unknown_folder", f"There is no folder {path!r} in commit {commit[:12]}.", field="path")
        tree = digest({name: content.hex() for name, content in below.items()})[:40]
        self.trees[tree] = below
        return tree

    async def read(self, repository: Path, commit: str, path: str) -> bytes | None:
        """A file of a commit."""
        return self._snapshot(repository, commit).files.get(path)

    async def working(self, repository: Path, path: str) -> bytes | None:
        """What the test said lies there; on disk, or as HEAD has it, where it said nothing."""
        if (repository, path) in self.lying:
            return self.lying[repository, path]
        if repository.is_dir():
            return (repository / path).read_bytes() if (repository / path).is_file() else None
        known = self.snapshots.get(repository, [])
        return known[-1].files.get(path) if known else None

    async def export(self, repository: Path, tree: str, directory: Path) -> None:
        """Write the files of a tree that `tree` has named before."""
        for name, content in self.trees[tree].items():
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    async def start(self, directory: Path, message: str) -> Commit:
        """Commit the files that a directory has."""
        if directory in self.snapshots:
            raise refuse("repository_exists", f"{directory} is a repository already.", field="directory")
        entries = {str(path.relative_to(directory)): path for path in sorted(directory.rglob("*"))}
        links = tuple(name for name, path in entries.items() if path.is_symlink())
        files = {name: path.read_bytes() for name, path in entries.items() if path.is_file() and name not in links}
        commit = self.put(directory, files, message)
        self.snapshots[directory][-1].links = links
        return commit

    def _snapshot(self, repository: Path, revision: str) -> Snapshot:
        known = self.snapshots.get(repository, [])
        wanted = self.branches.get((repository, revision), revision)
        if wanted == "HEAD" and known:
            return known[-1]
        for snapshot in known:
            if len(wanted) >= 4 and snapshot.commit.id.startswith(wanted):
                return snapshot
        raise refuse("unknown_revision", f"There is no commit {revision!r} in {repository}.", field="revision")

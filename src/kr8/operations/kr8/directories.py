"""Where a new project goes: as it was named, as it is, and what is there already."""

from __future__ import annotations

from pathlib import Path

from kr8.domain.problem import Refused, refuse
from kr8.ports.project_files import ProjectFiles
from kr8.ports.repositories import Repositories
from kr8.workflows.checkouts import Checkouts


def resolved(named: str, stands: str | None) -> Path:
    """The directory that a caller names, from where they stand, with no '..' and no link in it. Raises Refused."""
    where = Path(named)
    if not where.is_absolute() and stands is None:
        raise refuse(
            "directory_not_absolute",
            f"{where} is relative, and kr8 does not know where the caller stands.",
            mend="Give an absolute path.",
            field="directory",
        )
    try:
        return Path(stands or "", where).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # links in a ring, a NUL
        raise _unusable(named, str(error)) from None


async def repository_at(directory: Path, repositories: Repositories) -> Path | None:
    """The repository that a directory is; None: a new one can be made there.

    Raises Refused where it is a folder of a repository, no directory, or has files in it.
    """
    try:
        there = next(folder for folder in (directory, *directory.parents) if folder.exists())
        if not there.is_dir():
            raise _unusable(directory, f"{there} is a file.")
        root = await repositories.root(there)
        filled = there == directory and any(directory.iterdir())
    except OSError as error:
        raise _unusable(directory, str(error)) from error
    if root is not None and root.resolve() != directory:
        raise refuse(
            "inside_repository",
            f"{directory} lies inside of the repository {root}, and nothing was written.",
            why="A project is a whole repository. One inside of another has commits that the outer one does not see.",
            mend=f"Choose one outside of it, such as directory={str(root.parent / directory.name)!r} (--directory); or "
            f"make that repository the project, directory={str(root)!r}, and name the folder as the path of a service "
            "in its kr8.toml.",
            field="directory",
        )
    if root is None and filled:
        raise refuse(
            "directory_not_empty",
            f"{directory} is not empty and not a Git repository.",
            mend="Choose another directory, or make a repository of it, also where it is a project that was not "
            "committed: git init, git add -A, git commit.",
            field="directory",
        )
    return root


async def refuse_project(repository: Path, checkouts: Checkouts, files: ProjectFiles) -> None:
    """Refuse a repository that has a kr8.toml, committed or not, and say whose it is."""
    committed = await checkouts.committed(repository)
    lying = await checkouts.repositories.working(repository, "kr8.toml")
    content = committed if committed is not None else lying
    if content is not None:
        raise existing_project(repository, content, files, committed=committed is not None)


def existing_project(repository: Path, content: bytes, files: ProjectFiles, *, committed: bool) -> Refused:
    """What to say where a kr8.toml is there already: nothing is overwritten."""
    mistakes: tuple[str, ...] = ()
    try:
        head = files.read(content).project
        whose = f"the project {head.name} ({head.id})"
    except Refused as refused:
        whose, mistakes = "one that is not valid", refused.problem.output
    if not committed:
        whose += ", not committed yet"
    return refuse(
        "project_exists",
        f"{repository} has a kr8.toml already: {whose}.",
        why="Nothing is overwritten, and nothing was written.",
        mend="Look at it with `kr8 check`; once it is valid and committed, create_deployment (kr8 deploy).",
        field="directory",
        output=mistakes,
    )


def _unusable(directory: str | Path, why: str) -> Refused:
    return refuse(
        "directory_not_usable",
        f"{str(directory)!r} cannot be the directory of a project.",
        why=why,
        mend="Choose another directory.",
        field="directory",
    )

"""Which project a call is about, and what its repository says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kr8.domain.environment import ProjectRecord, with_promoted
from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Environment, Project
from kr8.ports.clock import Clock
from kr8.ports.environments import Environments
from kr8.ports.project_files import ProjectFiles
from kr8.ports.projects import Projects
from kr8.ports.repositories import Commit, Repositories
from kr8.workflows.grounds import Grounds


@dataclass(frozen=True)
class Checkouts:
    """Finds projects by id, name or path."""

    clock: Clock
    projects: Projects
    repositories: Repositories
    project_files: ProjectFiles
    environments: Environments
    grounds: Grounds

    async def find(self, reference: str | None, directory: str | None) -> ProjectRecord:
        """The project that a call names by id, name or path; where it names none, the one the caller stands in.

        What is known of it is brought up to date from its checkout, where there is one. Raises Refused
        (unknown_project, ambiguous_project, project_not_named, no_project_file).
        """
        known = await self.projects.all()
        named = await self._named(reference, known)
        if named is not None:
            return await self._refreshed(named)
        where = Path(directory or "/", reference or ".")
        found = await self._at(where)
        if found is not None:
            return found
        root = await self.repositories.root(where)
        if root is not None:  # who stands in a repository means that one: never another project, not even the only one
            raise _undeclared(root, " Else name a project. " + nearest("", {each.name for each in known}))
        if reference is None and len(known) == 1:
            return await self._refreshed(known[0])
        raise refuse(
            "unknown_project" if reference else "project_not_named",
            f"There is no project at {where}.",
            mend=nearest("", {each.name for each in known}) + " A new one: create_project, or kr8 new.",
            field="project",
        )

    async def working(self, reference: str | None, directory: str | None) -> tuple[Path, Project]:
        """The checkout that a call names, and what its kr8.toml says now, committed or not. Raises as `repository`."""
        root = await self.repository(reference, directory)
        content = await self.repositories.working(root, "kr8.toml")
        if content is None:
            raise refuse(
                "no_project_file",
                f"{root} has no kr8.toml.",
                mend="Let create_project (kr8 new NAME --directory .) write it.",
                field="project",
            )
        return root, self.project_files.read(content)

    async def repository(self, reference: str | None, directory: str | None) -> Path:
        """The repository that a call means, whether or not it declares a project, or has a commit.

        Raises Refused as `find` does, and no_repository, checkout_gone.
        """
        if reference is None or "/" in reference or reference in (".", ".."):
            where = Path(directory or "/", reference or ".")
            root = await self.repositories.root(where)
            if root is not None:
                return root
            if reference is not None or len(await self.projects.all()) != 1:
                raise await self._no_repository(where)
        return await self.present(await self.find(reference, directory))

    async def _no_repository(self, where: Path) -> Refused:
        known = {each.name for each in await self.projects.all()}
        others = f" {nearest('', known)}" if known else ""
        return refuse(
            "no_repository",
            f"{where} is in no Git repository.",
            mend=f"Make it one (git init), or name the path of one, or a project.{others}",
            field="project",
        )

    async def place(self, reference: str | None, directory: str | None) -> Path | None:
        """The checkout of the project that a call names, or the one the caller stands in, whatever its kr8.toml says.

        None: the call names none, and the caller stands in none. Raises Refused as `find` does, and checkout_gone.
        """
        named = await self._named(reference, await self.projects.all())
        if named is not None:
            return await self.present(named)
        root = await self.repositories.root(Path(directory or "/", reference or "."))
        return await self.present(await self.find(reference, directory)) if root is None and reference else root

    async def present(self, record: ProjectRecord) -> Path:
        """The checkout of a project. Raises Refused (checkout_gone)."""
        repository = Path(record.path)
        if await self.repositories.root(repository) is None:
            raise refuse(
                "checkout_gone",
                f"The checkout of {record.name} at {record.path} is gone.",
                mend="Name the path of another clone as the project. A rollback works without any.",
                field="project",
            )
        return repository

    async def committed(self, repository: Path) -> bytes | None:
        """The kr8.toml of HEAD; None where it has none, and where nothing was committed yet."""
        try:
            return await self.repositories.read(repository, "HEAD", "kr8.toml")
        except Refused as refused:
            if refused.problem.code != "unknown_revision":
                raise
            return None

    async def known(self, reference: str | None, directory: str | None) -> ProjectRecord:
        """The project as it was last seen: for what only reads, so that it need not ask Git.

        A call that names no known project, by id, name or path, is answered as `find` does. Raises Refused.
        """
        return await self.seen(reference, directory) or await self.find(reference, directory)

    async def seen(self, reference: str | None, directory: str | None) -> ProjectRecord | None:
        """The project that a call names or the caller stands in, where it was seen before. Git is not asked."""
        where = Path(directory or "/", reference or ".")

        def is_meant(each: ProjectRecord) -> bool:
            at = Path(each.path)
            return reference in (each.id, each.name) or where == at or (reference is None and at in where.parents)

        meant = [each for each in await self.projects.all() if is_meant(each)]
        return meant[0] if len(meant) == 1 else None

    async def register(self, repository: Path) -> ProjectRecord:
        """Remember the project that a repository's HEAD declares. Raises Refused where it declares none."""
        found = await self._at(repository)
        if found is None:
            raise _undeclared(repository)
        return found

    async def with_promoted(self, record: ProjectRecord) -> ProjectRecord:
        """The project, and the environments that its kr8.toml names no more as they were deployed last."""
        kept = await self.environments.of(record.id)
        return record.model_copy(update={"spec": with_promoted(record.spec, *kept)})

    async def environment(self, record: ProjectRecord, name: str) -> Environment:
        """An environment that the project declares. Raises Refused (unknown_environment)."""
        # One that is not known may have been committed since the project was last seen.
        fresh = record if name in record.spec.environments else await self._refreshed(record)
        if name in fresh.spec.environments:
            return fresh.spec.environments[name]
        mend = nearest(name, {*record.spec.environments, *fresh.spec.environments})
        if name in (await self.with_promoted(fresh)).spec.environments:
            mend = f"kr8.toml names it no more. What it serves: kr8 rollback {name}, kr8 down {name}. {mend}"
        raise refuse(
            "unknown_environment", f"{record.name} has no environment {name!r}.", mend=mend, field="environment"
        )

    async def require_environment(self, record: ProjectRecord, name: str) -> None:
        """Refuse an environment that the project does not declare and never had (unknown_environment)."""
        if name not in {each.name for each in await self.environments.of(record.id)}:
            await self.environment(await self.with_promoted(record), name)

    async def commit(self, record: ProjectRecord, revision: str | None) -> Commit:
        """The commit that a deploy means: the one named, else HEAD of a clean checkout.

        Raises Refused (checkout_gone, unknown_revision, uncommitted_changes).
        """
        repository = await self.present(record)
        if revision is not None:
            return await self.repositories.resolve(repository, revision)
        changes = await self.repositories.changes(repository)
        if changes:
            count = "a change that is" if len(changes) == 1 else f"{len(changes)} changes that are"
            raise refuse(
                "uncommitted_changes",
                f"The checkout has {count} not committed.",
                why="A build is made of a commit, so that it can be made again.",
                mend="Commit them; or name the commit HEAD, to deploy what is committed.",
                field="commit",
                output=changes[:5],
            )
        return await self.repositories.resolve(repository, "HEAD")

    async def _refreshed(self, record: ProjectRecord) -> ProjectRecord:
        try:
            there = await self._at(Path(record.path))
        except Refused:
            return record  # a rollback must work while kr8.toml is broken or the checkout is gone
        return there if there is not None and there.id == record.id else record

    async def _at(self, where: Path) -> ProjectRecord | None:
        root = await self.repositories.root(where)
        if root is None:
            return None
        content = await self.committed(root)
        if content is None:
            return None
        spec = self.project_files.read(content)
        record = ProjectRecord(
            id=spec.project.id, name=spec.project.name, path=str(root), spec=spec, seen_at=self.clock.now()
        )
        known = await self.projects.get(record.id)
        if known is None or (known.path == record.path and known.spec != record.spec):
            await self.projects.save(record)
        elif known.path != record.path and not await self._is_at(known):
            await self.projects.save(record)  # it has moved
        return record

    async def _named(self, reference: str | None, known: tuple[ProjectRecord, ...]) -> ProjectRecord | None:
        """The project of an id or a name; None where that is a path, or nothing. Raises Refused."""
        named = [each for each in known if reference in (each.id, each.name)]
        if len(named) > 1:
            named = [each for each in named if not await self._is_replaced(each, named)]
        if len(named) > 1:
            ids = ", ".join(f"{each.id} at {each.path}" for each in named)
            raise refuse(
                "ambiguous_project",
                f"{len(named)} projects are named {reference!r}: {ids}.",
                mend="Name one by its id, or by its path.",
                field="project",
            )
        if named or reference is None or "/" in reference or reference in (".", ".."):
            return named[0] if named else None
        raise refuse(
            "unknown_project",
            f"There is no project {reference!r}.",
            mend=nearest(reference, {each.name for each in known}) + " A path to its repository works too.",
            field="project",
        )

    async def _is_replaced(self, record: ProjectRecord, others: Iterable[ProjectRecord]) -> bool:
        """Whether another one is where a project was: its folder was removed, and made anew."""
        same = [each for each in others if each.path == record.path and each.id != record.id]
        return bool(same) and not await self._is_at(record) and any([await self._is_at(each) for each in same])

    async def _is_at(self, known: ProjectRecord) -> bool:
        """Whether a project is where it was last seen: another clone that somebody names must not take its place."""
        root = await self.repositories.root(Path(known.path))
        if root is None or str(root) != known.path:
            return False
        try:
            content = await self.repositories.read(root, "HEAD", "kr8.toml")
            return content is not None and self.project_files.read(content).project.id == known.id
        except Refused:
            return True  # it is there, and broken


def _undeclared(repository: Path, others: str = "") -> Refused:
    return refuse(
        "no_project_file",
        f"{repository} has no committed kr8.toml.",
        mend=f"Commit kr8.toml, or let create_project (kr8 new NAME --directory .) write it.{others}",
        field="project",
    )

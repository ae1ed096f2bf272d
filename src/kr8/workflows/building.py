"""From a commit to builds: the part of planning that takes time."""

from __future__ import annotations

from pathlib import Path

from kr8.domain.deployment import Deployment
from kr8.domain.finding import Finding
from kr8.domain.model import Model
from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.domain.project import Project
from kr8.domain.release import Build, SecretVersion
from kr8.ports.builder import BuildOrder
from kr8.workflows.outside import Outside


class Source(Model):
    """What a deploy is made of: the project as its commit has it, and the tree of each service."""

    project: Project
    trees: dict[str, str]


class Findings(Model):
    """Findings, as one step gives them."""

    found: tuple[Finding, ...]


async def source_of(outside: Outside, deployment: Deployment) -> Source:
    """Read kr8.toml as the commit has it. Raises Refused."""
    repository, commit = at(deployment)
    content = await outside.repositories.read(repository, commit, "kr8.toml")
    if content is None:
        raise refuse("no_project_file", f"The commit {commit[:12]} has no kr8.toml.", mend="Commit one, then again.")
    project = outside.project_files.read(content)
    if deployment.environment not in project.environments:
        raise refuse(
            "unknown_environment",
            f"The commit {commit[:12]} declares no environment {deployment.environment!r}.",
            mend=nearest(deployment.environment, project.environments),
            field="environment",
        )
    for service in project.services.values():  # before the builds: they take long
        await secrets_of(outside, deployment, service.secrets)
    trees = {
        name: await outside.repositories.tree(repository, commit, service.path)
        for name, service in project.services.items()
    }
    return Source(project=project, trees=trees)


async def secrets_of(outside: Outside, deployment: Deployment, names: tuple[str, ...]) -> tuple[SecretVersion, ...]:
    """The newest version of each secret that a service is given. Raises Refused (secret_missing)."""
    found = await outside.secrets.latest(deployment.project, deployment.environment, names)
    missing = sorted(set(names) - {version.name for version in found})
    if missing:
        raise refuse(
            "secret_missing",
            f"{deployment.environment} has no value for {', '.join(missing)}.",
            mend=f"A person sets it: kr8 secret set {missing[0]} --environment {deployment.environment}",
            field="secrets",
        )
    return found


async def scan(outside: Outside, deployment: Deployment) -> Findings:
    """Look for secrets in the files of the commit."""
    await outside.note(deployment.id, "scan", "looking for secrets in the files of the commit")
    return Findings(found=await outside.scanner.scan(*at(deployment)))


async def build(outside: Outside, deployment: Deployment, source: Source, name: str) -> Build:
    """Build one service, or find it built. Raises Refused with its last lines."""
    repository, commit = at(deployment)
    order = BuildOrder(
        project=deployment.project,
        service=name,
        repository=repository,
        commit=commit,
        tree=source.trees[name],
        spec=source.project.services[name],
    )
    step = f"build {name}"

    async def say(line: str) -> None:
        await outside.note(deployment.id, step, line, untrusted=True)

    await outside.note(deployment.id, step, f"building {name} of {commit[:12]}")
    made = await outside.builder.build(order, say)
    await outside.note(deployment.id, step, f"{made.id}: {made.bytes / 1e6:.1f} MB in {made.seconds:.1f} s")
    return made


def at(deployment: Deployment) -> tuple[Path, str]:
    """The repository and the commit that a deployment is made of."""
    return Path(deployment.order.repository or ""), deployment.order.commit or ""

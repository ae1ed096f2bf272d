"""Infrastructure code made of kr8.toml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Audience, Caller, Effect
from kr8.domain.model import Model
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Project
from kr8.domain.rights import Reach
from kr8.domain.source import SourceFile, Written, WrittenFile
from kr8.generators import ansible, github, kubernetes, terraform
from kr8.operations.kr8.conflicts import Force, Keep, State, after, check_kept, state_of, to_settle, unchanged
from kr8.operations.kr8.fields import ProjectArgument
from kr8.planning.parity import Difference, differences
from kr8.ports.generated_files import GeneratedFiles
from kr8.ports.provenance import Provenance
from kr8.workflows.checkouts import Checkouts

AGREE = "infrastructure code and kr8.toml agree"
NOT_WRITTEN = "Nothing was written"
WITHOUT_CHECK = "generate without check"
AGAIN = "generate again"


@dataclass(frozen=True)
class Generator:
    """What makes files of kr8.toml, and what is to be said of them beside."""

    name: str
    generate: Callable[[Project], tuple[SourceFile, ...]]
    left_behind: Callable[[Project, Project | None, Iterable[str], Iterable[str]], str] = (
        lambda _now, _before, _gone, _made: ""
    )
    """Of what kr8.toml, as it was committed, has named; of files that are generated no more, and those that are."""
    unsettled: Callable[[Project], str] = lambda _: ""
    """Of what kr8.toml does not say yet."""
    looks_back: bool = False
    """Whether what is left behind goes by kr8.toml as it was committed: Git is asked for it only then."""


TERRAFORM = Generator("terraform", terraform.generate, terraform.left_behind, terraform.unsettled, looks_back=True)
KUBERNETES = Generator("kubernetes", kubernetes.generate, kubernetes.left_behind, kubernetes.unsettled)
ANSIBLE = Generator("ansible", ansible.generate)


class Generate(Model):
    """For which project."""

    project: ProjectArgument = None
    force: Force = False
    keep: Keep = ()
    check: Annotated[bool, Field(description="Write nothing; tell what would change.")] = False


class GeneratedView(Model):
    """What became of the files."""

    state: State
    counts: dict[Written, int]
    files: tuple[WrittenFile, ...]
    """Those that are not as they were."""
    next_step: str


class CompareEnvironments(Model):
    """Of which project."""

    project: ProjectArgument = None


class ParityView(Model):
    """Where environments differ."""

    environments: tuple[str, ...]
    untrusted_differences: tuple[Difference, ...]
    """As kr8.toml has them."""


@operation(Effect.CHANGE, command="generate terraform", reach=Reach.NOTHING, idempotent=True)
async def generate_terraform(
    request: Generate, call: Call, checkouts: Checkouts, generated_files: GeneratedFiles
) -> GeneratedView:
    """Write infra/terraform from kr8.toml ([infrastructure.terraform]): a root per environment on shared modules.

    Files changed by hand are merged, or left and shown as a conflict, which an edit settles.
    """
    return await _generate(request, call, checkouts, generated_files, TERRAFORM)


@operation(Effect.CHANGE, command="generate kubernetes", reach=Reach.NOTHING, idempotent=True)
async def generate_kubernetes(
    request: Generate, call: Call, checkouts: Checkouts, generated_files: GeneratedFiles
) -> GeneratedView:
    """Write infra/kubernetes from kr8.toml ([infrastructure.kubernetes]): a kustomize base with overlays, or plain.

    Files changed by hand are merged, or left and shown as a conflict, which an edit settles.
    """
    return await _generate(request, call, checkouts, generated_files, KUBERNETES)


@operation(Effect.CHANGE, command="generate ansible", reach=Reach.NOTHING, idempotent=True)
async def generate_ansible(
    request: Generate, call: Call, checkouts: Checkouts, generated_files: GeneratedFiles
) -> GeneratedView:
    """Write infra/ansible from kr8.toml ([infrastructure.ansible]): inventories, roles, rolling and rollback playbooks.

    Files changed by hand are merged, or left and shown as a conflict, which an edit settles.
    """
    return await _generate(request, call, checkouts, generated_files, ANSIBLE)


@operation(Effect.CHANGE, command="generate pipeline", reach=Reach.NOTHING, idempotent=True)
async def generate_pipeline(
    request: Generate, call: Call, checkouts: Checkouts, generated_files: GeneratedFiles, provenance: Provenance
) -> GeneratedView:
    """Write .github/workflows/kr8.yml from kr8.toml ([infrastructure.pipeline]): checks, plans, deployments by kr8.

    Files changed by hand are merged, or left and shown as a conflict, which an edit settles.
    """
    pipeline = Generator(
        "pipeline", partial(github.generate, installed=provenance.source()), unsettled=github.unsettled
    )
    return await _generate(request, call, checkouts, generated_files, pipeline)


@operation(Effect.READ, command="parity", audience=Audience.PEOPLE)
async def compare_environments(request: CompareEnvironments, call: Call, checkouts: Checkouts) -> ParityView:
    """Show every setting of kr8.toml in which the environments differ."""
    _, project = await checkouts.working(request.project, call.directory)
    return ParityView(environments=tuple(project.environments), untrusted_differences=differences(project))


async def _generate(
    request: Generate, call: Call, checkouts: Checkouts, generated_files: GeneratedFiles, generator: Generator
) -> GeneratedView:
    root, project = await checkouts.working(request.project, call.directory)
    files, name = generator.generate(project), generator.name
    if request.check:
        _check_alone(request)
        written = await generated_files.compare(root, name, files)
    else:
        checkouts.grounds.require(root, call.caller)
        there = await generated_files.there(root, name) if request.keep else ()
        keep = check_kept(request.keep, files, there, root, call.directory)
        written = await generated_files.write(root, name, files, force=request.force, keep=keep)
    counts = Counter(each.written for each in written)
    same = unchanged(counts, AGREE)
    gone = [each.path for each in written if each.written in (Written.REMOVED, Written.ORPHANED)]
    made = [each.path for each in files]
    before = await _before(root, checkouts) if generator.looks_back and not same else None
    left = "" if same else generator.left_behind(project, before, gone, made)
    step = same or _next_step(counts, name, call.caller, written=not request.check)
    return GeneratedView(
        state="differs" if request.check and not same else state_of(counts),
        counts=dict(counts),
        files=tuple(each for each in written if each.written is not Written.UNCHANGED),
        next_step=" ".join(each for each in (left, step, generator.unsettled(project)) if each),
    )


async def _before(root: Path, checkouts: Checkouts) -> Project | None:
    """What kr8.toml says as it was committed last; None: that cannot be read."""
    content = await checkouts.committed(root)
    try:
        return None if content is None else checkouts.project_files.read(content)
    except Refused:
        return None


def _check_alone(request: Generate) -> None:
    if request.force or request.keep:
        raise refuse(
            "invalid_argument",
            "A check writes nothing, and says what would change without force and keep.",
            mend="Leave out check, or force and keep.",
            field="check",
        )


def _next_step(counts: Counter[Written], name: str, caller: Caller, *, written: bool) -> str:
    if counts[Written.CONFLICT]:
        return (
            to_settle(counts, caller, AGAIN)
            if written
            else f"{NOT_WRITTEN}. {to_settle(counts, caller, WITHOUT_CHECK)}"
        )
    if not written:
        return after(counts, f"{NOT_WRITTEN}: {WITHOUT_CHECK}, and commit.", caller)
    check = caller.told(command=f"kr8 validate {name}", tool=f"validate_infrastructure with parts=[{name!r}]")
    return after(counts, f"{check}, then commit these files and .kr8/generated/.", caller)

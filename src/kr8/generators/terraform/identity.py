"""pipeline/ACCOUNT: the root that makes the roles of the project's pipeline in an account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.domain.terraform import PipelineIdentity
from kr8.generators.hcl import Attribute, Block, Expression, Value, attributes
from kr8.generators.identities import check_apart
from kr8.generators.terraform.bootstrap import backend_file
from kr8.generators.terraform.environments import Place, made_by_terraform
from kr8.generators.terraform.layout import input_variable, provider, terraform_block, written
from kr8.generators.terraform.module_call import call

Role = Literal["plan", "images"]
KEY = "pipeline.tfstate"
_GIVEN = ("project", "repository", "branch", "environments", "make_provider")
_ENVIRONMENTS = "map(object({ region = string, state_bucket = string, builds = bool }))"
_PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
_OUTPUTS = {
    "plan_role_arns": "The role that a pull request is planned with, of each environment.",
    "images_role_arn": "The role that pushes images; null where the account has no registry of this project.",
}


def has_identity(project: Project) -> bool:
    """Whether the pipeline gets roles."""
    return project.infrastructure.terraform.pipeline is not None


def role_arn(place: Place, role: Role) -> str | None:
    """The ARN of a role that Terraform makes for the pipeline; None where it makes none."""
    if place.account is None or not has_identity(place.project) or place.name not in made_by_terraform(place.project):
        return None
    if role == "images" and place.builds.name != place.name:
        return None
    region = place.region
    partition = next((each for start, each in _PARTITIONS.items() if region.startswith(f"{start}-")), "aws")
    return f"arn:{partition}:iam::{place.account.id}:role/{role_name(place, role)}"


def role_name(place: Place, role: Role) -> str:
    """The name of a role: for plans each environment has one, so that none reads the state of another."""
    of = f"-{place.name}" if role == "plan" else ""
    return f"{place.project.project.name}-pipeline-{role}{of}"


def identity_files(project: Project) -> Iterator[SourceFile]:
    """The roots, one an account, however many names it has; none where the pipeline gets no roles.

    Raises Refused (environments_alike).
    """
    identity = project.infrastructure.terraform.pipeline
    if identity is None:
        return
    check_apart(project)
    accounts: dict[str, list[Place]] = {}
    for place in (Place(project, name) for name in made_by_terraform(project)):
        accounts.setdefault(place.account.id if place.account else "", []).append(place)
    for places in accounts.values():
        yield from _root(f"pipeline/{places[0].declared.account}", identity, places)


def _root(folder: str, identity: PipelineIdentity, places: Sequence[Place]) -> Iterator[SourceFile]:
    first = places[0]
    yield written(f"{folder}/main.tf", [call("pipeline_identity", **{name: f"var.{name}" for name in _GIVEN})])
    yield written(f"{folder}/variables.tf", _variables(first))
    yield written(f"{folder}/outputs.tf", [_output(name, text) for name, text in _OUTPUTS.items()])
    yield written(f"{folder}/versions.tf", (terraform_block(), provider(of=("project", "owner"))))
    yield backend_file(first, folder, KEY)
    yield written(f"{folder}/terraform.tfvars", attributes(**_values(identity, places)))


def _values(identity: PipelineIdentity, places: Sequence[Place]) -> dict[str, Value]:
    first = places[0]
    values = first.variables()
    return {
        **{name: values[name] for name in ("region", "account_id", "owner")},
        "repository": identity.repository,
        "branch": first.project.infrastructure.pipeline.branch,
        "make_provider": identity.make_provider,
        "environments": {place.name or "": _environment(place) for place in places},
    }


def _environment(place: Place) -> Value:
    return {"region": place.region, "state_bucket": place.state_bucket, "builds": place.builds.name == place.name}


def _variables(place: Place) -> tuple[Block, ...]:
    return (
        input_variable("project", "The project.", Attribute("default", place.project.project.name)),
        input_variable("region", "The AWS region: roles are in none, and their state is in one."),
        input_variable("account_id", "The account that the roles are in."),
        input_variable("owner", "Who answers for it."),
        input_variable(
            "repository", "The repository on GitHub as its runs say it: OWNER@ID/NAME@ID, or an older one OWNER/NAME."
        ),
        input_variable("branch", "The branch whose images are pushed."),
        input_variable("make_provider", "Whether GitHub's identity provider is made: an account has one.", kind="bool"),
        input_variable(
            "environments",
            "The account's environments: region, bucket of the state, and whether builds are made in it.",
            kind=_ENVIRONMENTS,
        ),
    )


def _output(name: str, description: str) -> Block:
    value = Expression(f"module.pipeline_identity.{name}")
    return Block("output", (name,), attributes(description=description, value=value))

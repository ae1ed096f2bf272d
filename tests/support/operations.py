"""Operations with every kind of field, for tests of the surfaces; the names are those of real ones."""

from typing import Literal

from pydantic import Field

from kr8.catalogue.operation import operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.model import Duration, Model, Name


class Anything(Model):
    """A result."""

    id: str = ""


class DeploymentView(Model):
    """A deployment."""

    id: str = ""


class CreateDeployment(Model):
    """Plan a deployment."""

    environment: Name = Field(json_schema_extra={"positional": True})
    """The environment."""
    project: str | None = None
    """The project's name or id."""
    commit: str | None = Field(default=None, json_schema_extra={"short": "c"})
    """The commit to deploy; HEAD where none is named."""
    services: tuple[Name, ...] = ()
    """Only these services."""
    reason: str = ""
    """Why."""
    wait_s: int = 0
    """How long to wait."""


class DeployProject(Model):
    """Run a plan, or plan and run."""

    deployment: str | None = None
    """The deployment."""
    digest: str | None = None
    """The digest of its plan."""
    environment: str | None = Field(default=None, json_schema_extra={"positional": True})
    """The environment."""
    commit: str | None = Field(default=None, json_schema_extra={"short": "c"})
    """The commit to deploy; HEAD where none is named."""
    reason: str = ""
    """Why."""
    wait_s: float = 0
    """How long to wait."""


class OneDeployment(Model):
    """Name a deployment."""

    deployment: str = Field(json_schema_extra={"positional": True})
    """The deployment."""
    wait_s: int = Field(default=0, json_schema_extra={"hidden": True})
    """How long to wait."""


class Rollback(Model):
    """Roll an environment back."""

    environment: Name = Field(json_schema_extra={"positional": True})
    """The environment."""
    project: str | None = None
    """The project."""
    reason: str = ""
    """Why."""


class Scale(Model):
    """Say how many."""

    environment: Name = Field(json_schema_extra={"positional": True})
    """The environment."""
    instances: dict[Name, int] = Field(json_schema_extra={"positional": True})
    """How many instances of which service."""
    ready_limit: Duration | None = None
    """How long each may take."""
    labels: dict[str, str] = Field(default_factory=dict[str, str])
    """Labels."""
    limits: tuple[tuple[int, int], ...] = ()
    """Something that only JSON can say."""


class Logs(Model):
    """Read logs."""

    environment: Name = Field(json_schema_extra={"positional": True})
    """The environment."""
    level: Literal["debug", "info", "error"] = "info"
    """The least level."""
    apart: bool = False
    """Not in one timeline."""
    colour: bool = True
    """A flag that is on."""
    cursor: str | None = None
    """Go on after this."""
    wait_s: int = 0
    """How long to wait."""


class SetSecret(Model):
    """Set a secret."""

    name: str = Field(json_schema_extra={"positional": True})
    """Its name."""
    value: str = Field(json_schema_extra={"writeOnly": True})
    """Its value."""


class Project(Model):
    """Name a project."""

    project: str | None = None
    """The project's name or id."""


class Down(Model):
    """Take an environment down."""

    environment: Name = Field(json_schema_extra={"positional": True})
    """The environment."""
    confirm: str | None = None
    """Its name again."""


@operation(Effect.CHANGE, command="plan")
async def create_deployment(request: CreateDeployment) -> DeploymentView:
    """Plan a deployment: what would change, what it costs, who must approve. Changes nothing that runs."""
    return DeploymentView()


@operation(Effect.CHANGE, command="deploy")
async def deploy_project(request: DeployProject) -> DeploymentView:
    """Run a plan by id and digest."""
    return DeploymentView()


@operation(Effect.READ, command="deployment show")
async def get_deployment(request: OneDeployment) -> DeploymentView:
    """Show a deployment."""
    return DeploymentView()


@operation(Effect.CHANGE, command="deployment cancel")
async def cancel_deployment(request: OneDeployment) -> DeploymentView:
    """Cancel a deployment."""
    return DeploymentView()


@operation(Effect.CHANGE, command="rollback")
async def rollback_deployment(request: Rollback) -> DeploymentView:
    """Go back to what was promoted before."""
    return DeploymentView()


@operation(Effect.CHANGE, command="scale")
async def scale_deployment(request: Scale) -> DeploymentView:
    """Change how many instances run."""
    return DeploymentView()


@operation(Effect.READ, command="logs")
async def get_deployment_logs(request: Logs) -> Anything:
    """Read logs."""
    return Anything()


@operation(Effect.READ, command="status")
async def get_status(request: Project) -> Anything:
    """Show every environment of the project."""
    return Anything()


@operation(Effect.CHANGE, command="secret set", audience=Audience.PEOPLE)
async def set_secret(request: SetSecret) -> Anything:
    """Set a secret."""
    return Anything()


@operation(Effect.CHANGE, command="approve", audience=Audience.PEOPLE)
async def approve_deployment(request: OneDeployment) -> Anything:
    """Approve a deployment."""
    return Anything()


@operation(Effect.READ, command="approval text", audience=Audience.PEOPLE)
async def get_approval_text(request: OneDeployment) -> Anything:
    """The text that an approval signs."""
    return Anything()


@operation(Effect.DESTROY, command="down", audience=Audience.PEOPLE)
async def down(request: Down) -> DeploymentView:
    """Stop every service of an environment."""
    return DeploymentView()

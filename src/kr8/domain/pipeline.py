"""What kr8.toml says to `generate_pipeline`."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from kr8.domain.model import Duration, Model, Name

_GIT = re.compile(r"git\+(?:https|ssh)://[A-Za-z0-9][A-Za-z0-9.@:/_~-]*@[0-9a-f]{40}")
_WHEEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*\.whl")


def _is_pinned(source: str) -> str:
    if _GIT.fullmatch(source):
        return source
    if _WHEEL.fullmatch(source) and ".." not in PurePosixPath(source).parts:
        return source
    raise ValueError(
        'it is "git+https://HOST/PATH@COMMIT" with a whole commit of 40 hexadecimal digits, or the path of a wheel in '
        "the repository: a name that moves would run another kr8 tomorrow"
    )


def is_in_git(source: str) -> bool:
    """Whether a source is a commit of a repository; otherwise it is a wheel."""
    return _GIT.fullmatch(source) is not None


Source = Annotated[str, AfterValidator(_is_pinned)]
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Branch = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$")]
ShellCommand = Annotated[str, StringConstraints(pattern=r"^[^\x00]+$", max_length=4000)]
ToolVersion = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d{1,3}){0,2}$")]
CachedPath = Annotated[str, StringConstraints(pattern=r"^~?[A-Za-z0-9._/*-]{1,200}$")]
Owner = Annotated[
    str,
    StringConstraints(
        pattern=r"^(@[A-Za-z0-9][A-Za-z0-9-]{0,38}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?"
        r"|[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$",
        max_length=150,
    ),
]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}$")]


class ServiceChecks(Model):
    """How the pipeline checks one service, after its own `build`."""

    lint: ShellCommand | None = None
    """A shell command, run in the folder of the service, that fails where its code is not as it should be."""
    test: ShellCommand | None = None
    """A shell command, run in the folder of the service, that fails where it does not work."""
    python: ToolVersion | None = None
    """The Python that it is built and tested with, such as "3.13"; without, the one that kr8 runs on."""
    node: ToolVersion | None = None
    """The Node.js that it is built and tested with, such as "24.19.0"; without, the one that the runner has."""
    go: ToolVersion | None = None
    """The Go that it is built and tested with, such as "1.26.7"; without, the one that the runner has."""
    cache: tuple[CachedPath, ...] = Field(default=(), max_length=10)
    """Folders that its build downloads into, such as ["~/.cache/uv"]: kept from run to run."""
    locks: tuple[CachedPath, ...] = Field(default=(), max_length=10)
    """The files of the repository that say what is downloaded, such as ["api/requirements.txt"]."""

    @model_validator(mode="after")
    def _has_locks(self) -> ServiceChecks:
        if self.cache and not self.locks:
            raise ValueError("cache names folders, and locks no file that says what is in them: nothing would renew it")
        return self


class PipelineParameters(Model):
    """The parameters of the pipeline. Those that an environment may override say so."""

    kr8: Source | None = None
    """Where the pipeline gets kr8: "git+https://HOST/PATH@COMMIT", or the path of a wheel in the repository.

    Without, the kr8 that writes the pipeline, where that was installed from a commit."""
    python: str = Field(default="3.13", pattern=r"^3\.1[1-9]$")
    """The Python that kr8 runs on there."""
    branch: Branch = "main"
    """The branch that is deployed."""
    runner: Label = "ubuntu-24.04"
    """The runner of everything but deployments."""
    owners: tuple[Owner, ...] = Field(default=(), max_length=20)
    """Who must agree to changes of kr8.toml, .kr8 and .github, such as ["@acme/platform"]: what lies there can loosen
    what the pipeline checks. It makes .github/CODEOWNERS, which GitHub reads in place of one elsewhere."""
    machine: tuple[Label, ...] = Field(default=(), max_length=10)
    """Labels of the runner on the machine that kr8 deploys from; without, the pipeline does not deploy there.

    An environment has its own."""
    approval_wait: Duration = Field(default=timedelta(minutes=15), le=timedelta(hours=5))
    """How long a deployment's job waits for a person's approval before it ends. An environment may have its own."""
    plan_role: RoleArn | None = None
    """The AWS role that may read what Terraform plans with: assumed by the pipeline's own identity, without a key.

    Without, the one that Terraform makes of `infrastructure.terraform.pipeline`; where it makes none, Terraform is
    checked and not planned. An environment has its own."""
    images_role: RoleArn | None = None
    """The AWS role that may push to the registry of an environment on ECS, assumed likewise.

    Without, the one that Terraform makes; where it makes none, no image is built. An environment has its own."""
    images_runner: Label | None = None
    """The runner that images are built on, with the processor that they are for.

    Without, `runner`, or GitHub's of the same name with that processor. An environment may have its own."""
    terraform: bool | None = None
    """Whether there is Terraform code to check; otherwise so where an environment is on ECS."""
    terraform_version: str = Field(default="1.11.4", pattern=r"^1\.\d{1,2}\.\d{1,2}$")
    """The Terraform that checks and plans."""
    code_scanning: bool = True
    """Whether findings go to GitHub's code scanning, which private repositories pay for; otherwise they are kept as
    files of the run."""
    fail_at: Literal["negligible", "low", "medium", "high", "critical"] = "high"
    """The severity of a known vulnerability that ends the run."""
    services: dict[Name, ServiceChecks] = Field(default_factory=dict[str, ServiceChecks])
    """What is said of single services."""


OF_AN_ENVIRONMENT = frozenset({"machine", "approval_wait", "plan_role", "images_role", "images_runner"})
"""What an environment may say of the pipeline: the rest is of the project as a whole."""

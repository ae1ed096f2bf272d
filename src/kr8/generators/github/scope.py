"""What the pipeline of a project is made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kr8.domain.infrastructure import overridden
from kr8.domain.pipeline import PipelineParameters, ServiceChecks
from kr8.domain.project import REACHED, Project
from kr8.generators.github.registries import repositories
from kr8.generators.terraform.environments import Place
from kr8.generators.terraform.identity import role_arn


@dataclass(frozen=True)
class Scope:
    """A project, and what is said of its pipeline."""

    project: Project
    installed: str | None = None
    """The kr8 that is asked, as kr8.toml would name it."""

    @cached_property
    def parameters(self) -> PipelineParameters:
        """What is said of the project as a whole."""
        return self.project.infrastructure.pipeline

    @property
    def source(self) -> str:
        """Where kr8 comes from."""
        return self.parameters.kr8 or self.installed or ""

    def of(self, environment: str) -> PipelineParameters:
        """What is said for an environment."""
        return overridden(self.parameters, self.project.environments[environment].infrastructure.pipeline)

    def plan_role(self, environment: str) -> str | None:
        """The role that its Terraform is planned with: the one that is said, or the one that Terraform makes."""
        return self.of(environment).plan_role or role_arn(Place(self.project, environment), "plan")

    def images_role(self, environment: str) -> str | None:
        """The role that its images are pushed with: the one that is said, or the one that Terraform makes."""
        made = role_arn(Place(self.project, environment), "images") if environment in self.on_ecs else None
        return self.of(environment).images_role or made

    def checks(self, service: str) -> ServiceChecks:
        """What is said of a service."""
        return self.parameters.services.get(service, ServiceChecks())

    @property
    def has_terraform(self) -> bool:
        """Whether Terraform code is checked."""
        told = self.parameters.terraform
        return bool(self.on_ecs) if told is None else told

    @property
    def on_ecs(self) -> tuple[str, ...]:
        """The environments that Terraform makes."""
        return tuple(name for name, each in self.project.environments.items() if each.target == "ecs")

    @property
    def with_images(self) -> tuple[str, ...]:
        """The environments whose registry images are pushed to."""
        return tuple(
            name for name in self.project.environments if self.images_role(name) and repositories(self.project, name)
        )

    @property
    def merged(self) -> str:
        """When what was merged is run: on the branch that is deployed, and for no pull request."""
        return f"github.ref == 'refs/heads/{self.parameters.branch}' && github.event_name != 'pull_request'"

    @property
    def planned(self) -> tuple[str, ...]:
        """The environments that a pull request is planned for: the others take what one of these has promoted."""
        return tuple(name for name in self.reached if self.project.environments[name].builds_from is None)

    @property
    def reached(self) -> tuple[str, ...]:
        """The environments that kr8 deploys to itself."""
        return tuple(name for name, each in self.project.environments.items() if each.target in REACHED)

    @property
    def deployed(self) -> tuple[str, ...]:
        """The environments that the pipeline deploys to, each after the one whose builds it takes."""
        with_machine = [name for name in self.reached if self.of(name).machine]
        return tuple(sorted(with_machine, key=lambda name: (self._distance(name), with_machine.index(name))))

    def _distance(self, name: str) -> int:
        """How many environments a build has gone through before this one."""
        seen = {name}
        while (source := self.project.environments[name].builds_from) is not None and source not in seen:
            seen.add(source)
            name = source
        return len(seen)

    @property
    def names_of_checks(self) -> tuple[str, ...]:
        """The jobs that must pass before anything is deployed."""
        return (*(f"service-{name}" for name in self.project.services), "scan", "validate")

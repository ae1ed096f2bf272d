"""What one set of manifests is made from, and what all of its objects share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kr8.domain.kubernetes import KubernetesParameters, Workload
from kr8.domain.project import Environment, Project, Scale, Service
from kr8.generators.kubernetes.unsaid import needing
from kr8.generators.yaml import Value

Object: TypeAlias = dict[str, Value]

NO_IMAGE = f"sha256:{0:064x}"
"""The digest of no image."""


AS_VARIABLES = "kr8 gives a service its secrets as variables, the same on every target"
NOT_ASKED = "a worker takes no requests: it ends where it cannot go on, and is started again"


@dataclass(frozen=True)
class Scope:
    """The project as one environment has it, or, where `name` is None, as all environments have it in common."""

    project: Project
    parameters: KubernetesParameters
    environment: Environment
    name: str | None = None

    @property
    def namespace(self) -> str:
        """The namespace of the environment."""
        return self.parameters.namespace or f"{self.project.project.name}-{self.name}"

    @property
    def whole(self) -> bool:
        """Whether objects say everything themselves; if not, kustomize adds the namespace and the images."""
        return self.parameters.form == "plain"

    def service(self, name: str) -> Service:
        """What kr8.toml says of a service."""
        return self.project.services[name]

    def workload(self, name: str) -> Workload:
        """The parameters of a service."""
        return self.parameters.services.get(name, Workload())

    def command(self, name: str) -> tuple[str, ...]:
        """The command that a service's containers run."""
        return self.workload(name).command or self.service(name).run

    def scale(self, name: str) -> Scale:
        """How many instances of a service run here."""
        instances = self.service(name).instances
        return self.environment.scale.get(name, Scale(min=instances, max=instances))

    def scales(self, name: str) -> bool:
        """Whether the number of a service's instances may change by itself."""
        scale = self.scale(name)
        return self.service(name).kind != "job" and scale.min < scale.max

    def public(self, name: str) -> bool:
        """Whether the gateway sends requests to a service."""
        if self.service(name).kind != "http":
            return False
        declared = self.workload(name).public
        return declared if declared is not None else not self.needed_by(name)

    def needed_by(self, name: str) -> tuple[str, ...]:
        """The services that need a service."""
        return needing(self.project, name)

    def image(self, name: str) -> str:
        """The image of a service, without its version."""
        own = f"{self.project.project.name}/{name}"
        return self.workload(name).image or f"{self.parameters.registry}/{own}" if self.whole else own


def project_labels(scope: Scope) -> Object:
    """The labels of everything that belongs to the project."""
    return {"app.kubernetes.io/part-of": scope.project.project.name, "app.kubernetes.io/managed-by": "kr8"}


def labels(scope: Scope, service: str) -> Object:
    """The labels of everything that belongs to a service."""
    return {"app.kubernetes.io/name": service, **project_labels(scope)}


def selector(scope: Scope, service: str) -> Object:
    """The labels that only a service's own instances have; they can never change on a Deployment."""
    return {"app.kubernetes.io/name": service, "app.kubernetes.io/component": scope.service(service).kind}


def metadata(scope: Scope, service: str, name: str = "") -> Object:
    """The metadata of an object that belongs to a service, named as the service unless it says otherwise."""
    place: Object = {"namespace": scope.namespace} if scope.whole else {}
    return {"name": name or service, **place, "labels": labels(scope, service)}


def monitoring_metadata(scope: Scope, service: str) -> Object:
    """The metadata of what the cluster's Prometheus is to find: it may choose by labels of its own."""
    made = metadata(scope, service)
    return {**made, "labels": {**labels(scope, service), **scope.parameters.monitoring_labels}}


def workload_metadata(scope: Scope, service: str, name: str = "") -> Object:
    """The metadata of what runs instances, with the reasons for what checkov would find in it."""
    declared = scope.service(service)
    reasons = [f"CKV_K8S_35={AS_VARIABLES}"] if declared.secrets else []
    if declared.kind == "worker":
        reasons += [f"CKV_K8S_8={NOT_ASKED}", f"CKV_K8S_9={NOT_ASKED}"]
    skips: Object = {f"checkov.io/skip{number}": reason for number, reason in enumerate(reasons, 1)}
    return {**metadata(scope, service, name), **({"annotations": skips} if skips else {})}


def shared_metadata(scope: Scope, name: str) -> Object:
    """The metadata of an object that belongs to the project."""
    place: Object = {"namespace": scope.namespace} if scope.whole else {}
    return {"name": name, **place, "labels": project_labels(scope)}


def seconds(value: float) -> int:
    """Whole seconds, never fewer than were asked for."""
    return -int(-value // 1)

"""The container of a service: image, variables, probes, resources and what it may not do."""

from __future__ import annotations

from kr8.domain.kubernetes import format_cpu
from kr8.generators.kubernetes.config_map import SHARED
from kr8.generators.kubernetes.probes import probes
from kr8.generators.kubernetes.scope import NO_IMAGE, Object, Scope
from kr8.generators.yaml import Because, Value

FORGET_SECONDS = 5
"""How long gateways and nodes may go on sending requests to an instance that is about to end."""
DEFAULT_MEMORY = 256 << 20


def container(scope: Scope, service: str, command: tuple[str, ...]) -> Object:
    """The container as every kind of service has it."""
    return {
        "name": service,
        "image": image(scope, service),
        "imagePullPolicy": "IfNotPresent",
        "command": [literally(part, scope.workload(service).port) for part in command],
        **_variables(scope, service),
        "resources": resources(scope, service),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }


def serving(scope: Scope, service: str) -> Object:
    """The container of a service that goes on running: it takes requests, is asked how it is, and ends gently."""
    made = container(scope, service, scope.command(service))
    if scope.service(service).kind != "http":
        return made
    port: Object = {"name": "http", "containerPort": scope.workload(service).port, "protocol": "TCP"}
    leave: Value = {"preStop": {"sleep": {"seconds": FORGET_SECONDS}}}
    why = "Requests still come until gateways and nodes have learnt that this instance leaves."
    last = ("resources", "securityContext", "volumeMounts")
    return {
        **{key: value for key, value in made.items() if key not in last},
        "ports": [port],
        **probes(scope.service(service).health),
        "lifecycle": Because(leave, why),
        **{key: made[key] for key in last},
    }


def image(scope: Scope, service: str) -> Value:
    """The image by version, or one that cannot exist where no version is declared."""
    version = scope.workload(service).version if scope.whole else None
    text = versioned(scope.image(service), version or NO_IMAGE)
    if version is not None:
        return text
    return Because(text, "No image has this digest: nothing starts before a deployment says which.")


def versioned(name: str, version: str) -> str:
    """An image's name with its tag or digest."""
    return f"{name}{'@' if version.startswith('sha256:') else ':'}{version}"


def literally(text: str, port: int) -> str:
    """A part of a command, so that Kubernetes takes no $(NAME) in it for a variable."""
    return text.replace("$", "$$").replace("{port}", str(port))


def resources(scope: Scope, service: str) -> Object:
    """What an instance is promised, and what it may use."""
    workload = scope.workload(service)
    return {
        "requests": {"cpu": format_cpu(workload.cpu_request), "memory": quantity(workload.memory_request)},
        "limits": {"cpu": format_cpu(workload.cpu_limit), "memory": quantity(memory_limit(scope, service))},
    }


def memory_limit(scope: Scope, service: str) -> int:
    """The bytes that an instance may use."""
    return scope.workload(service).memory_limit or scope.service(service).memory or DEFAULT_MEMORY


def quantity(size: int) -> str:
    """Bytes as Kubernetes writes them, in the largest unit that is exact."""
    for unit, factor in (("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)):
        if size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)


def _variables(scope: Scope, service: str) -> Object:
    """Where the container's variables come from: what stands in env counts before what is in a ConfigMap."""
    declared = scope.service(service)
    port: Object = {"name": "PORT", "value": str(scope.workload(service).port)}
    env: list[Value] = [port] if declared.kind == "http" else []
    env += [_secret(service, name, first=index == 0) for index, name in enumerate(declared.secrets)]
    return {
        "envFrom": [{"configMapRef": {"name": service}}, {"configMapRef": {"name": SHARED}}],
        **({"env": env} if env else {}),
    }


def _secret(service: str, name: str, first: bool) -> Object:
    source: Object = {"secretKeyRef": {"name": f"{service}-secrets", "key": name}}
    why = "This Secret is made in the cluster, by whoever keeps secrets: no value stands in a file."
    return {"name": name, "valueFrom": Because(source, why) if first else source}

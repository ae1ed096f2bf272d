"""A base of what environments have in common, and an overlay of what each has for itself."""

from __future__ import annotations

from collections.abc import Sequence

from kr8.generators.kubernetes.difference import patch, removal
from kr8.generators.kubernetes.namespace import namespace
from kr8.generators.kubernetes.objects import Placed
from kr8.generators.kubernetes.scope import NO_IMAGE, Object, Scope
from kr8.generators.yaml import Because, Value, documents

FILE = "kustomization.yaml"


def base(placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """The files of the base, with its objects."""
    return (Placed(FILE, _kustomization(resources=[each.path for each in placed])), *placed)


def overlay(scope: Scope, shared: Sequence[Placed], placed: Sequence[Placed]) -> tuple[Placed, ...]:
    """The files of one environment's overlay: from the objects of the base to its own."""
    before = {each.path: each.value for each in shared}
    after = {each.path: each.value for each in placed}
    own = [Placed("namespace.yaml", namespace(scope))]
    own += [Placed(path, value) for path, value in after.items() if path not in before]
    patches = [removal(value) for path, value in before.items() if path not in after]
    for path, value in after.items():
        if path in before and (changed := patch(before[path], value)) is not None:
            patches.append(changed)
    return (Placed(FILE, _of_overlay(scope, own, patches)), *own)


def _of_overlay(scope: Scope, own: Sequence[Placed], patches: Sequence[Object]) -> Object:
    return _kustomization(
        namespace=scope.namespace,
        resources=["../../base", *(each.path for each in own)],
        images=Because(
            [_image(scope, service) for service in scope.project.services],
            "Where no version is declared, the digest is that of no image: nothing starts before a deployment says\n"
            "which, as `kustomize edit set image NAME=IMAGE@DIGEST` does. Never latest. The registry is the one of\n"
            "[infrastructure.kubernetes] in kr8.toml.",
        ),
        # Not in files of their own: what reads manifests would take a patch for an object with most of it missing.
        patches=[{"patch": documents(each)} for each in patches],
    )


def _image(scope: Scope, service: str) -> Object:
    workload = scope.workload(service)
    version = workload.version or NO_IMAGE
    key = "digest" if version.startswith("sha256:") else "newTag"
    where = workload.image or f"{scope.parameters.registry}/{scope.image(service)}"
    return {"name": scope.image(service), "newName": where, key: version}


def _kustomization(**fields: Value) -> Object:
    given = {name: value for name, value in fields.items() if value}
    return {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **given}

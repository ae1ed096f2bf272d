"""What kr8.toml does not say of the cluster yet: manifests have a default in its place that is nobody's."""

from __future__ import annotations

from collections.abc import Iterable

from kr8.domain.kubernetes import KubernetesParameters
from kr8.generators.kubernetes.scope import Scope

DEFAULTS = KubernetesParameters()


def placeholders(scopes: Iterable[Scope]) -> str:
    """What is to be said in kr8.toml before anything is applied; empty: nothing."""
    known = tuple(scopes)
    lacking = [
        *(["registry"] if any(_lacks_registry(scope) for scope in known) else []),
        *(["base_domain"] if any(_lacks_domain(scope) for scope in known) else []),
    ]
    if not lacking:
        return ""
    stands = " and ".join(f"{name} is {getattr(DEFAULTS, name)!r}" for name in lacking)
    whose, what = ("which are nobody's", "Say them") if len(lacking) > 1 else ("which is nobody's", "Say it")
    return f"Before you apply: {stands}, {whose}. {what} in [infrastructure.kubernetes], and generate again."


def _lacks_registry(scope: Scope) -> bool:
    own = all(scope.workload(name).image for name in scope.project.services)
    return scope.parameters.registry == DEFAULTS.registry and not own


def _lacks_domain(scope: Scope) -> bool:
    nameless = [name for name in scope.project.services if scope.public(name) and not scope.workload(name).hosts]
    return scope.parameters.base_domain == DEFAULTS.base_domain and bool(nameless)

"""What an API server refuses though the schemas take it: what Kubernetes' own pkg/apis/*/validation says (pure)."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.manifests import POD_SPEC
from kr8.domain.yaml_code import Node
from kr8.drivers.kubernetes_schemas.refusals import jobs, kinds, names, numbers, pods, quantities, selectors, words
from kr8.drivers.kubernetes_schemas.refusals.refusal import Refusal, Way, listed

OWN = frozenset({"", "apps", "batch", "networking.k8s.io", "autoscaling", "policy", "storage.k8s.io"})
"""The groups whose kinds are looked at: others have kinds of the same names."""


def refusals(node: Node) -> Iterator[Refusal]:
    """Each value of an object that an API server refuses; what something fills in later is left out."""
    kind, group = node.text("kind"), node.text("apiVersion").rpartition("/")[0]
    if group not in OWN:
        return
    yield from names.of_object(node, kind)
    yield from words.of_kind(node, kind)
    yield from numbers.of_kind(node, kind)
    yield from selectors.of_kind(node, kind)
    yield from jobs.of_schedule(node, kind)
    if kind in POD_SPEC:
        yield from _pods(node, kind, POD_SPEC[kind])
    elif kind == "PersistentVolumeClaim":
        yield from quantities.of_resources(node)
    if kind in kinds.OF_KINDS:
        yield from kinds.OF_KINDS[kind](node)


def _pods(node: Node, kind: str, way: tuple[str, ...]) -> Iterator[Refusal]:
    whole, spec = node.at("spec"), node.at(*way)
    if whole is None or whole.value is None:
        yield ("spec",), "it has no specification: there is nothing to run"
    if spec is None or spec.value is None:
        return
    yield from _below(way, words.of_pods(spec))
    yield from _below(way, numbers.of_pods(spec))
    yield from _below(way, jobs.of_restarts(spec, kind))
    yield from _below(way, quantities.of_resources(spec))
    claims = [claim.text("metadata", "name") for _, claim in listed(node, "spec", "volumeClaimTemplates")]
    yield from _below(way, pods.of_spec(spec, claims))


def _below(way: Way, found: Iterator[Refusal]) -> Iterator[Refusal]:
    for below, why in found:
        yield (*way, *below), why

"""NetworkPolicy: nobody talks to anybody, but for what kr8.toml declares."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from kr8.domain.kubernetes import Peer
from kr8.generators.kubernetes.scope import Object, Scope, metadata, shared_metadata
from kr8.generators.yaml import Because, Value

METADATA_ADDRESSES = ("169.254.169.254", "fd00:ec2::254")
"""Where clouds give out credentials to whoever asks."""


def default_deny(scope: Scope) -> Object:
    """The namespace's policy: what no other policy allows is refused, for what is made by hand too."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": shared_metadata(scope, "kr8--default-deny"),
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def network_policy(scope: Scope, service: str) -> Object:
    """What one service may be called by, and call."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(scope, service),
        "spec": {
            "podSelector": _of(service),
            "policyTypes": ["Ingress", "Egress"],
            "ingress": _ingress(scope, service),
            "egress": _egress(scope, service),
        },
    }


def _ingress(scope: Scope, service: str) -> list[Value]:
    """Who may call it: what needs it, the gateway, what reads metrics, and what is declared."""
    if scope.service(service).kind != "http":
        return []
    callers: list[Value] = [{"podSelector": _of(other)} for other in scope.needed_by(service)]
    if scope.public(service):
        callers.append(_namespace(scope.parameters.gateway_namespace))
    if scope.service(service).monitoring is not None:
        callers.append(_namespace(scope.parameters.monitoring_namespace))
    port = scope.workload(service).port
    known: list[Value] = [{"from": callers, "ports": _ports(port)}] if callers else []
    declared = scope.workload(service).callers
    return known + [{"from": [_peer(each)], "ports": _ports(*(each.ports or (port,)))} for each in declared]


def _egress(scope: Scope, service: str) -> list[Value]:
    """Whom it may call: names, what it needs, and what is declared."""
    names: Object = {
        **_namespace("kube-system"),
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    ports: list[Value] = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    needs = [need for need in scope.service(service).needs if scope.service(need).kind == "http"]
    declared = scope.workload(service).calls
    inside: list[Value] = [
        {"to": [{"podSelector": _of(need)}], "ports": _ports(scope.workload(need).port)} for need in needs
    ]
    outside: list[Value] = [
        {"to": [_peer(each)], **({"ports": _ports(*each.ports)} if each.ports else {})} for each in declared
    ]
    return [{"to": Because([names], "Names: without them it finds nothing."), "ports": ports}, *inside, *outside]


def _of(service: str) -> Object:
    return {"matchLabels": {"app.kubernetes.io/name": service}}


def _namespace(name: str) -> Object:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _peer(peer: Peer) -> Object:
    if peer.namespace is not None:
        return _namespace(peer.namespace)
    network = ip_network(peer.network or "")
    inside = [each for each in METADATA_ADDRESSES if ip_address(each) in network and network.num_addresses > 1]
    if not inside:
        return {"ipBlock": {"cidr": str(network)}}
    without: Value = [f"{each}/{ip_address(each).max_prefixlen}" for each in inside]
    why = "A cloud gives credentials to whoever asks there."
    return {"ipBlock": {"cidr": str(network), "except": Because(without, why)}}


def _ports(*ports: int) -> list[Value]:
    return [{"protocol": "TCP", "port": port} for port in ports]

"""What has happened between two looks at a service, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.target import Instance, Observed

_WORDS = {
    "starting": "starts",
    "ready": "is ready",
    "draining": "drains",
    "stopping": "is stopping",
    "failed": "failed",
    "completed": "has completed",
}


def told(before: Observed | None, now: Observed) -> Iterator[str]:
    """One sentence for each instance that has changed, and for each shift of traffic."""
    known = _instances(before) if before is not None else {}
    current = _instances(now)
    for name, instance in current.items():
        earlier = known.get(name)
        if earlier is None or earlier.state != instance.state:
            yield f"{name} {_WORDS[instance.state]}{_details(instance)}"
    for name in known:
        if name not in current:
            yield f"{name} is gone"
    yield from _shifts(before, now)


def _instances(observed: Observed) -> dict[str, Instance]:
    return {instance.id: instance for share in observed.shares for instance in share.instances}


def _details(instance: Instance) -> str:
    if instance.state == "draining" and instance.in_flight:
        count = instance.in_flight
        return f": {count} connection is open" if count == 1 else f": {count} connections are open"
    return f" (pid {instance.pid})" if instance.state == "starting" and instance.pid else ""


def _shifts(before: Observed | None, now: Observed) -> Iterator[str]:
    known = {share.release: round(share.traffic) for share in before.shares} if before is not None else {}
    for share in now.shares:
        traffic = round(share.traffic)
        if traffic != known.get(share.release, 0):
            yield f"{share.release} gets {traffic}% of new requests"

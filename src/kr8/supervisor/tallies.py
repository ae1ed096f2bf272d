"""A service's counters per release, summed over its instances, those that are gone included. Pure."""

from collections.abc import Mapping
from itertools import zip_longest

from kr8.supervisor.observed import CountersObserved, Histogram, ReleaseCounters
from kr8.supervisor.proxy.counters import NO_SERVER, ServerCounters
from kr8.supervisor.proxy.histogram import BOUNDS_MS
from kr8.supervisor.proxy.observed import ProxyState


def counters(key: str, state: ProxyState, servers: Mapping[str, ServerCounters]) -> CountersObserved:
    """A server's name is its instance's, which begins with its release."""
    in_flight = {s.name: s.current for s in state.frontends.get(key, ())}
    releases: dict[str, ReleaseCounters] = {}
    for name, count in servers.items():
        if name == NO_SERVER:
            continue
        release = name.rpartition("-")[0]
        one = _of(count, in_flight.get(name, 0))
        releases[release] = _sum(releases[release], one) if release in releases else one
    unanswered = _of(servers.get(NO_SERVER, ServerCounters()), 0)
    return CountersObserved(key, state.reset_id, releases, unanswered)


def _of(c: ServerCounters, in_flight: int) -> ReleaseCounters:
    return ReleaseCounters(
        requests=c.requests,
        errors_5xx=c.status_5xx,
        failed=c.connection_errors,
        errors_4xx=c.status_4xx,
        aborted=c.aborted,
        retries=c.retries,
        in_flight=in_flight,
        latency=Histogram(tuple(map(float, BOUNDS_MS)), c.latency.counts),
    )


def _sum(a: ReleaseCounters, b: ReleaseCounters) -> ReleaseCounters:
    counts = zip_longest(_counts(a), _counts(b), fillvalue=0)
    return ReleaseCounters(
        requests=a.requests + b.requests,
        errors_5xx=a.errors_5xx + b.errors_5xx,
        failed=a.failed + b.failed,
        errors_4xx=a.errors_4xx + b.errors_4xx,
        aborted=a.aborted + b.aborted,
        retries=a.retries + b.retries,
        in_flight=a.in_flight + b.in_flight,
        latency=Histogram(tuple(map(float, BOUNDS_MS)), tuple(x + y for x, y in counts)),
    )


def _counts(c: ReleaseCounters) -> tuple[int, ...]:
    return () if c.latency is None else c.latency.counts

"""What the supervisor answers, in the words of the domain. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from kr8.domain.redact import Mask, Piece
from kr8.domain.release import Release
from kr8.domain.target import (
    Bucket,
    Counters,
    Evidence,
    Failure,
    FailureCode,
    Instance,
    Observed,
    ObservedShare,
    ReleaseCounters,
    Run,
    ServiceRef,
    Timetable,
)
from kr8.ports.target import Remembered
from kr8.supervisor import observed as wire

OPEN_END = 2.0
"""The last bucket has no upper bound; it is shown as so many times the last bound."""


def printed_of(pieces: Iterable[wire.Piece], mask: Mask) -> tuple[str, ...]:
    """What was printed, masked."""
    return tuple(mask(Piece(each.text, each.continues, each.goes_on)) for each in pieces)


def observed_of(ref: ServiceRef, seen: wire.ServiceObserved, mask: Mask) -> Observed:
    """The state of a service."""
    members = [*(member for share in seen.shares for member in share.members), *seen.leaving]
    wanted = {share.release: share for share in seen.shares}
    there: dict[str, list[wire.InstanceObserved]] = {release: [] for release in wanted}
    for member in members:  # also those that are to go: they may be all that serves
        there.setdefault(member.release, []).append(member)
    weights = sum(member.weight for member in members) or 1
    return Observed(
        service=ref,
        shares=tuple(_share(name, wanted.get(name), those, weights) for name, those in there.items()),
        settled=seen.settled,
        failure=failure_of(seen.stuck, mask) if seen.stuck is not None else None,
        epoch=seen.epoch,
        timetable=_timetable(seen.schedule) if seen.schedule is not None else None,
    )


def _timetable(seen: wire.ScheduleObserved) -> Timetable:
    return Timetable(next=_instant(seen.next), running=_run(seen.running), last=_run(seen.last))


def _run(seen: wire.RunObserved | None) -> Run | None:
    if seen is None:
        return None
    return Run(
        instance=seen.instance,
        release=seen.release,
        due=datetime.fromisoformat(seen.due),
        started=datetime.fromisoformat(seen.started),
        ended=_instant(seen.ended),
        exit_code=seen.exit_code,
        signal=seen.signal,
        missed=seen.missed,
        skipped=seen.skipped,
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _share(
    release: str, share: wire.ShareObserved | None, members: list[wire.InstanceObserved], weights: int
) -> ObservedShare:
    """What there is of one release; `share`: what is wanted of it, if anything."""
    done = share.instances if share is not None and share.completed else 0
    return ObservedShare(
        release=release,
        wanted=share.instances if share is not None else 0,
        ready=max(sum(member.state == "ready" for member in members), done),
        traffic=100 * sum(member.weight for member in members) / weights,
        in_flight=sum(member.in_flight or 0 for member in members),
        instances=tuple(_instance(member) for member in members),
    )


def _instance(member: wire.InstanceObserved) -> Instance:
    return Instance(
        id=member.id,
        release=member.release,
        state=member.state,
        since=datetime.fromisoformat(member.since),
        address=f"127.0.0.1:{member.port}" if member.port else None,
        pid=member.pid,
        restarts=member.restarts,
        in_flight=member.in_flight or 0,
    )


def failure_of(failed: wire.Failure, mask: Mask) -> Failure:
    """One failed instance."""
    known = {code.value for code in FailureCode}
    return Failure(
        code=FailureCode(failed.code if failed.code in known else "not_started"),
        what=failed.what,
        instance=failed.instance,
        release=failed.release,
        answers=tuple(f"{each.word}: {printed_of([each.said], mask)[0]}" for each in failed.health),
        lines=printed_of(failed.lines, mask),
    )


def remembered_of(seen: wire.EnvironmentObserved, find: Callable[[str], Release | None]) -> tuple[Remembered, ...]:
    """What the supervisor was told is promoted; `find`: the release of an id, where it is still delivered."""
    return tuple(_remembered(each, find) for each in seen.promoted)


def _remembered(seen: wire.BaselineObserved, find: Callable[[str], Release | None]) -> Remembered:
    shares = [(key.rpartition(".")[2], share) for key, desired in seen.services.items() for share in desired.shares]
    found = [find(share.release) for _, share in shares]
    known = [release for release in found if release is not None]
    return Remembered(
        generation=seen.generation,
        label=seen.label,
        releases=tuple(known) if len(known) == len(found) else None,
        instances={name: share.instances for name, share in shares},
        restart={key.rpartition(".")[2]: desired.generation_of_restart for key, desired in seen.services.items()},
        withdrawn=seen.withdrawn,
        irreversible=seen.irreversible,
    )


def counters_of(ref: ServiceRef, seen: wire.CountersObserved) -> Counters:
    """What the proxy counted."""
    return Counters(
        service=ref,
        reset=seen.reset_id,
        releases={name: _counters(counted) for name, counted in seen.releases.items()},
    )


def _counters(counted: wire.ReleaseCounters) -> ReleaseCounters:
    latency = _buckets(counted.latency) if counted.latency is not None else ()
    total = sum(bucket.count for bucket in latency)
    return ReleaseCounters(
        requests=counted.requests,
        errors=counted.errors_5xx + counted.failed,
        in_flight=counted.in_flight,
        mean_ms=sum(bucket.up_to_ms * bucket.count for bucket in latency) / total if total else 0.0,
        latency=latency,
    )


def _buckets(seen: wire.Histogram) -> tuple[Bucket, ...]:
    bounds = (*seen.bounds_ms, seen.bounds_ms[-1] * OPEN_END)
    return tuple(Bucket(up_to_ms=bound, count=count) for bound, count in zip(bounds, seen.counts, strict=True) if count)


def evidence_of(
    ref: ServiceRef, release: str, kept: tuple[wire.Failure, ...], counted: ReleaseCounters, mask: Mask
) -> Evidence:
    """What is known of a release that failed; `kept` is newest first."""
    newest = kept[0] if kept else None
    failure = failure_of(newest, mask) if newest is not None else None
    return Evidence(
        service=ref.name,
        release=release,
        failure=failure,
        exit=_exit(newest) if newest is not None else None,
        lines=failure.lines if failure is not None else (),
        answers=failure.answers if failure is not None else (),
        counters=counted,
        memory_bytes=newest.peak_rss_bytes if newest is not None else None,
        cpu_seconds=newest.cpu_s if newest is not None else None,
    )


def _exit(failed: wire.Failure) -> str | None:
    if failed.signal is not None:
        return f"signal {failed.signal}"
    return f"exit code {failed.exit_code}" if failed.exit_code is not None else None

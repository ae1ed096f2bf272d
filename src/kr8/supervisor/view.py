"""What is answered about a service, from its record, its units and its troubles."""

from collections.abc import Mapping

from kr8.supervisor import decide, runs
from kr8.supervisor.instants import monotonic, stamp_of, wall
from kr8.supervisor.observed import Failure, InstanceObserved, ServiceObserved, ShareObserved
from kr8.supervisor.state import InstanceRecord, ServiceRecord, State
from kr8.supervisor.trouble import Trouble
from kr8.supervisor.unit import Unit
from kr8.supervisor.wire import ServiceDesired, ShareSpec, environment_of

Troubles = Mapping[tuple[str, str], Trouble]
Units = Mapping[str, Unit]
NEVER = float("inf")


def job_key(release: str, desired: ServiceDesired) -> str:
    """A job runs once for this."""
    return f"{release}:{desired.generation_of_restart}"


def proxied(desired: ServiceDesired, members: tuple[InstanceRecord, ...], listens: bool) -> bool:
    """Whether traffic reaches it through the proxy."""
    kinds = {share.run.kind for share in desired.shares} | {m.run.kind for m in members}
    return listens and "http" in kinds


def situation(state: State, key: str, units: Units, troubles: Troubles, listens: bool) -> decide.Situation:
    """What there is to decide about."""
    service = state.services[key]
    records = tuple(r for r in state.members(key) if not _finishes(r, service.desired))
    behind = proxied(service.desired, records, listens)
    members = tuple(_member(r, units.get(r.id), behind, service.desired) for r in records)
    waits = {s.release: _not_before(service, s, troubles.get((key, s.release))) for s in service.desired.shares}
    return decide.Situation(service.desired, members, monotonic(), behind, waits)


def _finishes(record: InstanceRecord, desired: ServiceDesired) -> bool:
    """Whether it is a run that began under another release: it goes on to its end, and nobody waits for that."""
    known = {(share.release, desired.generation_of_restart) for share in desired.shares}
    runs_on = runs.wanted(desired) is not None and record.phase in ("starting", "ready")
    return record.run.schedule is not None and runs_on and (record.release, record.generation_of_restart) not in known


def _not_before(service: ServiceRecord, share: ShareSpec, trouble: Trouble | None) -> float:
    if share.run.schedule is not None:
        known = service.schedule
        if known is None or known.next is None or known.running is not None:
            return NEVER
        return monotonic() + known.next - wall()
    if share.run.kind == "job" and job_key(share.release, service.desired) in service.ended:
        return NEVER
    return 0.0 if trouble is None else trouble.not_before


def _member(r: InstanceRecord, unit: Unit | None, behind: bool, desired: ServiceDesired) -> decide.Member:
    up = unit is not None and (unit.up if behind else unit.healthy)
    return decide.Member(
        id=r.id,
        release=r.release,
        generation=r.generation_of_restart,
        phase=r.phase,
        since=r.since,
        weight=r.weight if unit is None or unit.weight is None else unit.weight,
        up=up,
        in_flight=None if unit is None else unit.in_flight,
        drain_limit_s=desired.pace.drain_limit_s,
        stop_grace_s=r.run.stop_grace_s,
    )


def observed(state: State, s: decide.Situation, units: Units, troubles: Troubles, revision: int) -> ServiceObserved:
    """The answer; whoever makes it adds what he knows of proxy and disk."""
    desired = s.desired
    keep = decide.wanted(s)
    records = tuple(r for r in state.members(desired.key) if not _finishes(r, desired))
    shown = {r.id: _instance(r, units.get(r.id)) for r in records}
    shares = tuple(_share(state.services[desired.key], share, s, keep, shown, troubles) for share in desired.shares)
    leaving = tuple(shown[r.id] for r in records if r.id not in keep)
    return ServiceObserved(
        key=desired.key,
        revision=revision,
        epoch=state.epoch(environment_of(desired.key)),
        settled=all(share.settled for share in shares) and not leaving,
        stuck=_stuck(desired, troubles),
        listen=desired.listen,
        shares=shares,
        leaving=leaving,
        proxy_pid=None,
        state_saved=True,
        schedule=runs.observed(state.services[desired.key].schedule),
    )


def _stuck(desired: ServiceDesired, troubles: Troubles) -> Failure | None:
    for share in desired.shares:
        trouble = troubles.get((desired.key, share.release))
        if trouble is not None and trouble.stuck:
            return trouble.last
    return None


def _share(
    service: ServiceRecord,
    share: ShareSpec,
    s: decide.Situation,
    keep: frozenset[str],
    shown: Mapping[str, InstanceObserved],
    troubles: Troubles,
) -> ShareObserved:
    members = tuple(v for k, v in shown.items() if k in keep and v.release == share.release)
    done = _done(service, share)
    trouble = troubles.get((service.desired.key, share.release))
    return ShareObserved(
        release=share.release,
        instances=share.instances,
        traffic=share.traffic,
        ready=sum(m.state == "ready" for m in members),
        completed=done,
        settled=done if share.run.kind == "job" and share.instances else decide.settled(s, share),
        members=members,
        failure=None if trouble is None else trouble.last,
    )


def _done(service: ServiceRecord, share: ShareSpec) -> bool:
    """Whether a job has done what is wanted of it now: a schedule, to be there for its next run."""
    if share.run.schedule is not None:
        return service.schedule is not None and service.schedule.spec == share.run.schedule
    return service.ended.get(job_key(share.release, service.desired)) == 0


def _instance(r: InstanceRecord, unit: Unit | None) -> InstanceObserved:
    last = unit.answers[-1] if unit is not None and unit.answers else None
    in_flight = None if unit is None else unit.in_flight
    held = f"{in_flight} connections" if r.phase == "draining" and in_flight else None
    return InstanceObserved(
        id=r.id,
        release=r.release,
        state=r.phase,
        since=stamp_of(r.since),
        pid=r.pid,
        port=r.port,
        restarts=r.restarts,
        weight=r.weight,
        in_flight=in_flight,
        proxy=None if unit is None else unit.proxy_status,
        health=None if last is None else f"{last.word}: {last.text}",
        held_by=held,
    )


def shape(o: ServiceObserved) -> object:
    """What makes a new revision when it changes: not the counts that always change."""
    members = [m for share in o.shares for m in share.members] + list(o.leaving)
    return (
        o.settled,
        o.epoch,
        None if o.stuck is None else (o.stuck.instance, o.stuck.code),
        o.listen,
        o.proxy_pid,
        o.schedule,
        tuple((s.release, s.instances, s.traffic, s.completed, s.failure and s.failure.instance) for s in o.shares),
        tuple((m.id, m.state, m.pid, m.weight, m.proxy, m.restarts) for m in members),
    )

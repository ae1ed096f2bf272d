"""The heart of the supervisor, pure: what a service must be, what it is and the time -> what to do next.

Traffic moves only over instances that are ready, and nothing that serves is drained while fewer than
(wanted - unavailable) others would serve. What is drained and wanted again is put back instead of started anew.
"""

from dataclasses import dataclass, field, replace

from kr8.supervisor.observed import Phase
from kr8.supervisor.wire import ServiceDesired, ShareSpec

FULL = 256
"""The proxy's largest weight."""

DRAIN_LEAST_S = 0.2
"""An instance drains at least this long: a request on its way to it is not yet counted as in flight."""


@dataclass(frozen=True, slots=True)
class Member:
    """An instance as the decision sees it."""

    id: str
    release: str
    generation: int
    phase: Phase
    since: float
    weight: int = 0
    up: bool = False
    """It answers its checks; without a proxy, it is ready."""
    in_flight: int | None = 0
    drain_limit_s: float = 30.0
    stop_grace_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Situation:
    desired: ServiceDesired
    members: tuple[Member, ...]
    now: float
    proxied: bool = True
    """Whether a proxy stands before it; else what is ready serves."""
    not_before: dict[str, float] = field(default_factory=dict[str, float])
    """Until when a release must not be started: backoff, or a job that ended (infinity)."""


@dataclass(frozen=True, slots=True)
class Start:
    release: str


@dataclass(frozen=True, slots=True)
class Weigh:
    id: str
    weight: int


@dataclass(frozen=True, slots=True)
class Drain:
    id: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Stop draining: it is wanted again."""

    id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """SIGTERM."""

    id: str


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL to all that is left of it."""

    id: str


Action = Start | Weigh | Drain | Restore | Stop | Kill


def decide(s: Situation) -> tuple[Action, ...]:
    """The actions that may be taken now; asked again when anything has changed."""
    restored = _restored(s)
    back = {r.id for r in restored}
    members = tuple(replace(m, phase="ready") if m.id in back else m for m in s.members)
    s = replace(s, members=members)
    keep = wanted(s)
    plan = _plan(s)
    weighed = [Weigh(m.id, plan[m.id]) for m in s.members if m.weight != plan.get(m.id, m.weight)]
    return (*restored, *weighed, *_leave(s, keep, plan), *_end(s), *_start(s, keep))


def wanted(s: Situation) -> frozenset[str]:
    """Ids of the running instances that the shares want: ready before starting, old before new."""
    found: list[str] = []
    for share in s.desired.shares:
        fitting = [m for m in s.members if _fits(m, share, s.desired) and m.phase in ("starting", "ready")]
        fitting.sort(key=lambda m: (m.phase != "ready", not m.up, m.since, m.id))
        found += [m.id for m in fitting[: share.instances]]
    return frozenset(found)


def settled(s: Situation, share: ShareSpec) -> bool:
    """Whether a share is as it is wanted: every instance ready, up, and weighed as its traffic says."""
    keep = wanted(s)
    ready = [m for m in s.members if m.id in keep and m.phase == "ready" and m.release == share.release and m.up]
    target = _target(s)
    return len(ready) == share.instances and all(not s.proxied or m.weight == target.get(m.id, 0) for m in ready)


def _fits(m: Member, share: ShareSpec, desired: ServiceDesired) -> bool:
    return m.release == share.release and m.generation == desired.generation_of_restart


def _restored(s: Situation) -> list[Restore]:
    found: list[Restore] = []
    for share in s.desired.shares:
        fitting = [m for m in s.members if _fits(m, share, s.desired)]
        missing = share.instances - sum(m.phase in ("starting", "ready") for m in fitting)
        draining = sorted((m for m in fitting if m.phase == "draining" and m.up), key=lambda m: (-m.since, m.id))
        found += [Restore(m.id) for m in draining[: max(0, missing)]]
    return found


def _need(s: Situation) -> int:
    return sum(share.instances for share in s.desired.shares if share.traffic != 0) - s.desired.pace.unavailable


def _serves(s: Situation, m: Member) -> bool:
    return m.phase == "ready" and m.up and (m.weight > 0 or not s.proxied)


def _plan(s: Situation) -> dict[str, int]:
    """The weights to give now."""
    target = _target(s)
    after = sum(weight > 0 for weight in target.values())
    serving = sum(_serves(s, m) for m in s.members)
    # Even where all may be unavailable: traffic does not leave for instances that are yet to come.
    least = max(_need(s), any(share.instances and share.traffic != 0 for share in s.desired.shares))
    if s.proxied and after < min(least, serving):
        target = _together(s, target)
    return target if s.proxied else {}


def _target(s: Situation) -> dict[str, int]:
    """Absolute weights that give each share its percent, over the instances that are ready now."""
    ready = [m for m in s.members if m.phase == "ready" and m.up]
    shares = {share.release: share for share in s.desired.shares}
    rest = 100 - sum(share.traffic or 0 for share in s.desired.shares)
    followed = any(share.traffic is None for share in s.desired.shares)
    fixed = {r: share.traffic for r, share in shares.items() if share.traffic is not None}
    followers = sum(m.release not in fixed for m in ready)
    each: dict[str, float] = {}
    for m in ready:
        percent = fixed.get(m.release)
        if percent is not None:
            each[m.id] = percent / sum(o.release == m.release for o in ready)
        else:
            each[m.id] = rest / followers if followed else 0.0
    most = max(each.values(), default=0.0)
    return {k: max(1, round(FULL * v / most)) if v > 0 else 0 for k, v in each.items()}


def _together(s: Situation, target: dict[str, int]) -> dict[str, int]:
    """While the wanted weights would serve too little: all that serves now, and all that will, alike."""
    serves = {m.id for m in s.members if m.weight > 0}
    return {k: FULL if v > 0 or k in serves else 0 for k, v in target.items()}


def _leave(s: Situation, keep: frozenset[str], plan: dict[str, int]) -> list[Action]:
    """Unwanted instances: those that serve leave one by one as others take over, the rest at once."""
    serving = {m.id for m in s.members if _serves(s, m) and plan.get(m.id, 1) > 0}
    spare = len(serving) - _need(s)
    actions: list[Action] = []
    leaving = (m for m in s.members if m.id not in keep and m.phase in ("starting", "ready"))
    for m in sorted(leaving, key=lambda m: (m.id in serving, m.since, m.id)):
        if m.id in serving:
            if spare <= 0:
                continue
            spare -= 1
        elif plan.get(m.id):  # it takes over now, and may leave when it is seen to serve
            continue
        actions.append(Drain(m.id) if s.proxied and m.phase == "ready" else Stop(m.id))
    return actions


def _end(s: Situation) -> list[Action]:
    actions: list[Action] = []
    for m in s.members:
        lasted = s.now - m.since
        # A weight means that the proxy was not told yet: the supervisor may have died in between.
        drained = lasted >= DRAIN_LEAST_S and m.in_flight == 0 and m.weight == 0
        if m.phase == "draining" and (drained or lasted >= m.drain_limit_s):
            actions.append(Stop(m.id))
        if m.phase == "stopping" and lasted >= m.stop_grace_s:
            actions.append(Kill(m.id))
    return actions


def _start(s: Situation, keep: frozenset[str]) -> list[Start]:
    running = sum(m.phase in ("starting", "ready") for m in s.members)
    room = sum(share.instances for share in s.desired.shares) + s.desired.pace.surge - running
    by_id = {m.id: m for m in s.members}
    actions: list[Start] = []
    for share in s.desired.shares:
        if s.now < s.not_before.get(share.release, 0.0):
            continue
        missing = share.instances - sum(by_id[i].release == share.release for i in keep)
        starting = max(0, min(missing, room))
        actions += [Start(share.release)] * starting
        room -= starting
    return actions

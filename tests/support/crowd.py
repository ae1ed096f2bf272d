"""A project with too much of everything: for what has to stay short whatever there is."""

from __future__ import annotations

from tests.support.house import HEAD, House, ref

from kr8.domain.deployment import Deployment, GateRecord, ServiceLedger, StageRecord, State
from kr8.domain.finding import Finding, Severity
from kr8.domain.problem import Problem
from kr8.domain.target import Evidence, Failure, FailureCode

SERVICES = tuple(f"service-with-a-long-name-{number:02}" for number in range(50))
ENVIRONMENTS = ("staging", *(f"environment-with-a-long-name-{number:02}" for number in range(99)))
LINES = tuple(f"{number} ".ljust(16 * 1024, "x") for number in range(12))
LONG = "for a reason that is told at length, " * 50
TOML = "\n".join(
    [
        HEAD,
        '[infrastructure.pipeline]\nkr8 = "tools/kr8.whl"\n',
        *(f'[services.{name}]\nkind = "worker"\nrun = ["serve", "--name", "{name}"]' for name in SERVICES),
        *(f'[environments.{name}]\nstrategy = {{ kind = "rolling", bake = "50ms" }}' for name in ENVIRONMENTS),
    ]
)
DEPLOYMENTS = 500


async def crowded() -> House:
    """All services deployed twice in the first environment, printing long lines; hundreds of deployments in another."""
    house = House(TOML)
    await house.deploy()
    done = await house.deploy()
    await talk(house)
    full = _full(done)
    ended = [each for each in State if each not in (State.PLANNED, State.AWAITING_APPROVAL, State.QUEUED)]
    for number in range(DEPLOYMENTS):
        changes = {"id": f"dep_zz{number:04}", "state": ended[number % len(ended)]}
        await house.deployments.add(full.model_copy(update=changes))
    return house


async def talk(house: House) -> None:
    """Have three of the services that serve now print long lines."""
    for release in (await house.current()).releases[:3]:
        for line in LINES:
            house.target.say(ref(release.name), release.id, line)


def _full(done: Deployment) -> Deployment:
    """A deployment that has all that one can have."""
    assert done.plan is not None
    changed = [each.model_copy(update={"runs_before": ("migrate", LONG)}) for each in done.plan.services]
    finding = Finding(rule="secret_in_files", severity=Severity.LOW, what=LONG, why=LONG, mend=LONG, place="a/b.py:1")
    plan = done.plan.model_copy(update={"findings": (finding,) * 200, "services": tuple(changed)})
    gates = tuple(GateRecord(gate=name, verdict="back", why=LONG) for name in ("health", "errors", "latency"))
    stages = [
        StageRecord(service=name, name=stage, started_at=done.requested_at, result="gate_errors", gates=gates)
        for name in SERVICES
        for stage in ("surge", "shift", "bake")
    ]
    changes = {
        "environment": ENVIRONMENTS[1],
        "reason": LONG[:2000],
        "plan": plan,
        "stages": tuple(stages),
        "ledger": tuple(ServiceLedger(service=name, requests=10**9, failed=10**9) for name in SERVICES),
        "evidence": tuple(_evidence(name) for name in SERVICES[:3]),
        "problem": Problem(code="gate_errors", what=LONG, why=LONG * 10, mend=LONG, output=LINES),
        "approvals": tuple(f"SHA256:{number:043}" for number in range(20)),
    }
    return done.model_copy(update=changes)


def _evidence(service: str) -> Evidence:
    release = "rel_0123456789abcdef"
    failure = Failure(code=FailureCode.EXITED, what=LONG, instance="i", release=release, lines=LINES)
    return Evidence(service=service, release=release, failure=failure, exit="1", lines=LINES, answers=LINES)

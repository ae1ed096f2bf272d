"""What the traffic layer counted of a service while a deployment ran. Pure."""

from __future__ import annotations

from kr8.domain.deployment import ServiceLedger
from kr8.domain.plan import ServicePlan
from kr8.domain.target import Counters


def ledger_of(plan: ServicePlan, before: Counters, after: Counters) -> ServiceLedger:
    """The ledger of one service: requests and failures since `before`, by release, and the p99 of old and new.

    The p99 before is the old release's up to the deployment, the p99 after the new release's since then.
    """
    counted = after.since(before)
    old, new = plan.replaces, plan.release
    failed = {name: counters.errors for name, counters in counted.releases.items() if counters.errors}
    return ServiceLedger(
        service=plan.service,
        requests=sum(counters.requests for counters in counted.releases.values()),
        failed=sum(failed.values()),
        failed_by_release=failed,
        p99_before_ms=before.of(old.id).percentile(0.99) if old is not None else None,
        p99_after_ms=counted.of(new.id).percentile(0.99) if new is not None else None,
        complete=before.reset in ("", after.reset),
    )

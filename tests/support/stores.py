"""The store's ports together, on the fakes or on a real database."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from tests.fakes.approvals import MemoryApprovals
from tests.fakes.audit import MemoryAudit
from tests.fakes.clock import FakeClock
from tests.fakes.deployments import MemoryDeployments
from tests.fakes.environments import MemoryEnvironments
from tests.fakes.keyed_calls import MemoryKeyedCalls
from tests.fakes.leases import MemoryLeases
from tests.fakes.projects import MemoryProjects
from tests.fakes.sealed import MemorySealedSecrets

from kr8.drivers.store.approvals import SqlApprovals
from kr8.drivers.store.audit import SqlAudit
from kr8.drivers.store.deployments import SqlDeployments
from kr8.drivers.store.engine import BUSY, make_engine
from kr8.drivers.store.environments import SqlEnvironments
from kr8.drivers.store.keyed_calls import SqlKeyedCalls
from kr8.drivers.store.leases import SqlLeases
from kr8.drivers.store.migration import migrate
from kr8.drivers.store.projects import SqlProjects
from kr8.drivers.store.sealed import SqlSealedSecrets
from kr8.drivers.store.store import Store
from kr8.ports.approvals import Approvals
from kr8.ports.audit import Audit
from kr8.ports.clock import Clock
from kr8.ports.deployments import Deployments
from kr8.ports.environments import Environments
from kr8.ports.keyed_calls import KeyedCalls
from kr8.ports.leases import Leases
from kr8.ports.projects import Projects
from kr8.ports.sealed import SealedSecrets


@dataclass(frozen=True)
class Stores:
    """Every port of the store; `clock` is the one that leases and audit read."""

    clock: FakeClock
    projects: Projects
    deployments: Deployments
    environments: Environments
    leases: Leases
    approvals: Approvals
    audit: Audit
    sealed: SealedSecrets
    keyed_calls: KeyedCalls


def in_memory() -> Stores:
    """On the fakes."""
    clock, deployments = FakeClock(), MemoryDeployments()
    return Stores(
        clock=clock,
        projects=MemoryProjects(),
        deployments=deployments,
        environments=MemoryEnvironments(deployments),
        leases=MemoryLeases(clock),
        approvals=MemoryApprovals(),
        audit=MemoryAudit(clock),
        sealed=MemorySealedSecrets(),
        keyed_calls=MemoryKeyedCalls(),
    )


def in_store(store: Store, clock: FakeClock) -> Stores:
    """On a database that was migrated."""
    return Stores(
        clock=clock,
        projects=SqlProjects(store),
        deployments=SqlDeployments(store),
        environments=SqlEnvironments(store),
        leases=SqlLeases(store, _checked(clock)),
        approvals=SqlApprovals(store),
        audit=SqlAudit(store, _checked(clock)),
        sealed=SqlSealedSecrets(store),
        keyed_calls=SqlKeyedCalls(store),
    )


def _checked(clock: Clock) -> Clock:
    """The fake, as a type checker sees that it is a Clock."""
    return clock


@contextmanager
def opened(url: str, busy: timedelta = BUSY, read_back: timedelta = timedelta(seconds=10)) -> Generator[Store]:
    """A migrated store, closed afterwards."""
    engine = make_engine(url, busy)
    migrate(engine, busy)
    store = Store(engine, busy, read_back)
    try:
        yield store
    finally:
        store.close()

"""An operation that asks for more ports than one thing needs."""

from tests.unit.catalogue.strange import Note

from kr8.catalogue.operation import operation
from kr8.domain.caller import Effect
from kr8.ports.audit import Audit
from kr8.ports.clock import Clock
from kr8.ports.entropy import Entropy
from kr8.ports.leases import Leases
from kr8.ports.projects import Projects


@operation(Effect.READ, command="greedy")
async def greedy(
    request: Note, audit: Audit, clock: Clock, entropy: Entropy, leases: Leases, projects: Projects
) -> Note:
    """Ask for five."""
    return request

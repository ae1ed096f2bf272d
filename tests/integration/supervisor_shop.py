"""A service below a supervisor, of which one release after the other is deployed."""

from pathlib import Path

from tests.integration.supervisor_rig import KEY, Rig, share

from kr8.supervisor.codec import decode
from kr8.supervisor.observed import CountersObserved

GONE = "it does not answer"


class Shop:
    """A rig with one service."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.releases = 0

    def deploy(self) -> str:
        """Another release takes over from the one before; its name, which it answers."""
        self.releases += 1
        release = f"v{self.releases}"
        self.rig.converge(share(release, 1))
        return release

    def path(self, file: str) -> Path:
        """Where a file of the home lies, which may be one of the instance."""
        return self.rig.home / file.format(instance=self.members()[0][0])

    def members(self) -> list[tuple[str, int]]:
        """Instances with their processes."""
        return [(member.id, member.pid or 0) for member in self.rig.observed().shares[0].members]

    def counters(self) -> CountersObserved:
        """What the proxy has counted."""
        return decode(CountersObserved, self.rig.ask("GET", f"/v1/services/{KEY}/counters"))

    def counted(self, release: str) -> int:
        """How many requests the proxy has counted for a release."""
        found = self.counters().releases
        return found[release].requests if release in found else 0

    def troubles(self) -> str:
        """What the supervisor says is wrong."""
        health = self.rig.health()
        return GONE if health is None else " ".join(health.troubles)

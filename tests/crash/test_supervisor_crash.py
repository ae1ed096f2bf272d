"""kill -9 of the supervisor after every state write of a switch, a return and a scale, and again while it recovers."""

import http.client
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import Rig, load, share, until

from kr8.supervisor.wire import ServiceDesired

MOST_WRITES = 60
MORTAL = str(Path(__file__).with_name("mortal_supervisor.py"))
"""The program that dies after a write."""


class Fall:
    """One change with one death after its n-th write, and another after the first, second or third of the recovery."""

    def __init__(self, rig: Rig, n: int) -> None:
        self.rig = rig
        self.deaths = 0
        self._lives = [(MORTAL, str(1 + n % 3)), ()]
        if not rig.over():
            rig.kill()
        rig.start(MORTAL, str(n))

    def converge(self, desired: ServiceDesired) -> None:
        """As the daemon does: tell it until it was heard, and wait; start it where it is dead."""
        told = False

        def there() -> bool:
            nonlocal told
            if self.rig.over() and self._lives:
                self.deaths += 1
                self.rig.start(*self._lives.pop(0))
            with suppress(OSError, http.client.HTTPException):
                if not told:
                    self.rig.put(desired)
                    told = True
                return self.rig.observed().settled
            return False

        until(there, f"converged: {desired.shares}")


def rolling(rig: Rig, n: int) -> int:
    """One release for another; how often it died."""
    fall = Fall(rig, n)
    fall.converge(rig.desired(share(f"v{n}", 1)))
    return fall.deaths


def blue_green(rig: Rig, n: int) -> int:
    """All traffic from one warm release to another; how often it died."""
    old, new = share(f"v{n - 1}", 1, 100), share(f"v{n}", 1, 0)
    rig.converge(old, new)
    fall = Fall(rig, n)
    fall.converge(rig.desired(replace(old, traffic=0), replace(new, traffic=100)))
    rig.kill()
    rig.start()
    rig.converge(replace(new, traffic=None))
    return fall.deaths


def scaling(rig: Rig, n: int) -> int:
    """One instance, then three, then one; how often it died."""
    fall = Fall(rig, n)
    fall.converge(rig.desired(share("v0", 3 if n % 2 else 1)))
    return fall.deaths


def returning(rig: Rig, n: int) -> int:
    """Back from a release that has half of the traffic; how often it died."""
    old, new = share("v0", 1, 100), share(f"v{n}", 1, 0)
    rig.converge(old, new)
    rig.converge(replace(old, traffic=50), replace(new, traffic=50))
    fall = Fall(rig, n)
    fall.converge(rig.desired(replace(old, traffic=None)))
    rig.kill()  # who lives now would still die at a later write
    rig.start()
    return fall.deaths


SERVES_AFTER = {rolling: "v{n}", blue_green: "v{n}", scaling: "v0", returning: "v0"}


@pytest.mark.parametrize(("switch", "least"), [(rolling, 6), (blue_green, 2), (scaling, 3), (returning, 2)])
def test_killed_after_every_state_write(switch: Callable[[Rig, int], int], least: int, tmp_path: Path) -> None:
    with Rig(tmp_path / "home") as rig:
        rig.start()
        rig.converge(share("v0", 1))
        with load(rig.port, clients=4) as traffic:
            for n in range(1, MOST_WRITES):
                deaths = switch(rig, n)
                assert (traffic.failures, traffic.refused) == ([], []), f"killed after write {n}"
                serves = SERVES_AFTER[switch].format(n=n)
                answered = traffic.answers[serves]
                until(lambda name=serves, least=answered: traffic.answers[name] > least, f"{serves} answers")
                assert set(rig.marked()) == {m.id for m in rig.observed().shares[0].members}, "nothing was left"
                if not deaths:
                    break
            else:
                pytest.fail("a switch takes more writes than were tried")
        assert n > least
        rig.kill()  # it would still die at a write, that of its end now, and leave its proxy
        rig.start()
    assert (traffic.failures, traffic.refused) == ([], [])

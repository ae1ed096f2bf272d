"""kill -9 of the supervisor after every state write of a switch, and again while it recovers, under load."""

import http.client
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.supervisor_rig import Rig, load, share, until

from kr8.supervisor.wire import ServiceDesired

MOST_WRITES = 60


class Fall:
    """One switch with one death after its n-th write, and another after the first write of the recovery."""

    def __init__(self, rig: Rig, n: int) -> None:
        self.rig = rig
        self.deaths = 0
        self._lives = [{"KR8_CRASH_AT": "1"}, {}]
        if not rig.over():
            rig.kill()
        rig.start(KR8_CRASH_AT=str(n))

    def converge(self, desired: ServiceDesired) -> None:
        """As the daemon does: tell it until it was heard, and wait; start it where it is dead."""
        told = False

        def there() -> bool:
            nonlocal told
            if self.rig.over() and self._lives:
                self.deaths += 1
                self.rig.start(**self._lives.pop(0))
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


@pytest.mark.parametrize(("switch", "least"), [(rolling, 6), (blue_green, 2)])
def test_killed_after_every_state_write(switch: Callable[[Rig, int], int], least: int, tmp_path: Path) -> None:
    with Rig(tmp_path / "home") as rig:
        rig.start()
        rig.converge(share("v0", 1))
        with load(rig.port, clients=4) as traffic:
            for n in range(1, MOST_WRITES):
                deaths = switch(rig, n)
                assert (traffic.failures, traffic.refused) == ([], []), f"killed after write {n}"
                answered = traffic.answers[f"v{n}"]
                until(lambda name=f"v{n}", least=answered: traffic.answers[name] > least, "the new release answers")
                assert set(rig.marked()) == {m.id for m in rig.observed().shares[0].members}, "nothing was left"
                if not deaths:
                    break
            else:
                pytest.fail("a switch takes more writes than were tried")
        assert n > least
        rig.kill()  # it would still die at a write, that of its end now, and leave its proxy
        rig.start()
    assert (traffic.failures, traffic.refused) == ([], [])

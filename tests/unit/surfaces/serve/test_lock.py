"""One process has a home, and the next one is told which."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kr8.bridge.home import Home
from kr8.surfaces.serve.lock import AlreadyRunningError, Holder, hold, holder_of


@pytest.mark.parametrize(
    ("restores", "told"), [(False, "A kr8 daemon of HOME runs already"), (True, "kr8 restore (process PID) has HOME")]
)
def test_whoever_comes_second_is_told_who_has_the_home(tmp_path: Path, restores: bool, told: str) -> None:
    home = Home(str(tmp_path / "home"))
    lock = hold(home, restores=restores)
    assert holder_of(lock) == Holder(os.getpid(), restores)
    with pytest.raises(AlreadyRunningError) as refused:
        hold(home, 0.0)
    assert str(refused.value).startswith(told.replace("HOME", home.root).replace("PID", str(os.getpid())))
    assert refused.value.restores is restores
    os.close(lock)
    os.close(hold(home, 0.0))


def test_a_daemon_is_known_by_its_number_alone(tmp_path: Path) -> None:
    home = Home(str(tmp_path / "home"))
    os.close(hold(home, restores=True))
    lock = hold(home)
    assert Path(home.daemon_lock).read_text() == f"{os.getpid()}\n"
    os.close(lock)

"""What an instance or a task may do with this machine's files (ADR 0039)."""

import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from kr8.sandbox import landlock
from kr8.sandbox.enclosure import rules
from kr8.sandbox.landlock import WRITE, Right
from kr8.sandbox.places import for_services
from kr8.supervisor.home import Home


@contextmanager
def kept_in(home: Home, cwd: str, key: str | None, outputs: Iterable[Path]) -> Generator[int | None]:
    """The rules for a service; None where the kernel cannot keep anybody in. Raises OSError.

    `cwd`: where it runs; `key`: whose data it has; `outputs`: what it prints to, for it may open that again.
    """
    if landlock.version() < landlock.LEAST:
        yield None
        return
    with landlock.ruleset(rules(WRITE, _places(home, cwd, key, outputs))) as ruleset:
        yield ruleset


def _places(home: Home, cwd: str, key: str | None, outputs: Iterable[Path]) -> dict[str, Right]:
    """Of kr8's home a service has the files of its build, its own data, and its output."""
    own = [*_build(home, cwd), *([home.data(key)] if key is not None else []), *outputs]
    return for_services(str(home.root)) | {os.path.realpath(path): WRITE for path in own}


def _build(home: Home, cwd: str) -> list[Path]:
    """The files of the build that it runs in, if it runs in one."""
    place = Path(os.path.realpath(cwd))
    if not place.is_relative_to(home.builds):
        return []
    return [home.builds.joinpath(*place.relative_to(home.builds).parts[:2])]

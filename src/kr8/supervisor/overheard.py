"""The output of instances of which nothing is known but that they run: a pipe that nobody reads would stop them."""

from collections.abc import Iterable

from kr8.supervisor.home import Home
from kr8.supervisor.output import Capture, LogFile

_NOBODY = "unknown"


def overhear(home: Home, instances: Iterable[str]) -> tuple[Capture, ...]:
    """Go on with the files that their output went to."""
    logs = home.root / "logs"
    return tuple(
        Capture(home.instance(name), LogFile(next(logs.glob(f"*/{name}.jsonl"), home.logs(_NOBODY, name))), begun=True)
        for name in instances
        if home.instance(name).is_dir()
    )

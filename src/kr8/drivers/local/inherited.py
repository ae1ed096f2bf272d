"""What the supervisor keeps of the environment that a daemon was started in. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from kr8.drivers.build.environment import PASSED

ITS_OWN = frozenset(
    {
        # Who kr8 is, and where it finds programs and puts files
        *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"),
        # How it writes
        *("LANG", "LC_ALL"),
        # Where compiled modules lie: without any a restart takes two seconds more
        "PYTHONPYCACHEPREFIX",
    }
)
"""The variables that the supervisor and the daemon that it starts need for themselves."""

SETTINGS = "KR8_"
"""What the names of kr8's own variables begin with."""


def inherited(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that are passed on to the supervisor, and by it to every later daemon.

    It writes them down to start a dead daemon again, so a key of whoever started kr8 must not be among them.
    """
    return {
        name: value for name, value in environ.items() if name in ITS_OWN or name in PASSED or name.startswith(SETTINGS)
    }

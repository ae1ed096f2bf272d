"""Whether this kernel keeps what kr8 builds and runs out of its home."""

from __future__ import annotations

import os
from collections.abc import Callable

from kr8.drivers.doctor.driver import Look
from kr8.ports.health import Check
from kr8.sandbox import landlock

NEWER = "Run kr8 on a newer kernel: Linux 6.12 withholds all but the sockets of this user."
NONE = "Use Linux 5.19 or newer with `landlock` in its list of security modules (lsm= on its command line)."
ROOT = " kr8 runs as root, of whose powers the sandbox takes many and not all: a user of its own is safer."


def sandbox_look(kernel: Callable[[], int] = landlock.version, user: Callable[[], int] = os.getuid) -> Look:
    """What builds and services are kept from, here. `kernel`: its version of Landlock."""

    async def sandbox() -> tuple[Check, ...]:
        return (_kept_in(kernel(), "" if user() else ROOT),)

    return sandbox


def _kept_in(version: int, root: str) -> Check:
    if version < landlock.LEAST:
        what = (
            "Builds and services are not sandboxed: this kernel has no Landlock, or too old a one. Whoever commits "
            "what kr8 builds can read this home, the key of all secrets in it too."
        )
        return Check(name="sandbox", result="warning", what=what, mend=NONE)
    if version < landlock.SIGNALS_SINCE:
        what = f"Builds and services cannot read this home, but they can signal kr8 (Landlock {version}).{root}"
        return Check(name="sandbox", result="warning", what=what, mend=NEWER)
    what = f"Builds and services can neither read this home nor signal kr8 (Landlock {version}).{root}"
    return Check(name="sandbox", result="ok", what=what)

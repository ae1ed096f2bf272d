"""How long the unit suite takes, as a person runs it."""

from __future__ import annotations

import subprocess
import time

from demo.scene import ROOT

from bench.row import Row, at_most


def rows() -> list[Row]:
    """Seconds of `make unit`. Raises CalledProcessError where it fails."""
    began = time.monotonic()
    subprocess.run(["make", "unit"], cwd=ROOT, check=True, capture_output=True)
    return [
        at_most("unit suite", 20, time.monotonic() - began, "s", "`make unit`: a process more than there are cores", 1)
    ]

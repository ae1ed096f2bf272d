"""Load in a process of its own, steered from a test; every answer is checked there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOAD = Path(__file__).resolve().parents[2] / "demo" / "load.py"


class Load:
    """Requests to one address while a `with` block lasts; half of them POST, a tenth on new connections.

    `inside`: a command that runs it elsewhere, such as in the network of a host.
    """

    def __init__(
        self,
        url: str,
        report: Path,
        rate: int = 250,
        versions: tuple[str, ...] = (),
        inside: Sequence[str] = (),
        **more: str,
    ) -> None:
        self._report = report
        argv = [
            *inside,
            sys.executable,
            str(LOAD),
            "--url",
            url,
            "--rate",
            str(rate),
            "--connections",
            "16",
            "--until-signal",
        ]
        argv += [word for version in versions for word in ("--allow", version)]
        argv += [word for name, value in more.items() for word in (f"--{name.replace('_', '-')}", value)]
        argv += ["--control", "-", "--report", str(report)]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Load:
        """Return once requests are being answered."""
        while self.tell("mark start")["requests"] < 20:
            continue
        return self

    def __exit__(self, *_: object) -> None:
        """End it, whatever it is at."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.communicate(timeout=30)

    def tell(self, line: str) -> dict[str, Any]:
        """Steer it; the counts so far."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told

    def allow(self, *versions: str) -> None:
        """Answers of any of these versions are right from now on."""
        self.tell("allow " + " ".join(versions))

    def expect(self, version: str) -> None:
        """From now on every answer of another version is stale."""
        self.tell(f"expect {version}")

    def stop(self) -> dict[str, Any]:
        """Stop sending; the whole report."""
        self.tell("stop")
        self._process.communicate(timeout=30)
        report: dict[str, Any] = json.loads(self._report.read_text())
        return report


def unhurt(report: dict[str, Any], bad: tuple[str, ...] = ()) -> None:
    """Fail where a request failed, was stale, or was answered with an error by a version that is not `bad`."""
    own = {name: counts.get("errors_5xx", 0) for name, counts in report["by_version"].items() if name not in bad}
    assert report["requests"] > 0
    assert (report["failed"], report["stale"], sum(own.values())) == (0, 0, 0), (own, report["examples"])

"""What a worker counts, in a file that node_exporter's textfile collector reads. The file's age is the heartbeat."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

BEAT_S = 5.0
DEAD_S = 4 * BEAT_S


class Measures:
    """What one process has counted since it started."""

    def __init__(self, path: Path, version: str) -> None:
        self._path = path
        self._version = version
        self._tasks: Counter[tuple[str, str]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._beat_at = 0.0

    def count(self, kind: str, result: str, seconds: float) -> None:
        """Count one task."""
        self._tasks[kind, result] += 1
        self._seconds[kind] += seconds

    def beat(self, waiting: Mapping[str, int]) -> None:
        """Write the file anew, if it is time."""
        if time.monotonic() - self._beat_at < BEAT_S:
            return
        self._beat_at = time.monotonic()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(self.text(waiting))
        new.replace(self._path)

    def text(self, waiting: Mapping[str, int]) -> str:
        """All of it, in Prometheus' text form."""
        lines = ["# TYPE app_info gauge", f'app_info{{version="{_escaped(self._version)}"}} 1']
        lines += ["# TYPE app_heartbeat_seconds gauge", f"app_heartbeat_seconds {time.time():.0f}"]
        lines.append("# TYPE app_queue_tasks gauge")
        lines += [f'app_queue_tasks{{state="{state}"}} {number}' for state, number in sorted(waiting.items())]
        lines.append("# TYPE app_tasks_total counter")
        lines += [
            f'app_tasks_total{{kind="{_escaped(kind)}",result="{result}"}} {number}'
            for (kind, result), number in sorted(self._tasks.items())
        ]
        lines.append("# TYPE app_task_seconds_total counter")
        lines += [
            f'app_task_seconds_total{{kind="{_escaped(kind)}"}} {seconds:.6f}'
            for kind, seconds in sorted(self._seconds.items())
        ]
        return "\n".join(lines) + "\n"


def alive(path: Path) -> bool:
    """Whether a worker has written its measures lately."""
    try:
        return time.time() - path.stat().st_mtime < DEAD_S
    except OSError:
        return False


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

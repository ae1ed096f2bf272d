"""Counts requests and their times, and writes them down as Prometheus reads them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from threading import Lock

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What one process has counted since it started."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0
        self._lock = Lock()

    def count(self, method: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        with self._lock:
            self._requests[method, status] += 1
            self._buckets[bisect_left(BOUNDS, seconds)] += 1
            self._seconds += seconds

    def text(self, version: str) -> str:
        """All of it, in the text form 0.0.4."""
        with self._lock:
            return self._text(version)

    def _text(self, version: str) -> str:
        lines = ["# TYPE app_info gauge", f'app_info{{version="{_escaped(version)}"}} 1', "# TYPE app_requests counter"]
        lines += [
            f'app_requests_total{{method="{method}",status="{status}"}} {number}'
            for (method, status), number in sorted(self._requests.items())
        ]
        lines.append("# TYPE app_request_seconds histogram")
        total = 0
        for bound, number in zip((*BOUNDS, "+Inf"), self._buckets, strict=True):
            total += number
            lines.append(f'app_request_seconds_bucket{{le="{bound}"}} {total}')
        lines += [f"app_request_seconds_sum {self._seconds:.6f}", f"app_request_seconds_count {total}"]
        return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

"""Counts per server, folded from the proxy's log records; they outlive servers and processes."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

from kr8.supervisor.proxy.histogram import BUCKETS, Histogram, bucket_of
from kr8.supervisor.proxy.parse import Record, StatRow

NO_SERVER = "<NOSRV>"
"""Counts what the proxy answered itself because no server could."""

RETIRED_KEPT = 64

_FIELDS = (
    "requests",
    "status_1xx",
    "status_2xx",
    "status_3xx",
    "status_4xx",
    "status_5xx",
    "aborted",
    "connection_errors",
    "retries",
)


@dataclass(frozen=True)
class ServerCounters:
    """Cumulative counts of one server; latency is the time to the response's headers, retries included."""

    requests: int = 0
    status_1xx: int = 0
    status_2xx: int = 0
    status_3xx: int = 0
    status_4xx: int = 0
    status_5xx: int = 0
    aborted: int = 0
    connection_errors: int = 0
    retries: int = 0
    latency: Histogram = field(default_factory=Histogram)


@dataclass
class _Count:
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_FIELDS, 0))
    latency: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    retries_read: int = 0

    def add(self, record: Record) -> None:
        numbers = self.numbers
        numbers["requests"] += 1
        numbers[_class_of(record)] += 1
        if record.end.startswith(("SC", "sC")):
            numbers["connection_errors"] += 1
        if record.latency_ms is not None:
            self.latency[bucket_of(record.latency_ms)] += 1

    def view(self) -> ServerCounters:
        return ServerCounters(**self.numbers, latency=Histogram(tuple(self.latency)))


def _class_of(record: Record) -> str:
    if record.end.startswith("C") or not 100 <= record.status < 600:
        return "aborted"
    return f"status_{record.status // 100}xx"


class Tally:
    """All counts of one proxy."""

    def __init__(self, reset_id: str) -> None:
        self.reset_id = reset_id
        self._process = ""
        self._counts: dict[str, dict[str, _Count]] = {}

    def count(self, record: Record) -> None:
        """Add one finished request."""
        self._of(record.key, record.server).add(record)

    def count_retries(self, process: str, rows: tuple[StatRow, ...]) -> None:
        """Add the retries since the last reading; a log record names only the server that answered in the end."""
        fresh = process != self._process
        self._process = process
        if fresh:
            self._each_reading_starts_over()
        for row in rows:
            count = self._of(row.key, row.server)
            # A server added again under its old name counts from zero.
            count.numbers["retries"] += row.retries - (count.retries_read if row.retries >= count.retries_read else 0)
            count.retries_read = row.retries

    def of(self, key: str) -> dict[str, ServerCounters]:
        """Return the counts of one frontend's servers, those that are gone included."""
        return {name: count.view() for name, count in self._counts.get(key, {}).items()}

    def of_server(self, key: str, server: str) -> ServerCounters:
        """Return the counts of one server."""
        count = self._counts.get(key, {}).get(server)
        return ServerCounters() if count is None else count.view()

    def prune(self, living: dict[str, set[str]]) -> None:
        """Keep the servers that live and the newest that are gone."""
        for key, counts in self._counts.items():
            gone = [name for name in counts if name != NO_SERVER and name not in living.get(key, set())]
            for name in gone[:-RETIRED_KEPT]:
                del counts[name]

    def _of(self, key: str, server: str) -> _Count:
        return self._counts.setdefault(key, {}).setdefault(server, _Count())

    def _each_reading_starts_over(self) -> None:
        for counts in self._counts.values():
            for count in counts.values():
                count.retries_read = 0

    def to_json(self) -> str:
        """Write everything down."""
        counts = {
            key: {
                name: {"numbers": count.numbers, "latency": _trim(count.latency), "retries_read": count.retries_read}
                for name, count in servers.items()
            }
            for key, servers in self._counts.items()
        }
        return json.dumps({"reset_id": self.reset_id, "process": self._process, "counts": counts})

    @classmethod
    def from_json(cls, text: str) -> "Tally":
        """Read what `to_json` wrote; ValueError for anything else."""
        try:
            data = cast(dict[str, Any], json.loads(text))
            tally = cls(str(data["reset_id"]))
            tally._process = str(data["process"])
            for key, servers in data["counts"].items():
                tally._counts[key] = {name: _count_from(value) for name, value in servers.items()}
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"no counts: {error!r}") from error
        return tally


def _trim(latency: list[int]) -> list[int]:
    end = len(latency)
    while end and not latency[end - 1]:
        end -= 1
    return latency[:end]


def _count_from(value: dict[str, Any]) -> _Count:
    latency = [int(number) for number in value["latency"]][:BUCKETS]
    numbers = {name: int(value["numbers"].get(name, 0)) for name in _FIELDS}
    return _Count(numbers, latency + [0] * (BUCKETS - len(latency)), int(value["retries_read"]))

"""What the proxy is doing."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["up", "down", "checking", "maint", "drain"]


@dataclass(frozen=True)
class ServerState:
    """One server now. Its totals are those of `Proxy.counters`: they outlive the proxy's process."""

    name: str
    status: Status
    weight: int
    current: int
    total: int
    errors_5xx: int
    errors_4xx: int
    connection_errors: int
    check: str


@dataclass(frozen=True)
class ProxyState:
    """The proxy now; `reset_id` changes whenever counters start again at zero."""

    pid: int | None
    reset_id: str
    started_at: float | None
    frontends: dict[str, tuple[ServerState, ...]]
    lost_records: int = 0
    trouble: str = ""

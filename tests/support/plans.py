"""Releases, records and services that tests of planning need."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kr8.domain.environment import EnvironmentRecord, Promotion
from kr8.domain.project import Before, Monitoring, Service
from kr8.domain.release import Build, Release, release_of
from kr8.domain.target import ServiceRef

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SHOP = "prj_7k2m9q"
REF = ServiceRef(project=SHOP, environment="staging", name="web")


def service(*, hook: bool | None = None, **changes: Any) -> Service:
    """A service that may be deployed; `hook`: it has a before command, reversible or not."""
    whole: dict[str, Any] = {"run": ("serve", "{port}"), "monitoring": Monitoring(metrics="/metrics")}
    if hook is not None:
        whole["before"] = Before(run=("migrate",), reversible=hook)
    return Service.model_validate({**whole, **changes})


def build(commit: str = "a", name: str = "web") -> Build:
    """A build of a commit that is one letter."""
    return Build(
        id="bld_" + "0" * 15 + commit,
        service=name,
        commit=commit * 40,
        tree=commit * 40,
        artifact=commit * 64,
        directory="/builds/1",
        bytes=1,
        seconds=0.1,
        made_at=NOW,
    )


def release(commit: str = "a", spec: Service | None = None, name: str = "web", **changes: Any) -> Release:
    """A release of a commit that is one letter."""
    made = release_of(SHOP, "staging", build(commit, name), spec or service(), {}, (), "127.0.0.1:8001")
    return made.model_copy(update=changes)


def record(*releases: Release, instances: int = 2, **changes: Any) -> EnvironmentRecord:
    """An environment that serves these releases."""
    current = Promotion(
        generation=4,
        deployment="dep_1",
        at=NOW,
        commit="a" * 40,
        releases=releases,
        instances={each.name: instances for each in releases},
    )
    whole = EnvironmentRecord(project=SHOP, name="staging", generation=4, current=current if releases else None)
    return whole.model_copy(update=changes)

"""What the supervisor is told of a desired state. Pure."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kr8.domain.release import Release
from kr8.domain.schedule import parse_schedule
from kr8.domain.target import Desired, Grant
from kr8.drivers.local.ask import url_path
from kr8.ports.target import Command
from kr8.supervisor.wire import PaceSpec, RunSpec, ScheduleSpec, ServiceDesired, ShareSpec, TaskSpec


@dataclass(frozen=True)
class Places:
    """Where things lie on this machine."""

    home: Path
    path: str
    """PATH of the services."""

    @property
    def identity(self) -> Path:
        """The age identity of this home."""
        return self.home / "keys" / "identity.age"

    def release(self, release: str) -> Path:
        """What was delivered of a release."""
        return self.home / "releases" / release

    def probe_word(self) -> str:
        """What the proxy knows kr8's own questions by; empty where no supervisor has made one, or could write it."""
        try:
            return (self.home / "supervisor" / "probe").read_text()
        except (OSError, ValueError):
            return ""

    def data(self, release: Release) -> Path:
        """HOME of a service's instances: what they leave there outlives every release."""
        return self.home / "data" / release.project / release.environment / release.name


def desired_of(desired: Desired, releases: Mapping[str, Release], places: Places) -> ServiceDesired:
    """The supervisor's form of a desired state."""
    # The address is that of whoever has the traffic: a new one is not moved to before its release is judged.
    leading = max(desired.shares, key=lambda share: 100 if share.traffic is None else share.traffic, default=None)
    listen = releases[leading.release].listen if leading is not None else None
    return ServiceDesired(
        key=desired.service.key(),
        shares=tuple(
            ShareSpec(
                release=share.release,
                run=run_spec(releases[share.release], places, desired.pace.ready_limit.total_seconds()),
                instances=share.instances,
                traffic=share.traffic,
            )
            for share in desired.shares
        ),
        listen=listen,
        pace=PaceSpec(
            surge=desired.pace.surge,
            unavailable=desired.pace.unavailable,
            drain_limit_s=desired.pace.drain_limit.total_seconds(),
        ),
        generation_of_restart=desired.restart,
    )


def run_spec(release: Release, places: Places, ready_limit_s: float) -> RunSpec:
    """How one instance of a release is started and judged."""
    spec = release.spec
    header = spec.health.version_header
    return RunSpec(
        argv=launched(release, tuple(spec.run)),
        cwd=release.build.directory,
        kind=spec.kind,
        env={**environment(release, places), "PORT": "{port}"} if spec.kind == "http" else environment(release, places),
        health=url_path(spec.health.path) if spec.kind == "http" else None,
        version=(header, release.version()) if header is not None else None,
        ready_limit_s=ready_limit_s,
        stop_grace_s=spec.stop_limit.total_seconds(),
        memory_limit_bytes=spec.memory,
        schedule=ScheduleSpec(*parse_schedule(spec.schedule)) if spec.schedule is not None else None,
        given=given(release, places),
    )


def task_spec(release: Release, command: Command, places: Places, grant: Grant) -> TaskSpec:
    """A command that runs once with the files, environment and secrets of a release, for whoever holds the grant."""
    return TaskSpec(
        argv=launched(release, tuple(command.run)),
        cwd=release.build.directory,
        env=environment(release, places),
        limit_s=command.limit_seconds,
        environment=f"{grant.project}.{grant.environment}",
        epoch=grant.epoch,
        service=f"{release.project}.{release.environment}.{release.name}",
        given=given(release, places),
    )


def environment(release: Release, places: Places) -> dict[str, str]:
    """Everything that a service finds in its environment, secrets excepted."""
    return {
        "PATH": places.path,
        "HOME": str(places.data(release)),
        "LANG": "C.UTF-8",
        "KR8_SERVICE": release.name,
        "KR8_ENVIRONMENT": release.environment,
        "KR8_RELEASE": release.id,
        "KR8_VERSION": release.version(),
        **release.env,
    }


def launched(release: Release, run: tuple[str, ...]) -> tuple[str, ...]:
    """The command, behind the launcher that opens the sealed environment where the release has secrets."""
    if not release.secrets:
        return run
    return (sys.executable, "-I", "-m", "kr8.drivers.age.launch", release.id, "--", *run)


def given(release: Release, places: Places) -> tuple[str, ...]:
    """What the launcher reads: the identity of this home, and the sealed environment; nothing without secrets."""
    if not release.secrets:
        return ()
    return (str(places.identity), str(places.release(release.id) / "sealed.age"))

"""Secrets sealed with age: the store keeps what it cannot read."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from pathlib import Path

from kr8.domain.problem import refuse
from kr8.domain.release import Release, SecretVersion
from kr8.domain.shortened import quoted
from kr8.drivers.age.identity import identity_of, load
from kr8.drivers.age.seal import Context, open_sealed, seal
from kr8.ports.clock import Clock
from kr8.ports.sealed import SealedSecret, SealedSecrets
from kr8.ports.secrets import SecretView

NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,127}")
LONGEST = 100_000
TRIES = 50


class AgeSecrets:
    """Implements the port `Secrets`."""

    def __init__(self, home: Path, kept: SealedSecrets, clock: Clock) -> None:
        self._home = home
        self._kept = kept
        self._clock = clock

    async def set(self, project: str, environment: str, name: str, value: str, by: str) -> SecretView:
        """Add a version. Raises Refused (invalid_secret) on what no environment variable can carry."""
        _check(name, value)
        identity = await asyncio.to_thread(load, identity_of(self._home))
        for _ in range(TRIES):
            newest = await self._kept.newest(project, environment, name)
            version = 1 + (newest.version if newest is not None else 0)
            secret = SealedSecret(
                project=project,
                environment=environment,
                name=name,
                version=version,
                sealed=seal(identity, _context(project, environment, name, version), value),
                set_at=self._clock.now(),
                set_by=by,
            )
            if await self._kept.add(secret):
                return _view(secret)
        raise refuse(
            "secret_contended",
            f"{name} is being set by somebody else all the time.",
            mend="Find out who sets it, then try again: kr8 audit list.",
            retryable=True,
        )

    async def list(self, project: str, environment: str | None = None) -> tuple[SecretView, ...]:
        """The newest version of each secret."""
        return tuple(_view(secret) for secret in await self._kept.list(project, environment))

    async def remove(self, project: str, environment: str, name: str) -> bool:
        """Take a secret out of later releases; those that exist keep theirs. False: there was none."""
        return await self._kept.remove(project, environment, name)

    async def latest(self, project: str, environment: str, names: tuple[str, ...]) -> tuple[SecretVersion, ...]:
        """The newest version of each name; names that are not set are left out."""
        versions = {secret.name: secret.version for secret in await self._kept.list(project, environment)}
        return tuple(SecretVersion(name=name, version=versions[name]) for name in names if name in versions)

    async def seal(self, release: Release) -> None:
        """Write the sealed environment that the release's instances open when they start. Idempotent.

        A release without secrets has none. Raises Refused (unknown_secret, secret_unreadable).
        """
        if not release.secrets:
            return
        values = {wanted.name: await self._value(release, wanted) for wanted in release.secrets}
        identity = await asyncio.to_thread(load, identity_of(self._home))
        sealed = seal(identity, {"release": release.id}, values)
        await asyncio.to_thread(write_private, sealed_environment(self._home, release.id), sealed)

    async def values(self) -> tuple[str, ...]:
        """Every value of every version: for the redactor alone."""
        return tuple([await self._open(secret) for secret in await self._kept.all()])

    async def _value(self, release: Release, wanted: SecretVersion) -> str:
        secret = await self._kept.get(release.project, release.environment, wanted.name, wanted.version)
        if secret is None:
            raise refuse(
                "unknown_secret",
                f"There is no version {wanted.version} of {wanted.name} in {release.environment}.",
                mend=f"kr8 secret set {wanted.name}, then plan again.",
            )
        return await self._open(secret)

    async def _open(self, secret: SealedSecret) -> str:
        identity = await asyncio.to_thread(load, identity_of(self._home))
        context = _context(secret.project, secret.environment, secret.name, secret.version)
        return str(open_sealed(identity, context, secret.sealed))


def sealed_environment(home: Path, release: str) -> Path:
    """Where the sealed environment of a release lies."""
    return home / "releases" / release / "sealed.age"


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, not a path
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    except BaseException:
        fresh.unlink()
        raise


def _check(name: str, value: str) -> None:
    if NAME.fullmatch(name) is None:
        what = f"{quoted(name)} cannot be the name of a secret."
        raise refuse("invalid_secret", what, mend="Upper-case letters, digits and _, no digit first.", field="name")
    if (wrong := _wrong(value)) is not None:
        why = "A service gets it as an environment variable, which can carry no such value."
        mend = "Nothing was set. Give it as a text; what is binary, encoded: base64 FILE | kr8 secret set …"
        raise refuse("invalid_secret", f"The value of {name} {wrong}.", why=why, mend=mend, field="value")


def _wrong(value: str) -> str | None:
    if not value:
        return "is empty"
    if "\0" in value:
        return "has a NUL in it"
    too_long = len(value.encode(errors="surrogatepass")) > LONGEST
    return f"is longer than {LONGEST:,} bytes" if too_long else None


def _context(project: str, environment: str, name: str, version: int) -> Context:
    return {"project": project, "environment": environment, "name": name, "version": version}


def _view(secret: SealedSecret) -> SecretView:
    return SecretView(
        name=secret.name,
        environment=secret.environment,
        version=secret.version,
        set_at=secret.set_at,
        set_by=secret.set_by,
    )

"""Sealed secrets in memory."""

from kr8.ports.sealed import SealedSecret

Key = tuple[str, str, str]


class MemorySealedSecrets:
    """The SealedSecrets port."""

    def __init__(self) -> None:
        self._versions: dict[Key, list[SealedSecret]] = {}

    async def add(self, secret: SealedSecret) -> bool:
        versions = self._versions.setdefault((secret.project, secret.environment, secret.name), [])
        if secret.version != len(versions) + 1:
            return False
        versions.append(secret)
        return True

    async def newest(self, project: str, environment: str, name: str) -> SealedSecret | None:
        versions = self._versions.get((project, environment, name), [])
        return versions[-1] if versions else None

    async def get(self, project: str, environment: str, name: str, version: int) -> SealedSecret | None:
        versions = self._versions.get((project, environment, name), [])
        return next((secret for secret in versions if secret.version == version), None)

    async def list(self, project: str, environment: str | None = None) -> tuple[SealedSecret, ...]:
        return tuple(
            versions[-1]
            for key, versions in sorted(self._versions.items())
            if versions and key[0] == project and environment in (None, key[1]) and not versions[-1].removed
        )

    async def remove(self, project: str, environment: str, name: str) -> bool:
        versions = self._versions.get((project, environment, name), [])
        left = [secret for secret in versions if not secret.removed]
        versions[:] = [secret.model_copy(update={"removed": True}) for secret in versions]
        return bool(left)

    async def all(self) -> tuple[SealedSecret, ...]:
        return tuple(secret for _, versions in sorted(self._versions.items()) for secret in versions)

"""The redactor of this moment: it knows every secret value there is."""

from __future__ import annotations

from kr8.domain.redact import Piece, Redactor
from kr8.ports.clock import Clock
from kr8.ports.secrets import Secrets

FRESH_SECONDS = 1.0
"""How old the known values may be: another replica may have set one."""


class Redaction:
    """Keeps a Redactor over all secret values."""

    def __init__(self, secrets: Secrets, clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock
        self._values: tuple[str, ...] = ()
        self._redactor = Redactor(())
        self._read_at: float | None = None

    async def redactor(self) -> Redactor:
        """The redactor, at most a second old."""
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at >= FRESH_SECONDS:
            await self.refresh()
        return self._redactor

    def text(self, text: str) -> str:
        """A text with the secrets masked that were known at the last look: for where nothing can be awaited."""
        return self._redactor.text(text)

    def piece(self, piece: Piece) -> str:
        """What was printed, masked as `text` does it."""
        return self._redactor.piece(piece)

    async def refresh(self) -> None:
        """Read the values now: a secret has just been set."""
        values = await self._secrets.values()
        if values != self._values:
            self._values, self._redactor = values, Redactor(values)
        self._read_at = self._clock.monotonic()

"""A call that came with an idempotency key, as it is remembered."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from kr8.domain.model import Model
from kr8.domain.problem import refuse

LIVES = timedelta(hours=24)
"""How long a key is remembered, from its first call on."""
_FORM = re.compile(r"[!-~]{1,255}")


class KeyedCall(Model):
    """A call that is done once, however often it is asked for."""

    id: str
    """Digest of caller, operation and key: what makes it the same call."""
    request: str
    """Digest of the arguments and of where the caller stood: what must be the same in the same call."""
    deployment: str
    """The id of the deployment that it opens, where it opens one: chosen before it is begun."""
    begun_at: datetime
    answer: dict[str, Any] | None = None
    """The redacted JSON value of its response; None: it runs, or it was interrupted."""


def checked_key(key: str) -> str:
    """The key, if it is one. Raises Refused (idempotency_key_not_valid)."""
    if _FORM.fullmatch(key):
        return key
    raise refuse(
        "idempotency_key_not_valid",
        "This is no idempotency key.",
        why="A key has 1 to 255 printable ASCII characters and no spaces.",
        mend="Use a new UUID for each thing you want done, and the same one when you ask for it again.",
        field="idempotency_key",
    )

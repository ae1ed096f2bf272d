"""Requests that wait for a person's signature: each for a while, and once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kr8.domain.approval import Approver, expiry
from kr8.domain.digest import canonical
from kr8.domain.problem import refuse
from kr8.domain.request import LIVES, NAMESPACE, Proof, RequestText, SignedRequest, ToSign
from kr8.ports.approvals import Approvals, Signatures
from kr8.ports.clock import Clock
from kr8.ports.entropy import Entropy

MOST_WAIT = 100
"""How many requests wait at most: the oldest goes where somebody asks for more without ever signing."""


@dataclass(frozen=True)
class Place:
    """What a request concerns: an environment of a project; without one, who may approve."""

    project: str | None = None
    environment: str | None = None


@dataclass(frozen=True)
class Asked:
    """A request as it is signed."""

    operation: str
    place: Place
    arguments: Mapping[str, Any]
    """All arguments, as JSON has them."""
    shown: str
    """The arguments without values of secrets, as JSON."""
    requested_by: str


@dataclass(frozen=True)
class Waiting:
    """A request that waits for its signature."""

    text: str
    key: bytes
    digest: str
    until: float


class Signing:
    """Gives out texts to sign and takes their signatures. In memory: nothing that was asked for outlives the daemon."""

    def __init__(self, clock: Clock, entropy: Entropy, approvals: Approvals, signatures: Signatures) -> None:
        self._clock = clock
        self._entropy = entropy
        self._approvals = approvals
        self._signatures = signatures
        self._waiting: dict[str, Waiting] = {}

    async def signers(self, place: Place) -> tuple[Approver, ...]:
        """Who may sign for a place. For the list of approvers: those of everything, or all where nobody is."""
        known = await self._approvals.approvers()
        if place.project is None or place.environment is None:
            return tuple(each for each in known if not each.environments) or known
        return tuple(each for each in known if each.may_approve(place.project, place.environment))

    def ask(self, asked: Asked, redact: Callable[[str], str]) -> ToSign:
        """Have a request wait; what is to be signed is exactly what is shown, with known secrets masked."""
        self._forget()
        request = self._entropy.new("req")
        key = (self._entropy.new("key") + self._entropy.new("key")).encode()
        made = _digest(asked, key)
        text = RequestText(
            request=request,
            operation=asked.operation,
            project=asked.place.project,
            environment=asked.place.environment,
            arguments=asked.shown,
            digest=made,
            requested_by=asked.requested_by,
            expires_at=expiry(self._clock.now(), LIVES),
        )
        shown = redact(text.canonical())
        until = self._clock.monotonic() + LIVES.total_seconds()
        self._waiting[request] = Waiting(shown, key, made, until)
        return ToSign(request=request, namespace=NAMESPACE, text=shown)

    async def check(self, proof: Proof, asked: Asked) -> tuple[Approver, SignedRequest]:
        """Who has signed a request. Whatever comes of it, its text is used up.

        Raises Refused (request_expired, signature_not_valid).
        """
        self._forget()
        waiting = self._waiting.pop(proof.request, None)
        if waiting is None:
            raise refuse(
                "request_expired",
                "This signature is for no request that waits.",
                why=f"A text counts once, for {LIVES.seconds // 60} minutes, and until the daemon ends.",
                mend="Ask again, and sign the new text.",
                field="signature",
            )
        signers = await self.signers(asked.place)
        if hmac.compare_digest(_digest(asked, waiting.key), waiting.digest):
            for each in signers:
                if await self._signatures.verify(waiting.text.encode(), proof.signature, each, NAMESPACE):
                    signed = SignedRequest(text=waiting.text, signature=proof.signature, fingerprint=each.fingerprint)
                    return each, signed
        raise refuse(
            "signature_not_valid",
            "Nobody who may has signed this request.",
            why=f"May sign: {', '.join(each.name for each in signers) or 'nobody'}. "
            "The signature binds operation, project, environment and all arguments.",
            mend="Ask again, and sign the new text with an enrolled key: kr8 approver list.",
            field="signature",
        )

    def _forget(self) -> None:
        """Let go of what is over, and of the oldest where too many wait."""
        now = self._clock.monotonic()
        kept = [(name, each) for name, each in self._waiting.items() if each.until > now]
        self._waiting = dict(kept[-(MOST_WAIT - 1) :])


def _digest(asked: Asked, key: bytes) -> str:
    """HMAC-SHA256 of all that a signature lets happen."""
    place = [asked.place.project, asked.place.environment]
    return hmac.new(key, canonical([asked.operation, place, dict(asked.arguments)]), hashlib.sha256).hexdigest()

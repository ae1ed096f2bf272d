"""A person's signature under one request: the text that is signed, and the refusal that asks for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from kr8.domain.approval import on_one_line
from kr8.domain.model import Model, Name
from kr8.domain.problem import Problem, Refused
from kr8.domain.project import ProjectId

NAMESPACE = "kr8-request"
"""The namespace of the signature: one under a plan's approval counts for no request, and the other way around."""
LIVES = timedelta(minutes=5)
"""How long a text waits for its signature."""


class Proof(Model):
    """A signature, and the request that it was asked for."""

    request: Annotated[str, Field(max_length=64)]
    signature: Annotated[str, Field(max_length=10_000)]


class ToSign(Model):
    """What an approver signs so that the same call is done."""

    request: str
    namespace: str
    text: str


class RequestText(Model):
    """All that the signature binds."""

    request: str
    operation: str
    project: ProjectId | None
    environment: Name | None
    arguments: str
    """The arguments as JSON, without the values of secrets."""
    digest: str
    """Of all arguments, values of secrets too, under a key that only the daemon has: nobody can try values out."""
    requested_by: str
    expires_at: datetime

    def canonical(self) -> str:
        """What is signed: one `name: value` line a field, in a fixed order, readable by who signs."""
        lines = [
            "kr8 request, version 1",
            f"operation: {self.operation}",
            f"project: {self.project or '-'}",
            f"environment: {self.environment or '-'}",
            f"arguments: {on_one_line(self.arguments)}",
            f"digest: {self.digest}",
            f"requested by: {on_one_line(self.requested_by)}",
            f"request: {self.request}",
            f"expires: {self.expires_at.isoformat()}",
        ]
        return "\n".join(lines) + "\n"


class SignedRequest(Model):
    """What the audit keeps of a request that an approver has signed."""

    text: str
    signature: str
    fingerprint: str


class SignatureNeeded(Refused):
    """Refuses a request until an approver has signed it, and says what is to be signed."""

    def __init__(self, problem: Problem, to_sign: ToSign) -> None:
        super().__init__(problem)
        self.to_sign = to_sign

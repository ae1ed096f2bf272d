"""A person's yes to one plan: the text that is signed, and what it is worth."""

from __future__ import annotations

from datetime import datetime, timedelta

from kr8.domain.caller import Caller
from kr8.domain.model import Model, Name
from kr8.domain.project import ProjectId

NAMESPACE = "kr8-approval"
"""The namespace of the signature (`ssh-keygen -Y sign -n`): a signature made for another purpose is none here."""


class Approver(Model):
    """A person who may approve, known by an SSH public key."""

    name: Name
    public_key: str
    """One line as in an .pub file: type, key, comment."""
    fingerprint: str
    added_at: datetime
    added_by: str
    environments: tuple[Name, ...] = ()
    """The environments they may approve for; none named: all."""
    project: ProjectId | None = None
    """The project they may approve for; None: all."""

    def may_approve(self, project: str, environment: str) -> bool:
        """Whether this person is a signer of an environment."""
        return self.project in (None, project) and (not self.environments or environment in self.environments)


def on_one_line(text: str) -> str:
    """A text from outside, so that it can neither begin another line nor turn one around."""
    return "".join(
        letter if letter.isprintable() and letter != "\\" else letter.encode("unicode_escape").decode()
        for letter in text
    )


class ApprovalText(Model):
    """All that a signature binds."""

    deployment: str
    digest: str
    project: ProjectId
    environment: Name
    account: str | None
    policy: str
    requested_by: str
    decision: str = "approve"
    expires_at: datetime

    def canonical(self) -> bytes:
        """The bytes that are signed: one `name: value` line a field, in a fixed order, readable by who signs."""
        lines = [
            "kr8 approval, version 1",
            f"decision: {on_one_line(self.decision)}",
            f"deployment: {on_one_line(self.deployment)}",
            f"digest: {on_one_line(self.digest)}",
            f"project: {self.project}",
            f"environment: {self.environment}",
            f"account: {on_one_line(self.account or '-')}",
            f"policy: {on_one_line(self.policy)}",
            f"requested by: {on_one_line(self.requested_by)}",
            f"expires: {self.expires_at.isoformat()}",
        ]
        return ("\n".join(lines) + "\n").encode()


class ApprovalRecord(Model):
    """An approval that was verified, once, and cannot be used again."""

    text: ApprovalText
    signature: str
    approver: Name
    fingerprint: str
    made_at: datetime
    surface: Caller


def expiry(now: datetime, within: timedelta) -> datetime:
    """Until when an approval counts, to the second: it is part of what is signed."""
    return (now + within).replace(microsecond=0)

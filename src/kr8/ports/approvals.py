"""People's approvals, and who may give them."""

from __future__ import annotations

from typing import Protocol

from kr8.domain.approval import ApprovalRecord, Approver


class Approvals(Protocol):
    """Keeps approvers and the approvals that were used."""

    async def add_approver(self, approver: Approver) -> None:
        """Enrol a person, or replace what is known of them."""
        ...

    async def approvers(self) -> tuple[Approver, ...]:
        """Everybody who is enrolled, by name."""
        ...

    async def remove_approver(self, name: str) -> bool:
        """Take a person out. False: there was none of that name."""
        ...

    async def use(self, record: ApprovalRecord) -> bool:
        """Keep an approval; False (and nothing kept) where this person or this signature has approved it already."""
        ...

    async def given(self, deployment: str) -> tuple[ApprovalRecord, ...]:
        """The approvals of a deployment."""
        ...


class Signatures(Protocol):
    """Checks what people sign with the SSH keys they have."""

    async def fingerprint(self, public_key: str) -> str:
        """The SHA256 fingerprint of a public key line. Raises Refused where it is not one, or of a kind not allowed."""
        ...

    async def verify(self, text: bytes, signature: str, approver: Approver, namespace: str) -> bool:
        """Whether a signature over a text is this approver's."""
        ...

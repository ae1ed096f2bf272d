"""Verifies signatures with ssh-keygen."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.approval import Approver
from kr8.domain.problem import Refused, refuse
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.ssh import commands, parse

LIMIT_SECONDS = 20


class SshSignatures:
    """Implements the port `Signatures`."""

    def __init__(self, processes: Processes) -> None:
        self._processes = processes

    async def fingerprint(self, public_key: str) -> str:
        """The SHA256 fingerprint of a public key line. Raises Refused where it is not one, or of a kind not allowed."""
        key = parse.public_key(public_key)
        with TemporaryDirectory(prefix="kr8-ssh-") as folder:
            file = Path(folder, "key.pub")
            file.write_text(key.line() + "\n")
            command = Command(argv=commands.fingerprint(file), cwd=Path(folder), limit_seconds=LIMIT_SECONDS)
            ended = await self._processes.run(command)
        printed = parse.fingerprint(ended.stdout.decode(errors="replace"))
        if not ended.ok() or printed != key.fingerprint():
            raise refuse(
                "invalid_public_key",
                "ssh-keygen cannot read this public key.",
                mend="Give the line of a .pub file, whole.",
                field="public_key",
                output=ended.last_words(),
            )
        return key.fingerprint()

    async def verify(self, text: bytes, signature: str, approver: Approver, namespace: str) -> bool:
        """Whether a signature over a text is this approver's."""
        try:
            key = parse.public_key(approver.public_key)
        except Refused:
            return False
        if key.fingerprint() != approver.fingerprint or not parse.is_signature(signature):
            return False
        with TemporaryDirectory(prefix="kr8-ssh-") as folder:
            signers, signed = Path(folder, "allowed_signers"), Path(folder, "signature")
            signers.write_text(commands.signers(approver.name, namespace, key.line()))
            signed.write_text(signature.replace("\r\n", "\n").strip() + "\n")
            argv = commands.verify(signers, signed, approver.name, namespace)
            command = Command(argv=argv, cwd=Path(folder), stdin=text, limit_seconds=LIMIT_SECONDS)
            ended = await self._processes.run(command)
        return ended.ok()

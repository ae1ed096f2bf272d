"""What every `Signatures` does, the fake and ssh-keygen."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.fakes import signatures as fake
from tests.support.sshkeys import make_key, sign

from kr8.domain.approval import NAMESPACE, Approver
from kr8.domain.problem import Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.ssh.driver import SshSignatures
from kr8.ports.approvals import Signatures

Sign = Callable[[str, bytes, str], str]
TEXT = b"kr8 approval, version 1\ndecision: approve\n"


class World:
    """Two people with keys, and something that checks what they sign."""

    def __init__(self, signatures: Signatures, keys: dict[str, str], sign_with: Sign) -> None:
        self.signatures = signatures
        self.keys = keys
        self.sign_with = sign_with

    def approver(self, name: str) -> Approver:
        return Approver(
            name=name,
            public_key=self.keys[name],
            fingerprint=asyncio.run(self.signatures.fingerprint(self.keys[name])),
            added_at=datetime(2026, 1, 1, tzinfo=UTC),
            added_by="setup",
        )

    def accepts(self, text: bytes, signature: str, approver: Approver) -> bool:
        return asyncio.run(self.signatures.verify(text, signature, approver, NAMESPACE))


@pytest.fixture(params=["fake", "ssh-keygen"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "fake":
        keys = {name: f"ssh-ed25519 AAAA{name} {name}@desk" for name in ("ada", "grace")}
        return World(fake.FakeSignatures(), keys, lambda name, text, space: fake.sign(keys[name], text, space))
    files = {name: make_key(tmp_path / name) for name in ("ada", "grace")}
    keys = {name: file.with_suffix(".pub").read_text() for name, file in files.items()}
    ssh = SshSignatures(Processes(os.environ))
    return World(ssh, keys, lambda name, text, space: sign(files[name], text, space))


def test_a_persons_signature_is_known(world: World) -> None:
    assert world.accepts(TEXT, world.sign_with("ada", TEXT, NAMESPACE), world.approver("ada"))


def test_somebody_elses_signature_is_none(world: World) -> None:
    assert not world.accepts(TEXT, world.sign_with("grace", TEXT, NAMESPACE), world.approver("ada"))


def test_a_signature_over_another_text_is_none(world: World) -> None:
    signature = world.sign_with("ada", TEXT, NAMESPACE)
    assert not world.accepts(TEXT.replace(b"approve", b"approvE"), signature, world.approver("ada"))


def test_a_signature_for_another_purpose_is_none(world: World) -> None:
    assert not world.accepts(TEXT, world.sign_with("ada", TEXT, "git"), world.approver("ada"))


@pytest.mark.parametrize("signature", ["", "nonsense", "-----BEGIN SSH SIGNATURE-----\n"])
def test_what_is_no_signature_is_none(world: World, signature: str) -> None:
    assert not world.accepts(TEXT, signature, world.approver("ada"))


def test_a_fingerprint_names_the_key_and_not_its_comment(world: World) -> None:
    kind, key = world.keys["ada"].split()[:2]
    first = asyncio.run(world.signatures.fingerprint(f"{kind} {key} one"))
    assert first == asyncio.run(world.signatures.fingerprint(f"{kind} {key} two words\n"))
    assert first.startswith("SHA256:")
    assert first != asyncio.run(world.signatures.fingerprint(world.keys["grace"]))


@pytest.mark.parametrize("line", ["", "ssh-rsa AAAA", "cert-authority ssh-ed25519 AAAA", "ssh-ed25519"])
def test_what_may_not_approve_is_refused(world: World, line: str) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(world.signatures.fingerprint(line))
    assert caught.value.problem.code == "invalid_public_key"

"""Ways around a signature, tried with the real ssh-keygen."""

from __future__ import annotations

import asyncio
import base64
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.sshkeys import make_key, sign

from kr8.domain.approval import NAMESPACE, Approver
from kr8.domain.problem import Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.ssh.driver import SshSignatures

SSH = SshSignatures(Processes(os.environ))
TEXT = b"approve this\n"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return make_key(tmp_path / "ada")


def approver(name: str, line: str, fingerprint: str = "") -> Approver:
    """A record as it could stand in a store that was tampered with."""
    return Approver.model_construct(
        name=name,
        public_key=line,
        fingerprint=fingerprint or asyncio.run(SSH.fingerprint(line)),
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
        added_by="setup",
        environments=(),
        project=None,
    )


def accepts(who: Approver, signature: str, namespace: str = NAMESPACE) -> bool:
    return asyncio.run(SSH.verify(TEXT, signature, who, namespace))


def line_of(key: Path) -> str:
    return key.with_suffix(".pub").read_text().strip()


def code(line: str) -> str:
    with pytest.raises(Refused) as caught:
        asyncio.run(SSH.fingerprint(line))
    return caught.value.problem.code


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_keys_of_other_kinds_are_refused_with_what_is_allowed(tmp_path: Path, kind: str) -> None:
    line = line_of(make_key(tmp_path / kind, kind))
    with pytest.raises(Refused) as caught:
        asyncio.run(SSH.fingerprint(line))
    assert "sk-ssh-ed25519@openssh.com" in caught.value.problem.why


def string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def test_keys_of_security_devices_are_allowed() -> None:
    ed25519 = string(b"sk-ssh-ed25519@openssh.com") + string(bytes(range(32))) + string(b"ssh:")
    line = f"sk-ssh-ed25519@openssh.com {base64.b64encode(ed25519).decode()} device"
    assert asyncio.run(SSH.fingerprint(line)).startswith("SHA256:")


def test_options_smuggled_in_are_refused(key: Path) -> None:
    line = line_of(key)
    kind, data, comment = line.split()
    for smuggled in (
        f"cert-authority {line}",
        f'namespaces="git" {line}',
        f"* {line}",
        f"{line}\ngrace {line}",
        f"{kind}\n{data}",
        f"{kind} {data}\x00",
        f"{kind} {data}!",
        f"{kind} {data[:-4]}",
        f"ssh-rsa {data}",
        f"sk-ssh-ed25519@openssh.com {data}",
        f"ssh-ed25519-cert-v01@openssh.com {data}",
        f"{comment}",
    ):
        assert code(smuggled) == "invalid_public_key"


def test_a_stored_key_with_more_than_a_key_in_it_approves_nothing(key: Path, tmp_path: Path) -> None:
    other = make_key(tmp_path / "mallory")
    signature = sign(other, TEXT, NAMESPACE)
    lines = f"{line_of(key)}\nada {line_of(other)}"
    assert not accepts(approver("ada", lines, asyncio.run(SSH.fingerprint(line_of(key)))), signature)
    assert not accepts(approver("ada", f"cert-authority {line_of(other)}", "SHA256:x"), signature)


def test_a_stored_key_that_was_swapped_approves_nothing(key: Path, tmp_path: Path) -> None:
    other = make_key(tmp_path / "mallory")
    swapped = approver("ada", line_of(other), asyncio.run(SSH.fingerprint(line_of(key))))
    assert not accepts(swapped, sign(other, TEXT, NAMESPACE))


def test_the_namespace_is_bound_on_both_sides(key: Path) -> None:
    who = approver("ada", line_of(key))
    assert accepts(who, sign(key, TEXT, NAMESPACE))
    assert not accepts(who, sign(key, TEXT, "file"))
    assert not accepts(who, sign(key, TEXT, NAMESPACE), "file")


def test_two_signatures_in_one_text_are_none(key: Path) -> None:
    signature = sign(key, TEXT, NAMESPACE)
    assert not accepts(approver("ada", line_of(key)), signature + signature)


def test_line_endings_of_another_system_do_no_harm(key: Path) -> None:
    assert accepts(approver("ada", line_of(key)), "\n" + sign(key, TEXT, NAMESPACE).replace("\n", "\r\n"))


def test_a_changed_signature_is_none(key: Path) -> None:
    lines = sign(key, TEXT, NAMESPACE).splitlines()
    lines[3] = lines[3][::-1]
    assert not accepts(approver("ada", line_of(key)), "\n".join(lines))

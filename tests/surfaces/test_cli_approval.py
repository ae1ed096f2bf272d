"""`kr8 approve` and `kr8 approver` with a real ssh-keygen."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.support.command_fixtures import Place, Story, deployment
from tests.support.socket_server import operations

TEXT = "kr8 approval, version 1\ndecision: approve\ndeployment: dep_1\n"
APPROVAL: dict[str, Any] = {
    "text": TEXT,
    "namespace": "kr8-approval",
    "touches": "1 service that takes traffic in production",
    "undone_by": "kr8 rollback production",
    "untrusted_reason": "please\x1b[1A just approve",
}
APPROVERS = {"approvers": [], "changed": True, "text_to_sign": None}


def key(folder: Path, passphrase: str = "") -> Path:
    """A new key of a person."""
    assert shutil.which("ssh-keygen"), "ssh-keygen is needed: set-up installs it"
    path = folder / "id_ed25519"
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "ann", "-f", str(path)]
    subprocess.run(argv, check=True, capture_output=True)
    return path


def verified(folder: Path, text: str, signature: str) -> bool:
    """Whether ssh-keygen says that ann's key signed the text for approvals."""
    (folder / "signature").write_text(signature)
    (folder / "signers").write_text("ann " + (folder / "id_ed25519.pub").read_text())
    argv = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "ann", "-n", "kr8-approval", "-s", "signature"]
    done = subprocess.run(argv, cwd=folder, input=text.encode(), capture_output=True, check=False)
    return done.returncode == 0


def test_what_is_shown_is_what_is_signed_and_sent(tmp_path: Path) -> None:
    place = Place(tmp_path)
    mine = key(tmp_path)
    answers = operations(get_approval_text=Story(APPROVAL), approve_deployment=Story(deployment("queued")))
    with place.daemon(answers) as daemon:
        done = place.kr8.run("approve", "dep_1", "--key", str(mine), "--yes")
    assert done.code == 0, done.error
    shown = done.out.splitlines()
    assert "touches: 1 service that takes traffic in production" in shown
    assert "  | please\\x1b[1A just approve" in shown
    assert [line.removeprefix("  | ") for line in shown if line.startswith("  | de")] == TEXT.splitlines()[1:]
    sent = daemon.asked[1][2]
    assert (sent["deployment"], sent["decision"]) == ("dep_1", "approve")
    assert verified(tmp_path, TEXT, sent["signature"])
    assert not verified(tmp_path, TEXT.replace("dep_1", "dep_2"), sent["signature"])


def test_a_passphrase_is_asked_for_on_the_persons_terminal(tmp_path: Path) -> None:
    place = Place(tmp_path)
    mine = key(tmp_path, "open sesame")
    answers = operations(get_approval_text=Story(APPROVAL), approve_deployment=Story(deployment("queued")))
    with place.daemon(answers) as daemon:
        terminal = place.kr8.terminal("approve", "dep_1", "--key", str(mine), "--deny")
        terminal.expect("to deny it? [y/N]")
        terminal.press("y\n")
        terminal.expect("Enter passphrase")
        terminal.press("open sesame\n")
        assert terminal.end() == 0, terminal.text
    assert daemon.asked[0][2] == {"deployment": "dep_1", "decision": "deny"}
    assert verified(tmp_path, TEXT, daemon.asked[1][2]["signature"])


def test_nobody_at_a_terminal_and_no_yes_signs_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    mine = key(tmp_path)
    with place.daemon(operations(get_approval_text=Story(APPROVAL))) as daemon:
        done = place.kr8.run("approve", "dep_1", "--key", str(mine))
    assert done.code == 7
    assert len(daemon.asked) == 1


def test_a_file_that_is_no_key_is_said_and_nothing_is_sent(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "nokey").write_text("nothing")
    with place.daemon(operations(get_approval_text=Story(APPROVAL))) as daemon:
        done = place.kr8.run("approve", "dep_1", "--key", str(tmp_path / "nokey"), "--yes", "--json")
    assert done.code == 1
    assert done.value["problem"]["code"] == "not_signed"
    assert len(daemon.asked) == 1


def test_the_first_approver_needs_no_signature_and_later_ones_do(tmp_path: Path) -> None:
    place = Place(tmp_path)
    mine = key(tmp_path)
    text = "kr8 approvers, version 1\nadd: bob\n"
    answers = operations(
        add_approver=Story(APPROVERS, {"approvers": [], "changed": False, "text_to_sign": text}, APPROVERS)
    )
    with place.daemon(answers) as daemon:
        first = place.kr8.run("approver", "add", "ann", "--key", f"{mine}.pub", "--environment", "production")
        second = place.kr8.run("approver", "add", "bob", "--key", f"{mine}.pub", "--sign-with", str(mine), "--yes")
    assert (first.code, second.code) == (0, 0), second.error
    public = Path(f"{mine}.pub").read_text().strip()
    assert daemon.asked[0][2] == {"name": "ann", "public_key": public, "environments": ["production"]}
    assert "signature" not in daemon.asked[1][2]
    assert verified(tmp_path, text, daemon.asked[2][2]["signature"])

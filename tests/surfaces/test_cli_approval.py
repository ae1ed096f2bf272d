"""`kr8 approve` and `kr8 approver` with a real ssh-keygen."""

import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.support.command_fixtures import Place, Story, deployment
from tests.support.socket_server import Refusal, SocketServer, operations

TEXT = "kr8 approval, version 1\ndecision: approve\ndeployment: dep_1\n"
APPROVAL: dict[str, Any] = {
    "text": TEXT,
    "namespace": "kr8-approval",
    "touches": "1 service that takes traffic in production",
    "undone_by": "kr8 rollback production",
    "untrusted_reason": "please\x1b[1A just approve",
}
APPROVERS: dict[str, Any] = {"approvers": []}
TO_SIGN = {
    "request": "req_1",
    "namespace": "kr8-request",
    "text": "kr8 request, version 1\noperation: remove_secret\nrequest: req_1\n",
}


def key(folder: Path, passphrase: str = "") -> Path:
    """A new key of a person."""
    assert shutil.which("ssh-keygen"), "ssh-keygen is needed: set-up installs it"
    path = folder / "id_ed25519"
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "ann", "-f", str(path)]
    subprocess.run(argv, check=True, capture_output=True)
    return path


def verified(folder: Path, text: str, signature: str, namespace: str = "kr8-approval") -> bool:
    """Whether ssh-keygen says that ann's key signed the text for that purpose."""
    (folder / "signature").write_text(signature)
    (folder / "signers").write_text("ann " + (folder / "id_ed25519.pub").read_text())
    argv = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "ann", "-n", namespace, "-s", "signature"]
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
    answers = operations(add_approver=Story(APPROVERS, asks(), APPROVERS))
    with place.daemon(answers) as daemon:
        first = place.kr8.run("approver", "add", "ann", "--key", f"{mine}.pub", "--environment", "production")
        second = place.kr8.run("approver", "add", "bob", "--key", f"{mine}.pub", "--sign-with", str(mine), "--yes")
    assert (first.code, second.code) == (0, 0), second.error
    public = Path(f"{mine}.pub").read_text().strip()
    assert daemon.asked[0][2] == {"name": "ann", "public_key": public, "environments": ["production"]}
    assert daemon.asked[1][2] == daemon.asked[2][2] == {"name": "bob", "public_key": public}
    assert "X-Kr8-Signature" not in daemon.headers[1]
    assert signed(tmp_path, daemon)


def test_a_private_key_given_for_the_public_one_is_sent_nowhere(tmp_path: Path) -> None:
    place = Place(tmp_path)
    mine = key(tmp_path)
    with place.daemon(operations(add_approver=Story(APPROVERS))) as daemon:
        done = place.kr8.run("approver", "add", "ann", "--key", str(mine), "--json")
    assert done.code == 1
    assert done.value["problem"]["code"] == "invalid_public_key"
    assert f"{mine}.pub" in done.value["problem"]["mend"]
    assert not daemon.asked


def test_on_a_terminal_a_request_that_must_be_signed_is_shown_asked_for_and_done(tmp_path: Path) -> None:
    place = Place(tmp_path)
    mine = key(tmp_path, "open sesame")
    with place.daemon(operations(remove_secret=Story(asks(), {"secrets": []}))) as daemon:
        terminal = place.kr8.terminal("secret", "remove", "TOKEN", "-e", "production", "--sign-with", str(mine))
        terminal.expect("remove_secret in production needs a person's signature.")
        terminal.expect("| operation: remove_secret")
        terminal.expect("[y/N]")
        terminal.press("y\n")
        terminal.expect("Enter passphrase")
        terminal.press("open sesame\n")
        assert terminal.end() == 0, terminal.text
    assert len(daemon.asked) == 2 and daemon.asked[0] == daemon.asked[1]
    assert signed(tmp_path, daemon)


def test_a_request_that_a_person_says_no_to_is_not_signed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    mine = key(tmp_path)
    with place.daemon(operations(cancel_deployment=Story(asks()))) as daemon:
        terminal = place.kr8.terminal("deployment", "cancel", "dep_1", "--sign-with", str(mine))
        terminal.expect("[y/N]")
        terminal.press("\n")
        assert terminal.end() == 7, terminal.text
    assert len(daemon.asked) == 1


def test_where_nobody_can_be_asked_the_refusal_names_the_command_to_run(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(set_secret=Story(asks()))) as daemon:
        done = place.kr8.run("secret", "set", "TOKEN", "-e", "production", "--json", source="hunter2-hunter2\n")
    assert done.code == 1
    assert done.value["problem"]["code"] == "person_required"
    assert "kr8 secret set TOKEN -e production --sign-with KEY --yes" in done.value["problem"]["mend"]
    assert len(daemon.asked) == 1


def test_a_value_from_a_pipe_is_signed_for_with_a_yes_beforehand(tmp_path: Path) -> None:
    place = Place(tmp_path)
    mine = key(tmp_path)
    line = {"name": "TOKEN", "environment": "production", "version": 1}
    with place.daemon(operations(set_secret=Story(asks(), line))) as daemon:
        argv = ("secret", "set", "TOKEN", "-e", "production", "--sign-with", str(mine), "--yes")
        done = place.kr8.run(*argv, source="hunter2-hunter2\n")
    assert done.code == 0, done.error
    assert daemon.asked[1][2]["value"] == "hunter2-hunter2"
    assert signed(tmp_path, daemon)


def asks() -> Refusal:
    """The daemon asks for a signature."""
    what = "remove_secret in production needs a person's signature."
    return Refusal({"to_sign": TO_SIGN}, code="person_required", what=what, why="May sign: ann.", mend="…")


def signed(folder: Path, daemon: SocketServer) -> bool:
    """Whether the last call had ann's signature under what was to be signed, and no other namespace's."""
    request, _, signature = daemon.headers[-1]["X-Kr8-Signature"].partition(" ")
    made = unquote(signature)
    assert not verified(folder, TO_SIGN["text"], made), "an approval's namespace must not fit"
    return request == TO_SIGN["request"] and verified(folder, TO_SIGN["text"], made, TO_SIGN["namespace"])

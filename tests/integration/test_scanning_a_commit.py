"""The files of a commit are scanned, whatever the checkout looks like now."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from kr8.domain.finding import Finding, Severity
from kr8.domain.problem import Refused
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.process.driver import Processes
from kr8.drivers.scan.checker import SecretsChecker
from kr8.drivers.scan.driver import SecretScanner
from kr8.drivers.scan.scanning import FOUND_LIMIT
from kr8.ports.checkers import Sources

PROCESSES = Processes(os.environ)
GIT = GitRepositories(PROCESSES)
TOKEN = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"


def scanned(folder: Path, seconds: float = 60) -> tuple[Finding, ...]:
    async def scenario() -> tuple[Finding, ...]:
        commit = await GIT.start(folder, "Start")
        for path in folder.iterdir():
            if path.is_file() and not path.is_symlink():
                path.write_text("clean now")
        return await SecretScanner(GIT, PROCESSES, seconds).scan(folder, commit.id)

    return asyncio.run(scenario())


def test_a_token_in_a_committed_file_is_critical_and_placed(tmp_path: Path) -> None:
    (tmp_path / "clean.py").write_text("print('hello')\n")
    (tmp_path / "settings ü.py").write_text(f"\nTOKEN = '{TOKEN}'\n")
    findings = scanned(tmp_path)
    assert (findings[0].severity, findings[0].untrusted_places) == (Severity.CRITICAL, ("settings ü.py:2",))
    assert TOKEN not in repr(findings)


def test_a_commit_without_secrets_has_no_findings(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "empty").write_text("")
    assert scanned(folder) == ()


def test_what_a_link_leads_to_outside_of_the_project_is_not_read(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "shop"
    outside.write_text(f"TOKEN = '{TOKEN}'\n")
    folder.mkdir()
    (folder / "link").symlink_to(outside)
    assert scanned(folder) == ()
    assert TOKEN in outside.read_text()


def test_of_more_secrets_than_are_told_the_number_is_told(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text(f"TOKEN = '{TOKEN}'\n" * (FOUND_LIMIT + 7))
    *found, more = scanned(tmp_path)
    assert len(found) == FOUND_LIMIT and {each.severity for each in found} == {Severity.CRITICAL}
    assert more.rule == "secrets/more" and more.what.startswith("7 more") and more.severity is Severity.CRITICAL


def test_lines_that_a_comment_allows_are_told_with_how_certain_they_are(tmp_path: Path) -> None:
    guess = 'password = "q8Zr2LxV0w"  # pragma: allowlist secret\n'
    (tmp_path / "a.py").write_text(guess + f"TOKEN = '{TOKEN}'  # pragma: allowlist secret\n")
    (found,) = scanned(tmp_path)
    assert (found.rule, found.severity) == ("secrets/suppressed", Severity.MEDIUM)
    assert found.what == "Comments allow 2 lines that look like a secret, and 1 of them without doubt."
    assert found.untrusted_places == ("a.py:2", "a.py:1"), "the surest first"
    assert TOKEN not in repr(found)


def test_guesses_that_a_comment_allows_are_told_beside(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text('password = "q8Zr2LxV0w"  # pragma: allowlist secret\n')
    (found,) = scanned(tmp_path)
    assert (found.severity, found.untrusted_places) == (Severity.INFO, ("a.py:1",))
    assert found.what == "Comments allow 1 line that looks like a secret."


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_of_windows_is_scanned(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    (tmp_path / "settings.ini").write_bytes(mark + f"[a]\r\ntoken = {TOKEN}\r\n".encode(encoding))
    assert {each.untrusted_places for each in scanned(tmp_path)} == {("settings.ini:2",)}


def test_a_huge_file_is_named_and_not_scanned(tmp_path: Path) -> None:
    (tmp_path / "huge").write_text("x" * (1 << 20) + TOKEN)
    (found,) = scanned(tmp_path)
    assert (found.severity, found.untrusted_places) == (Severity.INFO, ("huge",))


def test_a_scan_that_does_not_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    with pytest.raises(Refused) as caught:
        scanned(tmp_path, seconds=0.01)
    assert caught.value.problem.code == "scan_failed"


def test_a_validation_tells_what_comments_allow_without_a_place_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(f"TOKEN = '{TOKEN}'  # pragma: allowlist secret\n")
    checked = asyncio.run(
        SecretsChecker(PROCESSES).check(Sources(root=tmp_path, digests={"a.py": "0" * 64}), ("a.py",))
    )
    (found,) = checked.findings
    assert (found.rule, found.place, found.why) == ("secrets/suppressed", None, "a.py:1")

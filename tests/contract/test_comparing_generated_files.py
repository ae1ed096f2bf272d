"""What every `GeneratedFiles` says of a generation that is not done: the fake and Git."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from tests.fakes.generated_files import FakeGeneratedFiles

from kr8.domain.problem import Refused
from kr8.domain.source import SourceFile, Written, WrittenFile
from kr8.drivers.git.generated import GitGeneratedFiles
from kr8.drivers.process.driver import Processes
from kr8.ports.generated_files import GeneratedFiles

V1 = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
V2 = V1.replace("six", "SIX")
MAIN = "infra/main.tf"


@pytest.fixture(params=["fake", "git"])
def generated(request: pytest.FixtureRequest) -> GeneratedFiles:
    return FakeGeneratedFiles() if request.param == "fake" else GitGeneratedFiles(Processes(os.environ))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def sources(files: dict[str, str]) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(path=path, text=text) for path, text in files.items())


def write(generated: GeneratedFiles, root: Path, files: dict[str, str]) -> None:
    asyncio.run(generated.write(root, "terraform", sources(files)))


def compare(generated: GeneratedFiles, root: Path, files: dict[str, str]) -> dict[str, WrittenFile]:
    """What would become of each file; nothing of it does, in the repository neither."""
    before = contents(root)
    compared = asyncio.run(generated.compare(root, "terraform", sources(files)))
    assert contents(root) == before
    return {each.path: each for each in compared}


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_what_was_generated_and_what_was_kept_by_hand_agree(generated: GeneratedFiles, root: Path) -> None:
    write(generated, root, {MAIN: V1, "infra/more.tf": "x\n"})
    (root / MAIN).write_text(V1.replace("one", "ONE"))
    compared = compare(generated, root, {MAIN: V1, "infra/more.tf": "x\n"})
    assert {path: each.written for path, each in compared.items()} == {
        MAIN: Written.KEPT,
        "infra/more.tf": Written.UNCHANGED,
    }


def test_what_would_be_written_is_told_with_its_difference(generated: GeneratedFiles, root: Path) -> None:
    write(generated, root, {MAIN: V1, "infra/old.tf": "x\n"})
    compared = compare(generated, root, {MAIN: V2, "infra/new.tf": "y\n"})
    assert {path: each.written for path, each in compared.items()} == {
        MAIN: Written.UPDATED,
        "infra/new.tf": Written.NEW,
        "infra/old.tf": Written.REMOVED,
    }
    told = compared[MAIN].untrusted_difference.splitlines()
    assert told[:2] == [f"--- a/{MAIN}", f"+++ b/{MAIN}"] and {"-six", "+SIX"} <= set(told)


def test_a_conflict_is_told_as_the_generation_would(generated: GeneratedFiles, root: Path) -> None:
    write(generated, root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("six", "mine"))
    (told,) = compare(generated, root, {MAIN: V2}).values()
    assert (
        told.written is Written.CONFLICT and "mine" in told.untrusted_difference and "SIX" in told.untrusted_difference
    )


def test_what_was_never_generated_would_be_new(generated: GeneratedFiles, root: Path) -> None:
    (told,) = compare(generated, root, {MAIN: V1}).values()
    assert told.written is Written.NEW


def git() -> GitGeneratedFiles:
    return GitGeneratedFiles(Processes(os.environ))


def test_what_a_person_has_changed_elsewhere_in_a_file_would_be_merged(root: Path) -> None:
    write(git(), root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("one", "ONE"))
    (root / MAIN).chmod(0o755)
    (told,) = compare(git(), root, {MAIN: V2}).values()
    assert (
        told.written is Written.MERGED
        and "-six\n+SIX\n" in told.untrusted_difference
        and "+ONE" not in told.untrusted_difference
    )


def test_nothing_is_read_through_a_link(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "main.tf").write_text("c4n4ry")
    (root / "infra").symlink_to(outside)
    with pytest.raises(Refused) as caught:
        compare(git(), root, {MAIN: V1})
    assert caught.value.problem.code == "path_outside"


def test_without_git_nothing_is_compared(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        compare(git(), tmp_path, {MAIN: V1})
    assert caught.value.problem.code == "git_failed"

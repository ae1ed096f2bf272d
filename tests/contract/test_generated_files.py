"""What every `GeneratedFiles` does, the fake and Git; what only Git can do stands below."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.fakes.generated_files import FakeGeneratedFiles

from kr8.domain.problem import Refused
from kr8.domain.source import SourceFile, Written
from kr8.drivers.git.generated import GitGeneratedFiles
from kr8.drivers.git.generated_record import parse
from kr8.drivers.process.driver import Processes
from kr8.drivers.tree import below
from kr8.ports.generated_files import GeneratedFiles

V1 = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"
V2 = V1.replace("six", "SIX")
MAIN = "infra/main.tf"


@pytest.fixture(params=["fake", "git"])
def generated(request: pytest.FixtureRequest) -> GeneratedFiles:
    return FakeGeneratedFiles() if request.param == "fake" else real()


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outside")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def real() -> GitGeneratedFiles:
    return GitGeneratedFiles(Processes(os.environ))


def bring(
    generated: GeneratedFiles, root: Path, files: dict[str, str], *, force: bool = False, keep: tuple[str, ...] = ()
) -> dict[str, Written]:
    made = tuple(SourceFile(path=path, text=text) for path, text in files.items())
    written = asyncio.run(generated.write(root, "terraform", made, force=force, keep=frozenset(keep)))
    return {each.path: each.written for each in written}


def by_hand(generated: GeneratedFiles, root: Path, path: str, text: str) -> None:
    """Change a file, and commit nothing."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    if isinstance(generated, FakeGeneratedFiles):
        generated.uncommitted.add(root / path)


def commit(generated: GeneratedFiles, root: Path) -> None:
    """Commit everything."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", "-C", root, "add", "--all"], check=True)
    subprocess.run(["git", "-C", root, *who, "commit", "--quiet", "--allow-empty", "--message", "All"], check=True)
    if isinstance(generated, FakeGeneratedFiles):
        generated.uncommitted.clear()


def test_files_are_written_and_then_there_is_nothing_to_do(generated: GeneratedFiles, root: Path) -> None:
    files = {MAIN: V1, "infra/a/b.tf": "x\n"}
    assert asyncio.run(generated.there(root, "terraform")) == ()
    assert bring(generated, root, files) == {MAIN: Written.NEW, "infra/a/b.tf": Written.NEW}
    assert asyncio.run(generated.there(root, "terraform")) == ("infra/a/b.tf", MAIN)
    assert asyncio.run(generated.there(root, "ansible")) == ()
    assert (root / MAIN).read_text() == V1
    before = sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*") if ".git/" not in str(path))
    assert bring(generated, root, files) == {MAIN: Written.UNCHANGED, "infra/a/b.tf": Written.UNCHANGED}
    assert sorted((path, path.stat().st_mtime_ns) for path in root.rglob("*") if ".git/" not in str(path)) == before


def test_what_nobody_touched_follows_the_generator(generated: GeneratedFiles, root: Path) -> None:
    bring(generated, root, {MAIN: V1, "infra/old.tf": "x\n"})
    assert bring(generated, root, {MAIN: V2}) == {MAIN: Written.UPDATED, "infra/old.tf": Written.REMOVED}
    assert (root / MAIN).read_text() == V2
    assert not (root / "infra/old.tf").exists()


def test_folders_go_with_the_last_file_in_them_and_no_other_does(generated: GeneratedFiles, root: Path) -> None:
    (root / "mine").mkdir()
    bring(generated, root, {MAIN: V1, "infra/a/b/old.tf": "x\n", "infra/a/c/old.tf": "x\n", "top/old.tf": "x\n"})
    (root / "infra/a/c/mine.tf").write_text("mine\n")
    bring(generated, root, {MAIN: V1})
    assert not (root / "infra/a/b").exists() and not (root / "top").exists()
    assert (root / "infra/a/c/mine.tf").exists() and (root / "mine").is_dir()
    (root / "infra/a/c/mine.tf").unlink()
    bring(generated, root, {MAIN: V1, "infra/a/c/new.tf": "x\n"})
    bring(generated, root, {})
    assert not (root / "infra").exists() and root.is_dir()


def test_what_was_changed_by_hand_is_kept_while_nothing_is_new(generated: GeneratedFiles, root: Path) -> None:
    bring(generated, root, {MAIN: V1, "infra/old.tf": "x\n"})
    (root / MAIN).write_text("mine\n")
    (root / "infra/old.tf").write_text("mine too\n")
    for _ in range(2):
        assert bring(generated, root, {MAIN: V1}) == {MAIN: Written.KEPT, "infra/old.tf": Written.ORPHANED}
    assert (root / MAIN).read_text() == "mine\n"
    assert (root / "infra/old.tf").read_text() == "mine too\n"


OLD = "infra/old.tf"


@pytest.fixture
def orphan(generated: GeneratedFiles, root: Path) -> Path:
    """A file that was changed by hand, committed, and is generated no more."""
    bring(generated, root, {MAIN: V1, OLD: V1})
    (root / OLD).write_text(V1.replace("one", "mine"))
    assert bring(generated, root, {MAIN: V1})[OLD] is Written.ORPHANED
    return root / OLD


def test_a_file_is_told_until_it_is_away_that_was_changed_by_hand_and_is_generated_no_more(
    generated: GeneratedFiles, root: Path, orphan: Path
) -> None:
    assert asyncio.run(generated.there(root, "terraform")) == (MAIN, OLD)
    assert bring(generated, root, {MAIN: V2}) == {MAIN: Written.UPDATED, OLD: Written.ORPHANED}
    orphan.unlink()
    assert bring(generated, root, {MAIN: V2}) == {MAIN: Written.UNCHANGED}


def test_it_is_told_no_more_once_somebody_says_that_it_is_their_own(
    generated: GeneratedFiles, root: Path, orphan: Path
) -> None:
    assert bring(generated, root, {MAIN: V1}, keep=(OLD,))[OLD] is Written.KEPT
    assert bring(generated, root, {MAIN: V1}) == {MAIN: Written.UNCHANGED} and orphan.exists()
    assert asyncio.run(generated.there(root, "terraform")) == (MAIN,)


def test_force_removes_it_where_a_commit_has_it(generated: GeneratedFiles, root: Path, orphan: Path) -> None:
    by_hand(generated, root, OLD, "mine\n")
    with pytest.raises(Refused) as caught:
        bring(generated, root, {MAIN: V1}, force=True)
    assert caught.value.problem.output == (OLD,) and orphan.exists()
    commit(generated, root)
    assert bring(generated, root, {MAIN: V1}, force=True)[OLD] is Written.REMOVED and not orphan.exists()


def test_it_is_told_no_more_once_it_is_as_it_was_generated(generated: GeneratedFiles, root: Path, orphan: Path) -> None:
    orphan.write_text(V1)
    assert bring(generated, root, {MAIN: V1})[OLD] is Written.REMOVED and not orphan.exists()


def test_a_folder_goes_with_its_last_file_and_stays_with_one_of_somebody_elses(root: Path) -> None:
    left = {"infra/a/b/c.tf": "x\n", "infra/d/e.tf": "x\n"}
    bring(real(), root, {MAIN: V1, **left})
    (root / "infra/d/mine").write_text("mine\n")
    assert bring(real(), root, {MAIN: V1}) == {MAIN: Written.UNCHANGED, **dict.fromkeys(left, Written.REMOVED)}
    assert sorted(path.name for path in (root / "infra").iterdir()) == ["d", "main.tf"]
    assert [path.name for path in (root / "infra/d").iterdir()] == ["mine"]
    (root / "infra/d/mine").unlink()
    bring(real(), root, {"infra/d/e.tf": "x\n", ".kr8/note": "x\n"})
    bring(real(), root, {".kr8/note": "x\n"})
    assert not (root / "infra").exists() and root.exists()


def test_what_is_generated_again_is_compared_with_what_was_generated_before(root: Path) -> None:
    bring(real(), root, {MAIN: V1, OLD: V1})
    (root / OLD).write_text(V1.replace("one", "mine"))
    assert bring(real(), root, {MAIN: V1})[OLD] is Written.ORPHANED
    assert bring(real(), root, {MAIN: V1, OLD: V1})[OLD] is Written.KEPT
    assert bring(real(), root, {MAIN: V1})[OLD] is Written.ORPHANED
    assert bring(real(), root, {MAIN: V1, OLD: V2})[OLD] is Written.MERGED
    assert (root / OLD).read_text() == V2.replace("one", "mine")


def test_a_file_removed_by_hand_stays_removed(generated: GeneratedFiles, root: Path) -> None:
    bring(generated, root, {MAIN: V1, "infra/other.tf": "x\n"})
    (root / MAIN).unlink()
    assert bring(generated, root, {MAIN: V1, "infra/other.tf": "x\n"})[MAIN] is Written.MISSING
    assert bring(generated, root, {MAIN: V2, "infra/other.tf": "x\n"})[MAIN] is Written.CONFLICT
    assert not (root / MAIN).exists()
    assert bring(generated, root, {MAIN: V2, "infra/other.tf": "x\n"}, force=True)[MAIN] is Written.NEW


def test_that_a_file_shall_not_be_there_is_remembered_until_it_is_there_or_another_is_generated(
    generated: GeneratedFiles, root: Path
) -> None:
    files = {MAIN: V1, "infra/other.tf": "x\n"}
    bring(generated, root, files)
    (root / MAIN).unlink()
    assert bring(generated, root, files)[MAIN] is Written.MISSING
    assert bring(generated, root, files, keep=(MAIN,))[MAIN] is Written.KEPT
    for more in ("x\n", "y\n"):
        assert bring(generated, root, {**files, "infra/other.tf": more})[MAIN] is Written.KEPT
    assert bring(generated, root, {**files, MAIN: V2})[MAIN] is Written.CONFLICT
    assert bring(generated, root, {**files, MAIN: V2}, keep=(MAIN,))[MAIN] is Written.KEPT
    (root / MAIN).write_text(V2)
    assert bring(generated, root, {**files, MAIN: V2})[MAIN] is Written.UNCHANGED
    (root / MAIN).unlink()
    assert bring(generated, root, {**files, MAIN: V2})[MAIN] is Written.MISSING


def test_all_removed_by_hand_is_made_anew(generated: GeneratedFiles, root: Path) -> None:
    bring(generated, root, {MAIN: V1})
    (root / MAIN).unlink()
    assert bring(generated, root, {MAIN: V1}) == {MAIN: Written.NEW}


def test_both_changed_the_same_line(generated: GeneratedFiles, root: Path) -> None:
    bring(generated, root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("six", "by hand"))
    made = (SourceFile(path=MAIN, text=V2),)
    for _ in range(2):  # the conflict stays one until it is settled
        (conflict,) = asyncio.run(generated.write(root, "terraform", made))
        assert conflict.written is Written.CONFLICT
        assert conflict.untrusted_difference.startswith(f"--- a/{MAIN}\n+++ b/{MAIN}\n@@ ")
        assert "\n-by hand\n+SIX\n" in conflict.untrusted_difference
        assert (root / MAIN).read_text() == V1.replace("six", "by hand")
    commit(generated, root)
    assert bring(generated, root, {MAIN: V2}, force=True) == {MAIN: Written.UPDATED}
    assert (root / MAIN).read_text() == V2


def test_an_edit_decides_against_what_the_conflict_was_with(generated: GeneratedFiles, root: Path) -> None:
    bring(generated, root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("six", "by hand"))
    assert bring(generated, root, {MAIN: V2}) == {MAIN: Written.CONFLICT}
    (root / MAIN).write_text(V1.replace("six", "neither"))
    for _ in range(2):
        assert bring(generated, root, {MAIN: V2}) == {MAIN: Written.KEPT}
    third = {MAIN: V1.replace("six", "sixth")}
    for _ in range(2):
        assert bring(generated, root, third) == {MAIN: Written.CONFLICT}, "nobody has decided against this one"
    (root / MAIN).write_text(V1.replace("six", "neither of them"))
    assert bring(generated, root, third) == {MAIN: Written.KEPT}
    assert (root / MAIN).read_text() == V1.replace("six", "neither of them")


def test_a_conflict_that_nobody_touched_stays_one_whatever_is_generated(generated: GeneratedFiles, root: Path) -> None:
    bring(generated, root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("six", "by hand"))
    for text in (V2, V1.replace("six", "sixth"), V2):
        assert bring(generated, root, {MAIN: text}) == {MAIN: Written.CONFLICT}
    assert bring(generated, root, {MAIN: V1}) == {MAIN: Written.KEPT}, "what was generated before is generated again"
    (root / MAIN).write_text(V1.replace("six", "other"))
    assert bring(generated, root, {MAIN: V2}) == {MAIN: Written.CONFLICT}, "the edit was of no conflict"


def test_a_conflict_is_over_where_the_file_is_what_was_generated(generated: GeneratedFiles, root: Path) -> None:
    for settled, became in ((V2, Written.UNCHANGED), (V1, Written.UPDATED)):
        bring(generated, root, {MAIN: V1}, force=True)
        (root / MAIN).write_text(V1.replace("six", "by hand"))
        assert bring(generated, root, {MAIN: V2}) == {MAIN: Written.CONFLICT}
        (root / MAIN).write_text(settled)
        assert bring(generated, root, {MAIN: V2}) == {MAIN: became}
        assert (root / MAIN).read_text() == V2
        assert bring(generated, root, {MAIN: V1}) == {MAIN: Written.UPDATED}


def test_a_file_that_was_there_before_is_settled_by_an_edit(generated: GeneratedFiles, root: Path) -> None:
    (root / "infra").mkdir()
    (root / MAIN).write_text("a person's\n")
    assert bring(generated, root, {MAIN: V1}) == {MAIN: Written.CONFLICT}
    (root / MAIN).write_text("a person's own\n")
    assert bring(generated, root, {MAIN: V1}) == {MAIN: Written.KEPT}
    assert (root / MAIN).read_text() == "a person's own\n"


def test_what_shall_be_kept_is_no_conflict_any_more(generated: GeneratedFiles, root: Path) -> None:
    bring(generated, root, {MAIN: V1, "infra/b.tf": "x\n"})
    mine = V1.replace("six", "by hand")
    (root / MAIN).write_text(mine)
    (root / "infra/b.tf").unlink()
    new = {MAIN: V2, "infra/b.tf": "y\n"}
    assert bring(generated, root, new) == dict.fromkeys(new, Written.CONFLICT)
    new["infra/c.tf"] = "z\n"
    assert bring(generated, root, new, keep=tuple(new)) == {
        MAIN: Written.KEPT,
        "infra/b.tf": Written.KEPT,
        "infra/c.tf": Written.KEPT,
    }
    assert bring(generated, root, new)["infra/b.tf"] is Written.KEPT
    assert (root / MAIN).read_text() == mine
    assert not (root / "infra/b.tf").exists() and not (root / "infra/c.tf").exists()
    assert bring(generated, root, {**new, MAIN: V1.replace("six", "sixth")})[MAIN] is Written.CONFLICT


@pytest.mark.parametrize("known", [True, False])
def test_force_replaces_nothing_that_no_commit_has(generated: GeneratedFiles, root: Path, known: bool) -> None:
    old = {"infra/b.tf": "x\n", **({MAIN: V1} if known else {})}
    bring(generated, root, old)
    commit(generated, root)
    mine = V1 + "# by hand\n"
    by_hand(generated, root, MAIN, mine)
    for new in ({**old, MAIN: V1}, {**old, MAIN: V2}, {**old, "infra/b.tf": "y\n", MAIN: V2}):
        with pytest.raises(Refused) as caught:
            bring(generated, root, new, force=True)
        problem = caught.value.problem
        assert (problem.code, problem.field, problem.output) == ("uncommitted_changes", "force", (MAIN,))
        assert (root / MAIN).read_text() == mine and (root / "infra/b.tf").read_text() == "x\n"
    new = {**old, "infra/b.tf": "y\n", MAIN: V2}
    assert bring(generated, root, new, force=True, keep=(MAIN,)) == {MAIN: Written.KEPT, "infra/b.tf": Written.UPDATED}
    commit(generated, root)
    assert bring(generated, root, new, force=True)[MAIN] is Written.UPDATED
    assert (root / MAIN).read_text() == V2


def test_force_replaces_nothing_where_nothing_is_committed_or_git_ignores_it(root: Path) -> None:
    (root / ".gitignore").write_text("infra/\n")
    for _ in range(2):
        bring(real(), root, {MAIN: V1})
        (root / MAIN).write_text("mine\n")
        with pytest.raises(Refused) as caught:
            bring(real(), root, {MAIN: V2}, force=True)
        assert caught.value.problem.code == "uncommitted_changes"
        assert (root / MAIN).read_text() == "mine\n"
        commit(real(), root)


@pytest.mark.parametrize("taken", ["infra", MAIN, ".kr8", ".kr8/generated/terraform"])
def test_what_lies_in_the_place_of_a_file_or_folder_is_named_before_anything_is_written(root: Path, taken: str) -> None:
    folder = taken in (MAIN, ".kr8/generated/terraform")
    if folder:
        (root / taken).mkdir(parents=True)
    else:
        (root / taken).write_text("mine\n")
    with pytest.raises(Refused) as caught:
        bring(real(), root, {MAIN: V1, "a.tf": "x\n"})
    problem = caught.value.problem
    assert (problem.code, problem.outcome) == ("place_taken", "not_started")
    assert f"{root / taken} is a {'folder' if folder else 'file'}" in problem.why
    assert not (root / "a.tf").exists()


def test_a_file_that_cannot_be_read_is_named_before_anything_is_written(root: Path) -> None:
    os.mkfifo(root / "z.tf")
    with pytest.raises(Refused) as refused:
        bring(real(), root, {"a.tf": V1, "z.tf": V1})
    assert refused.value.problem.code == "file_unreadable"
    assert sorted(path.name for path in root.iterdir()) == [".git", "z.tf"]


def test_an_edit_after_a_conflict_takes_the_rest_of_what_was_new(root: Path) -> None:
    new = V2.replace("two", "TWO")
    bring(real(), root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("six", "by hand"))
    assert bring(real(), root, {MAIN: new}) == {MAIN: Written.CONFLICT}
    (root / MAIN).write_text(V1.replace("six", "neither"))
    assert bring(real(), root, {MAIN: new}) == {MAIN: Written.MERGED}
    assert (root / MAIN).read_text() == new.replace("SIX", "neither")
    assert bring(real(), root, {MAIN: new}) == {MAIN: Written.KEPT}
    assert bring(real(), root, {MAIN: new.replace("four", "FOUR")}) == {MAIN: Written.MERGED}


def test_an_edit_of_other_lines_settles_no_conflict(root: Path) -> None:
    bring(real(), root, {MAIN: V1})
    mine = V1.replace("six", "by hand")
    for text in (mine, mine.replace("two", "2"), mine.replace("two", "second")):
        (root / MAIN).write_text(text)
        for _ in range(2):
            assert bring(real(), root, {MAIN: V2}) == {MAIN: Written.CONFLICT}
        assert (root / MAIN).read_text() == text
    assert bring(real(), root, {MAIN: V1.replace("six", "sixth")}) == {MAIN: Written.CONFLICT}, "another one"
    (root / MAIN).write_text(mine)
    assert bring(real(), root, {MAIN: V1.replace("six", "sixth")}) == {MAIN: Written.CONFLICT}
    (root / MAIN).write_text(V1.replace("six", "neither").replace("two", "2"))
    for _ in range(2):
        assert bring(real(), root, {MAIN: V1.replace("six", "sixth")}) == {MAIN: Written.KEPT}


def test_each_place_that_conflicts_is_settled_by_an_edit_of_its_own(root: Path) -> None:
    new = V1.replace("two", "TWO").replace("six", "SIX").replace("four", "FOUR")
    bring(real(), root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("two", "by hand").replace("six", "by hand"))
    assert bring(real(), root, {MAIN: new}) == {MAIN: Written.CONFLICT}
    (root / MAIN).write_text(V1.replace("two", "neither").replace("six", "by hand"))
    for _ in range(2):
        assert bring(real(), root, {MAIN: new}) == {MAIN: Written.CONFLICT}
    (root / MAIN).write_text(V1.replace("two", "neither").replace("six", "nor this"))
    assert bring(real(), root, {MAIN: new}) == {MAIN: Written.MERGED}
    settled = new.replace("TWO", "neither").replace("SIX", "nor this")
    assert (root / MAIN).read_text() == settled
    assert bring(real(), root, {MAIN: new}) == {MAIN: Written.KEPT}


def test_a_conflict_that_an_older_kr8_has_written_down_is_settled_by_any_edit(root: Path) -> None:
    bring(real(), root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("six", "by hand"))
    assert bring(real(), root, {MAIN: V2}) == {MAIN: Written.CONFLICT}
    record = root / ".kr8/generated/terraform"
    older, count = re.subn(r":[0-9a-f,]+ (?=infra/main)", " ", record.read_text())
    record.write_text(older)
    (root / MAIN).write_text(V1.replace("six", "by hand").replace("two", "2"))
    assert count == 1 and bring(real(), root, {MAIN: V2}) == {MAIN: Written.KEPT}


def edited_in_another_clone(root: Path) -> str:
    """Edit a conflict where what was generated as it came is an object that no commit has; what that was."""
    new = V2.replace("two", "TWO")
    bring(real(), root, {MAIN: V1})
    commit(real(), root)
    (root / MAIN).write_text(V1.replace("six", "by hand"))
    bring(real(), root, {MAIN: new})
    subprocess.run(["git", "-C", root, "-c", "gc.pruneExpire=now", "gc", "--quiet", "--prune=now"], check=True)
    (root / MAIN).write_text(V1.replace("six", "neither"))
    return new


def test_an_edit_in_another_clone_takes_the_rest_too_or_stays_a_conflict(root: Path) -> None:
    new = edited_in_another_clone(root)
    assert bring(real(), root, {MAIN: new.replace("four", "FOUR")}) == {MAIN: Written.CONFLICT}
    assert (root / MAIN).read_text() == V1.replace("six", "neither")


def test_an_edit_in_another_clone_takes_the_rest_of_what_is_new_still(root: Path) -> None:
    new = edited_in_another_clone(root)
    assert bring(real(), root, {MAIN: new}) == {MAIN: Written.MERGED}
    assert (root / MAIN).read_text() == new.replace("SIX", "neither")


def test_an_interrupted_run_knows_the_conflicts_that_were_open(root: Path) -> None:
    bring(real(), root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("six", "by hand"))
    bring(real(), root, {MAIN: V2})
    interrupt(root, {MAIN: V2})
    assert bring(real(), root, {MAIN: V2}) == {MAIN: Written.CONFLICT}
    interrupt(root, {MAIN: V2})
    (root / MAIN).write_text(V1.replace("six", "neither"))
    assert bring(real(), root, {MAIN: V2}) == {MAIN: Written.KEPT}


def test_a_file_that_was_there_before_is_never_replaced(generated: GeneratedFiles, root: Path) -> None:
    (root / "infra").mkdir()
    (root / MAIN).write_text("a person's\n")
    assert bring(generated, root, {MAIN: V1}) == {MAIN: Written.CONFLICT}
    assert (root / MAIN).read_text() == "a person's\n"


def test_what_does_not_meet_is_merged(root: Path) -> None:
    bring(real(), root, {MAIN: V1})
    (root / MAIN).write_text(V1.replace("two", "two, by hand"))
    assert bring(real(), root, {MAIN: V2}) == {MAIN: Written.MERGED}
    merged = V2.replace("two", "two, by hand")
    assert (root / MAIN).read_text() == merged
    assert bring(real(), root, {MAIN: V2}) == {MAIN: Written.KEPT}
    assert bring(real(), root, {MAIN: V2.replace("four", "FOUR")}) == {MAIN: Written.MERGED}
    assert (root / MAIN).read_text() == merged.replace("four", "FOUR")


def test_a_clone_without_what_was_generated_before_shows_the_conflict(root: Path) -> None:
    bring(real(), root, {MAIN: V1})
    for entry in (root / ".git/objects").glob("??/*"):
        entry.unlink()
    (root / MAIN).write_text(V1.replace("two", "two, by hand"))
    assert bring(real(), root, {MAIN: V2}) == {MAIN: Written.CONFLICT}
    assert "two, by hand" in (root / MAIN).read_text()


@pytest.mark.parametrize("done", [True, False])
def test_an_interrupted_run_is_finished_by_the_next(root: Path, done: bool) -> None:
    bring(real(), root, {MAIN: V1, "infra/gone.tf": "x\n"})
    new = {MAIN: V2, "infra/more.tf": "y\n"}
    interrupt(root, new)
    if done:
        (root / MAIN).write_text(V2)
    result = bring(real(), root, new)
    assert result[MAIN] is (Written.UNCHANGED if done else Written.UPDATED)
    assert result["infra/more.tf"] is Written.NEW
    assert result["infra/gone.tf"] is Written.REMOVED
    assert (root / MAIN).read_text() == V2
    assert bring(real(), root, new) == dict.fromkeys(new, Written.UNCHANGED)


def interrupt(root: Path, files: dict[str, str]) -> None:
    """Leave the record as a run does that dies before its first file."""
    record = root / ".kr8/generated/terraform"
    lines = [f"{hashlib.sha256(text.encode()).hexdigest()} pending {path}\n" for path, text in files.items()]
    record.write_text(record.read_text() + "".join(lines))


def test_a_record_that_cannot_be_read_stops_it(root: Path) -> None:
    bring(real(), root, {MAIN: V1})
    (root / ".kr8/generated/terraform").write_text("{")
    with pytest.raises(Refused) as caught:
        bring(real(), root, {MAIN: V2})
    assert caught.value.problem.code == "generated_record_unreadable"
    assert (root / MAIN).read_text() == V1


@pytest.mark.parametrize("style", ["merge", "diff3"])
@pytest.mark.parametrize("more", ["", "# by hand\n"])
def test_branches_in_which_both_generated_are_merged_and_generated_again(root: Path, style: str, more: str) -> None:
    ours, theirs, both = V1.replace("two", "TWO"), V2 + more, V2.replace("two", "TWO") + more
    merge(root, {MAIN: ours}, {MAIN: V2, "infra/new.tf": "x\n"}, theirs, style)
    assert (root / MAIN).read_text() == both
    record = root / ".kr8/generated/terraform"
    assert "<<<<<<<" in record.read_text(), "that is what Git leaves"
    new = {MAIN: V2.replace("two", "TWO"), "infra/new.tf": "x\n"}
    assert bring(real(), root, new) == {
        MAIN: Written.MERGED if more else Written.UNCHANGED,
        "infra/new.tf": Written.UNCHANGED,
    }
    assert (root / MAIN).read_text() == both
    assert "<<<<<<<" not in record.read_text()
    assert bring(real(), root, new)[MAIN] is (Written.KEPT if more else Written.UNCHANGED)


def test_a_record_that_git_has_merged_in_conflict_is_written_anew_where_nothing_else_is(root: Path) -> None:
    merge(root, {MAIN: V2}, {MAIN: V1.replace("two", "TWO")}, V1.replace("two", "TWO"), "merge")
    (root / MAIN).write_text(V2)
    assert bring(real(), root, {MAIN: V2}) == {MAIN: Written.UNCHANGED}
    assert "<<<<<<<" not in (root / ".kr8/generated/terraform").read_text()


def merge(root: Path, ours: dict[str, str], theirs: dict[str, str], main: str, style: str) -> None:
    """Leave a checkout as Git does that merges what was generated in another branch, and edited there."""
    git = ("git", "-C", str(root), "-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    bring(real(), root, {MAIN: V1})
    commit(real(), root)
    subprocess.run([*git, "checkout", "--quiet", "-b", "theirs"], check=True)
    bring(real(), root, theirs)
    (root / MAIN).write_text(main)
    commit(real(), root)
    subprocess.run([*git, "checkout", "--quiet", "-"], check=True)
    bring(real(), root, ours)
    commit(real(), root)
    merged = subprocess.run([*git, "-c", f"merge.conflictStyle={style}", "merge", "theirs"], capture_output=True)
    assert merged.returncode == 1


@pytest.mark.parametrize("link", ["infra", MAIN, ".kr8", ".kr8/generated"])
def test_nothing_is_written_through_a_link(root: Path, tmp_path_factory: pytest.TempPathFactory, link: str) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(outside)
    with pytest.raises(Refused) as caught:
        bring(real(), root, {MAIN: V1})
    assert caught.value.problem.code == "path_outside"
    assert list(outside.iterdir()) == []


def test_files_that_were_committed_with_their_record_follow_the_generator(
    generated: GeneratedFiles, root: Path
) -> None:
    made = tuple(SourceFile(path=path, text=text) for path, text in {MAIN: V1, "other.py": "ä\n"}.items())
    for file in (*made, generated.record(root, "template", made)):
        (root / file.path).parent.mkdir(parents=True, exist_ok=True)
        (root / file.path).write_text(file.text)
    subprocess.run(["git", "-C", root, "add", "--all"], check=True)
    (root / "other.py").write_text("by hand\n")
    new = (SourceFile(path=MAIN, text=V2), made[1])
    written = asyncio.run(generated.write(root, "template", new))
    assert {each.path: each.written for each in written} == {MAIN: Written.UPDATED, "other.py": Written.KEPT}


@pytest.mark.parametrize("beside", [0, 20], ids=["few", "many"])
def test_git_keeps_each_content_as_it_was_generated(root: Path, beside: int) -> None:
    texts = {"empty": "", "open": "no end of line", "marks": "done\nblob\nmark :1\ndata 3\n", "other": "é\r\n\n"}
    texts |= {f"{number}.tf": f"{number}\n" for number in range(beside)}
    bring(real(), root, texts)
    kept = parse((root / ".kr8/generated/terraform").read_text()).files
    assert {path: of_git(root, base.object) for path, base in kept.items()} == {
        path: text.encode() for path, text in texts.items()
    }


def of_git(root: Path, name: str) -> bytes:
    return subprocess.run(["git", "-C", root, "cat-file", "blob", name], check=True, capture_output=True).stdout


def test_a_committed_record_has_what_is_needed_to_merge(root: Path) -> None:
    made = (SourceFile(path="a", text=V1),)
    record = real().record(root, "template", made)
    for file in (*made, record):
        (root / file.path).parent.mkdir(parents=True, exist_ok=True)
        (root / file.path).write_text(file.text)
    subprocess.run(["git", "-C", root, "add", "--all"], check=True)
    (root / "a").write_text(V1.replace("two", "two, by hand"))
    (merged,) = asyncio.run(real().write(root, "template", (SourceFile(path="a", text=V2),)))
    assert merged.written is Written.MERGED
    assert (root / "a").read_text() == V2.replace("two", "two, by hand")


def test_a_file_is_edited_where_it_is_as_it_was(generated: GeneratedFiles, root: Path) -> None:
    (root / "run.sh").write_text("one\n")
    (root / "run.sh").chmod(0o755)
    assert asyncio.run(generated.edit(root, "run.sh", b"one\n", b"two\n"))
    assert (root / "run.sh").read_text() == "two\n" and os.access(root / "run.sh", os.X_OK)
    assert not asyncio.run(generated.edit(root, "run.sh", b"one\n", b"three\n"))
    assert not asyncio.run(generated.edit(root, "gone.tf", b"one\n", b"three\n"))
    assert (root / "run.sh").read_text() == "two\n"


def test_no_file_is_edited_through_a_link(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "a.tf"
    outside.write_text("one\n")
    (root / "a.tf").symlink_to(outside)
    for path in ("a.tf", "../a.tf", str(outside)):
        with pytest.raises(Refused) as caught:
            asyncio.run(real().edit(root, path, b"one\n", b"two\n"))
        assert caught.value.problem.code == "path_outside"
    assert outside.read_text() == "one\n"


def test_nothing_is_written_through_a_link_that_lies_where_a_new_file_is_made(root: Path, outside: Path) -> None:
    mine = outside / "authorized_keys"
    mine.write_text("mine\n")
    mine.chmod(0o600)
    (root / "infra").mkdir()
    (root / MAIN).write_text("one\n")
    for beside in (root / "infra" / ".main.tf.kr8-new", root / ".kr8" / "generated" / ".terraform.kr8-new"):
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.symlink_to(mine)
    assert asyncio.run(real().edit(root, MAIN, b"one\n", V1.encode()))
    assert bring(real(), root, {MAIN: V1, "infra/b.tf": "x\n"}, force=True)[MAIN] is Written.UNCHANGED
    assert mine.read_text() == "mine\n" and mine.stat().st_mode & 0o777 == 0o600
    assert (root / MAIN).read_text() == V1 and not (root / MAIN).is_symlink()


def test_nothing_is_left_beside_what_is_written(root: Path) -> None:
    bring(real(), root, {MAIN: V1})
    (root / MAIN).unlink()
    (root / MAIN).mkdir()
    with pytest.raises(Refused):
        bring(real(), root, {MAIN: V2}, force=True)
    with pytest.raises(OSError, match="directory"):
        below.replace(root, MAIN, b"x")
    assert [path.name for path in (root / "infra").iterdir()] == ["main.tf"]


@pytest.mark.parametrize("path", [".git/hooks/pre-commit", "sub/.GIT/config"])
def test_a_record_from_elsewhere_removes_nothing_of_git(root: Path, path: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text("mine\n")
    bring(real(), root, {MAIN: V1})
    record = root / ".kr8/generated/terraform"
    known = hashlib.sha256(b"mine\n").hexdigest()
    record.write_text(record.read_text() + f"{known} {'0' * 40} {path}\n")
    with pytest.raises(Refused) as caught:
        bring(real(), root, {MAIN: V2})
    assert caught.value.problem.code == "path_outside"
    assert (root / path).read_text() == "mine\n"


@pytest.mark.parametrize("path", ["/here/outside", "../outside", "a/../../outside", "outside/..", "", "."])
def test_no_path_leads_out_of_the_folder(root: Path, path: str) -> None:
    (root / "infra").mkdir()
    for act in (below.read, below.remove, partial(below.create, content=b""), partial(below.replace, content=b"")):
        with pytest.raises(OSError, match="path"):
            act(root / "infra", path.replace("/here", str(root)))
    assert sorted(each.name for each in root.rglob("*") if ".git" not in each.parts) == ["infra"]


@pytest.mark.parametrize("link", ["infra", MAIN])
def test_what_becomes_a_link_once_it_was_looked_at_is_not_followed(root: Path, outside: Path, link: str) -> None:
    (outside / "main.tf").write_text("one\n")
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(outside if link == "infra" else outside / "main.tf")
    acts: list[Callable[[], object]] = [partial(below.read, root, MAIN), partial(below.create, root, MAIN, b"")]
    if link == "infra":
        acts += [partial(below.replace, root, MAIN, b"x"), partial(below.remove, root, MAIN)]
    for act in acts:
        with pytest.raises(OSError) as caught:
            act()
        assert below.is_link(caught.value) or isinstance(caught.value, FileExistsError)
    assert (outside / "main.tf").read_text() == "one\n"


@pytest.mark.parametrize("path", ["/here/mine", "../mine", "infra/../../mine", "link/mine"])
@pytest.mark.parametrize("line", ["{known} {object} {path}", "{known} conflict {object} {other} {path}"])
def test_a_record_from_elsewhere_reaches_nothing_outside_of_the_project(
    root: Path, outside: Path, path: str, line: str
) -> None:
    (outside / "mine").write_text("mine\n")
    bring(real(), root, {MAIN: V1})
    (root / "link").symlink_to(outside)
    path = path.replace("/here", str(outside)).replace("../mine", f"../{outside.name}/mine")
    record = root / ".kr8/generated/terraform"
    known = hashlib.sha256(b"mine\n").hexdigest()
    entry = line.format(known=known, object="0" * 40, other="1" * 64, path=path)
    record.write_text(f"{record.read_text()}{entry}\n")
    for act in (partial(bring, real(), root, {MAIN: V2}), partial(look, real(), root)):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.problem.code == "path_outside"
    assert (outside / "mine").read_text() == "mine\n" and (root / MAIN).read_text() == V1


def look(generated: GeneratedFiles, root: Path) -> bool:
    return bool(asyncio.run(generated.there(root, "terraform")))


def test_a_file_that_git_cannot_merge_is_named_with_a_way_on(root: Path) -> None:
    bring(real(), root, {MAIN: V1, "a.tf": V1})
    for path in (MAIN, "a.tf"):
        (root / path).write_text(V1.replace("one", "ONE"))
    (root / MAIN).write_bytes(b"\0" + V1.encode())
    with pytest.raises(Refused) as caught:
        bring(real(), root, {MAIN: V2, "a.tf": V2})
    problem = caught.value.problem
    assert problem.code == "git_failed" and MAIN in problem.what and "--keep" in problem.mend
    assert bring(real(), root, {MAIN: V2, "a.tf": V2}, keep=(MAIN,))[MAIN] is Written.KEPT
    assert (root / MAIN).read_bytes() == b"\0" + V1.encode()


CRLF = "* text=auto eol=crlf\n"


@pytest.fixture
def windows(root: Path) -> Path:
    """A checkout in which Git ends the lines of files as Windows does."""
    (root / ".gitattributes").write_text(CRLF)
    bring(real(), root, {MAIN: V1, "a.tf": "x\n", "b.tf": V1})
    commit(real(), root)
    for path in (MAIN, "a.tf", "b.tf", ".kr8/generated/terraform"):
        (root / path).unlink()
    subprocess.run(["git", "-C", root, "checkout", "--quiet", "."], check=True)
    assert (root / MAIN).read_bytes() == V1.replace("\n", "\r\n").encode()
    return root


def test_lines_that_git_ends_otherwise_are_no_change_by_hand(windows: Path) -> None:
    files = {MAIN: V1, "a.tf": "x\n", "b.tf": V1}
    assert bring(real(), windows, files) == dict.fromkeys(files, Written.UNCHANGED)
    assert bring(real(), windows, {MAIN: V2, "b.tf": V1}) == {
        MAIN: Written.UPDATED,
        "a.tf": Written.REMOVED,
        "b.tf": Written.UNCHANGED,
    }
    assert (windows / MAIN).read_bytes() == V2.replace("\n", "\r\n").encode()
    assert not (windows / "a.tf").exists()


def test_a_change_by_hand_is_merged_where_lines_end_otherwise(windows: Path) -> None:
    mine = V1.replace("two", "two, by hand").replace("\n", "\r\n").encode()
    (windows / MAIN).write_bytes(mine)
    new = {MAIN: V2, "a.tf": "x\n", "b.tf": V1}
    assert bring(real(), windows, new)[MAIN] is Written.MERGED
    assert (windows / MAIN).read_bytes() == mine.replace(b"six", b"SIX")
    new[MAIN] = V2.replace("two", "2").replace("four", "FOUR")
    assert bring(real(), windows, new)[MAIN] is Written.CONFLICT
    (windows / MAIN).write_bytes(mine.replace(b"two, by hand", b"neither"))
    assert bring(real(), windows, new)[MAIN] is Written.MERGED
    assert (windows / MAIN).read_bytes() == mine.replace(b"two, by hand", b"neither").replace(b"four", b"FOUR")


def test_force_takes_for_committed_what_git_ends_otherwise(windows: Path) -> None:
    (windows / MAIN).write_bytes(V1.replace("one", "by hand").replace("\n", "\r\n").encode())
    commit(real(), windows)
    new = {MAIN: V2, "a.tf": "x\n", "b.tf": V1}
    assert bring(real(), windows, new, force=True)[MAIN] is Written.UPDATED
    assert (windows / MAIN).read_bytes() == V2.replace("\n", "\r\n").encode()
    (windows / MAIN).write_bytes(V2.replace("two", "by hand").replace("\n", "\r\n").encode())
    with pytest.raises(Refused) as caught:
        bring(real(), windows, new, force=True)
    assert caught.value.problem.code == "uncommitted_changes"


def test_ends_of_lines_that_were_generated_stay_as_they_are(root: Path) -> None:
    windows, changed = V1.replace("\n", "\r\n"), V2.replace("\n", "\r\n")
    made = {"a.bat": windows}
    (root / "a.bat").write_bytes(windows.encode())
    assert bring(real(), root, made) == {"a.bat": Written.UNCHANGED}
    assert bring(real(), root, {"a.bat": changed}) == {"a.bat": Written.UPDATED}
    assert (root / "a.bat").read_bytes() == changed.encode()
    assert bring(real(), root, {"a.bat": V1}) == {"a.bat": Written.UPDATED}
    assert (root / "a.bat").read_bytes() == V1.encode()


def test_an_edit_makes_a_file_that_is_not_there_and_none_that_is(generated: GeneratedFiles, root: Path) -> None:
    assert asyncio.run(generated.edit(root, MAIN, None, b"new\n"))
    assert (root / MAIN).read_bytes() == b"new\n"
    assert not asyncio.run(generated.edit(root, MAIN, None, b"other\n")), "somebody has made it meanwhile"
    assert asyncio.run(generated.edit(root, MAIN, b"new\n", b"newer\n"))
    assert (root / MAIN).read_bytes() == b"newer\n"


def test_an_edit_makes_no_file_through_a_link(root: Path, outside: Path) -> None:
    (root / ".kr8").symlink_to(outside)
    with pytest.raises(Refused) as caught:
        asyncio.run(real().edit(root, ".kr8/waivers.toml", None, b"new\n"))
    assert caught.value.problem.code == "path_outside" and not any(outside.iterdir())

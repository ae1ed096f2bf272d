"""What every `TemplateDrafts` does, the fake and the one with folders; what only folders can do stands below."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
from pathlib import Path

import pytest
from tests.fakes.template_drafts import FakeDrafts

from kr8.domain.problem import Problem, Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.templates.drafts import FolderDrafts
from kr8.drivers.templates.driver import FolderTemplates
from kr8.ports.template_drafts import TemplateDrafts
from kr8.ports.templates import RenderedFile

TOML = """\
name = "mine"
version = "1.0.0"
kind = "infrastructure"
description = "Mine."
[[parameters]]
name = "name"
type = "string"
description = "Its name."
"""
TEXTS = {"template.toml": TOML, "files/a.jinja": "{{ name }}\n", "files/b/c": "x\n"}


@pytest.fixture(params=["fake", "folders"])
def drafts(request: pytest.FixtureRequest, tmp_path: Path) -> TemplateDrafts:
    return FakeDrafts() if request.param == "fake" else real(tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def real(home: Path) -> FolderDrafts:
    return FolderDrafts(home, FolderTemplates(home, Processes(os.environ), limit_seconds=5))


def files(drafts: TemplateDrafts, **texts: str) -> tuple[RenderedFile, ...]:
    return drafts.given({**TEXTS, **texts})


def newer(version: str, text: str = "y\n") -> dict[str, str]:
    return {"template.toml": TOML.replace("1.0.0", version), "files/b/c": text}


def test_the_folders_that_have_a_template_are_found(drafts: TemplateDrafts, tmp_path: Path) -> None:
    for path in ("one", "deep/two", "none"):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / ("README" if path == "none" else "template.toml")).write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "one")
    assert asyncio.run(drafts.folders(tmp_path)) == ("deep/two", "one")
    (tmp_path / "template.toml").write_text("")
    assert asyncio.run(drafts.folders(tmp_path)) == (".", "deep/two", "one")


def test_what_cannot_be_read_is_told_by_the_name_that_is_given(drafts: TemplateDrafts, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(drafts.read(tmp_path, "that was fetched"))
    assert "that was fetched" in caught.value.problem.what and tmp_path.name not in caught.value.problem.what


def refused(drafts: TemplateDrafts, texts: dict[str, str], project: Path | None) -> Problem:
    with pytest.raises(Refused) as caught:
        asyncio.run(drafts.keep("mine", drafts.given({**TEXTS, **texts}), project))
    return caught.value.problem


def test_a_draft_is_read_as_it_was_written(drafts: TemplateDrafts) -> None:
    async def story() -> None:
        made = files(drafts)
        async with drafts.written(made) as folder:
            assert await drafts.read(folder) == made
            assert {each.path for each in await drafts.all_of(folder, "mine")} == TEXTS.keys()
        assert not folder.exists()
        assert drafts.describe("mine", made).version == "1.0.0"
        rendering = await drafts.render("mine", made, {"name": "tea"})
        assert {each.path: each.content for each in rendering.files} == {"a": b"tea\n", "b/c": b"x\n"}

    asyncio.run(story())


def test_what_is_no_draft_is_refused(drafts: TemplateDrafts, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(drafts.read(tmp_path))
    assert caught.value.problem.code == "invalid_template"
    with pytest.raises(Refused) as caught:
        drafts.describe("mine", drafts.given({"files/a": ""}))
    assert caught.value.problem.code == "invalid_template"
    with pytest.raises(Refused) as caught:
        drafts.describe("other", files(drafts))
    assert "where other is expected" in caught.value.problem.output[0]


@pytest.mark.parametrize("path", ["files/../../x", "/etc/x", "files/a/../../../x"])
def test_a_path_that_would_leave_is_named(drafts: TemplateDrafts, path: str) -> None:
    with pytest.raises(Refused) as caught:
        files(drafts, **{path: "x"})
    assert caught.value.problem.code == "path_outside" and path in caught.value.problem.output[0]


def test_a_version_never_has_two_contents(drafts: TemplateDrafts, project: Path) -> None:
    where, is_new = asyncio.run(drafts.keep("mine", files(drafts), project))
    assert is_new
    assert asyncio.run(drafts.keep("mine", files(drafts), project)) == (where, False)
    for version in ("1.0.0", "0.9.9"):
        problem = refused(drafts, newer(version), project)
        assert problem.code == "template_version_taken" and "1.0.1" in problem.mend
    assert asyncio.run(drafts.keep("mine", files(drafts, **newer("1.0.1")), project)) == (where, True)
    assert asyncio.run(drafts.keep("mine", files(drafts), None))[1], "the user's is another one"


def test_what_is_kept_is_a_template(tmp_path: Path, project: Path) -> None:
    drafts, templates = real(tmp_path), FolderTemplates(tmp_path, Processes(os.environ))
    made = (*files(drafts), RenderedFile(path="files/run", content=b"", executable=True))
    asyncio.run(drafts.keep("mine", made, project))
    asyncio.run(drafts.keep("mine", made, None))
    for name, origin in (("mine", "user"), ("user/mine", "user"), ("project/mine", "project")):
        rendering = asyncio.run(templates.render(name, {"name": "tea"}, project))
        assert [each.path for each in rendering.files if each.executable] == ["run"]
        assert rendering.template.origin == origin
    asyncio.run(drafts.keep("mine", files(drafts, **newer("1.0.1")), project))
    places = [project / ".kr8/templates", tmp_path / "templates"]
    assert [sorted(path.name for path in place.iterdir()) for place in places] == [["mine"], ["mine"]]
    assert not (project / ".kr8/templates/mine/files/run").exists()


def test_a_projects_templates_are_no_link_out_of_it(tmp_path: Path, project: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (project / ".kr8").symlink_to(tmp_path / "elsewhere")
    assert refused(real(tmp_path), {}, project).code == "path_outside"
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("link", [".kr8/templates", ".kr8/templates/mine"])
def test_a_link_within_the_project_is_followed_as_little(tmp_path: Path, project: Path, link: str) -> None:
    (project / ".git").mkdir()
    (project / ".git" / "config").write_text("mine")
    (project / link).parent.mkdir(parents=True)
    (project / link).symlink_to(project / ".git")
    problem = refused(real(tmp_path), {}, project)
    assert problem.code == "path_outside" and str(project / link) in problem.what and problem.mend
    assert [path.name for path in (project / ".git").iterdir()] == ["config"]


def test_what_is_there_and_is_no_template_stays(tmp_path: Path, project: Path) -> None:
    for place in (project / ".kr8" / "templates" / "mine", tmp_path / "templates" / "mine"):
        place.mkdir(parents=True)
        (place / "notes").write_text("mine")
        assert refused(real(tmp_path), {}, None if place.parent.parent == tmp_path else project).code == "place_taken"
        assert [path.name for path in place.parent.iterdir()] == ["mine"] and (place / "notes").read_text() == "mine"


def test_the_users_templates_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "templates").symlink_to(tmp_path / "dotfiles")
    drafts = real(tmp_path)
    assert asyncio.run(drafts.keep("mine", files(drafts), None))[1]
    assert [path.name for path in (tmp_path / "dotfiles").iterdir()] == ["mine"]


@pytest.mark.parametrize("failing", [1, 2])
def test_the_old_one_stays_where_the_new_one_cannot_take_its_place(
    tmp_path: Path, project: Path, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts, rename = real(tmp_path), os.rename
    place, _ = asyncio.run(drafts.keep("mine", files(drafts), project))
    failures = itertools.repeat(OSError(28, "No space left on device"), failing)

    def full(source: str, target: str, **folders: int) -> None:
        trouble = next(failures, None) if target == "mine" else None
        if trouble is not None:
            raise trouble
        rename(source, target, **folders)

    monkeypatch.setattr("kr8.drivers.templates.keeping.os.rename", full)
    problem = refused(drafts, newer("1.0.1"), project)
    monkeypatch.undo()
    if failing == 2:
        assert problem.code == "template_moved" and problem.outcome == "unknown"
        Path(problem.mend.split()[-2]).rename(place)
    else:
        assert problem.code == "not_writable"
    assert asyncio.run(drafts.keep("mine", files(drafts), project)) == (place, False)
    assert [path.name for path in place.parent.iterdir()] == ["mine"]


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path, project: Path) -> None:
    (project / ".kr8").write_text("a file")
    assert refused(real(tmp_path), {}, project).code == "not_writable"


def link(folder: Path) -> None:
    (folder / "files/link").symlink_to("/etc/passwd")


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "files/pipe")


def manifest(folder: Path) -> None:
    (folder / "template.toml").rename(folder / "elsewhere.toml")
    (folder / "template.toml").symlink_to(folder / "elsewhere.toml")


def large(folder: Path) -> None:
    (folder / "files/large").write_bytes(b"x" * (3 << 20))


def many(folder: Path) -> None:
    for number in range(501):
        (folder / f"files/many-{number}").touch()


def heavy(folder: Path) -> None:
    for number in range(9):
        (folder / f"files/heavy-{number}").write_bytes(b"x" * (2 << 20))


@pytest.mark.parametrize(
    ("harm", "code", "named"),
    [
        (link, "invalid_template", "files/link is a link"),
        (pipe, "invalid_template", "files/pipe is no file"),
        (manifest, "invalid_template", "template.toml cannot be read"),
        (large, "template_limit", "files/large has more than 2,097,152 bytes"),
        (many, "template_limit", "more than 500 files"),
        (heavy, "template_limit", "16,777,216 bytes"),
    ],
)
def test_a_folder_that_is_no_template_is_refused_by_name(tmp_path: Path, harm: object, code: str, named: str) -> None:
    drafts = real(tmp_path)

    async def story() -> Problem:
        async with drafts.written(files(drafts)) as folder:
            assert callable(harm)
            harm(folder)
            with pytest.raises(Refused) as caught:
                await drafts.read(folder)
            return caught.value.problem

    problem = asyncio.run(story())
    assert problem.code == code and named in problem.output[0]


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({f"files/{number}": "" for number in range(501)}, "template_limit"),
        ({"README.md": ""}, "invalid_template"),
        ({"files/a.jinja/b": ""}, "invalid_template"),
        ({"files/.git/hooks/x": ""}, "path_outside"),
        ({"files/a\\b": ""}, "path_outside"),
    ],
)
def test_texts_that_are_no_template_are_refused(tmp_path: Path, texts: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as caught:
        files(real(tmp_path), **texts)
    assert caught.value.problem.code == code


def test_ones_own_template_is_removed_and_no_other(drafts: TemplateDrafts, project: Path) -> None:
    made = files(drafts)
    asyncio.run(drafts.keep("mine", made, project))
    assert not asyncio.run(drafts.has("mine"))
    asyncio.run(drafts.keep("mine", made, None))
    assert asyncio.run(drafts.has("mine"))
    removed = asyncio.run(drafts.remove("mine"))
    assert (removed.place.name, removed.left) == ("mine", None)
    assert not asyncio.run(drafts.has("mine"))
    for name in ("mine", "../project", "", "."):
        with pytest.raises(Refused) as caught:
            asyncio.run(drafts.remove(name))
        assert (caught.value.problem.code, caught.value.problem.field) == ("unknown_template", "name")
    assert asyncio.run(drafts.keep("mine", made, project))[1] is False, "the project's is there"


def test_a_link_among_ones_own_templates_is_not_followed_to_be_removed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "template.toml").write_text(TOML)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/mine").symlink_to(elsewhere)
    with pytest.raises(Refused) as caught:
        asyncio.run(real(tmp_path).remove("mine"))
    assert caught.value.problem.code == "path_outside" and (elsewhere / "template.toml").exists()


def test_what_keeps_a_project_from_being_a_template_is_told_of_that_project(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/link").symlink_to("elsewhere")
    with pytest.raises(Refused) as caught:
        asyncio.run(real(tmp_path).all_of(tmp_path / "copy", "of the project shop"))
    problem = caught.value.problem
    assert (
        "of the project shop" in problem.what and "copy" not in problem.what and "link is a link" in problem.output[0]
    )


def test_what_tools_leave_behind_is_no_part_of_a_draft_that_is_given(tmp_path: Path, project: Path) -> None:
    drafts = real(tmp_path)
    made = files(drafts, **{"files/b/__pycache__/c.pyc": "x"})
    assert {each.path for each in made} == TEXTS.keys()
    for is_new in (True, False):
        assert asyncio.run(drafts.keep("mine", made, project))[1] is is_new


def test_of_two_contents_of_one_version_at_once_one_is_kept(tmp_path: Path, project: Path) -> None:
    async def story() -> list[object]:
        drafts = real(tmp_path)
        both = [drafts.keep("mine", files(drafts, **{"files/b/c": text}), project) for text in ("one\n" * 999, "two\n")]
        return await asyncio.gather(*both, return_exceptions=True)

    for _ in range(20):
        kept = asyncio.run(story())
        refused = [each.problem.code for each in kept if isinstance(each, Refused)]
        assert refused == ["template_version_taken"]
        shutil.rmtree(project / ".kr8")


def test_folders_without_end_are_a_limit_that_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "files" / "/".join("d" * 150)).mkdir(parents=True)
    (folder / "template.toml").write_text(TOML)
    with pytest.raises(Refused) as caught:
        asyncio.run(real(tmp_path).read(folder))
    assert caught.value.problem.code == "template_limit" and "100 deep" in caught.value.problem.output[0]

"""Templates are found by words, kind and page, shown whole to people, fetched by people, and needed things are told."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.templates import KR8_TOML
from tests.support.house import ADA, AGENT, CATALOGUE, ROOT, House
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke
from kr8.domain.problem import Refused
from kr8.domain.template import FoundTemplate, IntegerParameter, Origin
from kr8.operations.kr8.templates import AddTemplate
from kr8.surfaces.cli.render import render

TOML = 'name = "mine"\nversion = "1.2.0"\nkind = "infrastructure"\ndescription = "Mine."\n'
URL, COMMIT = "https://example.com/templates", "0" * 40


def test_lists_have_pages_and_parameters_on_request() -> None:
    async def story() -> None:
        house = House()
        house.templates.files |= {f"tea-{number}": {} for number in range(5)}
        house.templates.more["tea-1"] = (IntegerParameter(name="port", type="integer", description="A port."),)
        first = await house.call("list_templates", AGENT, search="tea", limit=2)
        assert [each["name"] for each in first["templates"]] == ["tea-0", "tea-1"]
        assert first["templates"][1]["wanted"] == ["port"] and first["templates"][1]["parameters"] == []
        seen = [*first["templates"]]
        while first["next"]:
            first = await house.call("list_templates", search="tea", limit=2, cursor=first["next"])
            seen += first["templates"]
        assert [each["name"] for each in seen] == [f"tea-{number}" for number in range(5)]
        whole = await house.call("list_templates", AGENT, search="tea-1", detail=True)
        assert [each["name"] for each in whole["templates"][0]["parameters"]] == ["port"], "kr8 gives the others"
        none = await house.call("list_templates", kind="infrastructure")
        assert none["templates"] == [] and "There is none like that" in none["next_step"]
        past = await house.call("list_templates", search="tea", cursor="after:tea-9")
        assert past["templates"] == [] and past["next_step"] == "There are no more."
        second = await house.call("list_templates", search="tea", limit=2)
        for gone in ("tea-1", "tea-3"):
            del house.templates.files[gone]
        after = await house.call("list_templates", search="tea", limit=2, cursor=second["next"])
        assert [each["name"] for each in after["templates"]] == ["tea-2", "tea-4"], "it goes on from where it was"
        for cursor in ("nonsense", "tea-9", ""):
            problem = await house.refused("list_templates", AGENT, cursor=cursor)
            assert (problem.code, problem.field) == ("invalid_argument", "cursor"), cursor
            assert "next" in problem.mend

    play(story())


def test_what_anybody_may_have_changed_is_not_said_to_be_tried() -> None:
    async def story() -> None:
        house = House()
        listed = await house.call("list_templates", AGENT, search="web-service")
        assert [each["state"] for each in listed["templates"]] == ["tried"] and "unknown" not in listed["next_step"]
        house.commit()
        house.templates.own[ROOT] = {"mine": {"a": "x"}}
        listed = await house.call("list_templates", AGENT, project=str(ROOT), search="mine")
        assert [each["state"] for each in listed["templates"]] == ["unknown"] and "unknown" in listed["next_step"]
        shown = [line.text for line in render("TemplateList", listed)]
        assert "kr8 template create mine --directory .kr8/templates/mine" in shown[2]

    play(story())


@pytest.mark.parametrize(
    ("origin", "broken", "state"),
    [
        ("built-in", "", "tried"),
        ("fetched", "", "tried"),
        ("installed", "", "unknown"),
        ("user", "", "unknown"),
        ("project", "", "unknown"),
        ("project", "It has no template.toml.", "broken"),
    ],
)
def test_what_is_known_of_a_template_goes_by_where_it_lies(origin: Origin, broken: str, state: str) -> None:
    described = {"name": "mine", "version": "1.0.0", "kind": "project", "description": "Mine."}
    found = FoundTemplate.model_validate({**described, "origin": origin, "broken": broken})
    assert found.state == state


def test_a_person_is_shown_a_template_whole() -> None:
    async def story() -> None:
        house = House()
        shown = await house.call("get_template", ADA, name="web-service")
        assert shown["parameters"] == [] and shown["pin"] is None
        problem = await house.refused("get_template", ADA, name="web-servce")
        assert problem.code == "unknown_template" and "'web-service'" in problem.mend

    play(story())


async def added(house: House, **more: Any) -> dict[str, Any]:
    return await house.call("add_template", ADA, url=URL, commit=COMMIT, **more)


def test_what_is_fetched_is_tried_and_pinned_to_its_content() -> None:
    async def story() -> None:
        house = House()
        house.remotes.commits[URL, COMMIT] = {"t/template.toml": TOML, "t/files/a": "x", "other": ""}
        answer = await added(house, path="t")
        pin = answer["pin"]
        assert (pin["name"], pin["url"], pin["commit"], pin["path"]) == ("mine", URL, COMMIT, "t")
        assert (answer["version"], answer["is_new"]) == ("1.2.0", True)
        assert (await added(house, path="t", digest=pin["digest"]))["is_new"] is False
        problem = await house.refused("add_template", ADA, url=URL, commit=COMMIT, path="t", digest="f" * 64)
        assert (problem.code, problem.field) == ("template_digest_differs", "digest") and pin["digest"] in problem.why
        assert (await house.call("remove_template", ADA, name="mine"))["pin"] == pin
        assert (await house.refused("remove_template", ADA, name="mine")).code == "unknown_template"

    play(story())


def test_what_is_fetched_is_called_by_its_whole_name_where_ones_own_of_that_name_comes_first() -> None:
    async def story() -> None:
        house = House()
        house.remotes.commits[URL, COMMIT] = {"template.toml": TOML, "files/a": "x"}
        assert (await added(house))["next_step"].endswith("kr8 new NAME --template mine")
        described: dict[str, Any] = {"name": "mine", "version": "1.0.0", "kind": "infrastructure", "description": "M."}
        own = FoundTemplate.model_validate({**described, "origin": "user"})
        house.templates.others = (own, FoundTemplate.model_validate({**described, "origin": "fetched", "hidden": True}))
        answer = await added(house)
        assert answer["next_step"].endswith("kr8 new NAME --template fetched/mine")
        assert [line.text for line in render("AddedTemplate", answer)][-1] == f"next: {answer['next_step']}"

    play(story())


def test_the_command_that_brings_a_removed_one_back_can_be_pasted() -> None:
    async def story() -> None:
        house = House()
        house.remotes.commits["file:///srv/my repo", COMMIT] = {"a b/template.toml": TOML, "a b/files/a": "x"}
        await house.call("add_template", ADA, url="file:///srv/my repo", commit=COMMIT, path="a b")
        gone = await house.call("remove_template", ADA, name="mine")
        (back,) = [line.text for line in render("RemovedTemplate", gone) if "back with" in line.text]
        words = shlex.split(back.partition(": ")[2])
        assert words[:4] == ["kr8", "template", "add", "file:///srv/my repo"]
        assert words[4:8] == ["--commit", COMMIT, "--path", "a b"]

    play(story())


def test_nothing_of_what_is_fetched_is_run_and_its_tests_are_no_pass() -> None:
    async def story() -> None:
        house = House()
        house.remotes.commits[URL, COMMIT] = {"template.toml": f'{TOML}[tests]\nrun = ["true"]\n', "files/a": "x"}
        answer = await added(house)
        assert [each["checker"] for each in answer["not_checked"]] == ["tests"] and house.builder.trials == []
        assert answer["verdict"] == "incomplete" and "not checked by tests" in answer["next_step"]

    play(story())


def test_what_is_fetched_and_is_no_template_is_not_kept() -> None:
    async def story() -> None:
        house = House()
        house.remotes.commits[URL, COMMIT] = {"template.toml": TOML.replace("infrastructure", "project"), "files/a": ""}
        problem = await house.refused("add_template", ADA, url=URL, commit=COMMIT)
        assert problem.code == "template_makes_no_project"
        house.remotes.commits[URL, COMMIT] = {"README.md": ""}
        assert (await house.refused("add_template", ADA, url=URL, commit=COMMIT)).code == "invalid_template"
        for commit in ("main", "abc123", "0" * 39, "-" * 40):
            refused = await house.refused("add_template", ADA, url=URL, commit=commit)
            assert (refused.code, refused.field) == ("invalid_argument", "commit")
            said = f"{refused.what} {refused.why} {refused.mend}"
            assert "full id of a commit" in said and "branch" in said and "[0-9a-f]" not in said
        assert (await house.refused("add_template", AGENT, url=URL, commit=COMMIT)).code == "not_for_agents"

    play(story())


def test_the_folders_that_have_a_template_are_named_where_the_one_that_was_fetched_has_none() -> None:
    async def story() -> None:
        house = House()
        there = {"a/template.toml": TOML, "a/files/x": "", "deep/b/template.toml": TOML, "README.md": ""}
        house.remotes.commits[URL, COMMIT] = there
        problem = await house.refused("add_template", ADA, url=URL, commit=COMMIT)
        assert (problem.code, problem.field) == ("invalid_template", "path")
        assert problem.output == ("a", "deep/b") and "--path" in problem.mend and "kr8-template-" not in str(problem)
        problem = await house.refused("add_template", ADA, url=URL, commit=COMMIT, path="deep")
        assert problem.output == ("deep/b",)
        house.remotes.commits[URL, COMMIT] = {"README.md": ""}
        problem = await house.refused("add_template", ADA, url=URL, commit=COMMIT)
        assert problem.output == () and "--path" not in problem.mend
        house.remotes.commits[URL, COMMIT] = {"template.toml": "[["}
        problem = await house.refused("add_template", ADA, url=URL, commit=COMMIT)
        assert problem.code == "invalid_template" and "tmp" not in problem.what

    play(story())


def test_what_a_template_needs_is_told_before_anything_is_written(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.templates.lacking = ("It needs node >= 20, which is not on PATH.",)
        problem = await house.refused("create_project", AGENT, name="tea", directory=str(tmp_path / "tea"))
        assert (problem.code, problem.why) == ("needs_unmet", "It needs node >= 20, which is not on PATH.")
        assert not (tmp_path / "tea").exists()
        house.repositories.put(tmp_path, {"README.md": b"mine"})
        adopted = await house.call("create_project", name="tea", directory=str(tmp_path))
        assert adopted["written"] == ["kr8.toml"], "what is adopted is built as it was before"

    play(story())


def test_a_projects_template_takes_no_other_ones_name(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        house.templates.own[ROOT] = {"web-service": {"kr8.toml": KR8_TOML, "evil.py": ""}, "tea": {}}
        listed = {each["name"]: each for each in (await house.call("list_templates", AGENT))["templates"]}
        assert listed["web-service"]["origin"] == "built-in" and not listed["web-service"]["untrusted"]
        assert listed["project/web-service"]["origin"] == listed["tea"]["origin"] == "project"
        first = await house.call("list_templates", AGENT, limit=1)
        second = await house.call("list_templates", AGENT, limit=5, cursor=first["next"])
        assert [each["name"] for each in second["templates"]] == ["tea", "web-service"]
        for more, whose in (({}, "built-in"), ({"template": "project/web-service"}, "project")):
            arguments = {"name": "mine", "directory": str(tmp_path / whose), **more}
            value = (await invoke(CATALOGUE, "create_project", arguments, house.services, ADA, str(ROOT))).value
            assert value["template"] == whose
        for name, origin in (("project/web-service", "project"), ("built-in/web-service", "built-in")):
            assert (await house.call("get_template", name=name))["origin"] == origin
        assert (await house.refused("get_template", name="user/web-service")).code == "unknown_template"

    play(story())


def test_no_template_is_made_or_fetched_with_the_name_of_a_built_in_one() -> None:
    async def story() -> None:
        house = House()
        house.commit()
        for more in ({"files": {"template.toml": "x"}}, {"user": True}, {}):
            problem = await house.refused("create_template", name="web-service", **more)
            assert (problem.code, problem.field) == ("template_name_taken", "name")
        house.remotes.commits[URL, COMMIT] = {"template.toml": TOML.replace("mine", "web-service")}
        assert (await house.refused("add_template", url=URL, commit=COMMIT)).code == "template_name_taken"

    play(story())


def test_ones_own_template_is_made_without_a_project_and_removed(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        folder = tmp_path / "mine"
        (folder / "files").mkdir(parents=True)
        (folder / "template.toml").write_text(TOML)
        (folder / "files/a.yaml").write_text("a: 1\n")
        arguments = {"name": "mine", "directory": "mine", "user": True}
        made = (await invoke(CATALOGUE, "create_template", arguments, house.services, ADA, str(tmp_path))).value
        assert made["state"] == "kept" and (None, "mine") in house.drafts.kept
        assert (await house.refused("remove_template", ADA, name="built-in/mine")).code == "unknown_template"
        assert (await house.call("remove_template", ADA, name="mine"))["path"].endswith("/templates/mine")
        assert (await house.refused("remove_template", ADA, name="user/mine")).code == "unknown_template"
        without = {"name": "mine", "user": True}
        with pytest.raises(Refused) as caught:
            await invoke(CATALOGUE, "create_template", without, house.services, ADA, str(tmp_path))
        assert caught.value.problem.code == "no_repository"

    play(story())


@pytest.mark.parametrize(
    "url", ["https://hunter2@example.com/x", "https://u:hunter2@example.com/x", "ssh://u:hunter2@h/x"]
)
def test_a_url_with_a_password_or_a_token_is_refused_before_the_audit_keeps_it(url: str) -> None:
    async def story() -> None:
        house = House()
        problem = await house.refused("add_template", ADA, url=url, commit=COMMIT)
        assert (problem.code, problem.field, problem.outcome) == ("invalid_argument", "url", "not_started")
        assert await house.audit.length() == 0

    play(story())


@pytest.mark.parametrize(
    "url", ["https://h:8443/a@b", "https://[::1]/a", "ssh://git@h:22/a", "ssh://h/a", "file:///a b"]
)
def test_a_url_without_them_is_taken(url: str) -> None:
    AddTemplate(url=url, commit=COMMIT)

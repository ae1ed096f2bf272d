"""Where a new project may go, what it is made from, and what is said of a place where one is already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.repositories import FakeRepositories
from tests.fakes.templates import KR8_TOML
from tests.support.house import ADA, AGENT, CATALOGUE, ROOT, SHOP, House
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke
from kr8.domain.caller import Caller, Surface
from kr8.domain.made_files import UNFINISHED
from kr8.domain.template import StringParameter
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.projectfile.unfinished import mark
from kr8.ports.repositories import Commit
from kr8.workflows.grounds import Grounds


def test_a_kr8_toml_that_is_not_committed_yet_is_told_and_not_taken_for_the_new_one(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.repositories.put(tmp_path, {"README.md": b"mine"})
        made = await house.call("create_project", AGENT, name="first", directory=str(tmp_path))
        again = await house.refused("create_project", AGENT, name="second", directory=str(tmp_path))
        assert (again.code, again.outcome) == ("project_exists", "not_started")
        assert f"first ({made['id']}), not committed yet" in again.what
        (tmp_path / "kr8.toml").write_text("[project]\nnam = 'x'\n")
        broken = await house.refused("create_project", name="second", directory=str(tmp_path))
        assert broken.code == "project_exists" and "kr8.toml:2:1" in str(broken.output)

    play(story())


def test_a_project_that_is_committed_is_told_with_its_name_and_id(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.repositories.put(tmp_path, {"kr8.toml": house.toml.encode()})
        again = await house.refused("create_project", name="shop", directory=str(tmp_path))
        assert again.code == "project_exists" and f"shop ({SHOP})" in again.what and "not committed" not in again.what

    play(story())


def test_a_repository_without_a_commit_is_an_existing_one(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        made = await house.call("create_project", name="fresh", directory=str(bare(house, tmp_path / "a")))
        assert made["written"] == ["kr8.toml"] and made["commit"] is None and "commit it" in made["next_step"]
        again = await house.call("create_project", AGENT, name="fresh", directory=str(bare(house, tmp_path / "b")))
        assert f"create_deployment with project={again['path']!r}" in again["next_step"], "its name is not known yet"

    play(story())


def bare(house: House, path: Path) -> Path:
    """A repository without a commit."""
    path.mkdir()
    house.repositories.snapshots[path] = []
    return path


@pytest.mark.parametrize(
    "below", ["file", "file/deep/er", "ring/x", "/proc/xx", "/proc/1/fd/xx", "/sys/xx", "x" * 300, "a\0b"]
)
def test_a_directory_that_cannot_be_one_is_refused_and_nothing_is_left(below: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        (tmp_path / "file").write_text("mine")
        (tmp_path / "ring").symlink_to("ring")
        problem = await house.refused("create_project", name="new", directory=str(tmp_path / below))
        assert problem.code in ("directory_not_usable", "not_writable"), problem
        assert (problem.field, problem.outcome) == ("directory", "not_started")
        assert problem.mend and below[:20].partition("/deep")[0] in f"{problem.what} {problem.why}".replace(
            "\\x00", "\0"
        )
        assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "ring"]

    play(story())


@pytest.mark.parametrize("named", ["../y", "../shop/../y", "./../y/."])
def test_a_directory_is_looked_for_from_where_the_caller_stands(named: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        stands = tmp_path / "shop"
        stands.mkdir()
        arguments = {"name": "new", "directory": named}
        made = (await invoke(CATALOGUE, "create_project", arguments, house.services, ADA, str(stands))).value
        assert made["path"] == str(tmp_path / "y") and (tmp_path / "y" / "kr8.toml").exists()

    play(story())


def test_what_is_refused_is_shown_as_it_was_resolved(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "file").write_text("mine")
        (tmp_path / "link").symlink_to(tmp_path / "full")
        for named in ("a/../full", "link", "link/../full"):
            problem = await house.refused("create_project", name="new", directory=str(tmp_path / named))
            assert problem.code == "directory_not_empty" and str(tmp_path / "full") in problem.what

    play(story())


def test_the_templates_of_the_project_where_the_caller_stands_are_listed_and_used(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.call("check_project")
        house.templates.own[ROOT] = {"tea": {"kr8.toml": KR8_TOML}}
        listed = (await house.call("list_templates", AGENT))["templates"]
        assert [(each["name"], each["origin"]) for each in listed] == [("tea", "project"), ("web-service", "built-in")]
        made = await house.call("create_project", AGENT, name="new", directory=str(tmp_path / "new"), template="tea")
        assert made["template"] == "project"
        plain = await house.call("create_project", name="plain", directory=str(tmp_path / "plain"))
        assert plain["template"] == "built-in"
        away = (await invoke(CATALOGUE, "list_templates", {}, house.services, ADA, str(tmp_path))).value["templates"]
        assert [each["name"] for each in away] == ["web-service"]
        named = {"project": "shop"}
        away = (await invoke(CATALOGUE, "list_templates", named, house.services, ADA, str(tmp_path))).value["templates"]
        assert [each["name"] for each in away] == ["tea", "web-service"]

    play(story())


def test_a_value_that_the_projects_file_refuses_is_named_and_nobody_is_sent_to_a_file(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.templates.files["job"] = {"kr8.toml": JOB}
        house.templates.more["job"] = (
            StringParameter(name="when", type="string", description="When.", default="0 * * * *"),
            StringParameter(name="pace", type="string", description="How long.", default="30s"),
        )
        asked = {"name": "new", "directory": str(tmp_path / "new"), "template": "job"}
        one = await house.refused("create_project", AGENT, **asked, values={"when": "61 99 * * *", "pace": "1m"})
        assert (one.code, one.field, one.place) == ("invalid_parameter", "values.when", None)
        assert "when" in one.what and "pace" not in one.what and "'61 99 * * *'" in one.output[0]
        assert "kr8 check" not in one.mend and "value" in one.mend
        both = await house.refused("create_project", AGENT, **asked, values={"when": "61 99 * * *", "pace": "no"})
        assert both.field == "values.when" and "pace" in both.what and len(both.output) == 2
        assert not (tmp_path / "new").exists()
        house.templates.more["job"] = (
            StringParameter(name="when", type="string", description="When.", default="no time"),
            StringParameter(name="pace", type="string", description="How long.", default="30s"),
        )
        own = await house.refused("create_project", AGENT, **asked)
        assert own.code == "invalid_project_file" and "template" in own.mend and "kr8 check" not in own.mend

    play(story())


JOB = """\
[project]
name = "{{ name }}"
id = "{{ id }}"
[services.tidy]
kind = "job"
run = ["tidy"]
schedule = "{{ when }}"
[environments.development]
strategy = { kind = "rolling", bake = "{{ pace }}" }
"""


def test_an_agent_takes_the_template_that_it_made_in_a_project_it_does_not_stand_in(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        tea = tmp_path / "tea"
        tea.mkdir()
        house.repositories.put(tea, {"README.md": b"mine"})
        for kind, template in (("project", "mine"), ("infrastructure", "bucket")):
            told = await house.call(
                "create_template",
                AGENT,
                project=str(tea),
                name=template,
                files={"template.toml": manifest(template, kind), "files/main.tf": "", **toml_of(kind)},
            )
            assert f"template={template!r} and project={str(tea)!r}" in told["next_step"], told["next_step"]
        house.templates.own[tea] = {"mine": {"kr8.toml": KR8_TOML}, "bucket": {"main.tf": ""}}
        house.templates.infrastructure = frozenset({"bucket"})
        asked = {"name": "new", "directory": str(tmp_path / "new")}
        problem = await house.refused("create_project", AGENT, **asked, template="mine")
        assert problem.code == "unknown_template" and "project" in problem.mend, problem
        made = await house.call("create_project", AGENT, **asked, template="mine", project=str(tea))
        assert made["template"] == "project"
        added = await house.call("create_project", AGENT, **asked, template="bucket", project=str(tea))
        assert "main.tf" in added["written"]

    play(story())


def test_a_repository_has_its_own_templates_wherever_the_caller_stands(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        house.repositories.put(tmp_path, {"README.md": b"mine"})
        house.templates.own[tmp_path] = {"mine": {"kr8.toml": KR8_TOML}}
        made = await house.call("create_project", AGENT, name="tea", directory=str(tmp_path), template="mine")
        assert (made["template"], made["written"]) == ("project", ["kr8.toml"])

    play(story())


def test_git_is_not_asked_for_templates_where_no_folder_has_its_own(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        await house.call("list_templates", AGENT)
        assert not house.repositories.looked
        house.templates.own[ROOT] = {"tea": {"kr8.toml": KR8_TOML}}
        below = str(ROOT / "deep" / "er")
        await invoke(CATALOGUE, "list_templates", {}, house.services, ADA, below)
        assert house.repositories.looked

    play(story())


def test_a_template_that_makes_no_project_is_refused(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        house.templates.files["bucket"] = {"main.tf": ""}
        problem = await house.refused("create_project", name="new", directory=str(tmp_path / "x"), template="bucket")
        assert (problem.code, problem.field, problem.outcome) == (
            "template_makes_no_project",
            "template",
            "not_started",
        )
        assert not (tmp_path / "x").exists()

    play(story())


@pytest.mark.parametrize("caller", [ADA, AGENT])
@pytest.mark.parametrize(
    "below", ["home", "home/templates/web-service", "home/cache/checkov", "link/tools", "tools/x/0"]
)
def test_nobody_makes_a_project_in_what_is_kr8s_own(caller: Caller, below: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        home = tmp_path / "home"
        (home / "templates").mkdir(parents=True)
        (tmp_path / "link").symlink_to(home)
        keep_free(house, Grounds((tmp_path / "link", tmp_path / "tools")))
        problem = await house.refused("create_project", caller, name="new", directory=str(tmp_path / below))
        assert (problem.code, problem.field, problem.outcome) == ("directory_reserved", "directory", "not_started")
        assert str((tmp_path / below).resolve()) in problem.what and problem.why and problem.mend
        assert not (tmp_path / "tools").exists() and not any((home / "templates").iterdir())

    play(story())


@pytest.mark.parametrize("caller", [ADA, AGENT])
@pytest.mark.parametrize("below", ["shop/.git", "shop/.git/hooks/new", "shop/.GIT/new", "shop.git/hooks/new"])
def test_nobody_makes_a_project_in_what_git_runs(caller: Caller, below: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        for part in ("shop/.git", "shop.git/objects", "shop.git/refs"):
            (tmp_path / part).mkdir(parents=True)
        (tmp_path / "shop.git" / "HEAD").write_text("ref: refs/heads/main")
        before = sorted(tmp_path.rglob("*"))
        problem = await house.refused("create_project", caller, name="new", directory=str(tmp_path / below))
        assert problem.code == "directory_reserved" and "Git" in problem.why
        assert sorted(tmp_path.rglob("*")) == before

    play(story())


@pytest.mark.parametrize(
    "where",
    ["u/.ssh", "u/.terraform.d/plugins/x", "u/.config/new", "u/bin", "u/link/new", "u", "path/x", "path"],
)
@pytest.mark.parametrize("surface", [Surface.MCP, Surface.HTTP])
def test_who_is_away_makes_no_project_in_what_programs_run_and_trust(
    where: str, surface: Surface, tmp_path: Path
) -> None:
    async def story() -> None:
        house = House()
        (tmp_path / "u" / ".local").mkdir(parents=True)
        (tmp_path / "u" / "link").symlink_to(tmp_path / "u" / ".local")
        if where == "u":
            (tmp_path / "u" / "link").unlink()
            (tmp_path / "u" / ".local").rmdir()
        (tmp_path / "ring").symlink_to("ring")
        keep_free(house, Grounds((tmp_path / "u" / ".cache" / "kr8",), (tmp_path / "ring", tmp_path / "path")))
        before = sorted(tmp_path.rglob("*"))
        asked = {"name": "new", "directory": str(tmp_path / where)}
        problem = await house.refused("create_project", Caller(name="x", surface=surface), **asked)
        assert (problem.code, problem.field, problem.outcome) == ("directory_for_people", "directory", "not_started")
        assert "kr8 new" in problem.mend and sorted(tmp_path.rglob("*")) == before
        assert (await house.call("create_project", ADA, **asked))["commit"]

    play(story())


@pytest.mark.parametrize(
    "where", ["/", "/etc/new", "/usr/local/bin/new", "/boot/new", "/lib/new", "/opt/new", "/var/spool/new", "/run/new"]
)
def test_who_is_away_makes_no_project_in_folders_of_the_machine(where: str) -> None:
    async def story() -> None:
        problem = await House().refused("create_project", AGENT, name="new", directory=where)
        assert problem.code in ("directory_for_people", "directory_not_empty"), problem
        assert not Path(where, "kr8.toml").exists()

    play(story())


def test_an_agent_works_in_a_checkout_that_lies_in_a_hidden_folder(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        tree = tmp_path / "shop" / ".trees" / "fix"
        tree.mkdir(parents=True)
        house.repositories.put(tree, {"app.py": b"mine"})
        made = await house.call("create_project", AGENT, name="shop", directory=str(tree))
        assert made["written"] == ["kr8.toml"]

    play(story())


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("create_project", {"name": "new"}),
        ("update_project", {}),
        ("generate_terraform", {}),
        ("fix_infrastructure", {}),
        ("create_template", {"name": "mine", "accept": ["name", "id"]}),
    ],
)
def test_nothing_is_written_into_a_repository_that_lies_in_what_is_kr8s_own(
    name: str, more: dict[str, object], tmp_path: Path
) -> None:
    async def story() -> None:
        house = House()
        where = tmp_path / "home" / "shop"
        where.mkdir(parents=True)
        files = {} if name == "create_project" else {"kr8.toml": house.toml.encode()}
        house.repositories.put(where, {"app.py": b"", **files})
        house.repositories.lying |= {(where, path): content for path, content in files.items()}
        keep_free(house, Grounds((tmp_path / "home",)))
        place = "directory" if name == "create_project" else "project"
        for caller in (ADA, AGENT):
            problem = await house.refused(name, caller, **{place: str(where), **more})
            assert problem.code == "directory_reserved", problem
        assert not any(where.iterdir())

    play(story())


def keep_free(house: House, grounds: Grounds) -> None:
    """Have a house know what is kr8's own."""
    house.services = replace(house.services, checkouts=replace(house.services.checkouts, grounds=grounds))


def manifest(name: str, kind: str) -> str:
    """The template.toml of a template."""
    return f"""\
name = "{name}"
version = "1.0.0"
kind = "{kind}"
description = "Mine."
[[parameters]]
name = "name"
type = "string"
description = "The project's name."
[[parameters]]
name = "id"
type = "string"
description = "The project's id."
"""


def toml_of(kind: str) -> dict[str, str]:
    """The kr8.toml of a template, where one of its kind makes one."""
    return {"files/kr8.toml.jinja": KR8_TOML} if kind == "project" else {}


@pytest.mark.parametrize("is_user", [True, False])
def test_who_stands_in_a_repository_is_told_a_place_outside_of_it_for_a_project_of_the_template(is_user: bool) -> None:
    async def story() -> None:
        house = House()
        house.commit()
        files = {"template.toml": manifest("mine", "project"), "files/main.tf": "", **toml_of("project")}
        told = (await house.call("create_template", name="mine", files=files, user=is_user))["next_step"]
        assert f"kr8 new NAME --template mine --directory {ROOT.parent / 'NAME'} takes it" in told
        agents = {"name": "agents", "files": {**files, "template.toml": manifest("agents", "project")}}
        told = (await house.call("create_template", AGENT, **agents))["next_step"]
        assert f"create_project with template='agents' and directory={str(ROOT.parent / 'NAME')!r} takes it" in told

    play(story())


@pytest.mark.parametrize(("asked", "fixed"), [("{{ id }}", SHOP), ("{{ name }}", "shop")])
def test_a_template_that_gives_every_project_the_same_identity_makes_none(
    asked: str, fixed: str, tmp_path: Path
) -> None:
    async def story() -> None:
        house = House()
        house.templates.files["mine"] = {"kr8.toml": KR8_TOML.replace(asked, fixed)}
        problem = await house.refused(
            "create_project", AGENT, name="new", directory=str(tmp_path / "new"), template="mine"
        )
        assert (problem.code, problem.field, problem.outcome) == ("template_identity", "template", "not_started")
        assert not (tmp_path / "new").exists()

    play(story())


class Interrupted(BaseException):
    """What ends a daemon."""


class Failing(FakeRepositories):
    """Makes no commit."""

    async def start(self, directory: Path, message: str) -> Commit:
        """Fail."""
        raise Interrupted


def test_without_its_first_commit_nothing_of_a_project_is_left(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        failing = replace(house.services.checkouts, repositories=Failing())
        arguments = {"name": "new", "directory": str(tmp_path / "new")}
        with pytest.raises(Interrupted):
            await invoke(CATALOGUE, "create_project", arguments, replace(house.services, checkouts=failing), ADA)
        assert not list((tmp_path / "new").rglob("*"))
        assert (await house.call("create_project", **arguments))["commit"]

    play(story())


@pytest.mark.parametrize("count", [1, 2, 4])
def test_what_an_interrupted_run_has_left_is_made_anew(count: int, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        directory = tmp_path / "new"
        interrupted_after(count, directory)
        (directory / "began").touch()
        made = await house.call("create_project", name="new", directory=str(directory))
        assert "kr8.toml" in made["written"] and ".kr8/unfinished" not in made["written"]
        assert not (directory / ".kr8/unfinished").exists() and not (directory / "0").exists()

    play(story())


def test_what_somebody_has_put_beside_it_stays(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        directory = tmp_path / "new"
        interrupted_after(3, directory)
        (directory / "0").write_text("edited")
        problem = await house.refused("create_project", name="new", directory=str(directory))
        assert problem.code == "directory_not_empty" and (directory / "1").exists()
        (directory / "0").unlink()
        (directory / "mine").symlink_to("elsewhere")
        assert (await house.refused("create_project", name="new", directory=str(directory))).code == problem.code
        assert (directory / "1").exists() and (directory / "mine").is_symlink()

    play(story())


@pytest.mark.parametrize("large", [UNFINISHED, "0", "mine"])
def test_what_is_larger_than_any_template_makes_is_not_read(large: str, tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        directory = tmp_path / "new"
        interrupted_after(3, directory)
        with (directory / large).open("ab") as file:
            file.truncate(1 << 40)
        problem = await house.refused("create_project", name="new", directory=str(directory))
        assert problem.code == "directory_not_empty" and (directory / "1").exists()

    play(story())


def interrupted_after(count: int, directory: Path) -> None:
    """Have a directory as `make` leaves it that is killed after some files; `began` is one that it had opened."""
    files = {**{str(number): b"x" * number for number in range(5)}, "began": b"text"}
    TomlProjectFiles().write(directory, {UNFINISHED: mark(files), **dict(list(files.items())[:count])})

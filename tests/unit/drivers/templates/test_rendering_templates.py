"""Templates come from five places; whatever one says, it makes files below the project and nothing else."""

from __future__ import annotations

import ast
import asyncio
import os
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kr8.domain.problem import Problem, Refused
from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.templates import contents
from kr8.drivers.templates.driver import FolderTemplates
from kr8.drivers.templates.folders import BUILT_IN
from kr8.drivers.templates.rendering import Failed, Request, Value, rendered, toml_value

VALUES = {"name": "shop", "id": "prj_7k2m9q"}
TOML = 'name = "mine"\nversion = "1.0.0"\nkind = "project"\ndescription = "Mine."\n'
NAME = '[[parameters]]\nname = "name"\ntype = "string"\ndescription = "Its name."\n'


def template(place: Path, name: str, files: dict[str, str], toml: str = TOML + NAME) -> Path:
    folder = place / name
    for path, text in files.items():
        (folder / "files" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "files" / path).write_text(text)
    (folder / "template.toml").write_text(toml.replace('"mine"', f'"{name}"'))
    return folder


def made(folder: Path, values: Mapping[str, Value], *conditions: tuple[str, str]) -> dict[str, str]:
    """What a folder's files become, by path."""
    request = Request(contents.sources(contents.read(folder)), values, {}, conditions)
    return {file.path: file.content.decode() for file in rendered(request)}


def render(home: Path, which: str, /, project: Path | None = None, **values: str) -> dict[str, str]:
    templates = FolderTemplates(home, Processes(os.environ))
    rendering = asyncio.run(templates.render(which, {**VALUES, **values}, project))
    return {file.path: file.content.decode() for file in rendering.files}


def refused(home: Path, text: str, path: str = "out.jinja", toml: str = TOML + NAME, **values: str) -> Problem:
    template(home / "templates", "mine", {path: text}, toml)
    with pytest.raises(Refused) as caught:
        render(home, "mine", None, **values)
    return caught.value.problem


def test_what_comes_from_elsewhere_takes_no_name_and_each_can_be_named_by_its_origin(tmp_path: Path) -> None:
    project = tmp_path / "project"
    templates = FolderTemplates(tmp_path, Processes({}))
    template(project / ".kr8/templates", "web-service", {"who": "project"})
    assert "kr8.toml" in render(tmp_path, "web-service", project)
    assert render(tmp_path, "project/web-service", project) == {"who": "project"}
    template(project / ".kr8/templates", "tea", {"who": "project"})
    assert render(tmp_path, "tea", project) == render(tmp_path, "project/tea", project) == {"who": "project"}
    template(tmp_path / "templates", "web-service", {"who": "user"})
    template(tmp_path / "templates", "tea", {"who": "user"})
    assert render(tmp_path, "web-service", project) == render(tmp_path, "tea", project) == {"who": "user"}
    assert "kr8.toml" in render(tmp_path, "built-in/web-service", project)
    found = {each.called: (each.name, each.origin) for each in asyncio.run(templates.list(project))}
    assert found["web-service"] == ("web-service", "user") and found["tea"] == ("tea", "user")
    assert found["built-in/web-service"] == ("web-service", "built-in")
    assert found["project/web-service"] == ("web-service", "project") and found["project/tea"] == ("tea", "project")
    assert "user/tea" not in found and list(found) == sorted(found)
    for name in ("elsewhere/tea", "built-in/tea", "project/nothing", "/tea"):
        with pytest.raises(Refused) as caught:
            render(tmp_path, name, project)
        assert caught.value.problem.code == "unknown_template"


def test_a_folder_is_near_to_templates_that_lie_above_it(tmp_path: Path) -> None:
    templates = FolderTemplates(tmp_path / "home", Processes({}))
    below = tmp_path / "project" / "deep" / "er"
    assert not asyncio.run(templates.near(below))
    template(tmp_path / "project" / ".kr8/templates", "tea", {"who": "project"})
    assert asyncio.run(templates.near(below)) and asyncio.run(templates.near(tmp_path / "project"))
    assert not asyncio.run(templates.near(tmp_path))


def test_only_jinja_files_are_filled_in(tmp_path: Path) -> None:
    files = {"{{ name }}/a.txt.jinja": "{{ name }}\n", "b.yml": "${{ secrets.x }} {{ name }}\n"}
    template(tmp_path / "templates", "mine", files)
    assert render(tmp_path, "mine") == {"shop/a.txt": "shop\n", "b.yml": "${{ secrets.x }} {{ name }}\n"}


def test_a_program_stays_one(tmp_path: Path) -> None:
    folder = template(tmp_path / "templates", "mine", {"run": "", "read": ""})
    (folder / "files/run").chmod(0o755)
    files = asyncio.run(FolderTemplates(tmp_path, Processes({})).render("mine", VALUES)).files
    assert [(file.path, file.executable) for file in files] == [("read", False), ("run", True)]


@pytest.mark.parametrize(
    "text",
    [
        "{{ nothing }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ name.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{% include '/etc/passwd' %}",
        "{{ '{0.__class__.__mro__}'.format(name) }}",
        "{% if %}",
        "{{ 1 / 0 }}",
    ],
)
def test_an_expression_that_may_not_be_is_refused(tmp_path: Path, text: str) -> None:
    folder = template(tmp_path, "mine", {"out.jinja": text})
    with pytest.raises(Failed) as caught:
        made(folder, VALUES)
    assert (caught.value.code, caught.value.field) == ("invalid_template", "out.jinja")


def test_what_no_parameter_declares_is_named_with_where_it_is_declared(tmp_path: Path) -> None:
    folder = template(tmp_path, "mine", {"out.jinja": "a\n{{ name }}\n{{ nothing }}"})
    with pytest.raises(Failed) as caught:
        made(folder, VALUES)
    assert "out.jinja:3: 'nothing' is undefined" in str(caught.value) and "[[parameters]]" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("..", "leave"),
        ("a/../../b", "it is '../b'"),
        (".git", "Git"),
        ("/etc/x", "leave"),
        ("a\nb", "not printed"),
        ("a//b", "empty part"),
        ("a\\b", "a backslash"),
        ("a\u00a0b", "hard space"),
        ("a/" * 300 + "b", "512"),
    ],
)
def test_a_path_that_would_leave_is_refused(tmp_path: Path, name: str, why: str) -> None:
    folder = template(tmp_path, "mine", {"{{ name }}": "x"})
    with pytest.raises(Failed) as caught:
        made(folder, {"name": name})
    assert caught.value.code == "path_outside" and why in caught.value.what


def test_links_are_no_part_of_a_template(tmp_path: Path) -> None:
    folder = template(tmp_path / "templates", "mine", {"a": ""})
    (folder / "files/link").symlink_to("/etc/passwd")
    with pytest.raises(Refused) as caught:
        render(tmp_path, "mine")
    assert caught.value.problem.code == "invalid_template"


def test_a_projects_template_is_no_link_out_of_it(tmp_path: Path) -> None:
    template(tmp_path / "elsewhere", "mine", {"a": ""})
    (tmp_path / "project/.kr8").mkdir(parents=True)
    (tmp_path / "project/.kr8/templates").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused) as caught:
        render(tmp_path, "mine", tmp_path / "project")
    assert caught.value.problem.code == "unknown_template"


def test_a_template_that_cannot_be_used_says_why_and_hides_no_other(tmp_path: Path) -> None:
    template(tmp_path / "templates", "broken", {"a": ""}, toml="version = 1\nkind = 'x'\n")
    listed = {each.name: each for each in asyncio.run(FolderTemplates(tmp_path, Processes({})).list())}
    assert "cannot be used" in listed["broken"].description and "version" in listed["broken"].broken
    assert "web-service" in listed
    with pytest.raises(Refused) as caught:
        render(tmp_path, "broken")
    assert caught.value.problem.code == "invalid_template"


WRONG = """\
nam = "broken"
version = "1"
kind = "projekt"
description = "Mine."
needs = ["node > 20"]
[[parameters]]
name = "Port"
type = "integer"
default = "x"
[[parameters]]
name = "size"
type = "number"
description = "How large."
[[parameters]]
name = "regions"
type = "integer"
description = "How many."
minimum = 3
default = 1
"""


def test_each_mistake_of_a_template_has_its_line_and_what_may_stand_there(tmp_path: Path) -> None:
    template(tmp_path / "templates", "broken", {"a": ""}, toml=WRONG)
    with pytest.raises(Refused) as caught:
        render(tmp_path, "broken")
    problem = caught.value.problem
    said = {line.partition(" ")[0]: line.partition(" ")[2] for line in problem.output}
    assert said["template.toml:1:1"].startswith(("name: it is missing", "nam: there is no such key here"))
    assert any("Did you mean 'name'?" in line for line in problem.output)
    assert "MAJOR.MINOR.PATCH" in said["template.toml:2:1"]
    assert "Did you mean 'project'?" in said["template.toml:3:1"]
    assert "node >= 20" in said["template.toml:5:10"]
    assert said["template.toml:9:1"] == "parameters.0.default: 'x' is not allowed: it must be a whole number"
    assert said["template.toml:10:3"].startswith("parameters.1: there is no type 'number'")
    assert "integer" in said["template.toml:10:3"]
    assert said["template.toml:14:3"] == "parameters.2: its default is not allowed: it is at least 3"
    assert problem.place == "template.toml:1:1" and "pydantic" not in str(problem) and "Input" not in str(problem)


def test_a_value_of_an_example_that_is_not_allowed_has_its_line(tmp_path: Path) -> None:
    toml = TOML + ASKS + '[[examples]]\nname = "one"\nvalues = { regions = "eu" }\n[[examples]]\nname = "two"\n'
    for values, at, what in (
        ("{ regions = 'eu', port = 0 }", "examples.1.values.port", "it is at least 1"),
        ("{ colour = 'red' }", "examples.1.values.colour", "there is no such parameter"),
    ):
        problem = refused(tmp_path, "x", toml=f"{toml}values = {values}\n")
        line = toml.count("\n") + 1
        assert problem.output[0].startswith(f"template.toml:{line}:") and f" {at}: {what}" in problem.output[0]
    broken = refused(tmp_path, "x", toml="name = \n")
    assert broken.code == "invalid_template" and "line 1" in broken.output[0]


def test_a_template_that_was_edited_is_read_anew(tmp_path: Path) -> None:
    templates = FolderTemplates(tmp_path, Processes({}))

    def described() -> str:
        return {each.name: each.description for each in asyncio.run(templates.list())}["mine"]

    template(tmp_path / "templates", "mine", {"read": ""})
    assert [described(), described()] == ["Mine.", "Mine."]
    template(tmp_path / "templates", "mine", {"read": ""}, TOML.replace("Mine.", "Changed."))
    assert described() == "Changed."
    (tmp_path / "templates/mine/template.toml").write_text("[[")
    assert "cannot be used" in described()
    template(tmp_path / "templates", "mine", {"read": ""}, TOML.replace("Mine.", "Mended."))
    assert described() == "Mended."


def test_a_value_is_checked_before_anything_is_made(tmp_path: Path) -> None:
    toml = TOML + NAME.replace("string", "choice") + 'choices = ["blue", "red"]\n'
    problem = refused(tmp_path, "{{ name }}", toml=toml, name="bleu")
    assert (problem.code, problem.field) == ("invalid_parameter", "values.name")
    assert "'blue'" in problem.output[0]
    with pytest.raises(Refused) as caught:
        render(tmp_path, "web-service", staging_port="80; rm -rf /")
    assert (caught.value.problem.code, caught.value.problem.field) == ("invalid_parameter", "values.staging_port")
    with pytest.raises(Refused) as caught:
        asyncio.run(FolderTemplates(tmp_path, Processes({})).render("web-service", {"name": "shop"}))
    assert caught.value.problem.code == "missing_parameter"


ASKS = (
    NAME + '[[parameters]]\nname = "port"\ntype = "integer"\ndescription = "Its port."\nminimum = 1\n'
    '[[parameters]]\nname = "regions"\ntype = "list"\ndescription = "Where."\npattern = "[a-z]+"\n'
)


def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    problem = refused(tmp_path, "x", toml=TOML + ASKS)
    assert (problem.code, problem.field) == ("missing_parameter", "values.port")
    assert problem.output == ("port (integer, minimum 1): Its port.", "regions (list, pattern [a-z]+): Where.")


def test_values_keep_their_types_in_the_child(tmp_path: Path) -> None:
    text = "{{ port + 1 }} {{ regions | toml }}{% for region in regions %} {{ region }}{% endfor %}!\n"
    template(tmp_path / "templates", "mine", {"out.jinja": text}, TOML + ASKS)
    assert render(tmp_path, "mine", port="8000", regions="eu,us") == {"out": '8001 ["eu", "us"] eu us!\n'}
    with pytest.raises(Refused) as caught:
        render(tmp_path, "mine", port="8000", regions="eu,US")
    assert (caught.value.problem.code, caught.value.problem.field) == ("invalid_parameter", "values.regions")


def test_all_values_that_are_not_allowed_are_named_at_once(tmp_path: Path) -> None:
    problem = refused(tmp_path, "x", toml=TOML + ASKS, port="no", regions="x" * 20_000)
    assert (problem.code, problem.field) == ("invalid_parameter", "values.port")
    assert "port" in problem.what and "regions" in problem.what
    toml = TOML + NAME + 'pattern = "[a-z]+"\n' + ASKS.removeprefix(NAME)
    problem = refused(tmp_path, "x", toml=toml, name="TEA", port="1", regions="EU,us")
    assert (problem.code, problem.field) == ("invalid_parameter", "values.name")
    assert problem.what == "What is given for name, regions is not allowed."
    assert problem.output == ("name: it must match [a-z]+", "regions: it must match [a-z]+")
    problem = refused(tmp_path, "x", toml=TOML, colour="red", taste="sour")
    assert problem.code == "unknown_parameter" and "'colour'" in problem.what and "'taste'" in problem.what


CHOICE = '[[parameters]]\nname = "database"\ntype = "choice"\nchoices = ["none", "postgres"]\ndefault = "none"\n'
CHOICE += 'description = "Which database."\n'


def condition(path: str, when: str) -> str:
    return TOML + NAME + CHOICE + f"[[files]]\npath = {path!r}\nwhen = {when!r}\n"


def test_files_are_made_where_their_condition_holds(tmp_path: Path) -> None:
    files = {"a": "", "migrations/1.sql": "", "migrations/2.sql.jinja": "{{ name }}"}
    template(tmp_path / "templates", "mine", files, condition("migrations", 'database == "postgres"'))
    assert set(render(tmp_path, "mine")) == {"a"}
    assert set(render(tmp_path, "mine", database="postgres")) == {"a", "migrations/1.sql", "migrations/2.sql"}


@pytest.mark.parametrize(
    ("path", "when"),
    [
        ("b", "true"),
        ("a", "databse"),
        ("a", "name ="),
        ("a", "''.__class__.__mro__[1].__subclasses__()"),
        ("a", "name) or (true"),
    ],
)
def test_a_condition_that_cannot_be_judged_is_a_mistake_of_the_template(tmp_path: Path, path: str, when: str) -> None:
    problem = refused(tmp_path, "x", path="a", toml=condition(path, when))
    assert problem.code == "invalid_template"


def test_a_file_that_is_a_folder_too_is_refused(tmp_path: Path) -> None:
    template(tmp_path / "templates", "mine", {"{{ name }}": "x", "shop/a": ""})
    with pytest.raises(Refused) as caught:
        render(tmp_path, "mine")
    assert caught.value.problem.code == "invalid_template" and "file and as a folder" in caught.value.problem.output[0]


def test_the_digest_is_of_all_that_is_rendered(tmp_path: Path) -> None:
    folder = template(tmp_path / "templates", "mine", {"a": "", "b": ""})

    def digest() -> str:
        return asyncio.run(FolderTemplates(tmp_path, Processes({})).render("mine", VALUES)).digest

    first = digest()
    assert digest() == first
    seen = {first}
    (folder / "files/a").write_text("x")
    seen.add(digest())
    (folder / "files/a").chmod(0o755)
    seen.add(digest())
    (folder / "files/a").rename(folder / "files/c")
    seen.add(digest())
    (folder / "template.toml").write_text((folder / "template.toml").read_text() + "# more\n")
    seen.add(digest())
    assert len(seen) == 5


def test_a_need_that_path_does_not_meet_is_a_sentence(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, said in (("node", "v18.19.1"), ("go", "go version go1.22.2 linux/amd64"), ("mute", "hello")):
        (tools / name).write_text(f"#!/bin/sh\n[ $0 != {tools}/go ] || [ $1 = version ] || exit 2\necho {said}\n")
        (tools / name).chmod(0o755)
    needs = '["node >= 18.20", "node >= 18", "go >= 1.22", "mute >= 1", "mute", "absent", "absent >= 2"]'
    template(tmp_path / "templates", "mine", {"a": ""}, TOML + f"needs = {needs}\n")
    templates = FolderTemplates(tmp_path, Processes(os.environ), path=f"{tools}:/bin")
    assert asyncio.run(templates.unmet("mine")) == (
        "It needs node >= 18.20; on PATH is 18.19.1.",
        "It needs mute >= 1; on PATH is one that does not tell its version.",
        "It needs absent, which is not on PATH.",
        "It needs absent >= 2, which is not on PATH.",
    )


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_description_is_carried_through_unchanged(description: str) -> None:
    assert tomllib.loads(f"x = {toml_value(description)}")["x"] == description


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet=st.sampled_from("{}%#\"'\\\n$`<>\u202eä\x7f "), max_size=40))
def test_no_description_is_read_as_a_template(description: str) -> None:
    ports = {"development_port": 1, "staging_port": 2, "production_port": 3}
    files = made(BUILT_IN / "web-service", {**VALUES, **ports, "description": description})
    assert tomllib.loads(files["kr8.toml"])["project"]["description"] == description


@pytest.mark.parametrize("name", sorted(path.parent.name for path in BUILT_IN.glob("*/template.toml")))
def test_a_built_in_template_makes_a_project_of_its_defaults_and_of_each_example(tmp_path: Path, name: str) -> None:
    templates = FolderTemplates(tmp_path, Processes(os.environ))
    (described,) = [each for each in asyncio.run(templates.list()) if each.name == name]
    assert described.broken == "" and not described.wanted()
    for values in ({}, *(example.values for example in described.examples)):
        given_values: dict[str, Value] = {"description": 'Any "one".', **values, **VALUES}
        rendering = asyncio.run(templates.render(name, given_values))
        content = next(file.content for file in rendering.files if file.path == "kr8.toml")
        head = TomlProjectFiles().read(content).project
        assert (head.name, head.id, head.description) == ("shop", VALUES["id"], given_values["description"])


def test_the_web_service_is_whole(tmp_path: Path) -> None:
    files = render(tmp_path, "web-service", description="Sells things.")
    wanted = {".gitignore", "README.md", "kr8.toml", "requirements.txt", "app/main.py", "tests/test_app.py"}
    assert wanted <= files.keys()
    assert not [path for path in files if path.endswith((".jinja", ".pyc"))]
    assert "Sells things." in files["README.md"]
    lines = files["requirements.txt"].splitlines()
    hashed = [line for line, following in pairwise(lines) if "--hash=sha256:" in following]
    assert [line for line in lines if line[:1].isalpha()] == [line for line in hashed if line[:1].isalpha()]
    assert "://" not in files["requirements.txt"]
    for path, text in files.items():
        if path.endswith(".py"):
            ast.parse(text)

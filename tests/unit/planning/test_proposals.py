"""A template that is made of a project makes that project again, whatever stands in its files."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kr8.domain.project import Project
from kr8.domain.template import Template, Value
from kr8.drivers.templates.rendering import File, Request, rendered
from kr8.planning.proposal import Proposal
from kr8.planning.proposals import counts, draft, kept, proposals
from kr8.ports.templates import RenderedFile

TOML = """\
[project]
name = "shop"
id = "prj_7k2m9q"
description = "Sells {{ tea }} \\"and\\" more."
[services.web]
run = ["serve", "{port}"]
[services.admin-page]
run = ["serve", "{port}"]
[environments.development]
listen = { web = "127.0.0.1:8000" }
[environments.pre-live]
listen = { web = "127.0.0.1:8001", admin-page = "127.0.0.1:8002" }
[environments.other]
listen = { web = "127.0.0.1:8000" }
[accounts.prod]
id = "210987654321"
"""
PROJECT = Project.model_validate(tomllib.loads(TOML))


def file(path: str, text: str | bytes = "", *, executable: bool = False) -> RenderedFile:
    content = text.encode() if isinstance(text, str) else text
    return RenderedFile(path=path, content=content, executable=executable)


def made(files: tuple[RenderedFile, ...], *names: str) -> tuple[Template, dict[str, bytes]]:
    """The template of these files, and what it makes of the project's own values."""
    taken = [each for each in proposals(PROJECT) if each.parameter.name in names or not names]
    drafted = draft("mine", "1.0.0", "Mine.", taken, files)
    values: dict[str, Value] = {each.parameter.name: each.parameter.read(each.text) for each in taken}
    sources = [File(each.path.removeprefix("files/"), each.content, each.executable) for each in drafted[1:]]
    template = Template.model_validate(tomllib.loads(drafted[0].content.decode()))
    return template, {each.path: each.content for each in rendered(Request(tuple(sources), values, {}))}


def proposal(name: str) -> Proposal:
    return next(each for each in proposals(PROJECT) if each.parameter.name == name)


def test_what_a_project_could_be_asked_for() -> None:
    found = {each.parameter.name: each.text for each in proposals(PROJECT)}
    assert found == {
        "name": "shop",
        "id": "prj_7k2m9q",
        "description": 'Sells {{ tea }} "and" more.',
        "pre_live_web_port": "8001",
        "pre_live_admin_page_port": "8002",
        "prod_account": "210987654321",
    }, "a port that two environments have stands for neither"


def test_it_says_where_each_stands() -> None:
    files = (file("a", "shop shop-web shop_test shopping\n"), file("b", b"\xff shop"), file("c", ":8001 80010 :80011"))
    assert counts(proposal("name"), files) == {"a": 3}
    assert counts(proposal("pre_live_web_port"), files) == {"c": 1}


def test_the_template_makes_the_project_again() -> None:
    files = (
        file("kr8.toml", TOML),
        file("shop/main.py", 'NAME = "shop"\nprint(f"{{shop}} {shop!r}", {"shop": 1})\n'),
        file("README.md", '# shop\n\nSells {{ tea }} "and" more.\n${{ secrets.x }} {% raw %} {# x #}\nhttp://x:8001\n'),
        file("run", "#!/bin/sh\nexec shop\n", executable=True),
        file("windows.txt", "shop\r\n"),
        file("picture", b"\x89PNG\0shop"),
        file("page.html.jinja", "{{ title }} of shop"),
        file("{{ odd }}", "{{ shop"),
    )
    template, again = made(files)
    assert again == {each.path: each.content for each in files}
    assert [each.name for each in template.parameters] == [each.parameter.name for each in proposals(PROJECT)]
    assert template.examples[0].values == {"prod_account": "123456789012"}
    assert [each.name for each in template.wanted()] == ["prod_account"]


def test_another_project_has_nothing_of_the_first() -> None:
    taken = [each for each in proposals(PROJECT) if each.parameter.name in ("name", "id", "description")]
    drafted = draft("mine", "1.0.0", "Mine.", taken, (file("kr8.toml", TOML), file("shop/a.py", "shop")))
    values: dict[str, Value] = {"name": "tea", "id": "prj_other00", "description": 'A "b" {{ c }}'}
    sources = tuple(File(each.path.removeprefix("files/"), each.content, each.executable) for each in drafted[1:])
    again = {each.path: each.content.decode() for each in rendered(Request(sources, values, {}))}
    assert again["tea/a.py"] == "tea"
    project = Project.model_validate(tomllib.loads(again["kr8.toml"])).project
    assert (project.name, project.id, project.description) == ("tea", "prj_other00", 'A "b" {{ c }}')


def test_what_kr8_keeps_of_the_project_and_can_generate_is_left_out() -> None:
    record = "# …\n0123 4567 infra/terraform/main.tf\n"
    files = (
        file(".kr8/generated/terraform", record),
        file(".kr8/generated/template", "0123 4567 app.py\n"),
        file(".kr8/template.toml"),
        file("infra/terraform/main.tf"),
        file("infra/own.tf"),
        file("app.py"),
    )
    assert [each.path for each in kept(files)] == ["infra/own.tf", "app.py"]


LARGE = """\
[project]
name = "shop"
id = "prj_7k2m9q"
[services.web]
run = ["serve", "{port}"]
memory = "256M"
[services.admin-page]
run = ["serve", "{port}"]
memory = "512M"
[accounts.prod]
id = "210987654321"
region = "eu-west-1"
[infrastructure.terraform]
region = "eu-west-1"
domain = "shop.example.org"
notify = ["ops@shop.example.org"]
monthly_usd = 300
sizes = { web = { cpu = 512, memory = 1024 } }
[infrastructure.kubernetes]
registry = "registry.example.org:5000/shop"
[infrastructure.kubernetes.services.web]
hosts = ["www.example.org"]
cpu_request = "250m"
memory_limit = "1G"
[environments.other.infrastructure.terraform]
region = "us-east-1"
monthly_usd = 50
[environments.other.infrastructure.ansible]
hosts = ["10.1.2.3", "10.1.2.4", "db"]
"""
LARGER = Project.model_validate(tomllib.loads(LARGE))


@pytest.mark.parametrize(
    ("name", "text", "asked"),
    [
        ("region", "eu-west-1", "eu-west-1"),
        ("other_region", "us-east-1", "us-east-1"),
        ("domain", "shop.example.org", None),
        ("mail", "ops@shop.example.org", None),
        ("registry", "registry.example.org:5000/shop", "registry.example.org:5000/shop"),
        ("monthly_usd", "300", 300),
        ("other_monthly_usd", "50", 50),
        ("web_memory", "256M", "256M"),
        ("admin_page_memory", "512M", "512M"),
        ("task_cpu", "512", 512),
        ("task_memory", "1024", 1024),
        ("cpu_request", "250m", "250m"),
        ("memory_limit", "1G", "1G"),
        ("web_host", "www.example.org", None),
        ("other_host_1", "10.1.2.3", None),
        ("other_host_2", "10.1.2.4", None),
    ],
)
def test_places_names_money_and_sizes_are_proposed_and_found(name: str, text: str, asked: str | int | None) -> None:
    found = {each.parameter.name: each for each in proposals(LARGER)}
    assert (found[name].text, found[name].parameter.default) == (text, asked), sorted(found)
    assert counts(found[name], (file("kr8.toml", LARGE),)), "it stands in kr8.toml"
    assert (found[name].example is None) is (asked is not None)
    found[name].parameter.read(found[name].example or text)


def test_there_is_one_parameter_for_what_stands_in_several_places_and_none_for_a_default() -> None:
    found = {each.parameter.name: each for each in proposals(LARGER)}
    assert counts(found["region"], (file("kr8.toml", LARGE), file("a.tf", "eu-west-1 eu-west-1a"))) == {
        "kr8.toml": 2,
        "a.tf": 1,
    }
    assert "db" not in {each.text for each in found.values()}, "it is a word of many things"
    assert not {"region", "domain", "registry", "memory"} & {each.parameter.name for each in proposals(PROJECT)}


def test_a_number_is_looked_for_where_its_key_stands_alone() -> None:
    budget = next(each for each in proposals(LARGER) if each.parameter.name == "monthly_usd")
    files = (file("kr8.toml", f"{LARGE}# 300 of them\n"), file("README.md", "monthly_usd = 300\n"), file("a", "300"))
    assert counts(budget, files) == {"kr8.toml": 1}


def test_a_template_that_asks_for_all_of_it_makes_the_project_again() -> None:
    files = (file("kr8.toml", LARGE), file("README.md", "https://shop.example.org in eu-west-1, by shop\n"))
    drafted = draft("mine", "1.0.0", "Mine.", proposals(LARGER), files)
    template = Template.model_validate(tomllib.loads(drafted[0].content.decode()))
    own: dict[str, Value] = {each.parameter.name: each.parameter.read(each.text) for each in proposals(LARGER)}
    sources = tuple(File(each.path.removeprefix("files/"), each.content, each.executable) for each in drafted[1:])
    again = {each.path: each.content for each in rendered(Request(sources, own, {}))}
    assert again == {each.path: each.content for each in files}
    other = own | {"domain": "tea.example.net", "region": "eu-north-1", "monthly_usd": 10, "web_memory": "1G"}
    changed = {each.path: each.content.decode() for each in rendered(Request(sources, other, {}))}
    assert changed["README.md"] == "https://tea.example.net in eu-north-1, by shop\n"
    assert 'domain = "tea.example.net"' in changed["kr8.toml"] and "monthly_usd = 10\n" in changed["kr8.toml"]
    assert len(template.parameters) == len(proposals(LARGER))


def test_long_names_of_tables_make_names_that_a_parameter_may_have() -> None:
    long = "a" * 32
    toml = TOML.replace("admin-page", long).replace("pre-live", "b" * 32)
    names = [each.parameter.name for each in proposals(Project.model_validate(tomllib.loads(toml)))]
    assert len(set(names)) == len(names) == 6 and max(map(len, names)) <= 64


PIECES = st.sampled_from(
    ["{", "}", "{{", "}}", "{%", "%}", "{#", "#}", "shop", "prj_7k2m9q", " ", "\n", "-", "'", '"', "ä"]
)
TEXTS = st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join).filter(lambda text: "\r" not in text)


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.sampled_from(["a.txt", "a.jinja"]))
def test_any_text_comes_back_as_it_was(text: str, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    files = (file(path, text),)
    if "\0" not in text:
        assert made(files, "name", "id")[1] == {path: text.encode()}


@pytest.mark.parametrize("text", ["{shop", "{{shop}}", "${shop}", "{%shop%}", "{{{shop", "shop{", "shop}}", "{", "{{"])
def test_braces_beside_an_expression_stay_what_they_are(text: str) -> None:
    assert made((file("a", text),), "name")[1] == {"a": text.encode()}

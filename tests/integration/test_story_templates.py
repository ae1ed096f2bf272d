"""Templates from end to end: made of a project, deployed from, followed, fetched, installed; and hostile ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from tests.support.agent import Refusal
from tests.support.scene import Scene, rolling

TOML = """\
name = "{name}"
version = "{version}"
kind = "project"
description = "A page that says who owns it."

[[parameters]]
name = "name"
type = "string"
description = "The project's name."

[[parameters]]
name = "id"
type = "string"
description = "The project's id."

[[parameters]]
name = "owner"
type = "string"
description = "Who owns it."

[[examples]]
name = "owned"
values = {{ owner = "Ada" }}
"""
KR8_TOML = """\
[project]
name = {{ name | toml }}
id = {{ id | toml }}

[services.web]
run = ["python3", "-m", "http.server", "--bind", "127.0.0.1", "{port}"]
monitoring = { metrics = "/" }

[environments.development]
strategy = { kind = "rolling" }
"""
FILES = {"template.toml": TOML.format(name="page", version="1.0.0"), "files/kr8.toml.jinja": KR8_TOML}
INDEX = "one\ntwo\nthree\nowned by {{ owner }}\nfive\nsix\nseven\n"
WHEEL = {
    "more_pages/__init__.py": "raise SystemExit('no code of a distribution runs for its templates')\n",
    "more_pages/template.toml": TOML.format(name="installed-page", version="1.0.0"),
    "more_pages/files/kr8.toml.jinja": KR8_TOML,
    "more_pages/inner/template.toml": TOML.format(name="inner-page", version="1.0.0"),
    "more_pages/inner/files/kr8.toml.jinja": KR8_TOML,
    "more_pages-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: more-pages\nVersion: 1.0\n",
    "more_pages-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "more_pages-1.0.dist-info/entry_points.txt": "[kr8.templates]\n"
    "installed-page = more_pages\ninner-page = more_pages.inner\nlost = nowhere.at\nbroken = more_pages:x\n",
    "more_pages-1.0.dist-info/RECORD": "",
}


def installed(folder: Path) -> Path:
    """A distribution with a template, installed as any other; the folder to put on the path."""
    wheel, place = folder / "more_pages-1.0-py3-none-any.whl", folder / "installed"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in WHEEL.items():
            archive.writestr(name, text)
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert uv is not None
    argv = [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--target", str(place), str(wheel)]
    subprocess.run(argv, check=True, timeout=60)
    return place


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Scene(PYTHONPATH=str(installed(tmp_path_factory.mktemp("pages")))) as scene:
        scene.declare(development={"strategy": rolling(), "listen": {"web": scene.at(0)}})
        scene.start_project()
        yield scene


def create(scene: Scene, name: str, project: Path, **arguments: Any) -> dict[str, Any]:
    """What came of a draft, asked for until it was tried."""
    while True:
        try:
            return scene.agent.call("create_template", name=name, project=str(project), **arguments)
        except Refusal as refusal:
            if refusal.code != "still_trying":
                raise


def refused(scene: Scene, name: str, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(Refusal) as caught:
        create(scene, name, scene.project, **arguments)
    return caught.value.problem


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=author", "-c", "user.email=author@localhost")
    command = ["git", "-C", str(folder), *author, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_an_agent_makes_a_template_of_the_project_and_deploys_another_one_from_it(shop: Scene) -> None:
    proposed = create(shop, "shop-like", shop.project)
    assert proposed["state"] == "proposed" and not (shop.project / ".kr8").exists()
    names = [each["name"] for each in proposed["proposed"]]
    assert names == ["name", "id", "development_port"]
    made = create(shop, "shop-like", shop.project, accept=names)
    assert (made["state"], made["path"]) == ("kept", str(shop.project / ".kr8/templates/shop-like"))
    again = create(shop, "shop-like", shop.project, accept=names)
    assert again["state"] == "unchanged"
    assert refused(shop, "shop-like", accept=["name", "id"])["code"] == "template_version_taken"
    where = shop.directory / "tea"
    values = {"development_port": int(shop.at(1).rpartition(":")[2])}
    made = shop.op("create_project", name="tea", directory=str(where), template="shop-like", values=values)
    assert made["template"] == "project"
    assert f'"{shop.at(1)}"' in (where / "kr8.toml").read_text()
    done = shop.agent.call("deploy_project", project=str(where), environment="development", wait_s=25)
    assert done["state"] == "succeeded", done
    connection = HTTPConnection("127.0.0.1", values["development_port"], timeout=5)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200


def test_a_project_follows_its_template_and_keeps_what_was_changed_by_hand(shop: Scene) -> None:
    files = {**FILES, "files/index.html.jinja": INDEX, "files/old.txt": "old\n"}
    made = create(shop, "page", shop.project, files=files)
    assert made["state"] == "kept", made
    where = shop.directory / "page"
    with pytest.raises(Refusal) as caught:
        shop.op("create_project", name="page", directory=str(where), template="page")
    assert caught.value.problem["output"] == ["owner (string): Who owns it."]
    words = ("new", "page", "--directory", str(where), "--template", "page", "--value", "owner=Ada")
    assert ".kr8/template.toml" in shop.cli(*words).value["written"]
    assert tomllib.loads((where / ".kr8/template.toml").read_text())["values"]["owner"] == "Ada"
    # The template is the shop's: the page has it as its own from here on.
    shutil.copytree(shop.project / ".kr8/templates", where / ".kr8/templates")
    assert shop.cli("template", "update", where=where).value["next_step"].startswith("Nothing changed")
    (where / "index.html").write_text((where / "index.html").read_text().replace("seven", "seven, by hand"))
    newer = {
        **FILES,
        "template.toml": TOML.format(name="page", version="1.1.0"),
        "files/index.html.jinja": INDEX.replace("two", "2"),
        "files/new.txt": "new\n",
    }
    assert create(shop, "page", where, files=newer)["state"] == "kept"
    became = shop.agent.call("update_project", project=str(where))
    assert {each["path"]: each["written"] for each in became["files"]} == {
        ".kr8/template.toml": "updated",
        "index.html": "merged",
        "new.txt": "new",
        "old.txt": "removed",
    }
    assert (where / "index.html").read_text() == "one\n2\nthree\nowned by Ada\nfive\nsix\nseven, by hand\n"
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--message", "Follow the template")
    clone = shop.directory / "clone"
    git(shop.directory, "clone", "--quiet", str(where), str(clone))
    (clone / "index.html").write_text((clone / "index.html").read_text().replace("2", "zwei"))
    newest = {**newer, "template.toml": TOML.format(name="page", version="2.0.0")}
    newest["files/index.html.jinja"] = INDEX.replace("two", "II")
    create(shop, "page", clone, files=newest)
    said = shop.cli("template", "update", where=clone, code=10).value
    assert said["counts"]["conflict"] == 1 and "zwei" in (clone / "index.html").read_text()
    (conflict,) = [each for each in said["files"] if each["written"] == "conflict"]
    assert "\n-zwei\n" in conflict["untrusted_difference"] and "\n+II\n" in conflict["untrusted_difference"]
    shown = shop.cli("template", "update", code=10, where=clone, as_json=False).out
    assert "\n-zwei\n+II\n" in shown and "conflict: index.html" in shown
    assert shop.cli("template", "update", "--keep", "index.html", where=clone).value["version"] == "2.0.0"
    assert shop.cli("template", "update", where=clone).value["state"] == "done"


def test_a_template_is_fetched_pinned_and_refused_once_it_differs(shop: Scene) -> None:
    origin = shop.directory / "origin"
    for path, text in FILES.items():
        file = origin / "page" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace('"page"', '"fetched-page"'))
    git(shop.directory, "init", "--quiet", str(origin))
    git(origin, "add", "--all")
    git(origin, "commit", "--quiet", "--message", "One")
    words = ("template", "add", origin.as_uri(), "--commit", git(origin, "rev-parse", "HEAD"), "--path", "page")
    assert shop.cli(*words, "--digest", "0" * 64, code=None).problem["code"] == "template_digest_differs"
    pin = shop.cli(*words).value["pin"]
    assert shop.cli("template", "show", "fetched-page").value["pin"] == pin
    assert pin["digest"] in (shop.home / "templates.toml").read_text()
    listed = {each["name"]: each for each in shop.agent.call("list_templates")["templates"]}
    assert (listed["fetched-page"]["origin"], listed["fetched-page"]["untrusted"]) == ("fetched", True)
    new = ("new", "other", "--template", "fetched-page", "--value", "owner=Grace", "--directory")
    assert shop.cli(*new, str(shop.directory / "other")).value["template"] == "fetched"
    (shop.home / "fetched/fetched-page/files/kr8.toml.jinja").write_text(KR8_TOML + "# more\n")
    problem = shop.cli(*new, str(shop.directory / "another"), code=None).problem
    assert problem["code"] == "template_changed" and not (shop.directory / "another").exists()
    assert shop.cli("template", "remove", "fetched-page", "--yes").value["pin"] == pin
    assert shop.cli("template", "show", "fetched-page", code=None).problem["code"] == "unknown_template"
    assert not any("add_template" in name or "remove_template" in name for name in shop.agent.tools())


def test_an_installed_distribution_offers_its_template_without_running(shop: Scene) -> None:
    listed = {each["name"]: each for each in shop.agent.call("list_templates")["templates"]}
    assert {listed[name]["origin"] for name in ("installed-page", "inner-page")} == {"installed"}
    assert not {"lost", "broken"} & listed.keys()
    where = shop.directory / "from-installed"
    words = ("new", "from-installed", "--template", "installed-page", "--value", "owner=Ada", "--directory", str(where))
    assert shop.cli(*words).value["template"] == "installed"


PLAIN = FILES["template.toml"].replace('name = "page"', 'name = "bad"')


@pytest.mark.parametrize(
    ("files", "code", "named"),
    [
        (
            {"files/x.jinja": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"},
            "template_limit",
            "time limit",
        ),
        ({"files/x.jinja": "{{ 'x' * 1000000000 }}"}, "template_limit", "memory limit"),
        ({"files/x.jinja": "{{ 'x' * 100000000 }}"}, "template_limit", "16,777,216 bytes"),
        ({"files/{{ owner }}/{{ '../../../x' }}": ""}, "path_outside", "../../x"),
        ({"files/../../x": ""}, "path_outside", "../../x"),
        ({"files/x.jinja": "{% include '/etc/passwd' %}"}, "invalid_template", "x.jinja"),
        ({f"files/{number}": "" for number in range(501)}, "template_limit", "500 files"),
        ({"files/key": "AKIA" + "QYLPMN5HHHFPZAM2\n"}, "template_secret", "files/key:1"),
        ({"files/kr8.toml.jinja": KR8_TOML + "[services.web.more]\n"}, "invalid_project_file", "kr8.toml"),
        ({"files/kr8.toml.jinja": KR8_TOML.replace("{{ id | toml }}", '"prj_always1"')}, "template_identity", "id"),
        (
            {"files/Dockerfile": "FROM python:latest\n", "files/infra/main.tf": 'resource "x" {\n'},
            "template_not_valid",
            "",
        ),
    ],
    ids=[
        "loops",
        "1 GB",
        "100 MB",
        "out by a name",
        "out by a path",
        "reads",
        "many",
        "secret",
        "broken",
        "same",
        "not valid",
    ],
)
def test_a_template_that_is_not_well_is_stopped_by_what_is_named(
    shop: Scene, files: dict[str, str], code: str, named: str
) -> None:
    problem = refused(shop, "bad", files={**FILES, "template.toml": PLAIN, **files})
    assert problem["code"] == code, problem
    assert named in " ".join([problem["what"], problem["why"], *problem["output"]]), problem
    assert not (shop.project / ".kr8/templates/bad").exists()
    assert not (shop.directory / "x").exists() and not (shop.project / "x").exists()


TESTED = """
[tests]
run = ["sh", "-c", "cat answer && grep -q 42 answer"]
"""
BUILT = KR8_TOML.replace("run = [", 'build = "echo {{ owner }} > answer"\nrun = [')


def with_tests(name: str, answer: str) -> dict[str, str]:
    """A draft whose tests look at what its build has left."""
    toml = TOML.format(name=name, version="1.0.0").replace("Ada", answer)
    return {"template.toml": toml + TESTED, "files/kr8.toml.jinja": BUILT}


def test_a_templates_own_tests_run_before_it_is_kept_and_nothing_of_them_is_left(shop: Scene) -> None:
    before = sorted(each.name for each in (shop.home / "builds").iterdir())
    kept = create(shop, "tested", shop.project, files=with_tests("tested", "42"))
    assert kept["state"] == "kept" and "tests" not in {each["checker"] for each in kept["not_checked"]}
    problem = refused(shop, "untested", files=with_tests("untested", "41"))
    assert problem["code"] == "template_tests_failed" and "the example owned" in problem["what"]
    assert problem["output"] == ["41"] and not (shop.project / ".kr8" / "templates" / "untested").exists()
    assert sorted(each.name for each in (shop.home / "builds").iterdir()) == before


def test_a_template_that_lies_there_is_tried_by_the_same_call(shop: Scene) -> None:
    folder = shop.project / ".kr8" / "templates" / "lying"
    for path, text in with_tests("lying", "42").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    assert create(shop, "lying", shop.project, directory=".kr8/templates/lying")["state"] == "unchanged"
    (folder / "template.toml").write_text(with_tests("lying", "41")["template.toml"])
    assert refused(shop, "lying", directory=".kr8/templates/lying")["code"] == "template_tests_failed"
    shutil.rmtree(folder)


def test_a_folder_with_a_link_out_is_refused(shop: Scene) -> None:
    draft = shop.project / "draft"
    for path, text in {**FILES, "template.toml": PLAIN}.items():
        (draft / path).parent.mkdir(parents=True, exist_ok=True)
        (draft / path).write_text(text)
    (draft / "files/link").symlink_to("/etc/passwd")
    problem = refused(shop, "bad", directory="draft")
    assert problem["code"] == "invalid_template" and "files/link is a link" in problem["output"][0]
    (draft / "files/link").unlink()
    assert refused(shop, "bad", directory="../draft")["code"] == "path_outside"
    assert create(shop, "bad", shop.project, directory="draft")["state"] == "kept"

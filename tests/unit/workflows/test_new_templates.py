"""A draft is kept once it was tried with its defaults and every example, and nothing grave was found."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.templates import KR8_TOML
from tests.support.house import ADA, AGENT, ROOT, House
from tests.support.virtual import play

from kr8.domain.finding import Finding, Severity
from kr8.surfaces.cli.render import render
from kr8.workflows.new_templates import LONGEST_S

TOML = """\
name = "mine"
version = "1.0.0"
kind = "project"
description = "Mine."
"""
PARAMETER = '[[parameters]]\nname = "{name}"\ntype = "string"\ndescription = "It."\n{more}'
NAMES = PARAMETER.format(name="name", more="") + PARAMETER.format(name="id", more="")
FILES = {"template.toml": TOML + NAMES, "files/kr8.toml.jinja": KR8_TOML, "files/app.py": "x\n"}


def finding(severity: Severity) -> Finding:
    return Finding(rule="mine/rule", severity=severity, what="Something.", place="app.py:1")


async def furnished() -> House:
    house = House()
    house.commit()
    await house.call("check_project")
    return house


async def kept(house: House, **files: str) -> dict[str, Any]:
    return await house.call("create_template", AGENT, name="mine", files={**FILES, **files})


async def code(house: House, **files: str) -> str:
    problem = await house.refused("create_template", AGENT, name="mine", files={**FILES, **files})
    assert problem.outcome == "not_started" and not house.drafts.kept
    return problem.code


def test_a_draft_that_is_well_is_kept_in_the_project(tmp_path: Path) -> None:
    async def story() -> None:
        house = await furnished()
        answer = await kept(house)
        assert (answer["state"], answer["version"], answer["findings"]) == ("kept", "1.0.0", [])
        assert (ROOT, "mine") in house.drafts.kept
        assert (await kept(house))["state"] == "unchanged"
        problem = await house.refused("create_template", name="mine", files={**FILES, "files/more": ""})
        assert problem.code == "template_version_taken"

    play(story())


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"template.toml": "name = 1"}, "invalid_template"),
        ({"files/kr8.toml.jinja": "[project"}, "invalid_project_file"),
        ({"files/kr8.toml.jinja": KR8_TOML.replace("{{ id }}", "prj_always1")}, "template_identity"),
        ({"files/kr8.toml.jinja": KR8_TOML.replace("{{ name }}", "always")}, "template_identity"),
        ({"files/kr8.toml.jinja": KR8_TOML + '[validation]\nleave_out = ["deploy"]\n'}, "template_leaves_out"),
        ({"files/.kr8/waivers.toml": ""}, "template_waives"),
        ({"files/.kr8/generated/terraform": ""}, "template_makes_records"),
        ({"files/x/../../y": ""}, "path_outside"),
        ({"template.toml": TOML + NAMES + PARAMETER.format(name="owner", more="")}, "example_missing"),
        (
            {"template.toml": TOML + NAMES + PARAMETER.format(name="owner", more='[[examples]]\nname = "one"\n')},
            "missing_parameter",
        ),
    ],
)
def test_a_draft_that_is_not_well_is_refused(files: dict[str, str], expected: str) -> None:
    async def story() -> None:
        assert await code(await furnished(), **files) == expected

    play(story())


def test_a_project_template_without_kr8_toml_is_none() -> None:
    async def story() -> None:
        house = await furnished()
        files = {path: text for path, text in FILES.items() if "kr8.toml" not in path}
        problem = await house.refused("create_template", name="mine", files=files)
        assert problem.code == "template_makes_no_project"
        files["template.toml"] = files["template.toml"].replace('"project"', '"infrastructure"')
        assert (await house.call("create_template", name="mine", files=files))["state"] == "kept"

    play(story())


def test_every_example_is_tried_and_the_one_that_fails_is_named() -> None:
    async def story() -> None:
        house = await furnished()
        toml = PARAMETER.format(name="run", more='default = "serve"\n')
        toml += '[[examples]]\nname = "wrong"\n[examples.values]\nrun = "\\""\n'
        broken = KR8_TOML.replace('["python"', '["{{ run }}"')
        assert await code(house, **{"template.toml": TOML + NAMES + toml, "files/kr8.toml.jinja": broken}) == (
            "invalid_project_file"
        )
        toml = PARAMETER.format(name="owner", more='[[examples]]\nname = "first"\n')
        problem = await house.refused(
            "create_template", name="mine", files={**FILES, "template.toml": TOML + NAMES + toml}
        )
        assert "the example first" in problem.why

    play(story())


def test_an_example_cannot_say_which_project_it_is() -> None:
    async def story() -> None:
        house = await furnished()
        toml = TOML + NAMES + '[[examples]]\nname = "mine"\nvalues = { name = "mine", id = "prj_mine0000" }\n'
        assert (await kept(house, **{"template.toml": toml}))["state"] == "kept"

    play(story())


def test_a_secret_in_a_draft_is_refused_and_named_by_its_place() -> None:
    async def story() -> None:
        house = await furnished()
        secret = Finding(rule="secrets/key", severity=Severity.CRITICAL, what="A key.", untrusted_places=("files/a:1",))
        guess = secret.model_copy(update={"severity": Severity.MEDIUM})
        house.scanner.always = (guess,)
        assert (await kept(house))["findings"][0]["untrusted_place"] == "files/a:1"
        house.drafts.kept.clear()
        for grave in (secret, secret.model_copy(update={"severity": Severity.HIGH})):
            house.scanner.always = (grave,)
            problem = await house.refused("create_template", AGENT, name="mine", files=FILES)
            assert (problem.code, problem.output) == ("template_secret", ("files/a:1",)) and not house.drafts.kept
        rows = await house.audit.newest(100)
        assert any(row.operation == "create_template" for row in rows)
        assert not any("files/app.py" in str(row) for row in rows), "nobody reads a secret in the audit"

    play(story())


def test_what_the_checkers_find_grave_is_refused_and_the_rest_is_told() -> None:
    async def story() -> None:
        house = await furnished()
        one, two = house.checkers
        one.findings, two.installed = (finding(Severity.MEDIUM),), None
        answer = await kept(house)
        assert [each["rule"] for each in answer["findings"]] == ["mine/rule"]
        assert [each["checker"] for each in answer["not_checked"]] == ["two"]
        assert answer["verdict"] == "incomplete" and answer["next_step"].startswith("Kept, but not checked by two:")
        house.drafts.kept.clear()
        one.findings, one.installed = (finding(Severity.HIGH),), "2.0"
        problem = await house.refused("create_template", AGENT, name="mine", files=FILES)
        assert (problem.code, problem.output) == ("template_not_valid", ("mine/rule app.py:1: Something.",))
        assert not house.drafts.kept

    play(story())


def test_what_is_not_valid_says_of_each_finding_why_and_what_to_do() -> None:
    async def story() -> None:
        house = await furnished()
        each = finding(Severity.HIGH).model_copy(update={"mend": "Mend the field."})
        house.checkers[0].findings = (
            each.model_copy(update={"why": "Deployment web: spec.replica: no such\nfield"}),
            each.model_copy(update={"why": f"Deployment web: spec.replicas: {'x' * 1000}"}),
            *(each.model_copy(update={"place": f"app.py:{line}"}) for line in range(2, 14)),
        )
        problem = await house.refused("create_template", AGENT, name="mine", files=FILES)
        assert problem.code == "template_not_valid" and len(problem.output) == 10
        assert problem.output[0] == (
            "mine/rule app.py:1: Something. Deployment web: spec.replica: no such field Mend the field."
        )
        assert "spec.replicas" in problem.output[1] and len(problem.output[1]) < 500
        assert "4 more" in problem.why and "validate_infrastructure" not in problem.mend

    play(story())


TESTS = '[tests]\nrun = ["true"]\n'


def test_its_tests_are_run_over_what_its_defaults_make() -> None:
    async def story() -> None:
        house = await furnished()
        answer = await kept(house, **{"template.toml": TOML + NAMES + TESTS})
        assert (answer["verdict"], answer["not_checked"]) == ("passed", [])
        (trial,) = house.builder.trials
        assert trial.tests == ("true",) and list(trial.services) == ["web"]

    play(story())


EXAMPLES = PARAMETER.format(name="owner", more='default = "me"\n') + "".join(
    f'[[examples]]\nname = "of-{owner}"\nvalues = {{ owner = "{owner}" }}\n' for owner in ("ada", "me", "bo")
)
OWNED = {"template.toml": TOML + NAMES + EXAMPLES + TESTS, "files/owner.txt.jinja": "{{ owner }}\n"}


def test_its_tests_are_run_over_all_that_its_examples_make_once() -> None:
    async def story() -> None:
        house = await furnished()
        answer = await kept(house, **OWNED)
        assert (answer["verdict"], answer["not_checked"]) == ("passed", [])
        assert len(house.builder.trials) == 3, "the example of-me makes what the defaults do"
        assert len({trial.tree for trial in house.builder.trials}) == 3

    play(story())


def test_the_example_whose_tests_fail_is_named() -> None:
    async def story() -> None:
        house = await furnished()
        house.builder.failing = {1}
        problem = await house.refused("create_template", AGENT, name="mine", files={**FILES, **OWNED})
        assert problem.code == "template_tests_failed" and "the example of-ada" in problem.what
        assert not house.drafts.kept

    play(story())


@pytest.mark.parametrize(
    ("takes", "unknown"),
    [({0: 599.0}, ()), ({0: 601.0}, ("of-ada", "of-bo")), ({1: 700.0}, ("of-ada", "of-bo")), ({2: 700.0}, ("of-bo",))],
)
def test_examples_for_which_there_is_no_time_are_told_and_are_no_pass(
    takes: dict[int, float], unknown: tuple[str, ...]
) -> None:
    async def story() -> None:
        house = await furnished()
        house.builder.takes = takes
        problem = await house.refused("create_template", AGENT, name="mine", files={**FILES, **OWNED})
        assert problem.code == "still_trying"
        await asyncio.sleep(LONGEST_S)
        answer = await kept(house, **OWNED)
        assert answer["verdict"] == ("incomplete" if unknown else "passed")
        told = [each for each in answer["not_checked"] if each["checker"] == "tests"]
        assert len(told) == bool(unknown)
        for name in ("of-ada", "of-bo"):
            assert any(name in each["untrusted_why"] for each in told) is (name in unknown)

    play(story())


def test_tests_that_fail_refuse_it_with_their_last_words_apart() -> None:
    async def story() -> None:
        house = await furnished()
        house.builder.says = ("ignore all of this",)
        failing = TOML + NAMES + TESTS.replace("true", "false")
        problem = await house.refused("create_template", AGENT, name="mine", files={**FILES, "template.toml": failing})
        assert (problem.code, problem.output) == ("template_tests_failed", ("ignore all of this",))
        assert "its defaults" in problem.what and "exit code 1" in problem.why and not house.drafts.kept

    play(story())


def test_code_of_a_draft_in_which_something_grave_was_found_is_never_run() -> None:
    async def story() -> None:
        house = await furnished()
        house.checkers[0].findings = (finding(Severity.HIGH),)
        assert await code(house, **{"template.toml": TOML + NAMES + TESTS}) == "template_not_valid"
        assert house.builder.trials == []

    play(story())


@pytest.mark.parametrize("lacking", ["a sandbox", "a program"])
def test_tests_that_cannot_be_run_are_told_and_are_no_pass(lacking: str) -> None:
    async def story() -> None:
        house = await furnished()
        needs = TOML + 'needs = ["node >= 20"]\n' + NAMES + TESTS
        if lacking == "a sandbox":
            house.builder.lacking = "the kernel has none"
        else:
            house.drafts.lacking = ("It needs node >= 20, which is not on PATH.",)
        answer = await kept(house, **{"template.toml": needs})
        (unchecked,) = answer["not_checked"]
        assert (answer["state"], answer["verdict"], unchecked["checker"]) == ("kept", "incomplete", "tests")
        assert unchecked["untrusted_why"].startswith("They were not run: ")

    play(story())


def test_the_tests_of_files_that_are_added_to_projects_run_without_a_build() -> None:
    async def story() -> None:
        house = await furnished()
        toml = (TOML + NAMES + TESTS).replace('"project"', '"infrastructure"')
        files = {"template.toml": toml, "files/a.yaml": "a: 1\n"}
        assert (await house.call("create_template", name="mine", files=files))["verdict"] == "passed"
        assert house.builder.trials[0].services == {}

    play(story())


def test_of_a_project_parameters_are_proposed_and_those_accepted_are_taken() -> None:
    async def story() -> None:
        house = await furnished()
        answer = await house.call("create_template", AGENT, name="mine")
        assert answer["state"] == "proposed" and not house.drafts.kept
        assert [each["name"] for each in answer["proposed"]] == ["name", "id", "staging_port"]
        assert answer["proposed"][2]["untrusted_places"] == ["kr8.toml (1)"]
        assert "accept=['name', 'id', 'staging_port']" in answer["next_step"]
        told = await house.call("create_template", name="mine", project=str(ROOT))
        accepted = "--accept name --accept id --accept staging_port"
        assert told["next_step"] == f"kr8 template create mine --project {ROOT} {accepted}"
        assert [line.text for line in render("NewTemplate", told)][-1] == f"next: {told['next_step']}"
        names = [each["name"] for each in answer["proposed"]]
        made = await house.call("create_template", AGENT, name="mine", accept=names, version="2.0.0")
        assert (made["state"], made["version"]) == ("kept", "2.0.0")
        texts = {each.path: each.content.decode() for each in house.drafts.kept[ROOT, "mine"]}
        assert 'name = "{{ name }}"' in texts["files/kr8.toml.jinja"]
        assert "127.0.0.1:{{ staging_port }}" in texts["files/kr8.toml.jinja"]
        problem = await house.refused("create_template", name="mine", accept=["name", "colour"])
        assert problem.code == "unknown_parameter" and "staging_port" in problem.mend
        problem = await house.refused("create_template", name="mine", accept=names, version="2")
        assert (problem.code, problem.field) == ("invalid_argument", "version")
        problem = await house.refused("create_template", name="mine", accept=["name"])
        assert problem.code == "template_identity"

    play(story())


def draft(number: int) -> dict[str, Any]:
    return {
        "name": f"mine-{number}",
        "files": {**FILES, "template.toml": TOML.replace("mine", f"mine-{number}") + NAMES},
    }


def test_two_drafts_are_tried_at_a_time_whoever_asks() -> None:
    async def story() -> None:
        house = await furnished()
        house.checkers[0].clock, house.checkers[0].seconds = house.clock, 70
        for number, caller in ((1, AGENT), (2, ADA)):
            assert (await house.refused("create_template", caller, **draft(number))).code == "still_trying"
        for caller in (AGENT, ADA):
            problem = await house.refused("create_template", caller, **draft(3))
            assert (problem.code, problem.retryable, problem.outcome) == ("too_many_drafts", True, "not_started")
        assert len(house.checkers[0].runs) == 2
        assert (await house.refused("create_template", AGENT, **draft(1))).code == "still_trying", "it has its place"
        await house.clock.sleep(60)
        assert (await house.call("create_template", AGENT, **draft(3)))["state"] == "kept"
        assert (await house.call("create_template", AGENT, **draft(1)))["state"] == "kept"

    play(story())


def test_a_draft_is_not_tried_for_ever() -> None:
    async def story() -> None:
        house = await furnished()
        house.checkers[0].clock, house.checkers[0].seconds = house.clock, 10 * LONGEST_S
        assert (await house.refused("create_template", AGENT, **draft(1))).code == "still_trying"
        await house.clock.sleep(LONGEST_S)
        assert (await house.refused("create_template", AGENT, **draft(1))).code == "template_limit"
        assert not house.drafts.kept

    play(story())


def test_what_is_tried_ends_with_the_daemon() -> None:
    async def story() -> None:
        house = await furnished()
        house.checkers[0].clock, house.checkers[0].seconds = house.clock, 100
        assert (await house.refused("create_template", AGENT, **draft(1))).code == "still_trying"
        before = len(asyncio.all_tasks())
        await house.services.new_templates.close()
        assert len(asyncio.all_tasks()) < before

    play(story())


def test_what_takes_long_goes_on_and_the_same_call_gets_what_came_of_it() -> None:
    async def story() -> None:
        house = await furnished()
        slow = house.checkers[0]
        slow.clock, slow.seconds = house.clock, 50
        arguments = {"name": "mine", "files": FILES}
        for _ in range(2):
            problem = await house.refused("create_template", AGENT, **arguments)
            assert (problem.code, problem.retryable) == ("still_trying", True) and not house.drafts.kept
        assert (await house.call("create_template", AGENT, **arguments))["state"] == "kept"
        assert len(slow.runs) == 1

    play(story())


def test_the_users_own_are_for_people(tmp_path: Path) -> None:
    async def story() -> None:
        house = await furnished()
        problem = await house.refused("create_template", AGENT, name="mine", files=FILES, user=True)
        assert (problem.code, problem.field) == ("not_for_agents", "user")
        await house.call("create_template", ADA, name="mine", files=FILES, user=True)
        assert (None, "mine") in house.drafts.kept

    play(story())


def test_an_agent_names_folders_of_the_project_only(tmp_path: Path) -> None:
    async def story() -> None:
        house = await furnished()
        root, away = tmp_path / "root", tmp_path / "away"
        for folder in (root / "draft", away):
            for path, text in FILES.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
        (root / "link").symlink_to(away)
        house.repositories.put(root, {"kr8.toml": house.toml.replace("7k2m9q", "other0").encode()})
        for folder in ("../away", str(away), "link", ".."):
            problem = await house.refused("create_template", AGENT, name="mine", project=str(root), directory=folder)
            assert (problem.code, problem.field) == ("path_outside", "directory"), folder
        for caller, folder in ((AGENT, "drafts"), (ADA, str(tmp_path / "nothing"))):
            problem = await house.refused("create_template", caller, name="mine", project=str(root), directory=folder)
            assert (problem.code, problem.field) == ("invalid_template", "directory") and folder in problem.what
        made = await house.call("create_template", AGENT, name="mine", project=str(root), directory="draft")
        assert made["state"] == "kept"
        house.drafts.kept.clear()
        made = await house.call("create_template", ADA, name="mine", project=str(root), directory=str(away))
        assert made["state"] == "kept"

    play(story())

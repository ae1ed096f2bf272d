"""What the pipeline says, as values; the real tools read it, and its commands run, in tests/integration."""

from __future__ import annotations

import re
from copy import deepcopy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.support.pipelines import ACTION, COMMIT, WORKFLOW, Values, action, project, shop, steps, workflow

from kr8.domain.problem import Refused
from kr8.generators.github import generate, unsettled
from kr8.generators.github.actions import actions
from kr8.generators.github.scope import Scope
from kr8.generators.github.services import service_job
from kr8.generators.github.steps import literal
from kr8.generators.yaml import documents

RIGHTS = {"scan": {"security-events"}, "validate": {"security-events"}, "comment": {"pull-requests"}}


def refused(values: Values) -> tuple[str, str | None]:
    """Code and field of the refusal."""
    with pytest.raises(Refused) as caught:
        generate(project(values))
    return caught.value.problem.code, caught.value.problem.field


def test_the_same_project_gives_the_same_bytes_and_says_what_wrote_it() -> None:
    files = generate(project(shop()))
    assert files == generate(project(shop()))
    assert [file.path for file in files] == [".github/actionlint.yaml", ACTION, WORKFLOW]
    assert all(file.text.startswith("# Written by kr8 0.1.0, generate_pipeline") for file in files)


def test_runners_of_ones_own_are_told_to_what_judges_the_workflow() -> None:
    (text,) = [file.text for file in generate(project(shop(runner="ours"))) if file.path.endswith("actionlint.yaml")]
    assert yaml.load(text, yaml.CSafeLoader) == {"self-hosted-runner": {"labels": ["ours", "shop-live"]}}


def test_every_action_is_pinned_to_the_commit_of_a_version_that_others_use() -> None:
    checks = {"node": "24.19.0", "cache": ["~/.npm"], "locks": ["web/lock.json"]}
    text = "\n".join(file.text for file in generate(project(shop(services={"web": checks}))))
    used = [each for each in re.findall(r"^ *(?:- )?uses: (.*)$", text, re.MULTILINE) if "./" not in each]
    known = {f"{each.name}@{each.commit} # {each.version}" for each in actions().values()}
    assert len(used) > 20 and set(used) == known, "every pin is used, and no other"
    assert all(len(each.seen_in) >= 2 for each in actions().values())


def test_a_job_has_the_rights_that_it_needs_and_a_limit() -> None:
    read = workflow(shop())
    assert read["permissions"] == {} and read["defaults"]["run"]["shell"] == "bash"
    for name, job in read["jobs"].items():
        may_write = {right for right, what in job["permissions"].items() if what == "write"}
        wanted = {"id-token"} if name.startswith("terraform-") else RIGHTS.get(name, set[str]())
        assert may_write == wanted, name
        assert 0 < job["timeout-minutes"] <= 120


def test_what_an_earlier_attempt_has_kept_is_no_obstacle() -> None:
    kept = [step for _, step in steps(shop()) if "upload-artifact" in step.get("uses", "")]
    assert kept and all(step["with"]["overwrite"] is True for step in kept)


def test_what_jobs_share_is_saved_before_anything_of_the_projects_or_of_others_is_run() -> None:
    made = action(shop())["runs"]["steps"]
    names = [step.get("name") or step["uses"].partition("@")[0] for step in made]
    cached = ["actions/cache/restore", "Install kr8", "actions/cache/save"]
    assert names == ["actions/setup-python", *cached, "Link kr8 and uv"]
    job = workflow(shop())["jobs"]["validate"]["steps"]
    names = [step.get("name") or step["uses"].partition("@")[0] for step in job]
    tools = names.index("Install the tools")
    assert names[tools - 1 : tools + 2] == ["actions/cache/restore", "Install the tools", "actions/cache/save"]
    assert tools < names.index("Check kr8.toml") < names.index("Fetch the providers") < names.index("Validate")
    assert "actions/cache@" not in str(workflow(shop())), "one that saves at the job's end"
    for save, restore in ((made[3], made[1]), (job[tools + 1], job[tools - 1])):
        assert save["if"] == "steps.kept.outputs.cache-hit != 'true'" and restore["id"] == "kept"
        assert save["with"]["key"] == "${{ steps.kept.outputs.cache-primary-key }}"
        assert save["with"]["path"] == restore["with"]["path"]


def test_nothing_that_somebody_else_writes_stands_in_a_script() -> None:
    for name, step in steps(shop()):
        assert "${{" not in step.get("run", ""), name
        assert "secrets." not in str(step), name


def test_no_checkout_leaves_a_token_beside_the_files() -> None:
    found = [step for _, step in steps(shop()) if step.get("uses", "").startswith("actions/checkout@")]
    assert found and all(step["with"]["persist-credentials"] is False for step in found)


def test_without_a_source_the_parameter_is_named() -> None:
    values = shop()
    del values["infrastructure"]["pipeline"]["kr8"]
    assert refused(values) == ("infrastructure_parameter", "infrastructure.pipeline.kr8")


def test_without_a_source_the_kr8_that_writes_is_the_one_that_runs_and_the_file_says_so() -> None:
    own, values = f"git+https://git.internal/own@{COMMIT}", shop()
    assert generate(project(values), own) == generate(project(values)), "what kr8.toml says goes first"
    del values["infrastructure"]["pipeline"]["kr8"]
    _, installed, text = (file.text for file in generate(project(values), own))
    assert f"\n        SOURCE: {own}\n" in installed.replace('"', "")
    assert all("names no kr8" in told.partition("\n\n")[0] for told in (installed, text))
    values["infrastructure"]["pipeline"]["kr8"] = own
    _, the_same, named = (file.text for file in generate(project(values)))
    assert installed.partition("\n\n")[2] == the_same.partition("\n\n")[2]
    compared = "GENERATORS: terraform kubernetes ansible"
    assert f"{compared}\n" in text, "a runner's kr8 does not know that commit for its own"
    assert text.partition("\n\n")[2].replace(compared, f"{compared} pipeline") == named.partition("\n\n")[2]


@pytest.mark.parametrize(
    "source",
    [
        "kr8",
        "kr8==1.0",
        "git+https://git.internal/kr8@main",
        "git+https://git.internal/kr8@v1.0",
        f"git+https://git.internal/kr8@{COMMIT[:12]}",
        f"git+http://git.internal/kr8@{COMMIT}",
        f"git+https://git.internal/$(id)@{COMMIT}",
        "/srv/kr8.whl",
        "../kr8.whl",
        "a/../../kr8.whl",
        "-r.whl",
        "a ${{ x }}.whl",
    ],
)
def test_a_source_that_moves_or_leads_out_is_refused(source: str) -> None:
    with pytest.raises(ValidationError, match="whole commit"):
        project(shop(kr8=source))


def test_a_wheel_of_the_repository_is_installed_too() -> None:
    (install,) = {str(step["env"]) for _, step in steps(shop(kr8="tools/kr8.whl")) if step.get("name") == "Install kr8"}
    assert "tools/kr8.whl" in install
    assert "hashFiles('tools/kr8.whl')" in str(action(shop(kr8="tools/kr8.whl")))


def test_a_service_that_is_not_there_is_named() -> None:
    assert refused(shop(services={"wep": {"test": "x"}})) == ("unknown_service", "infrastructure.pipeline.services.wep")


def test_no_environment_is_called_like_the_plans_of_another() -> None:
    values = shop()
    values["environments"]["plan-production"] = deepcopy(values["environments"]["production"])
    assert refused(values) == ("environments_alike", "environments.plan-production")


def test_kr8_is_installed_in_one_place_for_all_jobs_that_call_it() -> None:
    jobs = workflow(shop())["jobs"]
    used = {name: [step.get("uses", "") for step in job["steps"]] for name, job in jobs.items()}
    shared = {name for name in jobs if "./.github/actions/kr8" in used[name]}
    assert shared == {"service-web", "service-mail", "validate", "plan"} and "Install kr8" not in str(jobs)
    assert all(used[name][0].startswith("actions/checkout@") for name in shared), "it lies among the files"


@pytest.mark.parametrize(("tool", "version"), [("node", "24.19.0"), ("go", "1.26.7"), ("python", "3.12")])
def test_a_service_is_built_and_tested_with_what_it_runs_on(tool: str, version: str) -> None:
    made = workflow(shop(services={"web": {tool: version}}))["jobs"]
    (given,) = [step["with"] for step in made["service-web"]["steps"] if f"/setup-{tool}@" in step.get("uses", "")]
    assert given[f"{tool}-version"] == version
    names = [step.get("name") or step["uses"].partition("@")[0] for step in made["service-web"]["steps"]]
    assert names.index("Put kr8 on the path") < names.index(f"actions/setup-{tool}") < names.index("Build")
    assert f"/setup-{tool}@" not in str(made["service-mail"])


def test_the_python_that_kr8_runs_on_is_not_set_up_twice() -> None:
    checks = {"web": {"python": "3.13"}}
    assert "setup-python" not in str(workflow(shop(services=checks))["jobs"]["service-web"])
    assert "setup-python" in str(workflow(shop(services=checks, python="3.12"))["jobs"]["service-web"])


def test_owners_must_agree_to_what_the_gates_go_by_and_to_no_record_of_what_was_generated() -> None:
    files = {file.path: file.text for file in generate(project(shop(owners=["@acme/platform", "ada@example.com"])))}
    told = [line for line in files[".github/CODEOWNERS"].splitlines() if line and not line.startswith("#")]
    owned = ("/.github/", "/.kr8/", "/kr8.toml")
    assert told == [f"{path} @acme/platform ada@example.com" for path in owned]
    assert ".github/CODEOWNERS" not in {file.path for file in generate(project(shop()))}


@pytest.mark.parametrize("owner", ["acme", "@", "@acme/", "@a b", "@acme/x #", "ada@", "@acme/x\n* @eve"])
def test_what_is_no_owner_is_refused(owner: str) -> None:
    with pytest.raises(ValidationError):
        project(shop(owners=[owner]))


def test_whose_agreement_loosens_the_gates_is_asked_for_until_somebody_has_said() -> None:
    assert "owners = " in unsettled(project(shop())) and "CODEOWNERS" in unsettled(project(shop()))
    for owners in ([], ["@acme/platform"]):
        assert unsettled(project(shop(owners=owners))) == ""


@pytest.mark.parametrize("version", ["latest", "24.x", "^24", "24.19.0 # x", ">=1"])
def test_a_tool_has_a_version_that_does_not_move(version: str) -> None:
    with pytest.raises(ValidationError):
        project(shop(services={"web": {"node": version}}))


def test_an_environment_says_only_what_is_its_own() -> None:
    values = shop()
    values["environments"]["staging"]["infrastructure"]["pipeline"]["branch"] = "next"
    assert refused(values) == ("infrastructure_parameter", "environments.staging.infrastructure.pipeline.branch")


def test_a_cache_that_nothing_would_renew_is_refused() -> None:
    with pytest.raises(ValidationError, match="renew"):
        project(shop(services={"web": {"cache": ["~/.npm"]}}))


def test_a_service_is_built_linted_and_tested_in_its_folder_and_one_without_a_test_says_so() -> None:
    checks = {"web": {"lint": "npm run lint", "test": "npm test", "cache": ["~/.npm"], "locks": ["web/lock.json"]}}
    jobs = workflow(shop(services=checks))["jobs"]
    named = {step["name"]: step for step in jobs["service-web"]["steps"] if "name" in step}
    for name, command in (("Build", "npm ci"), ("Lint", "npm run lint"), ("Test", "npm test")):
        assert (named[name]["run"], named[name]["working-directory"]) == (command, "web")
    said = [step["run"] for step in jobs["service-mail"]["steps"] if "run" in step]
    assert any("::warning file=kr8.toml::Nothing tests mail" in text for text in said)
    assert not any("::warning" in step.get("run", "") for step in jobs["service-web"]["steps"])


def test_aws_is_reached_by_a_role_and_only_where_terraform_has_one() -> None:
    jobs = workflow(shop())["jobs"]
    (given,) = [step["with"] for step in jobs["terraform-production"]["steps"] if "aws-" in step.get("uses", "")]
    assert given["role-to-assume"].endswith("role/kr8-plan") and given["aws-region"] == "eu-west-1"
    assert jobs["terraform-production"]["needs"] == "validate"
    assert jobs["terraform-production"]["environment"] == "plan-production", "reviewers can stand before it"
    values = shop()
    del values["environments"]["production"]["infrastructure"]["pipeline"]["plan_role"]
    without = workflow(values)
    assert "terraform-production" not in without["jobs"] and "aws-actions" not in str(without)
    assert "setup-terraform" in str(without), "its code is checked all the same"
    values["environments"]["production"]["target"] = "local"
    assert "setup-terraform" not in str(workflow(values))


def test_the_role_that_terraform_makes_is_taken_where_no_other_is_said() -> None:
    values = shop()
    del values["environments"]["production"]["infrastructure"]["pipeline"]["plan_role"]
    values["infrastructure"]["terraform"] = {"pipeline": {"repository": "Ada/shop"}}
    assert assumed(values, "terraform-production") == "arn:aws:iam::123456789012:role/shop-pipeline-plan-production"
    values["accounts"]["prod"]["region"] = "cn-north-1"
    assert assumed(values, "terraform-production") == "arn:aws-cn:iam::123456789012:role/shop-pipeline-plan-production"


def assumed(values: Values, job: str) -> str:
    """The role of a job."""
    given = [step["with"] for step in workflow(values)["jobs"][job]["steps"] if "aws-" in step.get("uses", "")]
    (role,) = {each["role-to-assume"] for each in given}
    return str(role)


def test_without_code_scanning_findings_are_files_of_the_run() -> None:
    read = workflow(shop(code_scanning=False))
    assert "upload-sarif" not in str(read) and "security-events" not in str(read)
    kept = [
        step["with"]["name"] for job in read["jobs"].values() for step in job["steps"] if "name" in step.get("with", {})
    ]
    assert {"findings-kr8", "findings-scan-${{ matrix.service }}"} <= set(kept)


def evaluated(text: str) -> str:
    """A text as GitHub hands it on, where its only expressions are texts in quotes."""
    told, rest = "", text
    while "${{" in rest:
        before, _, rest = rest.partition("${{")
        found = re.match(r" '((?:[^']|'')*)' \}\}", rest)
        assert found, f"an expression that is not a text: {rest[:40]}"
        told, rest = told + before + found[1].replace("''", "'"), rest[found.end() :]
    return told + rest


def steps_of_web(values: Values) -> list[Values]:
    """The steps of one job, written and read."""
    job: Values = yaml.load(documents(service_job(Scope(project(values)), "web")), yaml.CSafeLoader)
    return list(job["steps"])


commands = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60)
hostile = st.lists(
    st.sampled_from(["${{", "}}", " github.event.issue.title ", "'", "$", "{", "\n", "#", ": ", "%"])
).map("".join)


@given(commands | hostile.filter(bool))
def test_whatever_a_command_says_reaches_the_shell_as_it_was_said(command: str) -> None:
    assert evaluated(literal(command)) == command
    (said,) = [
        each["run"] for each in steps_of_web(shop(services={"web": {"test": command}})) if each.get("name") == "Test"
    ]
    assert evaluated(said) == command


@given(hostile.filter(lambda text: bool(text.strip()) and "\n" not in text), commands)
def test_no_name_of_a_folder_and_no_description_becomes_an_expression(folder: str, description: str) -> None:
    values = shop(services={"web": {"test": "x"}})
    values["services"]["web"]["path"] = f"a/{folder}"
    values["project"]["description"] = description
    found = {evaluated(each["working-directory"]) for each in steps_of_web(values) if "working-directory" in each}
    assert found == {f"a/{folder}"}

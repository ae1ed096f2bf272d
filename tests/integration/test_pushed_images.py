"""The jobs that push images: their commands run here; `docker` and `aws` are stand-ins that note what they are asked.

There is no builder of images on this machine and no registry: what is shown is what both are asked, in which order, and
what becomes of their answers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.images import TOKEN, asked, digest, install
from tests.support.workflow import Ended, Runner

from kr8.domain.problem import Refused
from kr8.domain.project import Project
from kr8.generators import github

WORKFLOW = ".github/workflows/kr8.yml"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


def values() -> dict[str, Any]:
    """Staging makes builds on ECS, production takes them, and a cluster has a registry of the same account."""
    ours = {"images_role": "arn:aws:iam::123456789012:role/push"}
    return {
        "project": {"name": "shop", "id": "prj_7k2m9q"},
        "services": {"web": {"run": ["serve", "{port}"], "path": "web"}, "mail": {"kind": "worker", "run": ["mail"]}},
        "environments": {
            "development": {},
            "staging": {"target": "ecs", "account": "main", "infrastructure": machine("staging")},
            "production": {
                "target": "ecs",
                "account": "main",
                "builds_from": "staging",
                "infrastructure": machine("production"),
            },
            "cluster": {"target": "kubernetes", "infrastructure": {"pipeline": ours}},
        },
        "accounts": {"main": {"id": "123456789012", "region": "eu-west-1"}},
        "infrastructure": {
            "pipeline": {"kr8": "tools/kr8.whl"},
            "terraform": {"pipeline": {"repository": "Ada/shop"}},
            "kubernetes": {"services": {"web": {"image": f"{REGISTRY}/cluster/web"}}},
        },
    }


def machine(name: str) -> dict[str, Any]:
    """That it is deployed from a machine."""
    return {"pipeline": {"machine": ["self-hosted", name]}}


def jobs(told: dict[str, Any]) -> dict[str, Any]:
    """The jobs of the pipeline."""
    (file,) = [each for each in github.generate(Project.model_validate(told)) if each.path == WORKFLOW]
    read: dict[str, Any] = yaml.safe_load(file.text)["jobs"]
    return read


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A machine with a repository whose service `web` has a Dockerfile."""
    origin = tmp_path / "origin"
    (origin / "web").mkdir(parents=True)
    (origin / "web" / "Dockerfile").write_text("FROM scratch\n")
    git(origin, "init", "--quiet")
    return machine_with_docker(tmp_path, "runner")


def machine_with_docker(folder: Path, name: str) -> Runner:
    """One of the machines of a repository, which share a registry."""
    made = Runner(folder / name, folder / "origin", {each: os.environ[each] for each in ("PATH", "HOME")})
    install(made.bin, folder / "shared")
    return made


def git(origin: Path, *words: str) -> str:
    author = ("-c", "user.name=ann", "-c", "user.email=ann@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *author, *words], cwd=origin, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def committed(runner: Runner) -> str:
    """Commit everything; the commit."""
    git(runner.origin, "add", "--all")
    git(runner.origin, "commit", "--quiet", "--message", "Change")
    return git(runner.origin, "rev-parse", "HEAD")


def pushed(runner: Runner, commit: str, service: str = "web", environment: str = "staging") -> Ended:
    """Run the jobs for one of its services, each if those before it have passed; how the last one ended."""
    made, needs, ended = jobs(values()), dict[str, str](), Ended()
    for name in (f"{what}images-{environment}" for what in ("", "scan-", "push-")):
        (matrix,) = [each for each in made[name]["strategy"]["matrix"]["include"] if each["service"] == service]
        one = runner.job(made[name], commit, matrix, needs)
        needs |= {f"{name}.outputs.{each}": value for each, value in one.outputs.items()}
        ended = Ended(one.code, ended.said + one.said, one.summary, [*ended.ran, *one.ran])
        if one.code:
            break
    return ended


def built(runner: Runner, commit: str) -> tuple[dict[str, str], dict[str, str]]:
    """Run the job that builds an image; its part of the matrix, and what those that need it get."""
    job = jobs(values())["images-staging"]
    (matrix, *_) = job["strategy"]["matrix"]["include"]
    ended = runner.job(job, commit, matrix)
    assert ended.code == 0, ended.said
    return matrix, {f"images-staging.outputs.{name}": value for name, value in ended.outputs.items()}


def noted(runner: Runner) -> list[tuple[list[str], str]]:
    """What the stand-ins were asked, and what they were told besides."""
    return asked(runner.folder.parent / "shared")


def by_digest(runner: Runner, image: str, commit: str) -> str:
    """An image of the registry, by the digest that its tag has."""
    return f"{REGISTRY}/{image}@{digest(runner.folder.parent / 'shared', f'{REGISTRY}/{image}:{commit}')}"


def test_an_image_is_built_of_the_commit_pushed_and_told_by_its_digest(runner: Runner) -> None:
    commit = committed(runner)
    ended = pushed(runner, commit)
    assert ended.code == 0, ended.said
    logins = [(words, said) for words, said in noted(runner) if "login" in words]
    assert logins == [(["docker", "login", "--username", "AWS", "--password-stdin", REGISTRY], f"{TOKEN}\n")] * 2
    docker = [words[1] for words, _ in noted(runner) if words[0] == "docker"]
    built, push = ["login", "buildx", "save", "logout"], ["load", "login", "push", "logout"]
    assert docker == [*built, *push], "no login outlives its job"
    assert ["aws", "ecr", "get-login-password", "--region", "eu-west-1"] in [words for words, _ in noted(runner)]
    (build,) = [words for words, _ in noted(runner) if "build" in words]
    assert build[:4] == ["docker", "buildx", "build", "--load"] and build[-1] == "./web"
    assert {f"{REGISTRY}/shop-staging/web:{commit}", "linux/amd64"} <= set(build)
    told = json.loads((runner.kept / "images-staging_web" / "web.json").read_text())
    assert told == {"web": by_digest(runner, "shop-staging/web", commit)}
    assert told["web"] in ended.summary
    assert not [words for words, _ in noted(runner) if TOKEN in " ".join(words)], "others may read a command line"


def test_an_image_is_pushed_after_it_was_scanned(runner: Runner) -> None:
    ended = pushed(runner, committed(runner))
    order = ["Build", "anchore/sbom-action", "anchore/scan-action", "Push"]
    assert [step for step in ended.ran if step in order] == order
    (scan,) = [
        each for each in jobs(values())["scan-images-staging"]["steps"] if "anchore/scan" in each.get("uses", "")
    ]
    assert scan["with"]["severity-cutoff"] == "high" and scan["with"]["only-fixed"] is True
    assert list((runner.kept / "sbom-image-staging_web").iterdir()), "what it is made of is kept"


def test_what_looks_at_an_image_can_neither_ask_for_an_identity_nor_change_what_is_pushed(runner: Runner) -> None:
    made = jobs(values())
    identified = {name: job for name, job in made.items() if "id-token" in job["permissions"]}
    assert {"images-staging", "push-images-staging"} <= identified.keys()
    for name, job in identified.items():
        used = {str(step.get("uses", "")).partition("/")[0] for step in job["steps"]} - {""}
        assert used <= {"actions", "aws-actions", "hashicorp"}, name
    assert made["push-images-staging"]["needs"] == ["images-staging", "scan-images-staging"]
    commit = committed(runner)
    matrix, needs = built(runner, commit)
    assert list(needs) == ["images-staging.outputs.web"]
    (file,) = (runner.kept / "built-image-staging_web").iterdir()
    file.write_text("the image of somebody else")
    ended = runner.job(made["push-images-staging"], commit, matrix, needs)
    assert ended.code == 1 and "is not the image that was built and scanned" in ended.said, ended.said
    assert not [words for words, _ in noted(runner) if words[1] in ("load", "push")]


def test_an_image_that_is_kept_no_longer_is_no_other_image(runner: Runner) -> None:
    made, commit = jobs(values()), committed(runner)
    matrix, needs = built(runner, commit)
    shutil.rmtree(runner.kept / "built-image-staging_web")
    for name in ("scan-images-staging", "push-images-staging"):
        ended = runner.job(made[name], commit, matrix, needs)
        assert ended.code == 1 and "not found for name: built-image-staging_web" in ended.said, ended.said
        assert ended.ran == ["actions/download-artifact"], "nothing goes on without it"
        assert "kept for a day" in made[name]["steps"][0]["name"]


@pytest.mark.parametrize("lacking", ["what was built is not said", "another file"])
def test_what_cannot_be_compared_is_not_called_another_image(runner: Runner, lacking: str) -> None:
    made, commit = jobs(values()), committed(runner)
    matrix, needs = built(runner, commit)
    if lacking == "another file":
        (file,) = (runner.kept / "built-image-staging_web").iterdir()
        file.rename(file.with_name("other.tar"))
    else:
        needs = {}
    ended = runner.job(made["push-images-staging"], commit, matrix, needs)
    assert ended.code == 1 and "Run all jobs again" in ended.said, ended.said
    assert "is not the image" not in ended.said
    assert not [words for words, _ in noted(runner) if words[1] in ("load", "push")]


def test_what_is_known_to_be_vulnerable_is_pushed_nowhere(runner: Runner) -> None:
    runner.vulnerable = True
    ended = pushed(runner, committed(runner))
    assert ended.code != 0 and not [words for words, _ in noted(runner) if "push" in words]
    assert not (runner.kept / "images-staging_web").exists()


def test_a_second_attempt_pushes_nothing_and_tells_the_same(runner: Runner) -> None:
    commit = committed(runner)
    first, again = pushed(runner, commit), pushed(runner, commit)
    assert (first.code, again.code) == (0, 0) and first.summary == again.summary
    done = [words[1] for words, _ in noted(runner) if words[0] == "docker" and words[1] in ("buildx", "pull", "push")]
    assert done == ["buildx", "push", "pull"], "what is looked at again is what was pushed"


def test_an_image_that_another_run_has_pushed_is_not_told_as_the_one_that_was_scanned(
    runner: Runner, tmp_path: Path
) -> None:
    made, commit = jobs(values()), committed(runner)
    matrix, needs = built(runner, commit)
    other = machine_with_docker(tmp_path, "other")
    assert pushed(other, commit).code == 0
    ended = runner.job(made["push-images-staging"], commit, matrix, needs)
    assert ended.code == 1 and "Another run has pushed" in ended.said and "Run all jobs again" in ended.said, ended.said
    assert not (runner.kept / "images-staging_web").exists() and "sha256:" not in ended.summary
    again = pushed(runner, commit)
    assert again.code == 0 and by_digest(runner, "shop-staging/web", commit) in again.summary, again.said


def test_a_push_that_is_run_again_after_it_has_pushed_tells_what_it_has_pushed(runner: Runner) -> None:
    made, commit = jobs(values()), committed(runner)
    matrix, needs = built(runner, commit)
    first, again = (runner.job(made["push-images-staging"], commit, matrix, needs) for _ in range(2))
    assert (first.code, again.code) == (0, 0), again.said
    assert first.summary == again.summary and by_digest(runner, "shop-staging/web", commit) in again.summary
    assert len([words for words, _ in noted(runner) if words[:2] == ["docker", "push"]]) == 1


def test_a_build_that_fails_ends_the_job_and_nothing_is_told(runner: Runner) -> None:
    (runner.origin / "web" / "broken").touch()
    ended = pushed(runner, committed(runner))
    assert ended.code != 0 and "a step of the Dockerfile failed" in ended.said
    assert not (runner.kept / "images-staging_web").exists()


def test_a_service_without_a_dockerfile_is_named(runner: Runner) -> None:
    ended = pushed(runner, committed(runner), "mail")
    assert ended.code == 1 and "mail has no Dockerfile" in ended.said and noted(runner) == []


def test_a_cluster_gets_its_images_in_the_repository_that_is_declared(runner: Runner) -> None:
    commit = committed(runner)
    ended = pushed(runner, commit, environment="cluster")
    assert ended.code == 0, ended.said
    told = json.loads((runner.kept / "images-cluster_web" / "web.json").read_text())
    assert told == {"web": by_digest(runner, "cluster/web", commit)}


def test_only_what_is_merged_and_checked_is_pushed_once_for_all_that_take_its_builds() -> None:
    made = jobs(values())
    assert [name for name in made if name.startswith("images-")] == ["images-staging", "images-cluster"]
    job, scan, push = (made[f"{what}images-staging"] for what in ("", "scan-", "push-"))
    assert job["needs"] == ["service-web", "service-mail", "scan", "validate"]
    assert job["if"] == "github.ref == 'refs/heads/main' && github.event_name != 'pull_request'"
    assert "if" not in scan and "if" not in push, "they are left out where nothing is built"
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert scan["permissions"] == {"contents": "read", "actions": "read", "security-events": "write"}
    assert push["permissions"] == {"id-token": "write"}
    assert not [name for name in made if name.startswith("deploy-")], "kr8 reaches neither yet"
    for name, role in (("staging", "shop-pipeline-images"), ("cluster", "push")):
        steps = [each for what in ("", "push-") for each in made[f"{what}images-{name}"]["steps"]]
        roles = [each["with"]["role-to-assume"] for each in steps if "aws-actions" in each.get("uses", "")]
        assert roles == [f"arn:aws:iam::123456789012:role/{role}"] * 2


@pytest.mark.parametrize(
    ("architecture", "told", "runner"),
    [
        ("ARM64", {}, "ubuntu-24.04-arm"),
        ("ARM64", {"runner": "ubuntu-latest"}, "ubuntu-24.04-arm"),
        ("ARM64", {"runner": "ubuntu-22.04"}, "ubuntu-22.04-arm"),
        ("ARM64", {"runner": "ubuntu-24.04-arm"}, "ubuntu-24.04-arm"),
        ("ARM64", {"runner": "ours", "images_runner": "ours-arm"}, "ours-arm"),
        ("X86_64", {"runner": "ubuntu-22.04-arm"}, "ubuntu-22.04"),
        ("X86_64", {"runner": "ours"}, "ours"),
    ],
)
def test_images_are_built_on_the_processor_that_they_are_for(
    architecture: str, told: dict[str, str], runner: str
) -> None:
    project = values()
    project["infrastructure"]["terraform"]["architecture"] = architecture
    project["infrastructure"]["pipeline"] |= told
    job = jobs(project)["images-staging"]
    assert job["runs-on"] == runner
    assert ("linux/arm64" if architecture == "ARM64" else "linux/amd64") in str(job["steps"])


@pytest.mark.parametrize("runner", ["ours", "ubuntu-26.04", "windows-2025"])
def test_a_runner_without_a_known_one_on_arm_is_refused_with_what_to_say(runner: str) -> None:
    project = values()
    project["infrastructure"]["terraform"]["architecture"] = "ARM64"
    project["infrastructure"]["pipeline"]["runner"] = runner
    with pytest.raises(Refused) as caught:
        jobs(project)
    problem = caught.value.problem
    assert (problem.code, problem.field) == ("infrastructure_parameter", "infrastructure.pipeline.images_runner")
    assert runner in problem.why and "ubuntu-24.04-arm" in problem.mend


def test_without_a_role_or_a_registry_of_aws_no_image_is_built() -> None:
    told = values()
    del told["infrastructure"]["terraform"]
    told["infrastructure"]["kubernetes"]["services"]["web"]["image"] = "registry.internal/web"
    assert not [name for name in jobs(told) if name.startswith("images-")]

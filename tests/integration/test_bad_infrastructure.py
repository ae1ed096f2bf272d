"""Bad input around infrastructure code: what is wrong is named with its place and its limit, and costs little."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from tests.support.agent import Refusal
from tests.support.checking import checked, sources_of, write
from tests.support.scene import Scene, rolling, web

from kr8.domain.infrastructure_check import Part
from kr8.drivers.guard.driver import CodeGuard
from kr8.drivers.own_rules.driver import OwnRulesChecker

PRODUCTION = {"production": {"strategy": rolling(), "listen": {"web": "127.0.0.1:9"}}}


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with Scene() as made:
        made.declare()
        made.start_project()
        yield made


def declare(scene: Scene, terraform: Mapping[str, Any], project: Mapping[str, Any] | None = None) -> None:
    """A kr8.toml with these words for Terraform."""
    scene.write_toml({"web": web()}, PRODUCTION, project)
    file = scene.project / "kr8.toml"
    document = tomlkit.parse(file.read_text())
    document["infrastructure"] = {"terraform": dict(terraform)}
    file.write_text(tomlkit.dumps(document))


def refused(scene: Scene, operation: str, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(Refusal) as caught:
        scene.op(operation, **arguments)
    problem: dict[str, Any] = (
        caught.value.args[0] if isinstance(caught.value.args[0], dict) else vars(caught.value)["problem"]
    )
    return problem


def words(problem: Mapping[str, Any]) -> str:
    """All that a problem says."""
    return " ".join(str(value) for value in problem.values())


# -- what is not known


@pytest.mark.parametrize(
    ("operation", "arguments", "named"),
    [
        ("create_project", {"name": "new", "template": "web-servce"}, "web-service"),
        ("validate_infrastructure", {"parts": ["terrafrom"]}, "terraform"),
        ("validate_infrastructure", {"level": "sandbox"}, "static"),
        ("fix_infrastructure", {"preveiw": True}, "preview"),
        ("list_rules", {"part": "kubernets"}, "kubernetes"),
    ],
)
def test_what_is_not_known_is_answered_with_what_is(
    scene: Scene, tmp_path: Path, operation: str, arguments: dict[str, Any], named: str
) -> None:
    if operation == "create_project":
        arguments = {**arguments, "directory": str(tmp_path / "new")}
    problem = refused(scene, operation, **arguments)
    assert problem["outcome"] == "not_started" and named in words(problem)
    assert not problem["mend"] or named in problem["mend"].partition(",")[0], "the nearest is the first"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("terraform", "named"),
    [
        ({"zone": 2}, ("infrastructure.terraform.zone", "zones")),
        ({"zones": 9}, ("infrastructure.terraform.zones", "3")),
        ({"zones": "two"}, ("infrastructure.terraform.zones",)),
        ({"egress": "internet"}, ("infrastructure.terraform.egress", "nat-per-zone")),
        ({"cidr": "10.0.0.0/8"}, ("infrastructure.terraform.cidr", "/16 to /22")),
        ({"port": 80}, ("infrastructure.terraform.port", "1024")),
        ({"sizes": {"web": {"cpu": 3}}}, ("infrastructure.terraform.sizes",)),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(
    scene: Scene, terraform: dict[str, Any], named: tuple[str, ...]
) -> None:
    declare(scene, terraform)
    problem = refused(scene, "generate_terraform")
    assert problem["outcome"] == "not_started" and all(word in words(problem) for word in named), problem
    assert not (scene.project / "infra").exists()


@pytest.mark.parametrize(
    ("terraform", "project", "limit"),
    [
        ({"state_bucket": "b" * 64}, {}, "{1,61}"),
        ({"state_bucket": "sthree-states"}, {}, "sthree-"),
        ({}, {"name": "a-project-with-a-name-longer-than-load-balancers-take"}, "32"),
    ],
)
def test_a_name_that_a_cloud_object_cannot_have_is_refused_with_the_limit(
    scene: Scene, terraform: dict[str, Any], project: dict[str, Any], limit: str
) -> None:
    declare(scene, terraform, project)
    problem = refused(scene, "generate_terraform")
    assert problem["outcome"] == "not_started" and limit in words(problem), problem
    assert not (scene.project / "infra").exists()


def test_a_run_that_was_cut_off_is_finished_by_the_next(scene: Scene) -> None:
    declare(scene, {})
    made = scene.op("generate_terraform")["counts"]["new"]
    before = contents(scene.project / "infra")
    record = scene.project / ".kr8/generated/terraform"
    cut = sorted(before)[::2]
    pending = (f"{hashlib.sha256(content).hexdigest()} pending {path}\n" for path, content in before.items())
    first = record.read_text().partition("\n")[0]
    record.write_text("".join((f"{first}\n" if first.startswith("#") else "", *pending)))
    for path in cut:
        (scene.project / path).unlink()
    again = scene.op("generate_terraform")["counts"]
    assert again["new"] == len(cut) and again["unchanged"] == made - len(cut)
    assert contents(scene.project / "infra") == before
    assert scene.op("generate_terraform")["files"] == []


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder, by their path in the project."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder.parent)): path.read_bytes() for path in files}


# -- files that are not what they should be

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
BROKEN: dict[str, tuple[str | bytes, str]] = {
    "infra/unclosed.tf": ('resource "aws_sqs_queue" "a" {\n', "kr8/terraform-unreadable"),
    "infra/half.tf": ("locals {\n  a = 1\n  b = \n}\n", "kr8/terraform-unreadable"),
    "infra/latin.tf": ('locals {\n  a = "é"\n}\n'.encode("latin-1"), "kr8/terraform-unreadable"),
    "infra/deep.tf": (f"locals {{\n  a = {'[' * 5000}{']' * 5000}\n}}\n", "kr8/terraform-unreadable"),
    "infra/broken.tf.json": ('{\n  "locals": {\n', "kr8/terraform-unreadable"),
    "infra/deep.tf.json": ("[" * 100_000, "kr8/terraform-unreadable"),
    "k8s/tabs.yaml": (f"{POD}spec:\n\tcontainers: []\n", "kubernetes/unreadable"),
    "k8s/nowhere.yaml": (f"{POD}spec: *nowhere\n", "kubernetes/unreadable"),
    "k8s/itself.yaml": (f"{POD}spec: &a [*a]\n", "kubernetes/unreadable"),
    "k8s/laughs.yaml": (
        POD + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]\n" for i in range(30)),
        "kubernetes/unreadable",
    ),
    "k8s/deep.yaml": (f"{POD}spec: {'[' * 100_000}", "kubernetes/unreadable"),
    "k8s/latin.yaml": (f"{POD}spec: {{a: é}}\n".encode("latin-1"), "kubernetes/unreadable"),
    "k8s/twice.yaml": (f"{POD}spec: {{}}\nspec: {{containers: []}}\n", "kubernetes/duplicate-key"),
    "ansible/site.yml": ("- hosts: all\n  tasks:\n\t- debug: {}\n", "ansible/unreadable"),
    "kr8.toml": ("[project\n", "kr8/invalid-project-file"),
    ".kr8/waivers.toml": ("[[waiver]\n", "waivers/not-valid"),
    ".kr8/policies/a.rego": ("package a\n\ndeny contains msg if {\n", "rego/unreadable"),
}


def test_every_file_that_is_broken_is_a_finding_with_a_place_and_nothing_fails(scene: Scene, tmp_path: Path) -> None:
    shop = write(tmp_path / "shop", {path: content for path, (content, _) in BROKEN.items()})
    write(shop, {"infra/good/main.tf": "locals {\n  a = 1\n}\n", "k8s/good.yaml": POD})
    subprocess.run(["git", "init", "--quiet", str(shop)], check=True)
    said = scene.cli("validate", "--format", "json", where=shop, code=8).value
    found = {(each["rule"], str(each["untrusted_place"]).partition(":")[0]) for each in said["findings"]}
    assert {(rule, path) for path, (_, rule) in BROKEN.items()} <= found
    for each in said["findings"]:
        path, *line = str(each["untrusted_place"]).split(":")
        assert not line or 1 <= int(line[0]) <= (shop / path).read_bytes().count(b"\n") + 1, each
    assert "did not foresee" not in str(said) and "Traceback" not in str(said)


@pytest.mark.parametrize("path", [path for path in BROKEN if path.endswith((".tf", ".json", ".yaml", ".yml"))])
def test_reading_a_broken_file_takes_little_memory(tmp_path: Path, path: str) -> None:
    content = BROKEN[path][0]
    root = write(tmp_path, {path: content})
    checked(OwnRulesChecker(), write(tmp_path / "warm", {"a.tf": "", "a.yaml": POD}))
    tracemalloc.start()
    try:
        sources_of(root)
        checked(OwnRulesChecker(), root)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 << 20


def test_ten_times_the_files_are_ten_times_the_work(tmp_path: Path) -> None:
    """Counted in calls, which a busy machine makes no more of."""
    few, many = (calls(tree(tmp_path / str(count), count)) for count in (1000, 10_000))
    assert many <= 11 * few


def tree(root: Path, count: int) -> Path:
    """A repository of so many files, of every kind that is looked into."""
    kinds: dict[str, str] = {
        "main.tf": "locals {\n  a = 1\n}\n",
        "pod.yaml": POD,
        "chart/Chart.yaml": "name: a\n",
        "chart/templates/a.yaml": "{{ a }}\n",
        "kustomization.yaml": "resources: [pod.yaml]\n",
        "site.yml": "- hosts: all\n  tasks: []\n",
        "Dockerfile": "FROM scratch\n",
        "vars.tf": "",
        "readme.md": "apiVersion kind\n",
        "values.yaml": "a: 1\n",
    }
    for number in range(count // len(kinds)):
        write(root / f"folder{number}", kinds)
    return root


def everything(root: Path) -> None:
    """What kr8 itself reads of a repository."""
    sources = sources_of(root)

    async def read() -> None:
        checker, guard = OwnRulesChecker(), CodeGuard()
        await guard.found(sources, await guard.concerned(sources))
        await checker.check(sources, await checker.concerned(sources, frozenset(Part)))

    asyncio.run(read())


def calls(root: Path) -> int:
    """How many functions of Python are called to read a repository, in every thread."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        everything(root)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    return count

"""Policies in Rego, a person's and a project's, on Terraform, manifests and kr8.toml, by Open Policy Agent itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.support.checking import checked, sources_of, write
from tests.support.scene import Scene

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.drivers.process.driver import Processes
from kr8.drivers.rego.driver import RegoChecker
from kr8.drivers.toolbox.places import places

NAMES = """\
package main

import rego.v1
import data.lib.names

# METADATA
# title: Buckets are named after their team.
# custom:
#   severity: critical
#   mend: Begin the name with the team's.
deny_bucket contains msg if {
	some name
	bucket := input.resource.aws_s3_bucket[name].bucket
	not names.ours(bucket)
	msg := sprintf("The bucket %s is nobody's.", [name])
}

warn contains {"msg": "Two objects have one name.", "place": sprintf("%s:%d", [input[j].path, input[j].line])} if {
	some i, j
	i < j
	input[i].contents.kind == input[j].contents.kind
	input[i].contents.metadata.name == input[j].contents.metadata.name
}
"""
LIBRARY = 'package lib.names\n\nimport rego.v1\n\nours(name) if startswith(name, "shop-")\n'
PODS = """\
package main

deny contains msg if {
  input.kind == "Deployment"
  not input.spec.template.spec.securityContext.runAsNonRoot
  msg := sprintf("%s may run as root", [input.metadata.name])
}

violation contains {"msg": "it is one", "severity": "low"} if input.kind == "Deployment"
"""
OLDER = 'package main\n\ndeny[msg] {\n  msg := "x"\n}\n'
BUCKETS = """\
resource "aws_s3_bucket" "logs" {
  bucket = "shop-logs"
}

resource "aws_s3_bucket" "other" {
  bucket = "other"
}
"""
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template: {}\n"


def rego(folder: Path, **limits: float) -> RegoChecker:
    place = places(Path(os.environ["KR8_TOOLS"]))["opa"]
    assert place.is_installed()
    return RegoChecker(Processes(os.environ), place, folder, **limits)


@pytest.fixture
def nobodys(tmp_path: Path) -> Path:
    """A home without policies."""
    return tmp_path / "none"


def seen(said: Checked) -> list[tuple[str, Severity, str | None]]:
    return sorted((each.rule, each.severity, each.place) for each in said.findings)


def only(said: Checked, rule: str) -> Finding:
    (found,) = [each for each in said.findings if each.rule == rule]
    return found


def test_a_policy_of_the_project_judges_each_object_where_it_is_and_all_together(tmp_path: Path, nobodys: Path) -> None:
    files = {
        ".kr8/policies/names.rego": NAMES,
        ".kr8/policies/lib/names.rego": LIBRARY,
        "infra/main.tf": BUCKETS,
        "k8s/all.yaml": f"{DEPLOYMENT}---\n{DEPLOYMENT}",
    }
    said = checked(rego(nobodys), write(tmp_path / "repository", files))
    assert said.state is CheckState.CHECKED and seen(said) == [
        ("rego/main.deny_bucket", Severity.CRITICAL, "infra/main.tf:5"),
        ("rego/main.warn", Severity.LOW, "k8s/all.yaml:8"),
    ]
    assert "The bucket other is nobody's." in only(said, "rego/main.deny_bucket").why


def test_a_policy_that_is_written_for_conftest_is_read_as_it_is(tmp_path: Path, nobodys: Path) -> None:
    said = checked(rego(nobodys), write(tmp_path / "r", {".kr8/policies/a.rego": PODS, "web.yaml": DEPLOYMENT}))
    assert seen(said) == [
        ("rego/main.deny", Severity.HIGH, "web.yaml:1"),
        ("rego/main.violation", Severity.LOW, "web.yaml:1"),
    ]
    assert "web may run as root" in only(said, "rego/main.deny").why


def test_without_a_policy_nothing_is_asked_for(tmp_path: Path, nobodys: Path) -> None:
    sources = sources_of(write(tmp_path / "r", {"web.yaml": DEPLOYMENT, "main.tf": BUCKETS}))
    assert asyncio.run(rego(nobodys).concerned(sources, frozenset(Part))) == ()


def test_a_persons_policy_counts_in_every_repository_and_is_part_of_the_version(tmp_path: Path) -> None:
    home = write(tmp_path / "policies", {"a.rego": PODS})
    checker = rego(home)
    said = checked(checker, write(tmp_path / "r", {"web.yaml": DEPLOYMENT}))
    assert only(said, "rego/main.deny").what == "A policy of the person says no."
    before = _version(checker)
    write(home, {"b.rego": LIBRARY})
    assert _version(checker) != before


def _version(checker: RegoChecker) -> str | None:
    return asyncio.run(checker.version())


def test_a_broken_policy_is_a_finding_at_its_line_and_the_others_go_on(tmp_path: Path, nobodys: Path) -> None:
    files = {
        ".kr8/policies/a.rego": PODS,
        ".kr8/policies/b.rego": "package broken\n\ndeny contains msg if {\n\tinput.a == ;\n}\n",
        ".kr8/policies/c.rego": 'package lost\n\ndeny contains "x" if data.lib.gone.x(input)\n',
        ".kr8/policies/d.rego": OLDER.replace("main", "older"),
        ".kr8/policies/e.rego": "package two\n\ndeny := {1} if input.kind\n\ndeny := {2} if input.kind\n",
        "web.yaml": DEPLOYMENT,
    }
    said = checked(rego(nobodys), write(tmp_path / "r", files))
    broken = {each.place: each.why for each in said.findings if each.rule == "rego/unreadable"}
    assert set(broken) == {f".kr8/policies/{name}" for name in ("b.rego:4", "c.rego:3", "d.rego:3", "e.rego:5")}
    assert "data.lib.gone.x" in broken[".kr8/policies/c.rego:3"] and "`if`" in broken[".kr8/policies/d.rego:3"]
    assert only(said, "rego/main.deny").place == "web.yaml:1"
    assert said.state is CheckState.CHECKED


def test_a_rule_that_is_no_set_is_not_checked_and_said(tmp_path: Path, nobodys: Path) -> None:
    files = {".kr8/policies/a.rego": "package main\n\ndeny := 3\n", "web.yaml": DEPLOYMENT}
    said = checked(rego(nobodys), write(tmp_path / "r", files))
    assert said.state is CheckState.NOT_CHECKED and "data.main.deny" in said.why


@pytest.mark.parametrize(
    "body",
    [
        "some a in numbers.range(1, 90000); some b in numbers.range(1, 90000); a * b < 0",
        "count([[a, b] | some a in numbers.range(1, 90000); some b in numbers.range(1, 90000)]) < 0",
    ],
)
def test_a_policy_without_end_is_stopped_and_takes_no_other_ones_with_it(tmp_path: Path, body: str) -> None:
    home = write(tmp_path / "policies", {"pods.rego": PODS})
    files = {".kr8/policies/a.rego": f'package endless\n\ndeny contains "x" if {{ {body} }}\n', "web.yaml": DEPLOYMENT}
    said = checked(rego(home, limit_seconds=5), write(tmp_path / "r", files))
    assert said.state is CheckState.NOT_CHECKED and "The policies in .kr8/policies gave no answer" in said.why
    assert not said.lasting and only(said, "rego/main.deny").place == "web.yaml:1"


@pytest.mark.parametrize(
    "call",
    [
        "opa.runtime()",
        'http.send({"method": "get", "url": "http://127.0.0.1"})',
        "time.now_ns()",
        'json.match_schema({}, {"$ref": "http://127.0.0.1"})',
        'json.verify_schema({"$ref": "file:///etc/passwd"})',
    ],
)
def test_a_policy_sees_nothing_of_machine_network_and_clock(tmp_path: Path, nobodys: Path, call: str) -> None:
    peeks = f"package peeks\n\ndeny contains json.marshal({call}) if true\n"
    said = checked(rego(nobodys), write(tmp_path / "r", {".kr8/policies/a.rego": peeks, "main.tf": BUCKETS}))
    found = only(said, "rego/unreadable")
    assert found.place == ".kr8/policies/a.rego:3" and f"undefined function {call.partition('(')[0]}" in found.why


SCHEMA = """\
# METADATA
# scope: package
# schemas:
#   - input: {"type": "object", "properties": {"kind": {"$ref": "%s"}}}
package peeks

deny contains "x" if input.kind.other == 1
"""


@pytest.mark.parametrize("where", ["file", "http"])
def test_a_schema_in_a_comment_reads_no_file_and_asks_nobody(tmp_path: Path, nobodys: Path, where: str) -> None:
    (tmp_path / "secret").write_text("c4n4ry")
    asked: list[str] = []

    class Listening(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Listening) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ref = f"file://{tmp_path}/secret" if where == "file" else f"http://127.0.0.1:{server.server_port}/secret"
        said = checked(rego(nobodys), write(tmp_path / "r", {".kr8/policies/a.rego": SCHEMA % ref, "main.tf": BUCKETS}))
        server.shutdown()
    found = only(said, "rego/unreadable")
    assert ("permission denied" if where == "file" else "remote reference loading disabled") in found.why
    assert not asked


NEVER = 'package never\n\ndeny contains "x" if input.kind == "Never"\n'


def test_more_objects_than_are_judged_are_said(tmp_path: Path, nobodys: Path) -> None:
    many = "".join(f'variable "v{number}" {{}}\n' for number in range(5001))
    said = checked(rego(nobodys), write(tmp_path / "r", {"main.tf": many, ".kr8/policies/a.rego": NEVER}))
    assert said.state is CheckState.NOT_CHECKED and "5,001" in said.why and said.lasting


EVERYTHING = 'package all\n\ndeny contains "x" if true\n'
PROJECT = '[project]\nname = "shop"\nid = "prj_7k2m9q"\n\n[environments.production]\nlisten = {}\n'


def test_only_the_parts_that_are_asked_about_are_judged(tmp_path: Path, nobodys: Path) -> None:
    files = {"main.tf": BUCKETS, "a.yaml": DEPLOYMENT, "kr8.toml": PROJECT, ".kr8/policies/all.rego": EVERYTHING}
    root, own = write(tmp_path / "r", files), ".kr8/policies/all.rego:3"  # that of what is judged together
    for part, judged in ((Part.KUBERNETES, ["a.yaml:1"]), (Part.PROJECT, ["kr8.toml:1"]), (Part.ANSIBLE, [])):
        found = [each.place for each in checked(rego(nobodys), root, part).findings]
        assert found == ([*judged, own] if judged else [])


def test_templates_of_charts_are_not_judged(tmp_path: Path, nobodys: Path) -> None:
    template = DEPLOYMENT.replace("web", "{{ .Values.name }}")
    chart = {"chart/Chart.yaml": "apiVersion: v2\nname: a\n", "chart/templates/a.yaml": template}
    said = checked(rego(nobodys), write(tmp_path / "r", {**chart, ".kr8/policies/all.rego": EVERYTHING}))
    assert said.findings == ()


def test_kr8_validate_asks_the_policies_of_home_and_repository(tmp_path: Path) -> None:
    with Scene() as scene:
        shop = write(tmp_path / "shop", {"web.yaml": DEPLOYMENT, ".kr8/policies/a.rego": PODS})
        subprocess.run(["git", "init", "--quiet", str(shop)], check=True)
        write(scene.home / "policies", {"b.rego": PODS.replace("package main", "package mine")})
        said = scene.cli("validate", "kubernetes", where=shop, code=8)
        rules = {each["rule"]: each for each in said.value["findings"]}
        assert {"rego/main.deny", "rego/mine.deny"} <= set(rules)
        assert rules["rego/mine.deny"]["untrusted_place"] == "web.yaml:1"
        assert "may run as root" in rules["rego/main.deny"]["untrusted_why"]

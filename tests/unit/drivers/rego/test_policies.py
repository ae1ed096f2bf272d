"""Policies as they are written, what they are asked about, and what they said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kr8.domain.finding import Severity
from kr8.drivers.hcl import reader as hcl
from kr8.drivers.rego import commands
from kr8.drivers.rego.calls import is_harmless
from kr8.drivers.rego.findings import broken, said_of, told, trouble
from kr8.drivers.rego.inputs import Input, combined, of_manifests, of_project, of_terraform
from kr8.drivers.rego.policies import Policies, Whose, is_project_policy
from kr8.drivers.yaml_files import reader as yaml

TAGS = """\
package team.tags

import rego.v1

# METADATA
# title: Everything has an owner.
# description: Nobody mends what is nobody's.
# related_resources:
#   - ref: https://example.com/tags
# custom:
#   severity: medium
#   mend: Add the tag owner.
deny_owner contains msg if {
	msg := "x"
}

warn contains "w" if input.a

deny_owner contains "again" if input.b

deny_helper(x) := x
"""


@pytest.mark.parametrize(
    ("name", "may"),
    [
        *[(name, True) for name in ("count", "regex.match", "net.cidr_contains", "rego.metadata.rule")],
        *[(name, False) for name in ("json.match_schema", "json.verify_schema", "net.lookup_ip_addr", "opa.runtime")],
        *[(name, False) for name in ("http.send", "time.now_ns", "rand.intn", "uuid.rfc4122", "tomorrow.new", "regex")],
    ],
)
def test_a_policy_calls_what_is_known_to_calculate_and_nothing_that_a_later_opa_may_bring(name: str, may: bool) -> None:
    assert is_harmless(name) is may


def policies(whose: Whose = Whose.PROJECT, text: str = TAGS) -> Policies:
    return Policies(whose=whose, modules={".kr8/policies/tags.rego": text})


def test_rules_are_found_with_the_words_of_their_annotation() -> None:
    owner, warn = policies().rules()
    assert (owner.entry, owner.place, owner.severity) == (
        "data.team.tags.deny_owner",
        ".kr8/policies/tags.rego:13",
        Severity.MEDIUM,
    )
    assert (owner.title, owner.mend, owner.link) == (
        "Everything has an owner.",
        "Add the tag owner.",
        "https://example.com/tags",
    )
    assert (warn.name, warn.severity, warn.title) == ("warn", Severity.LOW, "")


@pytest.mark.parametrize("text", ["", "deny contains 1 if true\n", "package a.b\n# METADATA\n# [\nx := 1\n"])
def test_what_has_no_package_or_no_rule_says_nothing(text: str) -> None:
    assert policies(text=text).rules() == ()


def test_an_annotation_that_is_no_yaml_is_none() -> None:
    (rule,) = policies(text="package a\n# METADATA\n# custom: [\ndeny contains 1 if true\n").rules()
    assert (rule.severity, rule.title) == (Severity.HIGH, "")


def test_tests_of_policies_are_no_policies() -> None:
    named = (".kr8/policies/a.rego", ".kr8/policies/b/c.rego", ".kr8/policies/a_test.rego", "policies/a.rego")
    assert [is_project_policy(path) for path in named] == [True, True, False, False]


def test_terraform_is_asked_about_block_by_block_in_the_shape_of_its_json() -> None:
    code = hcl.read(
        {
            "main.tf": b'resource "aws_sg" "a" {\n  name = "x"\n  size = var.size\n  tag = "n-${var.n}"\n'
            b'  ingress {\n    port = 1\n  }\n  ingress {\n    port = 2\n  }\n  dynamic "rule" {\n'
            b"    for_each = var.r\n    content {\n      port = rule.value\n    }\n  }\n}\n"
            b'variable "n" {}\n'
        }
    )
    first, second = of_terraform(code)
    body = {
        "name": "x",
        "size": "${var.size}",
        "tag": "n-${var.n}",
        "ingress": [{"port": 1}, {"port": 2}],
        "rule": {"port": "${rule.value}"},
    }
    assert first == Input("main.tf:1", {"resource": {"aws_sg": {"a": body}}})
    assert second == Input("main.tf:18", {"variable": {"n": {}}})


def test_manifests_and_kr8_toml_are_asked_about_as_they_are() -> None:
    read = yaml.read({"a.yaml": b"a: 1\n---\napiVersion: v1\nkind: Pod\nspec: {x: [1]}\n"})
    assert list(of_manifests(read)) == [Input("a.yaml:3", {"apiVersion": "v1", "kind": "Pod", "spec": {"x": [1]}})]
    assert list(of_project("[a]\nb = 1\n")) == [Input("kr8.toml:1", {"a": {"b": 1}})]
    assert list(of_project("[a\n")) == []
    assert combined((Input("a.yaml:3", {}),)) == [{"path": "a.yaml", "line": 3, "contents": {}}]


def test_what_looks_at_machine_network_or_clock_is_no_capability() -> None:
    known = {"builtins": [{"name": "http.send", "nondeterministic": True}, {"name": "count"}], "features": ["x"]}
    left = json.loads(commands.harmless(json.dumps(known).encode()))
    assert left == {"builtins": [{"name": "count"}], "features": ["x"], "allow_net": []}


def answer(*said: tuple[int, Any]) -> bytes:
    """What opa prints where the first rule said something of inputs, and the second nothing."""
    told = [{"input": index, "said": message} for index, message in said]
    return json.dumps({"result": [{"expressions": [], "bindings": {"r0": told, "r1": []}}]}).encode()


INPUTS = (Input("a.yaml:3", {}), Input("b.tf:1", {}))


def test_words_of_a_policy_stand_in_why() -> None:
    found = told(policies(), answer((0, "Ignore this.")), INPUTS)
    assert found is not None and found.left == 0
    (theirs,) = found.findings
    assert theirs.rule == "rego/team.tags.deny_owner" and theirs.place == "a.yaml:3"
    assert theirs.what == "A policy of the project says no." and not theirs.link
    for words in ("Ignore", "Nobody mends", "Add the tag", "https://example.com/tags"):
        assert words in theirs.why and words not in theirs.mend + theirs.what


def test_a_message_may_say_severity_and_place_but_no_place_that_is_not_there() -> None:
    said = (
        (2, {"msg": "m", "severity": "critical", "place": "b.tf:7"}),
        (1, {"msg": "m", "severity": "worst", "place": "elsewhere:1"}),
        (2, {"msg": "m" * 5000}),
    )
    found = told(policies(), answer(*said), INPUTS)
    assert found is not None
    first, second, third = found.findings
    assert (first.severity, first.place) == (Severity.CRITICAL, "b.tf:7")
    assert (second.severity, second.place) == (Severity.MEDIUM, "b.tf:1")
    assert third.place == ".kr8/policies/tags.rego:13" and len(third.why) == 1000


def test_what_is_no_answer_is_none_and_its_error_is_told() -> None:
    nowhere = json.dumps({"errors": [{"message": "it is no set", "location": {"file": "", "row": 1}}]}).encode()
    for printed in (b"", b"[]", b"{}", b"panic", nowhere):
        assert told(policies(), printed, INPUTS) is None and broken(printed, "/x") is None
    assert trouble(nowhere) == "it is no set" and trouble(b"") == ""


def test_each_policy_that_cannot_be_used_is_a_finding_at_its_first_error() -> None:
    places = [("/x/.kr8/policies/a.rego", 3), ("/x/.kr8/policies/a.rego", 1), ("/x/b.rego", 2)]
    errors = [{"message": "wrong", "location": {"file": file, "row": row}} for file, row in places]
    found = broken(json.dumps({"errors": errors}).encode(), "/x")
    assert found is not None
    assert [each.place for each in said_of(found)] == [".kr8/policies/a.rego:3", "b.rego:2"]


def test_policies_without_some_files() -> None:
    assert policies().without([".kr8/policies/tags.rego"]).rules() == ()
    assert policies().without(["other"]) == policies()

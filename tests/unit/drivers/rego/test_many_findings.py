"""Policies that find more than is told: what denies is told first, and that there is more."""

from __future__ import annotations

import json
from typing import Any

from kr8.domain.finding import Severity
from kr8.drivers.rego.findings import MOST, Told, told
from kr8.drivers.rego.inputs import Input
from kr8.drivers.rego.policies import Policies, Whose

TEXT = """\
package team

warn contains "w" if input.a

deny contains "d" if input.b
"""
INPUTS = (Input("a.yaml:3", {}),)


def of(warned: list[Any], denied: list[Any]) -> Told:
    bindings = {
        name: [{"input": 0, "said": message} for message in said] for name, said in (("r0", warned), ("r1", denied))
    }
    printed = json.dumps({"result": [{"expressions": [], "bindings": bindings}]}).encode()
    found = told(Policies(whose=Whose.PROJECT, modules={".kr8/policies/a.rego": TEXT}), printed, INPUTS)
    assert found is not None
    return found


def test_what_denies_comes_before_any_number_of_warnings() -> None:
    loud = {"msg": "look here", "severity": "critical"}
    found = of([loud] * (MOST + 5), ["no"])
    assert (len(found.findings), found.left) == (MOST, 6)
    assert [each.rule for each in found.findings[:2]] == ["rego/team.deny", "rego/team.warn"]


def test_of_what_denies_the_worst_comes_first_and_equals_in_their_order() -> None:
    said = [{"msg": name, "severity": severity} for name, severity in (("a", "low"), ("b", "critical"), ("c", "low"))]
    found = of([], [*said, "plain"])
    assert [each.why for each in found.findings] == ["b", "plain", "a", "c"] and found.left == 0
    assert found.findings[0].severity is Severity.CRITICAL


def test_as_many_as_are_told_are_all() -> None:
    assert of(["w"] * (MOST - 1), ["d"]).left == 0

"""What costs money has a budget."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="budget-missing",
    part=Part.TERRAFORM,
    severity=Severity.LOW,
    title="An account that things are made in has a budget.",
    why="A loop, a forgotten cluster or a stolen key is seen on the bill a month later.",
    mend="Add aws_budgets_budget with a limit and somebody who is told.",
    link="https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-managing-costs.html",
)
PASSES = {
    "main.tf": 'resource "aws_vpc" "a" {}\n',
    "budget.tf": 'resource "aws_budgets_budget" "month" {}\n',
}
FAILS = {"main.tf": 'resource "aws_vpc" "a" {}\n'}


def check(code: Code) -> Iterator[Finding]:
    """The first AWS resource, where nothing in the repository is a budget."""
    if any(code.terraform.blocks("resource", "aws_budgets_budget")):
        return
    made = (block for block in code.terraform.blocks("resource") if block.labels[0].startswith("aws_"))
    for block in islice(made, 1):
        yield RULE.finding("Nothing in this repository bounds what its resources may cost.", block.place)

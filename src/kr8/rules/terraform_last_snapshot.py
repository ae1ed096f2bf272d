"""A database that is destroyed leaves a snapshot."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule

RULE = Rule(
    name="terraform-last-snapshot",
    part=Part.TERRAFORM,
    severity=Severity.MEDIUM,
    title="A database that is destroyed leaves a snapshot.",
    why="skip_final_snapshot = true deletes the last copy of the data together with the database.",
    mend="Remove skip_final_snapshot, and give final_snapshot_identifier.",
    link="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
)
PASSES = {"main.tf": 'resource "aws_db_instance" "a" {\n  final_snapshot_identifier = "a-last"\n}\n'}
FAILS = {"main.tf": 'resource "aws_rds_cluster" "a" {\n  skip_final_snapshot = true\n}\n'}
KINDS = ("aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster", "aws_redshift_cluster")


def check(code: Code) -> Iterator[Finding]:
    """Each database that says so."""
    for kind in KINDS:
        for block in code.terraform.blocks("resource", kind):
            if block.literal("skip_final_snapshot") is True:
                place = block.attributes["skip_final_snapshot"].place
                yield RULE.finding("Its last snapshot is skipped.", place)

"""What holds data is backed up."""

from __future__ import annotations

from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import Block

RULE = Rule(
    name="data-without-backup",
    part=Part.TERRAFORM,
    severity=Severity.HIGH,
    title="What holds data has backups.",
    why="A mistake, or somebody with a key, deletes it in a second; without a backup it is gone.",
    mend="Databases: backup_retention_period of a week or more. DynamoDB: point_in_time_recovery. EFS: backup policy.",
    link="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
)
PASSES = {"main.tf": 'resource "aws_db_instance" "main" {\n  backup_retention_period = 7\n}\n'}
FAILS = {"main.tf": 'resource "aws_dynamodb_table" "orders" {\n  name = "orders"\n}\n'}

_DATABASES = {"aws_db_instance": 0, "aws_rds_cluster": 1, "aws_docdb_cluster": 1, "aws_neptune_cluster": 1}
"""Databases, and the days for which AWS keeps their backups where nothing is said."""


_LOCK = "LockID"
"""The key of the tables by which Terraform locks its state, in which nothing else is."""


def check(code: Code) -> Iterator[Finding]:
    """Each database, table and file system whose backups are off, or were never turned on.

    Not where the folder has AWS Backup select what it backs up: that may be by tags.
    """
    selected = {block.folder() for block in code.terraform.blocks("resource", "aws_backup_selection")}
    for block, what in (*_databases(code), *_tables(code), *_file_systems(code)):
        if block.folder() not in selected:
            yield RULE.finding(f"{'.'.join(block.labels)} {what}.", block.place)


def _databases(code: Code) -> Iterator[tuple[Block, str]]:
    for kind, days in _DATABASES.items():
        for block in code.terraform.blocks("resource", kind):
            is_replica = any(
                each in block.attributes for each in ("replicate_source_db", "replication_source_identifier")
            )
            if block.literal("backup_retention_period", days) == 0 and not is_replica:
                yield block, "keeps no backup"


def _tables(code: Code) -> Iterator[tuple[Block, str]]:
    for block in code.terraform.blocks("resource", "aws_dynamodb_table"):
        kept = any(inner.literal("enabled") is not False for inner in block.inner("point_in_time_recovery"))
        if not kept and block.literal("hash_key") != _LOCK:
            yield block, "cannot be brought back to a point in time"


def _file_systems(code: Code) -> Iterator[tuple[Block, str]]:
    kept = {block.folder() for block in code.terraform.blocks("resource", "aws_efs_backup_policy")}
    for block in code.terraform.blocks("resource", "aws_efs_file_system"):
        if block.folder() not in kept:
            yield block, "has no backup policy"

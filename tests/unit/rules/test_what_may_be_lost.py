"""What holds data, what is there once, and what nobody watches: found where it is so, and nowhere else."""

from __future__ import annotations

from types import ModuleType

import pytest

from kr8.domain.code import Code
from kr8.drivers.hcl import reader
from kr8.drivers.yaml_files import reader as yaml_reader
from kr8.rules import (
    alarms_missing,
    data_without_backup,
    kubernetes_metrics_unwatched,
    kubernetes_volume_without_backup,
    s3_without_versioning,
    terraform_single_instance,
)


def terraform(rule: ModuleType, **texts: str) -> list[str]:
    """Where a rule finds something in Terraform configuration."""
    read = reader.read({f"{name.replace('__', '/')}.tf": text.encode() for name, text in texts.items()})
    assert read.unreadable == ()
    return [each.place for each in rule.check(Code(read))]


def manifests(rule: ModuleType, text: str) -> list[str]:
    """Where a rule finds something in manifests."""
    return [each.place for each in rule.check(Code(yaml=yaml_reader.read({"a.yaml": text.encode()})))]


@pytest.mark.parametrize("kind", ["aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"])
def test_a_cluster_that_says_nothing_keeps_the_day_that_aws_gives_it(kind: str) -> None:
    assert terraform(data_without_backup, main=f'resource "{kind}" "a" {{}}\n') == []
    off = f'resource "{kind}" "a" {{\n  backup_retention_period = 0\n}}\n'
    assert terraform(data_without_backup, main=off) == ["main.tf:1"]


def test_an_instance_that_says_nothing_keeps_no_backup() -> None:
    assert terraform(data_without_backup, main='resource "aws_db_instance" "a" {}\n') == ["main.tf:1"]


LOCK = 'resource "aws_dynamodb_table" "a" {\n  hash_key = "LockID"\n}\n'
SELECTION = 'resource "aws_backup_selection" "a" {}\n'
KINDS = ("aws_db_instance", "aws_dynamodb_table", "aws_efs_file_system")


def test_the_lock_of_terraforms_state_is_no_data() -> None:
    assert terraform(data_without_backup, main=LOCK) == []
    assert terraform(data_without_backup, main=LOCK.replace("LockID", "OrderID")) == ["main.tf:1"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_backup_plan_of_its_folder_selects_is_backed_up(kind: str) -> None:
    resource = f'resource "{kind}" "a" {{}}\n'
    assert terraform(data_without_backup, a__main=resource, a__backup=SELECTION) == []
    assert terraform(data_without_backup, a__main=resource, b__backup=SELECTION) == ["a/main.tf:1"]


BUCKET = 'resource "aws_s3_bucket" "a" {\n  bucket = "shop-uploads"\n}\n'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BUCKET, True),
        (BUCKET + 'resource "aws_s3_bucket_versioning" "a" {\n  bucket = aws_s3_bucket.a[0].id\n}\n', False),
        (BUCKET + 'resource "aws_s3_bucket_versioning" "a" {\n  bucket = aws_s3_bucket.a-b.id\n}\n', True),
        (BUCKET + 'resource "aws_s3_bucket_versioning" "a" {\n  bucket = each.value\n}\n', False),
        (
            BUCKET + 'resource "aws_s3_bucket_versioning" "a" {\n  bucket = aws_s3_bucket.a.id\n'
            '  versioning_configuration {\n    status = "Suspended"\n  }\n}\n',
            True,
        ),
        (
            BUCKET + 'resource "aws_s3_bucket_versioning" "a" {\n  bucket = aws_s3_bucket.a.id\n'
            "  versioning_configuration {\n    status = var.status\n  }\n}\n",
            False,
        ),
        *(
            (BUCKET.replace("shop-uploads", name), False)
            for name in ("access-logs", "shop.log", "log_archive", "elblogs")
        ),
        *((BUCKET.replace("shop-uploads", name), True) for name in ("customer-catalog", "blog", "login", "dialogs")),
        (BUCKET.replace('"a"', '"flow_logs"'), False),
        (BUCKET.replace('"a"', '"AccessLogs"'), False),
        (BUCKET.replace('"a"', '"changelog"'), True),
        (BUCKET + 'resource "aws_s3_bucket_logging" "a" {\n  target_bucket = aws_s3_bucket.a.id\n}\n', False),
        (BUCKET.replace('"shop', 'var.x\n  force_destroy = true\n  x = "shop'), False),
        (BUCKET.replace("}", "  versioning {\n    enabled = true\n  }\n}"), False),
        (BUCKET.replace("}", "  versioning {\n    enabled = false\n  }\n}"), True),
    ],
)
def test_buckets_that_keep_one_version(text: str, found: bool) -> None:
    assert bool(terraform(s3_without_versioning, main=text)) is found


@pytest.mark.parametrize(
    ("beside", "found"),
    [
        ("", True),
        ('resource "aws_cloudwatch_composite_alarm" "a" {}\n', False),
        ('resource "datadog_monitor" "a" {}\n', False),
        ('module "a" {\n  source = "terraform-aws-modules/cloudwatch/aws//modules/metric-alarm"\n}\n', False),
        ('module "a" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n', True),
    ],
)
@pytest.mark.parametrize("serves", ["aws_ecs_service", "aws_alb", "aws_apprunner_service"])
def test_what_serves_and_has_no_alarm_by_anybody(serves: str, beside: str, found: bool) -> None:
    assert bool(terraform(alarms_missing, main=f'{beside}resource "{serves}" "a" {{}}\n')) is found


SERVICE = 'resource "aws_ecs_service" "a" {\n  desired_count = 1\n}\n'
SCALED = 'resource "aws_appautoscaling_target" "a" {\n  min_capacity = 2\n}\n'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (SERVICE, [2]),
        (SERVICE + SCALED, []),
        (SCALED.replace("2", "1"), [2]),
        (SCALED.replace("2", "var.least"), []),
        ('resource "aws_db_instance" "a" {}\n', [1]),
        ('resource "aws_db_instance" "a" {\n  multi_az = var.zones > 1\n}\n', []),
        ('resource "aws_db_instance" "a" {\n  replicate_source_db = "b"\n}\n', []),
        ('resource "aws_nat_gateway" "a" {}\n', [1]),
        ('resource "aws_nat_gateway" "a" {\n  for_each = var.zones\n}\n', []),
        ('resource "aws_nat_gateway" "a" {}\nresource "aws_nat_gateway" "b" {}\n', []),
        ('module "a" {\n  source = "../a"\n  desired_count = 1\n  single_nat_gateway = true\n}\n', [3, 4]),
        ('module "a" {\n  source = "../a"\n  desired_count = true\n  multi_az = true\n}\n', []),
    ],
)
def test_what_is_there_once_in_production(text: str, lines: list[int]) -> None:
    for folder in ("live__prod__main", "production__eu__main", "envs__production"):
        found = terraform(terraform_single_instance, **{folder: text})
        assert sorted(int(each.rpartition(":")[2]) for each in found) == lines
    assert terraform(terraform_single_instance, live__staging__main=text, modules__product__main=text) == []


STATEFUL = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  volumeClaimTemplates:
    - metadata: {name: data}
"""
SNAPSHOTS = "---\napiVersion: snapshot.storage.k8s.io/v1\nkind: VolumeSnapshot\nmetadata: {name: a}\n"
DUMPS = "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: db-dump}\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (STATEFUL, ["a.yaml:6"]),
        (STATEFUL + SNAPSHOTS, []),
        (STATEFUL + DUMPS, []),
        (STATEFUL + DUMPS.replace("db-dump", "sweep"), ["a.yaml:6"]),
        (STATEFUL.replace("name: data", 'name: data, annotations: {"backup.velero.io/x": ""}'), []),
    ],
)
def test_claims_that_nothing_backs_up(text: str, found: list[str]) -> None:
    assert manifests(kubernetes_volume_without_backup, text) == found


WEB = kubernetes_metrics_unwatched.FAILS["web.yaml"]
SERVICE_OF_IT = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {team: a}}\nspec: {selector: {app: APP}}\n"
)
MONITOR = (
    "---\napiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nspec: {selector: {matchLabels: {team: a}}}\n"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (WEB, True),
        (WEB.replace("name: metrics", "name: http"), False),
        (WEB + SERVICE_OF_IT.replace("APP", "web") + MONITOR, False),
        (WEB + SERVICE_OF_IT.replace("APP", "other") + MONITOR, True),
        (WEB + SERVICE_OF_IT.replace("APP", "web") + MONITOR.replace("team: a", "team: b"), True),
        (WEB.replace("labels:", 'annotations: {prometheus.io/scrape: "true"}, labels:'), False),
        # A kustomization may give every object the label that the selector asks for.
        (WEB + SERVICE_OF_IT.replace(", labels: {team: a}", "").replace("APP", "web") + MONITOR, False),
    ],
)
def test_measures_that_nobody_collects(text: str, found: bool) -> None:
    assert bool(manifests(kubernetes_metrics_unwatched, text)) is found

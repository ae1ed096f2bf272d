"""What a bucket holds can be brought back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.rule import Rule
from kr8.domain.terraform_code import Block

RULE = Rule(
    name="s3-without-versioning",
    part=Part.TERRAFORM,
    severity=Severity.MEDIUM,
    title="A bucket that holds data keeps the versions of its objects.",
    why="What a mistake or somebody with a key overwrites or deletes in a bucket is gone, unless it keeps versions.",
    mend='Add aws_s3_bucket_versioning with status = "Enabled", and a rule of its lifecycle that ends old versions.',
    link="https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html",
)
_BUCKET = 'resource "aws_s3_bucket" "uploads" {\n  bucket = "shop-uploads"\n}\n'
PASSES = {
    "main.tf": f"""\
{_BUCKET}
resource "aws_s3_bucket_versioning" "uploads" {{
  bucket = aws_s3_bucket.uploads.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}
"""
}
FAILS = {"main.tf": _BUCKET}


_OFF = ("Suspended", "Disabled")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LOGS = re.compile(r"(?<![a-z])(access|alb|cloudfront|elb|flow|nlb)?log(s|ging)?(?![a-z])")
"""The word in a name, and not in customer-catalog."""


def check(code: Code) -> Iterator[Finding]:
    """Each bucket whose folder turns versioning on for it nowhere; not those for logs, and those that may be lost."""
    for block in code.terraform.blocks("resource", "aws_s3_bucket"):
        inline = any(each.literal("enabled") is not False for each in block.inner("versioning"))
        if not inline and not _holds_no_data(code, block) and not _is_versioned(code, block):
            yield RULE.finding(f"{'.'.join(block.labels)} keeps one version of what is in it.", block.place)


def _is_versioned(code: Code, bucket: Block) -> bool:
    beside = [each for each in code.terraform.near(bucket, "resource", "aws_s3_bucket_versioning") if _is_on(each)]
    meant = [each.attributes["bucket"] for each in beside if "bucket" in each.attributes]
    # What names no bucket, such as each.value, may mean any of them.
    return any(each.refers_to(_address(bucket)) or "aws_s3_bucket." not in each.text for each in meant)


def _is_on(versioning: Block) -> bool:
    return all(each.literal("status") not in _OFF for each in versioning.inner("versioning_configuration"))


def _holds_no_data(code: Code, bucket: Block) -> bool:
    if bucket.literal("force_destroy") is True or _is_for_logs(bucket):
        return True
    logging = (
        each.attributes.get("target_bucket") for each in code.terraform.blocks("resource", "aws_s3_bucket_logging")
    )
    return any(each is not None and each.refers_to(_address(bucket)) for each in logging)


def _is_for_logs(bucket: Block) -> bool:
    named = bucket.attributes.get("bucket")
    names = f"{bucket.labels[1]} {named.text if named is not None else ''}"
    return _LOGS.search(_CAMEL.sub("-", names).lower()) is not None


def _address(block: Block) -> str:
    return ".".join(block.labels)

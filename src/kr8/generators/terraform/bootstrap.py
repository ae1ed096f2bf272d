"""bootstrap/NAME: the root that makes the bucket in which an environment's state is kept."""

from __future__ import annotations

from kr8.domain.source import SourceFile
from kr8.generators.hcl import Attribute, Block, Expression, attributes
from kr8.generators.terraform.environments import Place
from kr8.generators.terraform.layout import provider, terraform_block, written

_WHY_NOT_ENCRYPT = "No `encrypt`: it asks for S3's own keys, and the bucket's default is a KMS key of ours."


def bootstrap_files(place: Place) -> tuple[SourceFile, ...]:
    """A root without a backend: nothing is there yet to keep its state, and three resources can be imported again."""
    folder = f"bootstrap/{place.name}"
    values = place.variables()
    call = Block(
        "module", ("state_backend",), attributes(source="../../modules/state_backend", bucket=Expression("var.bucket"))
    )
    own = attributes(
        environment=place.name,
        region=values["region"],
        account_id=values["account_id"],
        owner=values["owner"],
        bucket=place.state_bucket,
    )
    return (
        written(f"{folder}/main.tf", [call]),
        written(f"{folder}/variables.tf", _variables(place)),
        written(
            f"{folder}/outputs.tf",
            [_output("bucket", "The bucket."), _output("key_arn", "The KMS key that encrypts the state.")],
        ),
        written(f"{folder}/versions.tf", (terraform_block(), provider())),
        written(f"{folder}/terraform.tfvars", own),
    )


def backend_file(place: Place) -> SourceFile:
    """backend.tf of the environment's root."""
    body = (
        *attributes(bucket=place.state_bucket, key="terraform.tfstate", region=place.region),
        Attribute("use_lockfile", True, f"Two applies at once: the second is refused.\n{_WHY_NOT_ENCRYPT}"),
    )
    return written(
        f"environments/{place.name}/backend.tf", [Block("terraform", body=(Block("backend", ("s3",), body),))]
    )


def _variables(place: Place) -> tuple[Block, ...]:
    return (
        _variable("project", "The project.", Attribute("default", place.project.project.name)),
        _variable("environment", "The environment whose state it is."),
        _variable("region", "The AWS region."),
        _variable("account_id", "The account; null: not pinned.", Attribute("default", None)),
        _variable("owner", "Who answers for it."),
        _variable("bucket", "The bucket: a name that nobody else in the world has."),
    )


def _variable(name: str, description: str, *more: Attribute) -> Block:
    return Block("variable", (name,), (*attributes(description=description, type=Expression("string")), *more))


def _output(name: str, description: str) -> Block:
    return Block(
        "output", (name,), attributes(description=description, value=Expression(f"module.state_backend.{name}"))
    )

"""bootstrap/NAME: the root that makes the bucket in which an environment's state is kept."""

from __future__ import annotations

from kr8.domain.source import SourceFile
from kr8.generators.hcl import Attribute, Block, Expression, attributes
from kr8.generators.terraform.environments import Place
from kr8.generators.terraform.layout import input_variable, provider, terraform_block, written

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


def backend_file(place: Place, folder: str, key: str = "terraform.tfstate") -> SourceFile:
    """backend.tf of a root whose state is kept in the environment's bucket."""
    body = (
        *attributes(bucket=place.state_bucket, key=key, region=place.region),
        Attribute("use_lockfile", True, f"Two applies at once: the second is refused.\n{_WHY_NOT_ENCRYPT}"),
    )
    return written(f"{folder}/backend.tf", [Block("terraform", body=(Block("backend", ("s3",), body),))])


def _variables(place: Place) -> tuple[Block, ...]:
    return (
        input_variable("project", "The project.", Attribute("default", place.project.project.name)),
        input_variable("environment", "The environment whose state it is."),
        input_variable("region", "The AWS region."),
        input_variable("account_id", "The account; null: not pinned.", Attribute("default", None)),
        input_variable("owner", "Who answers for it."),
        input_variable("bucket", "The bucket: a name that nobody else in the world has."),
    )


def _output(name: str, description: str) -> Block:
    return Block(
        "output", (name,), attributes(description=description, value=Expression(f"module.state_backend.{name}"))
    )

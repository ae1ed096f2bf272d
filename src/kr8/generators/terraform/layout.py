"""Where the Terraform files are, and what each of them begins with."""

from __future__ import annotations

from collections.abc import Sequence

from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.generators.hcl import Attribute, Block, Expression, Item, attributes, document
from kr8.generators.header import header

ROOT = "infra/terraform"
HEADER = header("generate_terraform")


def written(path: str, items: Sequence[Item]) -> SourceFile:
    """A file below infra/terraform."""
    return SourceFile(path=f"{ROOT}/{path}", text=document(items, HEADER))


def kinds_of(project: Project) -> frozenset[str]:
    """The kinds of service that a project has."""
    return frozenset(service.kind for service in project.services.values())


def has_secrets(project: Project) -> bool:
    """Whether any service is given a secret."""
    return any(service.secrets for service in project.services.values())


def has_before(project: Project) -> bool:
    """Whether a command must succeed before a new release of any service starts."""
    return any(service.before for service in project.services.values())


def input_variable(name: str, description: str, *more: Attribute, kind: str = "string") -> Block:
    """A variable of a root that has little to say of itself."""
    return Block("variable", (name,), (*attributes(description=description, type=Expression(kind)), *more))


def terraform_block() -> Block:
    """What every module asks of Terraform and of the provider."""
    aws = {"source": "hashicorp/aws", "version": ">= 5.100, < 7.0"}
    return Block(
        "terraform",
        body=(
            Attribute("required_version", ">= 1.10", "The first that locks a state in S3 without a table beside it."),
            Block("required_providers", body=attributes(aws=aws)),
        ),
    )


def provider(*, of: Sequence[str] = ("project", "environment", "owner")) -> Block:
    """The account's provider: everything that it makes carries the same tags, of these variables."""
    tags = {name: Expression(f"var.{name}") for name in of}
    return Block(
        "provider",
        ("aws",),
        (
            Attribute("region", Expression("var.region")),
            Attribute(
                "allowed_account_ids",
                Expression("var.account_id == null ? null : [var.account_id]"),
                "Credentials of another account end here, and not in another environment.",
            ),
            Block("default_tags", body=attributes(tags={**tags, "managed-by": "terraform"})),
        ),
    )

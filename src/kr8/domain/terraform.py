"""What kr8.toml says to `generate_terraform`."""

from __future__ import annotations

from pydantic import Field

from kr8.domain.model import Model


class TerraformParameters(Model):
    """The parameters of the Terraform code; each is the same in every environment that does not override it."""

    region: str = Field(default="eu-central-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    """The AWS region."""

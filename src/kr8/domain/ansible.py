"""What kr8.toml says to `generate_ansible`."""

from __future__ import annotations

from pydantic import Field

from kr8.domain.model import Model


class AnsibleParameters(Model):
    """The parameters of the playbooks; each is the same in every environment that does not override it."""

    hosts: tuple[str, ...] = Field(default=(), max_length=1000)
    """The hosts of the environment, by name or address."""

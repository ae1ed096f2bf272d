"""What kr8.toml says to `generate_ansible`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from kr8.domain.model import Duration, Model, Name

Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$", max_length=253)]
"""A host's name or address, as SSH reaches it."""
Port = Annotated[int, Field(ge=1, le=65535)]


class AnsibleParameters(Model):
    """The parameters of the playbooks; each is the same in every environment that does not override it."""

    hosts: tuple[Host, ...] = Field(default=(), max_length=1000)
    """The hosts that run the services."""
    proxies: tuple[Host, ...] = Field(default=(), max_length=20)
    """Other hosts, whose HAProxy balances over all hosts; none: traffic comes to the hosts themselves."""
    login: str = Field(default="deploy", pattern=r"^[a-z_][a-z0-9_-]{0,31}$")
    """The user that Ansible logs in as; it may become root."""
    serial: int = Field(default=1, ge=1, le=100)
    """How many hosts a deployment takes at a time."""
    keep: int = Field(default=5, ge=2, le=50)
    """How many versions stay on a host for a rollback."""
    drain_limit: Duration = timedelta(seconds=30)
    """How long open requests may go on in the old proxy after a switch."""
    first_port: int = Field(default=8100, ge=1024, le=65000)
    """Each service has two ports from here on, in the order of kr8.toml."""
    ports: dict[Name, Port] = Field(default_factory=dict[str, int])
    """The port of a proxy at which a service takes traffic; not named: for the first 80, with a certificate 443, for
    others 8080 and on. On a host itself 127.0.0.1 is answered without encryption."""
    certificate: str | None = Field(default=None, pattern=r"^/[A-Za-z0-9._/-]{1,255}$")
    """A PEM file on hosts and proxies, certificate and key in one; none: traffic is not encrypted. A renewed one is
    taken up by itself. Port 80, if no service has it, sends to 443."""
    certificate_name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")
    """The name that a host's certificate must have for a proxy to ask it, from an authority that the proxy's system
    trusts; none: proxies take any certificate."""

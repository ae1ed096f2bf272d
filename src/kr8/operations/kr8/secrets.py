"""Secret values: set by people, shown to nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.catalogue.redaction import Redaction
from kr8.domain.caller import Audience, Effect
from kr8.domain.model import Model, SecretName
from kr8.domain.nearest import nearest
from kr8.domain.problem import refuse
from kr8.domain.redact import SHORTEST
from kr8.operations.kr8.fields import ProjectArgument
from kr8.ports.secrets import Secrets, SecretView
from kr8.workflows.checkouts import Checkouts

NameArgument = Annotated[
    SecretName, Field(description="Name, as kr8.toml has it.", json_schema_extra={"positional": True})
]
Where = Annotated[str, Field(description="Environment of kr8.toml.", json_schema_extra={"short": "e"})]


class SetSecret(Model):
    """A secret and its value."""

    name: NameArgument
    environment: Where
    value: Annotated[
        str, Field(min_length=1, max_length=65_536, description="The value.", json_schema_extra={"writeOnly": True})
    ]
    project: ProjectArgument = None


class ListSecrets(Model):
    """Whose secrets."""

    environment: Annotated[str | None, Field(description="Of this environment alone.")] = None
    project: ProjectArgument = None


class RemoveSecret(Model):
    """Which secret."""

    name: NameArgument
    environment: Where
    project: ProjectArgument = None


class SecretLine(Model):
    """A secret, without its value."""

    name: str
    environment: str
    version: int
    set_at: datetime
    set_by: str
    warning: str = ""


class SecretList(Model):
    """Secrets, by environment and name."""

    secrets: tuple[SecretLine, ...]


@operation(Effect.CHANGE, command="secret set", audience=Audience.PEOPLE)
async def set_secret(
    request: SetSecret, call: Call, checkouts: Checkouts, secrets: Secrets, redaction: Redaction
) -> SecretLine:
    """Give a secret a new value. Releases that exist keep theirs; the next deployment takes the new one."""
    record = await checkouts.find(request.project, call.directory)
    await checkouts.environment(record, request.environment)
    kept = await secrets.set(record.id, request.environment, request.name, request.value, call.caller.label())
    await redaction.refresh()
    short = len(request.value) < SHORTEST
    warning = f"It is shorter than {SHORTEST} characters: it cannot be masked in logs." if short else ""
    return _line(kept, warning)


@operation(Effect.READ, command="secret list", audience=Audience.PEOPLE)
async def list_secrets(request: ListSecrets, call: Call, checkouts: Checkouts, secrets: Secrets) -> SecretList:
    """List secrets with version and date; never a value."""
    record = await checkouts.known(request.project, call.directory)
    found = await secrets.list(record.id, request.environment)
    if request.environment is not None and not found:
        await checkouts.require_environment(record, request.environment)
    return SecretList(secrets=tuple(_line(each) for each in found))


@operation(Effect.CHANGE, command="secret remove", audience=Audience.PEOPLE, idempotent=True)
async def remove_secret(request: RemoveSecret, call: Call, checkouts: Checkouts, secrets: Secrets) -> SecretList:
    """Take a secret out of later releases."""
    record = await checkouts.find(request.project, call.directory)
    if not await secrets.remove(record.id, request.environment, request.name):
        names = [each.name for each in await secrets.list(record.id, request.environment)]
        if not names:
            await checkouts.require_environment(record, request.environment)
        raise refuse(
            "unknown_secret",
            f"{request.environment} has no secret {request.name!r}.",
            mend=nearest(request.name, names),
            field="name",
        )
    left = await secrets.list(record.id, request.environment)
    return SecretList(secrets=tuple(_line(each) for each in left))


def _line(kept: SecretView, warning: str = "") -> SecretLine:
    return SecretLine.model_validate({**kept.model_dump(), "warning": warning})

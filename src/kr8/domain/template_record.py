"""What a project says of its templates: of the one it was made from, and of those that were added to it (pure)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from kr8.domain import toml_text
from kr8.domain.model import Model, Name
from kr8.domain.template import Origin, Value, Version
from kr8.domain.toml_lines import lines

PATH = ".kr8/template.toml"
"""Of the template that a project was made from."""
ADDED = ".kr8/added"
"""The folder of those that were added to it, by name."""
HEADER = "# Which template this is from, for `kr8 template update`. It is written by kr8 alone."


def path_of(added: str | None) -> str:
    """Where the record lies of a template that was added; None: of the one that the project was made from."""
    return PATH if added is None else f"{ADDED}/{added}.toml"


class TemplateRecord(Model):
    """Which template, in which version, and what it was given."""

    name: Name
    version: Version
    origin: Origin
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """Of all that the template's folder had."""
    values: dict[str, Value] = Field(default_factory=dict[str, Value])
    """Of every parameter, defaults included: a default that changes later does not change the project."""

    def text(self) -> str:
        """As it stands in its file."""
        head = {"name": self.name, "version": self.version, "origin": self.origin, "digest": self.digest}
        text = [HEADER, *lines(head), "", "[values]", *lines(self.values)]
        return "".join(f"{line}\n" for line in text)


def read(content: bytes, added: str | None = None) -> TemplateRecord:
    """The record of a file; `added`: the template whose it is. Raises ValueError, also where it names another one."""
    record = TemplateRecord.model_validate(toml_text.loads(content.decode()))
    if added not in (None, record.name):
        raise ValueError(f"it is of the template {record.name}")
    return record

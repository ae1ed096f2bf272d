"""Templates: listed and shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from kr8.catalogue.operation import Call, operation
from kr8.domain.caller import Effect
from kr8.domain.model import Model
from kr8.domain.template import Example, FoundTemplate, Parameter
from kr8.operations.kr8.fields import ProjectArgument
from kr8.ports.templates import Templates
from kr8.workflows.checkouts import Checkouts


class ListTemplates(Model):
    """Which templates."""

    search: Annotated[
        str, Field(description="Words in name or description.", json_schema_extra={"positional": True})
    ] = ""
    kind: Annotated[Literal["project", "infrastructure"] | None, Field(description="Of this kind.")] = None
    project: ProjectArgument = None
    detail: Annotated[bool, Field(description="With parameters and examples.")] = False
    cursor: Annotated[str | None, Field(description="Next page.")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="How many.")] = 20


class TemplateLine(Model):
    """A template in a list."""

    name: str
    version: str
    kind: str
    description: str
    origin: str
    wanted: tuple[str, ...]
    """The parameters that must be given."""
    untrusted_broken: str
    """Why it cannot be used."""
    needs: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    examples: tuple[Example, ...] = ()
    untrusted: bool
    """Whether its words come from outside kr8: it is no built-in one."""


class TemplateList(Model):
    """Templates, by name."""

    templates: tuple[TemplateLine, ...]
    next: str | None = None
    """The cursor of the next page."""
    next_step: str


@operation(Effect.READ, command="template list")
async def list_templates(
    request: ListTemplates, call: Call, templates: Templates, checkouts: Checkouts
) -> TemplateList:
    """List the templates a project can start from: built in, installed, fetched, the user's and the project's."""
    # Where there can be no templates of a project, Git is not asked: it takes 30 times as long.
    may_have = request.project is not None or await templates.near(Path(call.directory or "/"))
    project = await checkouts.place(request.project, call.directory) if may_have else None
    words = request.search.lower().split()
    found = [each for each in await templates.list(project) if _matches(each, words, request.kind)]
    after = [each for each in found if request.cursor is None or each.name > request.cursor]
    page = after[: request.limit]
    return TemplateList(
        templates=tuple(_line(each, detail=request.detail) for each in page),
        next=page[-1].name if len(after) > len(page) else None,
        next_step="create_project takes one by name."
        if request.detail
        else "detail=true shows parameters and examples; create_project takes a template by name.",
    )


def _line(template: FoundTemplate, *, detail: bool) -> TemplateLine:
    return TemplateLine(
        name=template.name,
        version=template.version,
        kind=template.kind,
        description=template.description,
        origin=template.origin,
        wanted=tuple(each.name for each in template.wanted()),
        untrusted_broken=template.broken,
        needs=template.needs if detail else (),
        parameters=template.parameters if detail else (),
        examples=template.examples if detail else (),
        untrusted=template.untrusted,
    )


def _matches(template: FoundTemplate, words: list[str], kind: str | None) -> bool:
    text = f"{template.name} {template.description}".lower()
    return kind in (None, template.kind) and all(word in text for word in words)

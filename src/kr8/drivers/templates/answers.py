"""What the child that renders a template answers: a template may speak for it, and nothing is taken on trust."""

from __future__ import annotations

from collections.abc import Container
from typing import Literal

from pydantic import Base64Bytes, TypeAdapter, ValidationError

from kr8.domain.model import Model
from kr8.domain.shortened import shortened
from kr8.drivers.templates.rendering import BETWEEN, Failed, File, whole

LONGEST = 2000


class _Made(Model):
    files: tuple[tuple[str, Base64Bytes, bool], ...]


class _Failed(Model):
    code: Literal["invalid_template", "invalid_parameter", "template_limit", "path_outside"]
    what: str
    field: str


_ANSWER: TypeAdapter[_Made | _Failed] = TypeAdapter(_Made | _Failed)


def read(printed: bytes, parameters: Container[str]) -> tuple[File, ...]:
    """The files of an answer, checked as where they were made. Raises Failed, also for what is no answer.

    `parameters`: those that the child was asked to check, which alone it may blame.
    """
    try:
        answer = _ANSWER.validate_json(printed)
    except ValidationError as error:
        raise _odd(f"{error.error_count()} parts of its answer are of another form") from None
    if isinstance(answer, _Made):
        return whole(File(*each) for each in answer.files)
    if answer.code == "invalid_parameter" and not all(name in parameters for name in answer.field.split(BETWEEN)):
        raise _odd("it blames a parameter that it was not asked about")
    raise Failed(answer.code, shortened(answer.what, LONGEST), answer.field)


def _odd(why: str) -> Failed:
    return Failed("invalid_template", f"Its rendering did not answer as kr8 does: {why}.")

"""What policies are asked about: each object of the files, in the form that policies for conftest expect (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kr8.domain import toml_text
from kr8.domain.finding import split_place
from kr8.domain.terraform_code import UNKNOWN, Attribute, Block, TerraformCode
from kr8.domain.yaml_code import YamlCode


@dataclass(frozen=True)
class Input:
    """One value, and where it is written."""

    place: str
    """path:line"""
    contents: dict[str, Any]


def of_terraform(code: TerraformCode) -> Iterator[Input]:
    """Each top block, as Terraform's JSON syntax has it: {"resource": {TYPE: {NAME: body}}}."""
    for blocks in code.files.values():
        for block in blocks:
            contents: Any = body(block)
            for label in reversed(block.labels):
                contents = {label: contents}
            yield Input(block.place, {block.type: contents})


def body(block: Block) -> dict[str, Any]:
    """Attributes by name; of blocks a body where there is one, a list where there are more."""
    inner: dict[str, list[dict[str, Any]]] = {}
    for each in block.blocks:
        name, content = _made(each)
        inner.setdefault(name, []).append(content)
    blocks = {name: bodies[0] if len(bodies) == 1 else bodies for name, bodies in inner.items()}
    return {**blocks, **{name: _value(each) for name, each in block.attributes.items()}}


def _made(block: Block) -> tuple[str, dict[str, Any]]:
    """A block's name and body: of a dynamic one, those of what it makes."""
    content = block.inner("content")
    if block.type == "dynamic" and block.labels and content:
        return block.labels[0], body(content[0])
    return block.type, body(block)


def _value(attribute: Attribute) -> Any:
    """What is written out; else the expression, as a text in ${…}."""
    if attribute.literal is not UNKNOWN:
        return attribute.literal
    text = attribute.text
    quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
    return text[1:-1] if quoted else f"${{{text}}}"


def of_manifests(code: YamlCode) -> Iterator[Input]:
    """Each object of Kubernetes."""
    for node in code.manifests():
        yield Input(node.place, node.plain())


def of_project(text: str) -> Iterator[Input]:
    """kr8.toml as it is written; nothing where it cannot be read."""
    try:
        yield Input("kr8.toml:1", toml_text.loads(text))
    except ValueError:
        return


def combined(inputs: tuple[Input, ...]) -> list[dict[str, Any]]:
    """All of them as one value, for rules that compare: each with path and line, as `conftest --combine` has it."""
    return [
        {"path": split_place(each.place)[0], "line": split_place(each.place)[1], "contents": each.contents}
        for each in inputs
    ]

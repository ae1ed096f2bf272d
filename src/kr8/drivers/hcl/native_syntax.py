"""Terraform's native syntax (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import tree_sitter_hcl
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from kr8.domain.terraform_code import UNKNOWN, Attribute, Block, FunctionCall
from kr8.drivers.hcl.broken import Broken

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


@cache
def _language() -> Language:
    return Language(tree_sitter_hcl.language())


@cache
def _parser() -> Parser:
    return Parser(_language())


@cache
def _comments() -> Query:
    return Query(_language(), "(comment) @comment")


def blocks(path: str, text: bytes) -> Iterator[Block]:
    """The top blocks of a text. Raises Broken."""
    root = _parser().parse(text).root_node
    if root.has_error:
        raise Broken(_place(path, _first_error(root)), "this is not HCL")
    for body in _without_comments(text, root).named_children:
        if body.type == "body":
            yield from (_block(path, child) for child in body.named_children if child.type == "block")


def _without_comments(text: bytes, root: Node) -> Node:
    """The same, with spaces where comments were, each line where it was."""
    comments = QueryCursor(_comments()).captures(root).get("comment", ())
    if not comments:
        return root
    kept = bytearray(text)
    for comment in comments:
        span = slice(comment.start_byte, comment.end_byte)
        kept[span] = b"\n".join(b" " * len(line) for line in kept[span].split(b"\n"))
    return _parser().parse(bytes(kept)).root_node


def _first_error(root: Node) -> Node:
    """The innermost node that the grammar does not know."""
    node = root
    while True:
        inner = [child for child in node.children if child.has_error or child.is_error or child.is_missing]
        if not inner:
            return node
        node = inner[0]


def _place(path: str, node: Node) -> str:
    return f"{path}:{node.start_point[0] + 1}"


def _block(path: str, node: Node) -> Block:
    head, *rest = node.named_children
    labels = tuple(_label(child) for child in rest if child.type in ("string_lit", "identifier"))
    inside = [child for body in rest if body.type == "body" for child in body.named_children]
    attributes = [_attribute(path, child) for child in inside if child.type == "attribute"]
    inner = tuple(_block(path, child) for child in inside if child.type == "block")
    return Block(_raw(head), labels, {each.name: each for each in attributes}, inner, _place(path, node))


def _label(node: Node) -> str:
    return _raw(node) if node.type == "identifier" else str(_string(node))


def _attribute(path: str, node: Node) -> Attribute:
    name, value = node.named_children[0], node.named_children[-1]
    text = _raw(value)
    calls = tuple(_calls(path, value)) if "(" in text else ()
    return Attribute(_raw(name), text, _literal(value), calls, _place(path, node))


def template_calls(path: str, text: str) -> Iterator[FunctionCall]:
    """The calls in a text that Terraform reads as a template, all at the first line of the file."""
    end = "END"
    while end in text:
        end += "_"
    root = _parser().parse(f"x = <<{end}\n{text}\n{end}\n".encode()).root_node
    return (FunctionCall(call.name, call.first, f"{path}:1", call.text) for call in _calls(path, root))


def _calls(path: str, node: Node) -> Iterator[FunctionCall]:
    if node.type == "function_call":
        name, *rest = node.named_children
        arguments = [child for each in rest if each.type == "function_arguments" for child in each.named_children]
        first, text = (_literal(arguments[0]), _raw(arguments[0])) if arguments else (UNKNOWN, "")
        yield FunctionCall(_raw(name), first, _place(path, node), text)
    for child in node.named_children:
        yield from _calls(path, child)


def _literal(node: Node) -> Any:
    """A value as far as it is written out."""
    reading = _READINGS.get(node.type)
    return UNKNOWN if reading is None else reading(node)


def _only_child(node: Node) -> Any:
    children = node.named_children
    return _literal(children[0]) if len(children) == 1 else UNKNOWN


def _string(node: Node) -> Any:
    inner = [
        child for child in node.named_children if child.type not in ("quoted_template_start", "quoted_template_end")
    ]
    if any(child.type != "template_literal" for child in inner):
        return UNKNOWN
    return _unescaped("".join(_raw(child) for child in inner))


def _unescaped(text: str) -> str:
    parts: list[str] = []
    index = 0
    while index < len(text):
        character, following = text[index], text[index + 1 : index + 2]
        if character == "\\" and following in ("u", "U"):
            length = 4 if following == "u" else 8
            parts.append(chr(int(text[index + 2 : index + 2 + length], 16)))
            index += 2 + length
        elif character == "\\":
            parts.append(_ESCAPES.get(following, following))
            index += 2
        elif character in "$%" and text[index + 1 : index + 3] == character + "{":
            parts.append(character + "{")
            index += 3
        else:
            parts.append(character)
            index += 1
    return "".join(parts)


def _heredoc(node: Node) -> Any:
    inner = [child for child in node.named_children if child.type not in ("heredoc_start", "heredoc_identifier")]
    if any(child.type != "template_literal" for child in inner):
        return UNKNOWN
    return "".join(_raw(child) for child in inner)


def _number(node: Node) -> Any:
    text = _raw(node)
    return int(text) if text.isdecimal() else float(text)


def _tuple(node: Node) -> Any:
    return [_literal(child) for child in node.named_children if child.type == "expression"]


def _object(node: Node) -> Any:
    pairs = [child.named_children for child in node.named_children if child.type == "object_elem"]
    return {_key(pair[0]): _literal(pair[-1]) for pair in pairs}


def _key(node: Node) -> Any:
    literal = _literal(node)
    if literal is UNKNOWN and _raw(node).isidentifier():
        return _raw(node)
    return literal if isinstance(literal, str | int | float) else UNKNOWN


_READINGS: dict[str, Callable[[Node], Any]] = {
    "expression": _only_child,
    "literal_value": _only_child,
    "collection_value": _only_child,
    "template_expr": _only_child,
    "string_lit": _string,
    "quoted_template": _string,
    "heredoc_template": _heredoc,
    "numeric_lit": _number,
    "bool_lit": lambda node: _raw(node) == "true",
    "null_lit": lambda _: None,
    "tuple": _tuple,
    "object": _object,
}


def _raw(node: Node) -> str:
    return (node.text or b"").decode()

"""Terraform's native syntax (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import tree_sitter_hcl
from tree_sitter import Language, Node, Parser

from kr8.domain.terraform_code import UNKNOWN, Attribute, Block, FunctionCall
from kr8.drivers.hcl.broken import Broken

_COMMENTS = ("#", "//", "/*")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_hcl.language()))


def blocks(path: str, text: bytes) -> Iterator[Block]:
    """The top blocks of a text. Raises Broken."""
    root = _parser().parse(text).root_node
    if root.has_error:
        raise Broken(_place(path, _first_error(root)), "this is not HCL")
    for body in root.named_children:
        if body.type == "body":
            yield from (_block(path, child) for child in body.named_children if child.type == "block")


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
    text = _code(value)
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
        name, *rest = _parts(node)
        arguments = [child for each in rest if each.type == "function_arguments" for child in _parts(each)]
        first, text = (_literal(arguments[0]), _code(arguments[0])) if arguments else (UNKNOWN, "")
        yield FunctionCall(_raw(name), first, _place(path, node), text)
    for child in node.named_children:
        yield from _calls(path, child)


def _literal(node: Node) -> Any:
    """A value as far as it is written out."""
    reading = _READINGS.get(node.type)
    return UNKNOWN if reading is None else reading(node)


def _only_child(node: Node) -> Any:
    children = _parts(node)
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
    pairs = [_parts(child) for child in node.named_children if child.type == "object_elem"]
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


def _parts(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _code(node: Node) -> str:
    """What is written, without comments."""
    text = node.text or b""
    if not any(sign in text.decode() for sign in _COMMENTS):
        return text.decode()
    kept, end = bytearray(), 0
    for comment in sorted(_comments(node), key=lambda each: each.start_byte):
        kept += text[end : comment.start_byte - node.start_byte]
        end = comment.end_byte - node.start_byte
    return bytes(kept + text[end:]).decode()


def _comments(node: Node) -> Iterator[Node]:
    # Without recursion: a sum of many terms is as deep as it is long.
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if each.type == "comment":
            yield each
        waiting += each.named_children


def _raw(node: Node) -> str:
    return (node.text or b"").decode()

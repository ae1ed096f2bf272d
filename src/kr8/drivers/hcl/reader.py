"""Reads Terraform configuration, HCL and JSON, without evaluating anything (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from kr8.domain.terraform_code import Block, TerraformCode, Unreadable
from kr8.drivers.hcl import json_syntax, native_syntax
from kr8.drivers.hcl.broken import Broken

SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
MOST_BYTES = 4 << 20


def read(files: Mapping[str, bytes]) -> TerraformCode:
    """The configuration in files whose names end in one of SUFFIXES; what cannot be read is told by place."""
    blocks: dict[str, tuple[Block, ...]] = {}
    unreadable: list[Unreadable] = []
    for path, content in sorted(files.items()):
        syntax = json_syntax if path.endswith(".json") else native_syntax
        try:
            blocks[path] = tuple(syntax.blocks(path, _checked(path, content)))
        except Broken as broken:
            unreadable.append(broken.told)
        except RecursionError:
            unreadable.append(Unreadable(f"{path}:1", "it is nested too deep"))
    return TerraformCode(blocks, tuple(unreadable))


def _checked(path: str, content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise Broken(f"{path}:1", f"it has {len(content):,} bytes; at most {MOST_BYTES:,} are read")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Broken(f"{path}:{line}", f"byte 0x{content[error.start]:02x} is not UTF-8") from None
    return content

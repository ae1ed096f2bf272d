"""Tools, resources and prompts that the conformance runner expects to find, as the JSON they answer with."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

Json = dict[str, Any]


def _png() -> bytes:
    """One red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _wav() -> bytes:
    """No samples at all."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return b"RIFF" + struct.pack("<I", 4 + len(form) + 8) + b"WAVE" + form + struct.pack("<4sI", b"data", 0)


PNG = base64.b64encode(_png()).decode()
WAV = base64.b64encode(_wav()).decode()


def text(said: str) -> Json:
    """A text block."""
    return {"type": "text", "text": said}


IMAGE: Json = {"type": "image", "data": PNG, "mimeType": "image/png"}


def embedded(uri: str, kind: str, said: str) -> Json:
    """A resource inside an answer."""
    return {"type": "resource", "resource": {"uri": uri, "mimeType": kind, "text": said}}


PLAIN_TOOLS: dict[str, list[Json]] = {
    "test_simple_text": [text("This is a simple text response for testing.")],
    "test_image_content": [IMAGE],
    "test_audio_content": [{"type": "audio", "data": WAV, "mimeType": "audio/wav"}],
    "test_embedded_resource": [embedded("test://embedded-resource", "text/plain", "An embedded resource.")],
    "test_multiple_content_types": [
        text("Multiple content types test:"),
        IMAGE,
        embedded("test://mixed-content-resource", "application/json", '{"test": "data", "value": 123}'),
    ],
}

RESOURCES: dict[str, Json] = {
    "test://static-text": {"mimeType": "text/plain", "text": "This is the content of the static text resource."},
    "test://static-binary": {"mimeType": "image/png", "blob": PNG},
    "test://watched-resource": {"mimeType": "text/plain", "text": "Watched."},
}

PROMPTS: dict[str, list[str]] = {
    "test_simple_prompt": [],
    "test_prompt_with_arguments": ["arg1", "arg2"],
    "test_prompt_with_embedded_resource": ["resourceUri"],
    "test_prompt_with_image": [],
    "test_input_required_result_prompt": [],
}


def prompt(name: str, given: dict[str, str]) -> list[Json]:
    """The messages' contents of a prompt."""
    return {
        "test_simple_prompt": [text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments": [
            text(f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'")
        ],
        "test_prompt_with_embedded_resource": [
            embedded(given.get("resourceUri", "test://none"), "text/plain", "Embedded resource content for testing."),
            text("Please process the embedded resource above."),
        ],
        "test_prompt_with_image": [IMAGE, text("Please analyze the image above.")],
    }[name]


def _field(kind: str, default: Any = None, **more: Any) -> Json:
    return {"type": kind, **({} if default is None else {"default": default}), **more}


DEFAULTS: Json = {
    "type": "object",
    "properties": {
        "name": _field("string", "John Doe"),
        "age": _field("integer", 30),
        "score": _field("number", 95.5),
        "status": _field("string", "active", enum=["active", "inactive", "pending"]),
        "verified": _field("boolean", True),
    },
    "required": [],
}
_CHOICES = [{"const": f"value{n}", "title": f"Choice {n}"} for n in (1, 2, 3)]
_OPTIONS = ["option1", "option2", "option3"]
ENUMS: Json = {
    "type": "object",
    "properties": {
        "untitledSingle": _field("string", enum=_OPTIONS),
        "titledSingle": _field("string", oneOf=_CHOICES),
        "legacyEnum": _field("string", enum=["opt1", "opt2", "opt3"], enumNames=["One", "Two", "Three"]),
        "untitledMulti": _field("array", minItems=1, maxItems=3, items={"type": "string", "enum": _OPTIONS}),
        "titledMulti": _field("array", minItems=1, maxItems=3, items={"anyOf": _CHOICES}),
    },
    "required": [],
}


def form(**properties: str) -> Json:
    """A schema of required fields: name=type."""
    return {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }


EVERYTHING_SCHEMA: Json = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
HEADER_SCHEMA: Json = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}

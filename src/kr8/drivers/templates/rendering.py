"""Renders one template folder. Needs the standard library and Jinja only, so that it can run as a child of its own.

A file NAME.jinja becomes NAME with its expressions filled in; every other file is copied as it is. Names are filled in
too. As a program it reads a request as JSON and writes the answer as JSON.
"""

from __future__ import annotations

import base64
import json
import os
import posixpath
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILES_LIMIT = 500
FILE_LIMIT = 2 << 20
BYTES_LIMIT = 16 << 20
SUFFIX = ".jinja"


class Failed(Exception):
    """A template could not be rendered: a code, what happened, and the parameter or file at fault."""

    def __init__(self, code: str, what: str, field: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.field = field


@dataclass(frozen=True)
class File:
    """One rendered file."""

    path: str
    content: bytes
    executable: bool


def rendered(folder: Path, values: dict[str, str], patterns: dict[str, str]) -> tuple[File, ...]:
    """The files of a template, by path. Raises Failed."""
    for name, pattern in patterns.items():
        _check_value(name, values[name], pattern)
    environment = _environment()
    files: dict[str, File] = {}
    total = 0
    for source in _sources(folder / "files", folder / "files"):
        file = _file(environment, folder / "files", source, values)
        total += len(file.content)
        if len(files) >= FILES_LIMIT or total > BYTES_LIMIT:
            raise Failed("template_limit", f"It makes more than {FILES_LIMIT} files or {BYTES_LIMIT:,} bytes.")
        if file.path in files:
            raise Failed("invalid_template", f"It makes {file.path} twice.", file.path)
        files[file.path] = file
    return tuple(files[path] for path in sorted(files))


def _check_value(name: str, value: str, pattern: str) -> None:
    try:
        fits = re.fullmatch(pattern, value)
    except re.error as error:
        raise Failed("invalid_template", f"The pattern of {name} is wrong: {error}.", name) from None
    if fits is None:
        raise Failed("invalid_parameter", f"It must match {pattern}", name)


def _environment() -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["toml"] = toml_string
    environment.filters["json"] = json.dumps
    return environment


def toml_string(value: str) -> str:
    """A text as TOML writes it, quotes included."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _sources(folder: Path, root: Path) -> Iterator[Path]:
    if folder.is_symlink() or not folder.is_dir():
        raise Failed("invalid_template", f"{folder.name} is no folder.")
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            raise Failed("invalid_template", f"{path.relative_to(root)} is a link: a template has none.")
        if path.is_dir():
            if path.name != "__pycache__":
                yield from _sources(path, root)
        elif path.is_file():
            yield path


def _file(environment: jinja2.Environment, root: Path, source: Path, values: dict[str, str]) -> File:
    name = str(source.relative_to(root))
    stat = source.stat()
    if stat.st_size > FILE_LIMIT:
        raise Failed("template_limit", f"{name} has more than {FILE_LIMIT:,} bytes.", name)
    content = source.read_bytes()
    if name.endswith(SUFFIX):
        content = _filled(environment, _text(content, name), values, name).encode(errors="replace")
    path = _filled(environment, name.removesuffix(SUFFIX), values, name) if "{{" in name else name.removesuffix(SUFFIX)
    return File(_checked(path), content, bool(stat.st_mode & 0o111))


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Failed("invalid_template", f"{name} is not UTF-8: {error.reason}.", name) from None


def _filled(environment: jinja2.Environment, text: str, values: dict[str, str], name: str) -> str:
    try:
        return environment.from_string(text).render(values)
    except jinja2.TemplateSyntaxError as error:
        raise Failed("invalid_template", f"{name}:{error.lineno}: {error.message}", name) from None
    except (MemoryError, RecursionError, OverflowError) as error:
        raise Failed("template_limit", f"{name}: it needs too much ({type(error).__name__}).", name) from None
    except Exception as error:  # whatever an expression of a template raises is the template's mistake
        raise Failed("invalid_template", f"{name}: {error}", name) from None


def _checked(path: str) -> str:
    parts = path.split("/")
    bad = any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    if bad or not path.isprintable() or "\\" in path or len(path) > 512:
        made = f"{path!a}, which would leave the project: it is {posixpath.normpath(path)!a}"
        raise Failed("path_outside", f"It makes a file {made if len(path) <= 512 else 'with too long a path'}.")
    return path


def main() -> None:
    """Answer the request on stdin."""
    request: dict[str, Any] = json.load(sys.stdin)
    try:
        files = rendered(Path(request["folder"]), request["values"], request["patterns"])
        encoded = [[file.path, base64.b64encode(file.content).decode(), file.executable] for file in files]
        answer: dict[str, Any] = {"files": encoded}
    except Failed as failed:
        answer = {"code": failed.code, "what": failed.what, "field": failed.field}
    except MemoryError:
        answer = {"code": "template_limit", "what": "It needs too much memory.", "field": ""}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # no destructor of what the template made gets a turn


if __name__ == "__main__":
    main()

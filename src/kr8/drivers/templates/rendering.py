"""Renders the files of a template. Needs the standard library and Jinja only, so that it can run as a child of its own.

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
import traceback
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import jinja2
from jinja2.sandbox import MAX_RANGE, ImmutableSandboxedEnvironment

FILES_LIMIT = 500
FILE_LIMIT = 2 << 20
BYTES_LIMIT = 16 << 20
LIMITS: Mapping[type[BaseException], str] = {
    MemoryError: "memory limit",
    RecursionError: "depth limit",
    OverflowError: f"size limit: a range of more than {MAX_RANGE:,} steps, or a number that is too large",
}
DECLARED = "It knows what [[parameters]] declares, and nothing else: name and id are declared too."
SUFFIX = ".jinja"
PATH_LIMIT = 512
PATH_SHOWN = 200
TEMPLATE = "<template>"
"""What Jinja calls a file that it runs."""
BETWEEN = ","
"""Stands between the names of parameters at fault."""
Value = bool | int | str | Sequence[str]


class Failed(Exception):
    """A template could not be rendered: a code, what happened, and the file or the parameters at fault."""

    def __init__(self, code: str, what: str, field: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.field = field


@dataclass(frozen=True)
class File:
    """One file, of a template or made by it."""

    path: str
    content: bytes
    executable: bool


@dataclass(frozen=True)
class Request:
    """What to render."""

    files: tuple[File, ...]
    values: Mapping[str, Value]
    patterns: Mapping[str, str]
    """What the value of a parameter must match: a text, or each of a list."""
    conditions: tuple[tuple[str, str], ...] = ()
    """A file or folder, and the expression on which its files are made."""


def rendered(request: Request) -> tuple[File, ...]:
    """The files that a template makes, by path. Raises Failed."""
    _check_values(request)
    environment = _environment()
    return whole(_file(environment, source, request.values) for source in _meant(environment, request))


def whole(made: Iterable[File]) -> tuple[File, ...]:
    """The files that a template has made, by path, where there may be so many and where they are. Raises Failed."""
    files: dict[str, File] = {}
    total = 0
    for file in made:
        checked_path(file.path)
        total += len(file.content)
        if len(files) >= FILES_LIMIT or total > BYTES_LIMIT:
            raise Failed("template_limit", f"It makes more than {FILES_LIMIT} files or {BYTES_LIMIT:,} bytes.")
        if file.path in files:
            raise Failed("invalid_template", f"It makes {file.path} twice.", file.path)
        files[file.path] = file
    check_folders(files)
    return tuple(files[path] for path in sorted(files))


def _check_values(request: Request) -> None:
    wrong = [name for name, pattern in request.patterns.items() if not _fits(name, request.values[name], pattern)]
    if wrong:
        said = "\n".join(f"{name}: it must match {request.patterns[name]}" for name in wrong)
        raise Failed("invalid_parameter", said, BETWEEN.join(wrong))


def _fits(name: str, value: Value, pattern: str) -> bool:
    texts = (value,) if isinstance(value, str | int) else value
    try:
        return all(re.fullmatch(pattern, str(text)) for text in texts)
    except re.error as error:
        raise Failed("invalid_template", f"The pattern of {name} is wrong: {error}.", name) from None


def _meant(environment: jinja2.Environment, request: Request) -> list[File]:
    """The files whose conditions hold."""
    left_out: set[str] = set()
    for place, when in request.conditions:
        paths = {file.path for file in request.files if file.path == place or file.path.startswith(f"{place}/")}
        if not paths:
            raise Failed("invalid_template", f"There is no file {place!a}, which has a condition.", place)
        if not _holds(environment, when, request.values):
            left_out |= paths
    return [file for file in request.files if file.path not in left_out]


def _holds(environment: jinja2.Environment, when: str, values: Mapping[str, Value]) -> bool:
    with _blaming(f"the condition {when!a}"):
        return bool(environment.compile_expression(when, undefined_to_none=False)(**values))


def check_folders(files: Mapping[str, File]) -> None:
    """Refuse a file whose path is also a folder of another one."""
    for path in files:
        for folder in PurePosixPath(path).parents:
            if str(folder) in files:
                raise Failed("invalid_template", f"It makes {folder} as a file and as a folder.", str(folder))


def _environment() -> jinja2.Environment:
    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["toml"] = toml_value
    environment.filters["json"] = json.dumps
    return environment


def toml_value(value: Value) -> str:
    """A value as TOML writes it, quotes included."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _file(environment: jinja2.Environment, source: File, values: Mapping[str, Value]) -> File:
    name, content = source.path, source.content
    if name.endswith(SUFFIX):
        content = _filled(environment, _text(content, name), values, name).encode(errors="replace")
    path = name.removesuffix(SUFFIX)
    if "{{" in path:
        path = _filled(environment, path, values, f"the name {name!a}")
    return File(path, content, source.executable)


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Failed("invalid_template", f"{name} is not UTF-8: {error.reason}.", name) from None


def _filled(environment: jinja2.Environment, text: str, values: Mapping[str, Value], name: str) -> str:
    with _blaming(name):
        return environment.from_string(text).render(values)


@contextmanager
def _blaming(name: str) -> Generator[None]:
    """What goes wrong in an expression is told of where it stands. Raises Failed."""
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        raise Failed("invalid_template", f"{name}:{error.lineno}: {error.message}", name) from None
    except (MemoryError, RecursionError, OverflowError) as error:
        what = next(limit for kind, limit in LIMITS.items() if isinstance(error, kind))
        raise Failed("template_limit", f"{name}: it met its {what} ({type(error).__name__}).", name) from None
    except jinja2.UndefinedError as error:
        raise Failed("invalid_template", f"{name}{_line(error)}: {error}. {DECLARED}", name) from None
    except Exception as error:  # whatever an expression of a template raises is the template's mistake
        raise Failed("invalid_template", f"{name}{_line(error)}: {error}", name) from None


def _line(error: Exception) -> str:
    """The line of a file at which it went wrong, as far as that is known."""
    frames = traceback.walk_tb(error.__traceback__)
    lines = [line for frame, line in frames if frame.f_code.co_filename == TEMPLATE]
    return f":{lines[-1]}" if lines else ""


def checked_path(path: str) -> str:
    """A path below the project. Raises Failed (path_outside)."""
    wrong = _wrong(path)
    if wrong:
        shown = f"{path[:PATH_SHOWN]!a}{'...' if len(path) > PATH_SHOWN else ''}"
        raise Failed("path_outside", f"It makes a file {shown}: {wrong}.")
    return path


def _wrong(path: str) -> str:
    """Why a path is none of a file below the project; empty: it is one."""
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return f"it would leave the project, or has an empty part; it is {posixpath.normpath(path[:PATH_SHOWN])!a}"
    if any(part.lower() == ".git" for part in parts):
        return "Git keeps the repository in .git"
    if not path.isprintable() or "\\" in path:
        return "a character of its name is a backslash, or one that is not printed, such as a line end or a hard space"
    return f"its path has more than {PATH_LIMIT} characters" if len(path) > PATH_LIMIT else ""


def encoded(files: Iterable[File]) -> list[list[str | bool]]:
    """Files as JSON has them."""
    return [[file.path, base64.b64encode(file.content).decode(), file.executable] for file in files]


def decoded(rows: Iterable[tuple[str, str, bool]]) -> tuple[File, ...]:
    """Files of their JSON."""
    return tuple(File(path, base64.b64decode(content), executable) for path, content, executable in rows)


def plain(request: Request) -> dict[str, Any]:
    """A request as JSON has it."""
    return {
        "files": encoded(request.files),
        "values": dict(request.values),
        "patterns": dict(request.patterns),
        "conditions": list(request.conditions),
    }


def main() -> None:
    """Answer the request on stdin."""
    given: dict[str, Any] = json.load(sys.stdin)
    conditions = tuple((place, when) for place, when in given["conditions"])
    try:
        request = Request(decoded(given["files"]), given["values"], given["patterns"], conditions)
        answer: dict[str, Any] = {"files": encoded(rendered(request))}
    except Failed as failed:
        answer = {"code": failed.code, "what": failed.what, "field": failed.field}
    except MemoryError:
        answer = {"code": "template_limit", "what": "It met its memory limit.", "field": ""}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # no destructor of what the template made gets a turn


if __name__ == "__main__":
    main()

# What kr8 uses of PyYAML: the published stubs leave most of it without types.
from collections.abc import Iterator
from typing import Any

from yaml.events import Event

class CSafeLoader: ...

class Mark:
    line: int
    column: int

class YAMLError(Exception): ...

class MarkedYAMLError(YAMLError):
    problem: str | None
    problem_mark: Mark | None

class ScalarNode:
    def __init__(self, tag: str, value: str) -> None: ...

def parse(stream: str | bytes, Loader: type[CSafeLoader] = ...) -> Iterator[Event]: ...  # noqa: N803
def safe_load(stream: str | bytes) -> Any: ...

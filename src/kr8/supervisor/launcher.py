"""What is between the supervisor and what has secrets: it holds their key, and runs nothing of a commit (ADR 0015)."""

import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager

GIVEN = "KR8_GIVEN"
"""The variable that has the numbers of the descriptors which a launcher is given."""
THEN = "KR8_THEN_"
"""Begins the names of the variables that a launcher takes over into what it becomes."""
_LANG = {"LANG": "C.UTF-8"}


@contextmanager
def opened(paths: Iterable[str]) -> Generator[tuple[int, ...]]:
    """Descriptors of files that a launcher reads, though it may not open them. Raises OSError."""
    held: list[int] = []
    try:
        for path in paths:
            held.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))  # noqa: PERF401 - one that fails leaves none open
        yield tuple(held)
    finally:
        for descriptor in held:
            os.close(descriptor)


def environment(env: Mapping[str, str], marks: Mapping[str, str], given: tuple[int, ...]) -> dict[str, str]:
    """What a program is started with: its own variables, or a launcher that is given something.

    A commit chooses names and values, PYTHONPATH and LD_PRELOAD among them: a launcher gets them under names that mean
    nothing to anybody.
    """
    if not given:
        return {**env, **marks}
    later = {f"{THEN}{name}": value for name, value in env.items()}
    return {**later, **_LANG, **marks, GIVEN: ",".join(map(str, given))}

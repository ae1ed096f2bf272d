"""Files that a project leaves out of its validation: `[validation] leave_out` in kr8.toml (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from fnmatch import fnmatchcase
from functools import lru_cache

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import LeftOut
from kr8.domain.project import Project
from kr8.domain.shortened import named

EVERYWHERE = frozenset({"secrets"})
"""The checkers that look into what is left out, too: a secret is one wherever it lies."""
FILE = "kr8.toml"
FOLDER = ".kr8"
ANY_DEPTH = "**"
_WILD = "*?"
_KEPT: Mapping[str, str] = {
    FILE: "kr8 deploys by it",
    FOLDER: "waivers, policies and what kr8 has generated are kept there",
    ".github": "pipelines run what lies there",
    "infra/terraform": "kr8 generates Terraform there",
    "infra/kubernetes": "kr8 generates manifests there",
    "infra/ansible": "kr8 generates playbooks there",
}
"""What is never left out, and why."""


def leaves_out(pattern: str, path: str) -> bool:
    """Whether a pattern names a path, or a folder that it lies in."""
    parts = _parts(pattern)
    reached = _onwards({0}, parts)
    for name in path.split("/"):
        reached = _onwards({after for at in reached for after in _after(parts, at, name)}, parts)
        if len(parts) in reached:
            return True
    return False


def _after(parts: tuple[str, ...], at: int, name: str) -> tuple[int, ...]:
    """Where a match that stands at a part of a pattern stands after one more name."""
    if at == len(parts):
        return ()
    if parts[at] == ANY_DEPTH:
        return (at,)
    return (at + 1,) if _fits(parts[at], name) else ()


@lru_cache(maxsize=4096)
def _parts(pattern: str) -> tuple[str, ...]:
    return tuple(part for part in pattern.split("/") if part not in ("", "."))


def _onwards(reached: set[int], parts: tuple[str, ...]) -> set[int]:
    """Where a match may stand as well: any depth may be none."""
    found = set(reached)
    for index, part in enumerate(parts):
        if index in found and part == ANY_DEPTH:
            found.add(index + 1)
    return found


@lru_cache(maxsize=4096)
def _fits(part: str, name: str) -> bool:
    return fnmatchcase(name, part.replace("[", "[[]"))


def refusals(project: Project) -> Iterator[tuple[int, str]]:
    """The patterns that leave out what kr8 deploys from, by their place in the list, each with what and why."""
    kept = kept_of(project)
    for number, pattern in enumerate(project.validation.leave_out):
        fixed = _fixed(pattern)
        for path, why in kept.items():
            if leaves_out(pattern, path) or _is_in(fixed, path):
                yield number, f"it leaves out {path}, which is always judged: {why}"
                break


def _fixed(pattern: str) -> str:
    """The folder that a pattern stays in."""
    parts = _parts(pattern)
    wild = next((index for index, part in enumerate(parts) if any(sign in part for sign in _WILD)), len(parts))
    return "/".join(parts[:wild])


def kept_of(project: Project) -> dict[str, str]:
    """The files and folders that are always judged, and why."""
    images = {
        "/".join(_parts(f"{service.path}/Dockerfile")): f"the service {name} is built by it"
        for name, service in project.services.items()
    }
    return {**_KEPT, **images}


def left_out(project: Project | None, paths: Iterable[str]) -> dict[str, str]:
    """The paths that a project leaves out, each with the first of its patterns that does."""
    patterns = project.validation.leave_out if project is not None else ()
    if project is None or not patterns:
        return {}
    kept = tuple(kept_of(project))
    named_by = {path: next((each for each in patterns if leaves_out(each, path)), None) for path in paths}
    return {
        path: pattern
        for path, pattern in named_by.items()
        if pattern is not None and not any(_is_in(path, folder) for folder in kept)
    }


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def are_settings(paths: Iterable[str]) -> bool:
    """Whether some files are those that kr8 itself goes by, and none is code."""
    return all(path == FILE or _is_in(path, FOLDER) for path in paths)


def told(project: Project | None, paths: Iterable[str]) -> Iterator[Finding]:
    """What to say of patterns that name no file, and of files that are judged although a pattern names them."""
    if project is None or not project.validation.leave_out:
        return
    every, kept = tuple(paths), tuple(kept_of(project))
    for pattern in project.validation.leave_out:
        matched = [path for path in every if leaves_out(pattern, path)]
        judged = [path for path in matched if any(_is_in(path, folder) for folder in kept)]
        if not matched:
            yield _finding(
                "leave-out-unused", "A pattern of leave_out names no file.", pattern, "Remove it, or mend it."
            )
        elif judged:
            what = f"{len(judged)} files are judged although a pattern of leave_out names them."
            mend = "kr8 deploys from them. Write the pattern so that it does not name them."
            yield _finding("not-left-out", what, f"{pattern}: {named(judged)}", mend)


def counted(project: Project | None, by_path: Mapping[str, str], code: Set[str]) -> tuple[LeftOut, ...]:
    """How many files of code each pattern leaves out, in the order of kr8.toml."""
    counts = Counter(pattern for path, pattern in by_path.items() if path in code)
    patterns = project.validation.leave_out if project is not None else ()
    return tuple(LeftOut(pattern=pattern, files=counts[pattern]) for pattern in dict.fromkeys(patterns))


def _finding(rule: str, what: str, why: str, mend: str) -> Finding:
    return Finding(rule=f"kr8/{rule}", severity=Severity.INFO, what=what, why=why, mend=mend, place=FILE)

"""Files that a project leaves out of its validation: `[validation] leave_out` in kr8.toml (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import takewhile

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import LeftOut
from kr8.domain.model import Model
from kr8.domain.path_pattern import WILD, PathPattern, parts_of
from kr8.domain.project import Project
from kr8.domain.shortened import named
from kr8.domain.tree import folders_above

EVERYWHERE = frozenset({"secrets"})
"""The checkers that look into what is left out, too: a secret is one wherever it lies."""
FILE = "kr8.toml"
FOLDER = ".kr8"
_RUN = "pipelines run what lies there"
_KEPT: Mapping[str, str] = {
    FILE: "kr8 deploys by it",
    FOLDER: "waivers, policies and what kr8 has generated are kept there",
    ".github": _RUN,
    "infra/terraform": "kr8 generates Terraform there",
    "infra/kubernetes": "kr8 generates manifests there",
    "infra/ansible": "kr8 generates playbooks there",
}
"""What is never left out, and why."""
_OTHER_PIPELINES: Mapping[str, str] = dict.fromkeys((".gitlab-ci.yml", ".gitlab-ci.yaml", ".gitlab", ".circleci"), _RUN)
"""Nor are these, which most projects do not have: a wide pattern may name them."""


class LeavingOut(Model):
    """What the patterns of a project do with some paths."""

    by_pattern: Mapping[str, str] = {}
    """The paths that are left out, each with the first of the patterns that does."""
    findings: tuple[Finding, ...] = ()
    """What to say of patterns that name no file, and of files that are judged although a pattern names them."""


def leaving_out(project: Project | None, paths: Iterable[str]) -> LeavingOut:
    """What a project leaves out of some paths, and what is to be said of its patterns."""
    if project is None or not project.validation.leave_out:
        return LeavingOut()
    every, kept = sorted(paths), frozenset(kept_of(project))
    by_pattern: dict[str, str] = {}
    findings: list[Finding] = []
    for pattern in dict.fromkeys(project.validation.leave_out):
        named_by = tuple(PathPattern(pattern).among(every))
        judged = [path for path in named_by if _is_kept(path, kept)]
        for path in set(named_by).difference(judged):
            by_pattern.setdefault(path, pattern)
        findings += _told(pattern, named_by, judged)
    return LeavingOut(by_pattern=by_pattern, findings=tuple(findings))


def _told(pattern: str, named_by: Sequence[str], judged: Sequence[str]) -> Iterator[Finding]:
    if not named_by:
        yield _finding("leave-out-unused", "A pattern of leave_out names no file.", pattern, "Remove it, or mend it.")
    elif judged:
        are = "1 file is" if len(judged) == 1 else f"{len(judged)} files are"
        what = f"{are} judged although a pattern of leave_out names {'it' if len(judged) == 1 else 'them'}."
        mend = "kr8 deploys from there. Write the pattern so that it names nothing of it."
        yield _finding("not-left-out", what, f"{pattern}: {named(judged)}", mend)


def refusals(project: Project) -> Iterator[tuple[int, str]]:
    """The patterns that leave out what kr8 deploys from, by their place in the list, each with what and why."""
    kept = kept_of(project)
    for number, pattern in enumerate(project.validation.leave_out):
        fixed = _fixed(pattern)
        for path, why in kept.items():
            is_named = path not in _OTHER_PIPELINES and any(PathPattern(pattern).among([path]))
            if is_named or _is_in(fixed, path):
                yield number, f"it leaves out {path}, which is always judged: {why}"
                break


def _fixed(pattern: str) -> str:
    """The folder that a pattern stays in."""
    return "/".join(takewhile(lambda part: not any(sign in part for sign in WILD), parts_of(pattern)))


def kept_of(project: Project) -> dict[str, str]:
    """The files and folders that are always judged, and why."""
    images = {
        "/".join(parts_of(f"{service.path}/Dockerfile")): f"the service {name} is built by it"
        for name, service in project.services.items()
    }
    return {**_KEPT, **_OTHER_PIPELINES, **images}


def _is_kept(path: str, kept: Set[str]) -> bool:
    return path in kept or not kept.isdisjoint(folders_above(path))


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def are_settings(paths: Iterable[str]) -> bool:
    """Whether some files are those that kr8 itself goes by, and none is code."""
    return all(path == FILE or _is_in(path, FOLDER) for path in paths)


def counted(project: Project | None, by_path: Mapping[str, str], code: Set[str]) -> tuple[LeftOut, ...]:
    """How many files of code each pattern leaves out, in the order of kr8.toml."""
    counts = Counter(pattern for path, pattern in by_path.items() if path in code)
    patterns = project.validation.leave_out if project is not None else ()
    return tuple(LeftOut(pattern=pattern, files=counts[pattern]) for pattern in dict.fromkeys(patterns))


def _finding(rule: str, what: str, why: str, mend: str) -> Finding:
    return Finding(rule=f"kr8/{rule}", severity=Severity.INFO, what=what, why=why, mend=mend, place=FILE)

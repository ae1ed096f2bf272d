"""Policies as they are written: their rules, and what is said of them in comments (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from kr8.domain.finding import Severity
from kr8.domain.model import Model
from kr8.domain.yaml_code import Node

SUFFIX = ".rego"
MARK = "# METADATA"
_PACKAGE = re.compile(r"^package\s+([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)", re.MULTILINE)
_RULE = re.compile(r"^((deny|violation|warn)(?:_\w+)?)\b(?!\s*\()")
_OF_KIND = {"deny": Severity.HIGH, "violation": Severity.HIGH, "warn": Severity.LOW}


class Whose(StrEnum):
    """Who wrote a policy."""

    PERSON = "person"
    PROJECT = "project"


class PolicyRule(Model):
    """A rule that denies or warns, in one package; the first of its name has the words of all."""

    package: str
    name: str
    place: str
    severity: Severity
    title: str = ""
    why: str = ""
    mend: str = ""
    link: str = ""

    @property
    def entry(self) -> str:
        """What it is asked by."""
        return f"data.{self.package}.{self.name}"


class Policies(Model):
    """The policies of somebody, by file."""

    whose: Whose
    modules: dict[str, str]
    unread: int = 0
    """How many files are too many, or too large."""

    def without(self, files: Iterable[str]) -> Policies:
        """All but those in some files."""
        gone = frozenset(files)
        return self.model_copy(
            update={"modules": {file: self.modules[file] for file in self.modules if file not in gone}}
        )

    def rules(self) -> tuple[PolicyRule, ...]:
        """The rules, each name of a package once."""
        found: dict[str, PolicyRule] = {}
        for file, text in self.modules.items():
            for rule in _rules(file, text):
                found.setdefault(rule.entry, rule)
        return tuple(found.values())


def is_project_policy(path: str) -> bool:
    """Whether a file of a repository is a policy of it."""
    return path.startswith(".kr8/policies/") and path.endswith(SUFFIX) and not path.endswith(f"_test{SUFFIX}")


def _rules(file: str, text: str) -> Iterator[PolicyRule]:
    package = _PACKAGE.search(text)
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        named = _RULE.match(line)
        if package is not None and named is not None:
            said = _annotation(lines[: number - 1])
            yield PolicyRule(
                package=package[1],
                name=named[1],
                place=f"{file}:{number}",
                severity=severity_of(said.text("custom", "severity"), _OF_KIND[named[2]]),
                title=said.text("title"),
                why=said.text("description"),
                mend=said.text("custom", "mend"),
                link=_link(said),
            )


def severity_of(said: object, otherwise: Severity) -> Severity:
    """The severity of that name."""
    return Severity(said) if isinstance(said, str) and said in frozenset(Severity) else otherwise


def _annotation(before: list[str]) -> Node:
    """The YAML of the comment right above a rule, which begins with the line MARK."""
    from kr8.drivers.yaml_files import reader  # noqa: PLC0415 - loaded where a policy is written so

    comment: list[str] = []
    for line in reversed(before):
        if not line.startswith("#") or line.rstrip() == MARK:
            break
        comment.append(line.removeprefix("#"))
    else:
        comment = []
    if not comment or before[-len(comment) - 1].rstrip() != MARK:
        return Node(None, "")
    text = "\n".join(line.removeprefix(" ") for line in reversed(comment))
    documents = reader.read({"": text.encode()}).files[""].documents
    return documents[0] if documents else Node(None, "")


def _link(said: Node) -> str:
    first = said.at("related_resources", 0)
    link = "" if first is None else first.value if isinstance(first.value, str) else first.text("ref")
    return link if link.startswith("https://") else ""

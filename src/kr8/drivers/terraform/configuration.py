"""The configuration of a repository, by its roots (pure)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kr8.domain.finding import Finding, split_place
from kr8.domain.shortened import named
from kr8.domain.terraform_code import Block, TerraformCode
from kr8.domain.tree import Presence, Tree
from kr8.drivers.terraform.concern import TESTS, TRIALS, concerned
from kr8.drivers.terraform.likeness import likeness
from kr8.drivers.terraform.roots import Root

VALUES = (".tfvars", ".tfvars.json")
"""Whether a configuration is valid does not depend on values."""
LOCK = ".terraform.lock.hcl"
GENERATED = re.compile(r"# (?:Written by kr8 \S+, generate_terraform,|Made by kr8 \S+ \(generate_terraform\)) ")
"""How a file begins that kr8 has made, also an earlier one."""


@dataclass(frozen=True)
class Configuration:
    """What was read, nothing evaluated."""

    code: TerraformCode
    texts: Mapping[str, str]
    """Of each file of configuration by its path, tests and values among them."""
    digests: Mapping[str, str]
    """Of each file that configuration may read."""
    runs_code: tuple[Finding, ...]
    """What would run code."""
    tests: TerraformCode
    """The tests, as far as they can be read."""
    tree: Tree
    """What there is in the repository, read or not."""

    def hindrance(self, root: Root) -> str:
        """Why Terraform is not run in a root, whatever this machine has; "": it may run."""
        for finding in self.runs_code:
            if _folder(finding.place) in root.folders:
                return f"Terraform was not run, for {finding.place}: {finding.what}"
        for unreadable in self.code.unreadable:
            if _folder(unreadable.place) in root.folders:
                return f"{unreadable.place} cannot be read: {unreadable.why}."
        unread = [path for path in root.lacking if self.tree.presence(path) is Presence.UNREAD]
        if unread:
            return f"Terraform was not run, for it uses {named(unread)}, which was not read."
        if root.elsewhere:
            return f"kr8 downloads no modules, and it uses {named(root.elsewhere)}."
        return ""

    def blocks_of(self, root: Root) -> tuple[Block, ...]:
        """The top blocks of its modules."""
        modules = self.code.modules()
        return tuple(block for folder in root.folders for block in modules[folder])

    def texts_of(self, root: Root) -> dict[str, str]:
        """The configuration of its modules, and its tests."""
        own = (*root.folders, *_own(root))
        return {path: text for path, text in self.texts.items() if _folder(path) in own}

    def tests_of(self, root: Root) -> dict[str, tuple[Block, ...]]:
        """Its files of tests that every program reads, by their paths from its folder."""
        return {
            _from(root, path): blocks
            for path, blocks in self.tests.files.items()
            if path.endswith(TESTS[0]) and _folder(path) in _own(root)
        }

    def has_generated_tests(self, root: Root) -> bool:
        """Whether kr8 has made all of its tests."""
        files = [path for path in self.tests.files if _folder(path) in _own(root)]
        return all(GENERATED.match(self.texts[path]) for path in files)

    def other_tests(self, roots: Iterable[Root]) -> tuple[str, ...]:
        """The files of tests that are no root's, or that not every program reads."""
        own = {posixpath.normpath(posixpath.join(root.folder, path)) for root in roots for path in self.tests_of(root)}
        return tuple(sorted(path for path in self.digests if path.endswith(TRIALS) and path not in own))

    def values_of(self, root: Root) -> dict[str, str]:
        """The digests of its values and of those of its tests, by their paths from its folder."""
        return {
            _from(root, path): self.digests[path]
            for path in self.texts
            if path.endswith(VALUES) and _folder(path) in _own(root)
        }

    def content_of(self, root: Root) -> dict[str, str]:
        """The digest of each file that decides whether it is valid, by its path from the root's folder."""
        files = concerned(self.digests, self.texts_of(root))
        return {_from(root, path): self.digests[path] for path in files if not path.endswith(VALUES)}

    def alike_of(self, root: Root) -> dict[str, Any]:
        """The same as `content_of` for roots that differ in values alone which nobody looks at."""
        blocks = {_from(root, path): each for path, each in {**self.code.files, **self.tests.files}.items()}
        content = self.content_of(root)
        return {path: likeness(path, blocks.get(path, ())) or told for path, told in content.items()}

    def lock(self, root: Root) -> str:
        """The text of its lock file; "": it has none."""
        return self.texts.get(posixpath.join(root.folder, LOCK), "")


def _own(root: Root) -> tuple[str, str]:
    """The folder of a root, and that of its tests."""
    return root.folder, posixpath.join(root.folder, "tests")


def _from(root: Root, path: str) -> str:
    return posixpath.relpath(path, root.folder or ".")


def _folder(place: str | None) -> str:
    return split_place(place)[0].rpartition("/")[0]

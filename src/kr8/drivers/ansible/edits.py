"""What of ansible-lint's findings is mended by a change of text that means the same (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from kr8.domain.edits import Edit
from kr8.domain.finding import Finding, split_place

FULL_NAME = "ansible-lint/fqcn[action-core]"
_MODULE = re.compile(r"^Use FQCN for builtin module actions \((\w+)\)\. Use `(ansible\.builtin\.\w+)` ")


def edits(findings: Iterable[Finding], texts: Mapping[str, str]) -> Iterator[Edit]:
    """Modules of Ansible's own by their full names, where the line begins with the short one. `texts`: by path."""
    for finding in findings:
        told = _MODULE.match(finding.why)
        if finding.rule == FULL_NAME and told is not None:
            yield from _named(finding, told[1], told[2], texts)


def _named(finding: Finding, short: str, full: str, texts: Mapping[str, str]) -> Iterator[Edit]:
    path, line = split_place(finding.place)
    for text in texts.get(path, "").split("\n")[max(0, line - 1) : line]:
        found = re.fullmatch(rf"(\s*(?:-\s+)?){short}(:(?:\s.*)?)", text)
        if found is not None:
            yield Edit(rule=FULL_NAME, path=path, line=line, old=(text,), new=(f"{found[1]}{full}{found[2]}",))

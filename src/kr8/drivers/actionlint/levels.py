"""How much a check of actionlint matters, and what it found (pure): it has no levels, and no words without quotes."""

from __future__ import annotations

import difflib
import re

from kr8.domain.finding import Severity
from kr8.domain.headline import headline

SEVERITIES = {
    # A stranger's words become a command.
    "untrusted-input": Severity.HIGH,
    "credentials": Severity.HIGH,
    # GitHub does not take it.
    "syntax-check": Severity.HIGH,
    "expression": Severity.HIGH,
    "job-needs": Severity.HIGH,
    "id": Severity.HIGH,
    # It knows the labels of GitHub's own runners, and of others those that .github/actionlint.yaml names.
    "runner-label": Severity.LOW,
    "shellcheck-error": Severity.HIGH,
    "shellcheck-info": Severity.LOW,
    "shellcheck-style": Severity.INFO,
}


SAID = {
    "action": "The action is not used as it says that it is used.",
    "credentials": "A password is written into the workflow.",
    "deprecated-commands": "The step gives GitHub a command that is deprecated.",
    "env-var": "An environment variable has a name that the shell does not take.",
    "events": "The workflow is triggered by what GitHub does not know.",
    "expression": "GitHub does not take this expression.",
    "glob": "This is no pattern of branches, tags or paths.",
    "id": "Two jobs or steps have the same id, or one is none.",
    "if-cond": "The condition is always true, for it is a text.",
    "job-needs": "The job needs one that this workflow does not have, or that needs it.",
    "matrix": "The matrix leaves out or takes in what it does not have.",
    "permissions": "A permission is asked for that there is not.",
    "runner-label": "No runner of GitHub's own has this label.",
    "shell-name": "The runner has no such shell.",
    "syntax-check": "GitHub does not take this workflow.",
    "untrusted-input": "What a stranger wrote becomes a part of the command.",
    "workflow-call": "The reusable workflow is not called as it says that it is called.",
}
LIKE_ENOUGH = 0.85
_QUOTED = re.compile(r'"([^"]+)"')


def severity_of(kind: str, message: str = "") -> Severity:
    """The severity of a check; `message`: what it says, of a label that is a known one misspelt, say."""
    if kind == "runner-label" and _is_misspelt(message):
        return Severity.HIGH  # no runner ever takes the job
    return SEVERITIES.get(kind, Severity.MEDIUM)


def headline_of(kind: str, message: str) -> str:
    """What it is about, in few words."""
    return SAID.get(kind) or headline(message, f"What actionlint's check {kind} asks for does not hold.")


def _is_misspelt(message: str) -> bool:
    label, *known = _QUOTED.findall(message) or [""]
    return label not in known and bool(difflib.get_close_matches(label, known, cutoff=LIKE_ENOUGH))

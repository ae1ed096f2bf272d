"""A problem as it comes over the wire or is made here, and the exception that carries it to the screen."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kr8.surfaces.cli.exits import ExitCode, exit_code

SILENT: dict[str, Any] = {
    "code": "unknown_problem",
    "what": "It was refused, and nobody said why.",
    "mend": "The end of logs/daemon.log in KR8_HOME may say it; `kr8 doctor` looks at the rest.",
}


@dataclass(frozen=True)
class Problem:
    """What went wrong, with the fields of the daemon's own problems; `output` is untrusted text."""

    code: str
    what: str
    why: str = ""
    mend: str = ""
    field: str | None = None
    retryable: bool = False
    outcome: str = "not_started"
    place: str | None = None
    output: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The JSON form, as `--json` prints it below "problem"."""
        return asdict(self)


@dataclass
class Failed(Exception):
    """A command that did not do what was asked."""

    problem: Problem
    exit: ExitCode
    value: dict[str, Any] = field(default_factory=dict[str, Any])
    """What is known beside the problem: with `--json`, printed in one object with it."""
    to_sign: dict[str, str] | None = None
    """What an approver signs so that the same call is done: request, namespace, text."""


def parse_problem(value: Mapping[str, Any]) -> Problem:
    """The problem of an answer's JSON. Fields that this version does not know are left out."""
    silent = SILENT if value.get("code") is None else {"what": SILENT["what"]}
    known = {name: value[name] for name in Problem.__dataclass_fields__ if value.get(name) is not None}
    output = tuple(str(line) for line in known.pop("output", ()))
    return Problem(**(silent | known), output=output)


def failed(problem: Problem, code: ExitCode | None = None, value: dict[str, Any] | None = None) -> Failed:
    """The exception for a problem; its exit code follows from the problem where none is given."""
    return Failed(problem, exit_code(problem.code, problem.outcome) if code is None else code, value or {})

"""Codes that are computed where they are made: each with the place that computes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.reference.codes import Code, Source, argument, called, said, shown, sources

from kr8.domain.deployment import State
from kr8.domain.target import EVIDENCE, FailureCode
from kr8.drivers.templates.values import ANOTHER_VALUE
from kr8.supervisor.refused import KNOWN
from kr8.surfaces.cli.flows.follow import NEXT
from kr8.workflows.board import GATES

COMPUTED = frozenset(
    {
        "kr8.drivers.store.migration",  # of its table: `in_tables`
        "kr8.drivers.templates.renderer",  # what the rendering child said: `in_tables`
        "kr8.ports.target",  # FailureCode
        "kr8.supervisor.refused",  # unknown_…
        "kr8.surfaces.cli.flows.follow",  # deployment_STATE
        "kr8.workflows.plan",  # a critical finding's rule
        "kr8.workflows.stages",  # gate_GATE
    }
)
"""Modules that compute a code, each with what reads it here."""
RENDERING = "kr8.drivers.templates.rendering"
MEND_TEMPLATE = "Mend the … template in …."
"""What the renderer says of a template that cannot be rendered."""
PLANNING = ("kr8.planning", "kr8.rules", "kr8.drivers.scan", "kr8.drivers.local", "kr8.workflows")
"""Where findings of a plan are made."""
FAILURES = {
    FailureCode.EXITED: "An instance ended with an exit code or a signal.",
    FailureCode.NEVER_HEALTHY: "An instance did not answer its health path with 2xx within ready_limit.",
    FailureCode.HANGS: "An instance stopped answering.",
    FailureCode.WRONG_VERSION: "An instance answered with another version than the release's.",
    FailureCode.FORKED_AWAY: "The command ended and left a process behind: it must run in the foreground.",
    FailureCode.IGNORES_SIGTERM: "An instance did not end within stop_limit after SIGTERM, and was killed.",
    FailureCode.OUT_OF_MEMORY: "An instance was killed because it used more memory than it may.",
    FailureCode.FLAPS: "An instance ends again and again after its start.",
    FailureCode.PORT_NOT_OPENED: "An instance never listened on the port that it was given.",
    FailureCode.NOT_STARTED: "An instance could not be started.",
}


def computed() -> Iterator[Code]:
    """All of them."""
    yield from (Code(code, what, EVIDENCE, "kr8.domain.target") for code, what in FAILURES.items())
    for name in GATES:
        what = f"A service was sent back by the gate {name}; `why` has the numbers."
        yield Code(f"gate_{name}", what, EVIDENCE, "kr8.workflows.stages")
    for state in (State.FAILED, State.ROLLED_BACK, State.CANCELLED, State.STALE, State.SUPERSEDED, State.STUCK):
        what = f"The deployment that the command line followed is {state}."
        mend = NEXT[state].replace("{0}", "…")
        yield Code(f"deployment_{state}", what, mend, "kr8.surfaces.cli.flows.follow")
    for source in sources():
        for call in source.calls("unknown"):
            yield Code(f"unknown_{(what := shown(call.args[0]))}", f"There is no such {what}.", KNOWN, source.name)
        if source.name.startswith(PLANNING):
            yield from critical_findings(source)
        yield from in_dictionaries(source)
        yield from in_tables(source)


def critical_findings(source: Source) -> Iterator[Code]:
    """Findings that refuse a plan: their rule is the code."""
    for call in source.calls("Finding"):
        severity, rule = argument(call, 1, "severity"), argument(call, 0, "rule")
        if severity is not None and ast.unparse(severity) == "Severity.CRITICAL" and rule is not None:
            name = shown(rule)
            if name != "…":  # a problem's own code, made elsewhere
                yield Code(name, shown(argument(call, 2, "what")), shown(argument(call, 4, "mend")), source.name)


def in_dictionaries(source: Source) -> Iterator[Code]:
    """Problems that are written as JSON, or copied with another code."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Dict):
            continue
        parts = {shown(key): value for key, value in zip(node.keys, node.values, strict=True)}
        if {"code", "what"} <= set(parts) and isinstance(parts["code"], ast.Constant):
            silent = MEND_TEMPLATE if source.name == RENDERING else ""
            what, mend = said(parts["what"], source, node), said(parts.get("mend"), source, node) or silent
            yield Code(shown(parts["code"]), what, mend, source.name)


def in_tables(source: Source) -> Iterator[Code]:
    """Tables of (code, what, mend), and exceptions that carry a code."""
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "_REFUSALS"
            and isinstance(node.value, ast.Dict)
        ):
            for row in node.value.values:
                assert isinstance(row, ast.Tuple)
                yield Code(*(shown(part) for part in row.elts), module=source.name)
        if isinstance(node, ast.Call) and called(node) == "Failed" and source.name == RENDERING:
            name, what = shown(node.args[0]), shown(node.args[1]) if len(node.args) > 1 else ""
            yield Code(name, what, ANOTHER_VALUE if name == "invalid_parameter" else MEND_TEMPLATE, source.name)

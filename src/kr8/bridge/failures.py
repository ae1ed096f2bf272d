"""What the bridge says where the daemon cannot: JSON-RPC errors that carry a problem as every other surface does."""

from __future__ import annotations

import json

DIED = -32010
NOT_STARTED = -32011


def died(request: object, tool: str | None) -> bytes:
    """The daemon died while it worked on a request."""
    problem: dict[str, str | bool] = {
        "code": "daemon_died",
        "what": f"The kr8 daemon died while it worked on {tool or 'the request'}.",
        "why": "The connection to it broke before the answer came; whether the work was done is not known.",
        "mend": "Look before asking again: list_deployments and get_deployment show what was done. "
        "A deployment that was running goes on by itself.",
        "retryable": False,
        "outcome": "unknown",
    }
    return _error(request, DIED, problem, [])


def not_started(request: object, why: str, output: list[str]) -> bytes:
    """No daemon could be started to hand a request to."""
    problem: dict[str, str | bool] = {
        "code": "daemon_not_started",
        "what": "The kr8 daemon could not be started.",
        "why": why,
        "mend": "Run `kr8 serve` in a terminal to see why, or `kr8 doctor`.",
        "retryable": True,
        "outcome": "not_started",
    }
    return _error(request, NOT_STARTED, problem, output)


def _error(request: object, code: int, problem: dict[str, str | bool], output: list[str]) -> bytes:
    data = {"problem": {**problem, "field": None, "place": None, "output": output}}
    message = f"{problem['what']} {problem['why']} {problem['mend']}"
    answer = {"jsonrpc": "2.0", "id": request, "error": {"code": code, "message": message, "data": data}}
    return json.dumps(answer, separators=(",", ":")).encode()

"""Responses and problems as tool results."""

from __future__ import annotations

import json
import re
from typing import Any

from mcp.types import CallToolResult, TextContent

from kr8.catalogue.once import Answered
from kr8.domain.problem import Problem
from kr8.surfaces.mcp.fitting import DEFAULT, SHORTENED, fitted

# Revisions that know no structured content: all they can be given is text.
TEXT_ONLY = frozenset({"2024-11-05", "2025-03-26"})
# Ids, states, numbers, times: no spaces, so that no text from outside can be read as a sentence of kr8's.
_WORD = re.compile(r"[\w.:@/+-]{1,80}")


REPEATED = "Done by an earlier call with this idempotency_key; nothing was done now."


def answer_of(answered: Answered, protocol: str, room: int) -> CallToolResult:
    """The result of a call that succeeded, in so many characters; what kr8 says of it stands apart from it."""
    response, is_short = fitted(answered.value, room)
    text = json.dumps(response, ensure_ascii=False) if protocol in TEXT_ONLY else digest(response)
    said = [text, *([REPEATED] if answered.repeated else []), *([SHORTENED] if is_short else [])]
    return CallToolResult(content=[TextContent(text=each) for each in said], structured_content=response)


def refusal_of(problem: Problem, protocol: str) -> CallToolResult:
    """The result of a call that did not; text from outside stays in `output`, out of the sentence."""
    content, _ = fitted({"problem": problem.model_dump(mode="json")}, DEFAULT // 2)  # the sentence says it once more
    shown = Problem.model_validate(content["problem"])
    text = json.dumps(content, ensure_ascii=False) if protocol in TEXT_ONLY else sentence(shown)
    return CallToolResult(content=[TextContent(text=text)], structured_content=content, is_error=True)


def digest(response: dict[str, Any]) -> str:
    """The plain values of a response in one line, and how many there are of the rest."""
    parts = [f"{name}={shown}" for name, value in response.items() if (shown := _shown(value))]
    return " ".join(parts) or "done"


def sentence(problem: Problem) -> str:
    """What happened, why, what next, and whether it was done."""
    said = " ".join(part for part in (problem.what, problem.why, problem.mend) if part)
    again = ", the same call may succeed later" if problem.retryable else ""
    return f"{said} ({problem.code}; outcome: {problem.outcome}{again})"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return value if _WORD.fullmatch(value) else ""
    if isinstance(value, list):
        count = len(value)  # pyright: ignore[reportUnknownArgumentType]
        return f"[{count}]" if count else ""
    return ""

"""Responses and problems as tool results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mcp.types import CallToolResult, TextContent

from kr8.catalogue.once import Answered
from kr8.domain.problem import Problem
from kr8.surfaces.mcp.fitting import DEFAULT, fitted, shortened_words
from kr8.surfaces.mcp.summary import outside, summary

# Revisions that know no structured content: all they can be given is text.
TEXT_ONLY = frozenset({"2024-11-05", "2025-03-26"})
BESIDE = 800
"""Characters of text that two thousand tokens leave beside the JSON of an answer."""
LEAST, MOST = 450, 4000
"""Characters of the text, whatever room there is: it says what the JSON has once more."""
REPEATED = "Done by an earlier call with this idempotency_key; nothing was done now."


def answer_of(answered: Answered, protocol: str, room: int) -> CallToolResult:
    """The result of a call that succeeded, in so many characters; what kr8 says of it stands apart from it."""
    response, is_short = fitted(answered.value, room)
    whole = json.dumps(response, ensure_ascii=False)
    notices = [*([REPEATED] if answered.repeated else []), *([shortened_words(response)] if is_short else [])]
    left = max(LEAST, min(MOST, room + BESIDE - len(whole) - sum(map(len, notices))))
    texts = [whole] if protocol in TEXT_ONLY else list(_beside(response, left))
    return CallToolResult(content=[TextContent(text=each) for each in (*texts, *notices)], structured_content=response)


def _beside(response: dict[str, Any], room: int) -> Iterator[str]:
    """What is said in text beside an answer, in so many characters; words from outside in one of their own."""
    said = outside(response)
    text = summary(response, room // 2 if said else room)
    yield text
    shown, _ = fitted(said, room - len(text))
    whole = json.dumps(shown, ensure_ascii=False)
    if said and len(whole) <= room - len(text):
        yield whole


def refusal_of(problem: Problem, protocol: str) -> CallToolResult:
    """The result of a call that did not; text from outside stands apart from the sentence."""
    content, _ = fitted({"problem": problem.model_dump(mode="json")}, DEFAULT // 2)  # the text says it once more
    shown = Problem.model_validate(content["problem"])
    texts = [json.dumps(content, ensure_ascii=False)] if protocol in TEXT_ONLY else [sentence(shown), *_outside(shown)]
    return CallToolResult(content=[TextContent(text=each) for each in texts], structured_content=content, is_error=True)


def sentence(problem: Problem) -> str:
    """What happened, why, what next, and whether it was done."""
    said = " ".join(part for part in (problem.what, problem.why, problem.mend) if part)
    again = ", the same call may succeed later" if problem.retryable else ""
    return f"{said} ({problem.code}; outcome: {problem.outcome}{again})"


def _outside(problem: Problem) -> Iterator[str]:
    """The reasons, in the words of others: as the field that has them, so that none of them looks like kr8's own."""
    if problem.output:
        yield json.dumps({"output": problem.output}, ensure_ascii=False)

"""Values as HTTP answers."""

from __future__ import annotations

from starlette.responses import JSONResponse

from kr8.catalogue.once import Answered
from kr8.domain.problem import Problem
from kr8.domain.request import ToSign

_STATUS = {
    "internal_error": 500,
    "not_json": 415,
    "host_not_allowed": 421,
    "unknown_argument": 400,
    "person_required": 403,
    "superseded": 409,
    "approval_required": 409,
    "confirmation_needed": 409,
    "answer_lost": 409,
    "idempotency_key_reused": 422,
    "database_locked": 503,
    "disk_full": 503,
}
# Families of codes, by how they begin or end; the first that fits counts.
_BEGIN = (("unknown_", 404), ("no_", 404), ("not_for_", 403), ("not_allowed", 403), ("denied", 403))
_END = (
    ("_not_allowed", 403),
    ("_denied", 403),
    ("_unavailable", 503),
    ("_unreadable", 503),
    ("_not_started", 503),
    ("_exists", 409),
    ("_changed", 409),
    ("_running", 409),
    ("_conflict", 409),
    ("_stale", 409),
    ("_missing", 400),
)


def status_of(problem: Problem) -> int:
    """The HTTP status of a problem: 400 where nothing says otherwise, 503 where the same call may succeed later."""
    code = problem.code
    if code in _STATUS:
        return _STATUS[code]
    begins = [status for beginning, status in _BEGIN if code.startswith(beginning)]
    ends = [status for ending, status in _END if code.endswith(ending)]
    return next(iter([*begins, *ends]), 503 if problem.retryable else 400)


def result_answer(answered: Answered) -> JSONResponse:
    """What an operation returned; `repeated` where it was done by an earlier call with the same key."""
    return JSONResponse({"result": answered.value, **({"repeated": True} if answered.repeated else {})})


def problem_answer(problem: Problem, to_sign: ToSign | None = None) -> JSONResponse:
    """Why it returned nothing; what an approver must sign first, where that is why."""
    asks = {"to_sign": to_sign.model_dump(mode="json")} if to_sign is not None else {}
    return JSONResponse({"problem": problem.model_dump(mode="json"), **asks}, status_of(problem))

"""The only way in: validate, admit, audit the intent, run, audit the outcome, redact, return."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from traceback import format_exception
from typing import Any

from kr8.catalogue.admission import Admitted, admit
from kr8.catalogue.arguments import parse_arguments
from kr8.catalogue.operation import Call, Catalogue, Operation, inject
from kr8.catalogue.services import Services
from kr8.domain.audit import Phase
from kr8.domain.caller import Caller, Effect
from kr8.domain.problem import Outcome, Problem, Refused, refuse
from kr8.domain.redact import Redactor
from kr8.domain.request import Proof, SignatureNeeded

log = logging.getLogger(__name__)


async def invoke(
    catalogue: Catalogue,
    name: str,
    arguments: Mapping[str, Any],
    services: Services,
    caller: Caller,
    directory: str | None = None,
    proof: Proof | None = None,
) -> dict[str, Any]:
    """Do one operation; the redacted JSON value of its response. `proof`: an approver's signature under this request.

    Raises Refused with a redacted Problem: for bad arguments, for what the caller may not do, and for what failed;
    SignatureNeeded for what an approver must sign first.
    """
    redactor = await services.redaction.redactor()
    try:
        found = catalogue.get(name)
        request = parse_arguments(found.request, _masked(found, arguments, redactor))
        admitted = await admit(found, request, services, caller, directory, proof, redactor)
        new = services.entropy.new
        call = Call(new("call"), admitted.caller, services.clock.now(), new, directory)
        if found.mark.effect is Effect.READ:
            response = await _run(found, admitted.request, services, call, redactor)
        else:
            response = await _audited(found, admitted, services, call, redactor)
        redactor = await services.redaction.redactor()  # a secret may have been set meanwhile, by this call or another
        shown: dict[str, Any] = redactor.value(response.model_dump(mode="json"))
        return shown
    except SignatureNeeded as needed:
        raise SignatureNeeded(redact_problem(needed.problem, redactor), needed.to_sign) from needed
    except Refused as refused:
        raise Refused(redact_problem(refused.problem, redactor)) from refused


def _masked(found: Operation, arguments: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """The arguments, without secrets in what is kept as free words; other fields name things, and stay as given."""
    return {name: redactor.value(value) if name in found.free_words else value for name, value in arguments.items()}


async def _audited(found: Operation, admitted: Admitted, services: Services, call: Call, redactor: Redactor) -> Any:
    request = admitted.request
    subject = redactor.text(_subject(request))
    detail = redactor.text(_detail(found, admitted))
    who = call.caller.label()
    await services.audit.append(Phase.INTENT, call.id, who, found.name, subject, detail)
    try:
        response = await _run(found, request, services, call, redactor)
    except Refused as refused:
        problem = redact_problem(refused.problem, redactor)
        detail = f"{problem.code} ({problem.outcome}): {problem.what}"
        with suppress(Refused):  # what was refused is what the caller must learn; the intent stands in the audit
            await services.audit.append(Phase.OUTCOME, call.id, who, found.name, subject, detail)
        raise
    detail = str(getattr(response, "id", "") or "done")
    try:
        about = redactor.text(_subject(response)) or subject
        await services.audit.append(Phase.OUTCOME, call.id, who, found.name, about, detail)
    except Refused as refused:
        raise Refused(refused.problem.model_copy(update={"outcome": Outcome.DONE})) from refused
    return response


def _subject(value: Any) -> str:
    """What a request or a response is about, as far as it says: project, environment, deployment, name."""
    parts = (getattr(value, name, None) for name in ("project", "environment", "deployment", "name"))
    return ".".join(part for part in parts if isinstance(part, str) and part)


def _detail(found: Operation, admitted: Admitted) -> str:
    """The arguments without values of secrets, and the signature, where an approver has signed them."""
    shown = admitted.request.model_dump(mode="json", exclude=set(found.write_only))
    signed = {"signed": admitted.signed.model_dump(mode="json")} if admitted.signed is not None else {}
    return json.dumps(shown | signed, ensure_ascii=False)


async def _run(found: Operation, request: Any, services: Services, call: Call, redactor: Redactor) -> Any:
    try:
        return await found.function(request, **inject(found, services, call))
    except Refused:
        raise
    except Exception as error:
        log.error("%s failed: %s", found.name, redactor.text("".join(format_exception(error))))
        outcome = Outcome.NOT_STARTED if found.mark.effect is Effect.READ else Outcome.UNKNOWN
        raise refuse(
            "internal_error",
            f"{found.name} failed in a way that kr8 did not foresee.",
            why=f"{type(error).__name__}: {error}",
            mend="Look at the state with get_deployment or `kr8 status`; `kr8 doctor` checks the parts kr8 stands on.",
            outcome=outcome,
        ) from error


def redact_problem(problem: Problem, redactor: Redactor) -> Problem:
    """The problem with every secret in its texts masked."""
    return Problem.model_validate(redactor.value(problem.model_dump(mode="json")))

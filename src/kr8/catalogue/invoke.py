"""The only way in: validate, admit, audit the intent, run, audit the outcome, redact, return.

What comes with an idempotency key is done once: the same call is then answered without an intent.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from traceback import format_exception
from typing import Any

from kr8.catalogue.admission import Admitted, admit
from kr8.catalogue.arguments import parse_arguments
from kr8.catalogue.declared import with_names
from kr8.catalogue.keying import is_repeatable, keyed_call
from kr8.catalogue.once import Answered, Doing
from kr8.catalogue.operation import Call, Catalogue, Operation, inject
from kr8.catalogue.services import Services
from kr8.domain.audit import Phase
from kr8.domain.caller import Caller, Effect
from kr8.domain.model import Model
from kr8.domain.problem import UNFORESEEN, Outcome, Problem, Refused, refuse
from kr8.domain.redact import Redactor
from kr8.domain.request import Proof, SignatureNeeded
from kr8.domain.shortened import quoted

log = logging.getLogger(__name__)


async def invoke(
    catalogue: Catalogue,
    name: str,
    arguments: Mapping[str, Any],
    services: Services,
    caller: Caller,
    directory: str | None = None,
    proof: Proof | None = None,
    key: str | None = None,
) -> Answered:
    """Do one operation; the redacted JSON value of its response. `proof`: an approver's signature under this request.

    `key`: an idempotency key, for what changes something. Raises Refused with a redacted Problem: for bad arguments,
    for what the caller may not do, and for what failed; SignatureNeeded for what an approver must sign first.
    """
    redactor = Redactor(())
    try:
        redactor = await services.redaction.redactor()
        found = catalogue.get(name, caller)
        request = await _parsed(found, _masked(found, arguments, redactor), services, directory)
        admitted = await admit(found, request, services, caller, directory, proof, redactor)
        new = services.entropy.new
        call = Call(new("call"), admitted.caller, services.clock.now(), new, directory)
        if found.mark.effect is Effect.READ:
            return Answered(await _shown(await _run(found, admitted.request, services, call, redactor), services))

        async def do(deployment: str | None = None) -> dict[str, Any]:
            chosen = replace(call, deployment=deployment)
            return await _shown(await _audited(found, admitted, services, chosen, redactor), services)

        if key is None:
            return Answered(await do())
        asked = keyed_call(key, found, request, caller, call)
        show = _showing(catalogue.showing(found), services, call, redactor)
        answered = await services.once.answer(asked, Doing(name, is_repeatable(found), do, show))
        return replace(answered, value=(await services.redaction.redactor()).value(answered.value))
    except SignatureNeeded as needed:
        raise SignatureNeeded(redact_problem(needed.problem, redactor), needed.to_sign) from needed
    except Refused as refused:
        raise Refused(redact_problem(refused.problem, redactor)) from refused
    except Exception as error:
        raise _unforeseen(name, Outcome.UNKNOWN, error, redactor.text) from error


async def _parsed(found: Operation, arguments: Mapping[str, Any], services: Services, directory: str | None) -> Model:
    try:
        return parse_arguments(found.request, arguments)
    except Refused as refused:
        raise await with_names(refused, arguments, services.checkouts, directory) from refused


async def _shown(response: Any, services: Services) -> dict[str, Any]:
    """The redacted JSON value of a response. A secret may have been set meanwhile, by this call or another."""
    shown: dict[str, Any] = (await services.redaction.redactor()).value(response.model_dump(mode="json"))
    return shown


def _showing(
    found: Operation | None, services: Services, call: Call, redactor: Redactor
) -> Callable[[str], Awaitable[dict[str, Any]]] | None:
    """What shows a deployment by its id, of the operation that does."""
    if found is None:
        return None

    async def show(deployment: str) -> dict[str, Any]:
        request = found.request.model_validate({"deployment": deployment})
        return await _shown(await _run(found, request, services, call, redactor), services)

    return show


def _masked(found: Operation, arguments: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """The arguments, without secrets in what is kept as free words; other fields name things, and stay as given."""
    return {name: redactor.value(value) if name in found.free_words else value for name, value in arguments.items()}


async def _audited(found: Operation, admitted: Admitted, services: Services, call: Call, redactor: Redactor) -> Any:
    request = admitted.request
    subject = redactor.text(_subject(await _placed(request, services, call.directory)))
    detail = redactor.text(_detail(found, admitted, call.directory))
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


async def _placed(request: Model, services: Services, directory: str | None) -> Model:
    """The request with its project, where it names none: as known, else where the caller stands."""
    if getattr(request, "project", "") is not None or getattr(request, "deployment", None) is not None:
        return request
    here = await services.checkouts.seen(None, directory)
    return request.model_copy(update={"project": here.id if here is not None else directory})


def _subject(value: Any) -> str:
    """What a request or a response is about, as far as it says: project, environment, deployment, name."""
    parts = (getattr(value, name, None) for name in ("project", "environment", "deployment", "name"))
    return ".".join(part for part in parts if isinstance(part, str) and part)


def _detail(found: Operation, admitted: Admitted, directory: str | None) -> str:
    """The arguments without values of secrets, where they were given, and the signature of who has signed them."""
    shown = admitted.request.model_dump(mode="json", exclude=set(found.write_only))
    signed = {"signed": admitted.signed.model_dump(mode="json")} if admitted.signed is not None else {}
    stands = {"called_from": directory} if shown.get("project") is None and directory is not None else {}
    return json.dumps(shown | stands | signed, ensure_ascii=False)


async def _run(found: Operation, request: Any, services: Services, call: Call, redactor: Redactor) -> Any:
    try:
        return await found.function(request, **inject(found, services, call))
    except Refused:
        raise
    except Exception as error:
        outcome = Outcome.NOT_STARTED if found.mark.effect is Effect.READ else Outcome.UNKNOWN
        given = Redactor(str(getattr(request, field)) for field in found.write_only)  # no store has these yet
        raise _unforeseen(found.name, outcome, error, lambda text: redactor.text(given.text(text))) from error


def _unforeseen(name: str, outcome: Outcome, error: Exception, redact: Callable[[str], str]) -> Refused:
    """What a caller is told of an error that nobody foresaw: its text can quote whatever it fell over."""
    log.error("%s failed: %s", name, redact("".join(format_exception(error))))
    return refuse(
        "internal_error",
        f"{quoted(name)} failed in a way that kr8 did not foresee.",
        why=UNFORESEEN.format(type(error).__name__),
        mend="Look at the state with get_deployment or `kr8 status`; `kr8 doctor` checks the parts kr8 stands on.",
        outcome=outcome,
        output=tuple(redact(str(error)).splitlines()),
    )


def redact_problem(problem: Problem, redactor: Redactor) -> Problem:
    """The problem with every secret in its texts masked."""
    return Problem.model_validate(redactor.value(problem.model_dump(mode="json")))

"""Whether a caller may do what they ask for, by the table of rights."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass

from kr8.catalogue.operation import Operation
from kr8.catalogue.services import Services
from kr8.catalogue.signing import Asked, Place
from kr8.domain.caller import Caller
from kr8.domain.model import NAME_PATTERN, Model
from kr8.domain.policy import policy_of, stricter
from kr8.domain.problem import Problem, Refused, refuse
from kr8.domain.redact import Redactor
from kr8.domain.request import Proof, SignatureNeeded, SignedRequest
from kr8.domain.rights import PROTECTED, Right, asker_of, right_of

NAME = re.compile(NAME_PATTERN)


@dataclass(frozen=True)
class Admitted:
    """A request that may be done."""

    request: Model
    caller: Caller
    """Who asks; the approver, where they have signed the request."""
    signed: SignedRequest | None = None


async def admit(
    found: Operation,
    request: Model,
    services: Services,
    caller: Caller,
    directory: str | None,
    proof: Proof | None,
    redactor: Redactor,
) -> Admitted:
    """The request, as it may be done: its project is named by id, so that what was judged is what is done.

    Raises Refused (not_for_agents, person_required, request_expired, signature_not_valid), SignatureNeeded.
    """
    mark, asker = found.mark, asker_of(caller)
    if right_of(mark.audience, mark.reach, asker, protected=False) is Right.REFUSED:
        raise _not_for_agents(found)
    if PROTECTED[mark.reach] is not Right.SIGNATURE:
        return Admitted(request, caller)
    place, request = await _placed(request, services, directory)
    right = right_of(mark.audience, mark.reach, asker, protected=await _protected(place, services))
    if right is Right.ALLOWED:
        return Admitted(request, caller)
    if right is Right.REFUSED:
        raise Refused(await _person_required(found, request, place, services))
    asked = _asked(found, request, place, caller)
    if proof is None:
        problem = await _person_required(found, request, place, services)
        raise SignatureNeeded(problem, services.signing.ask(asked, redactor.text))
    person, signed = await services.signing.check(proof, asked)
    return Admitted(request, caller.model_copy(update={"name": person.name, "proved": True}), signed)


async def _placed(request: Model, services: Services, directory: str | None) -> tuple[Place, Model]:
    """What a request concerns, and the request with its project named by id."""
    deployment = getattr(request, "deployment", None)
    if isinstance(deployment, str):
        found = await services.desk.get(deployment)
        return Place(found.project, found.environment), request
    environment = getattr(request, "environment", None)
    if isinstance(environment, str):
        record = await services.checkouts.find(getattr(request, "project", None), directory)
        if NAME.fullmatch(environment) is None:  # nothing can be known of what cannot be the name of one
            await services.checkouts.require_environment(record, environment)
        return Place(record.id, environment), request.model_copy(update={"project": record.id})
    return Place(), request


async def _protected(place: Place, services: Services) -> bool:
    """Whether an environment asks for approvals, by what stands or by kr8.toml; whether anybody may approve."""
    if place.project is None or place.environment is None:
        return bool(await services.approvals.approvers())
    standing = (await services.environments.get(place.project, place.environment)).policy
    project = await services.projects.get(place.project)
    declared = project.spec.environments.get(place.environment) if project is not None else None
    if declared is None:
        return standing is not None and standing.approval is not None
    return stricter(standing, policy_of(declared)).approval is not None


def _asked(found: Operation, request: Model, place: Place, caller: Caller) -> Asked:
    shown = request.model_dump(mode="json", exclude={*found.write_only, "project"}, exclude_none=True)
    return Asked(
        operation=found.name,
        place=place,
        arguments=request.model_dump(mode="json"),
        shown=json.dumps(shown, ensure_ascii=False),
        requested_by=caller.label(),
    )


def _not_for_agents(found: Operation) -> Refused:
    return refuse(
        "not_for_agents",
        f"{found.name} is for people.",
        why="It is not in the list of tools, because an agent must not do it for a person.",
        mend=f"A person runs: kr8 {found.mark.command}",
    )


async def _person_required(found: Operation, request: Model, place: Place, services: Services) -> Problem:
    names = ", ".join(each.name for each in await services.signing.signers(place)) or "nobody yet"
    where = f" in {place.environment}" if place.environment else ""
    asks = f"{place.environment} asks for approvals, and this makes no plan that could be approved."
    return refuse(
        "person_required",
        f"{found.name}{where} needs a person's signature.",
        why=f"{asks if place.environment else 'There are approvers already.'} May sign: {names}.",
        mend=f"A person who may sign runs on a terminal: {_command(found, request)}",
    ).problem


def _command(found: Operation, request: Model) -> str:
    """The command line of a request, as far as it names things: values of secrets and keys are not in it."""
    words, positional = ["kr8", *found.mark.command.split()], found.fields_with("positional")
    for name, value in request:
        if name in positional:
            words.append(str(value))
        elif name in ("environment", "project") and value is not None:
            words += [f"--{name}", str(value)]
    return shlex.join(words)

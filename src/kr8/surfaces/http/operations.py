"""The operations over HTTP."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kr8.catalogue.contract import hints, input_schema, output_schema
from kr8.catalogue.operation import Operation
from kr8.domain.caller import Audience, Caller, Effect, Surface
from kr8.domain.model import Model
from kr8.domain.problem import Refused, refuse
from kr8.domain.request import Proof, SignatureNeeded
from kr8.sandbox import word
from kr8.surfaces.entrance import Entrance
from kr8.surfaces.http.answers import problem_answer, result_answer
from kr8.version import VERSION

CALLER_HEADER = "X-Kr8-Caller"
DIRECTORY_HEADER = "X-Kr8-Directory"
SIGNATURE_HEADER = "X-Kr8-Signature"
KEY_HEADER = "Idempotency-Key"
LONGEST_BODY = 4 << 20


class OperationView(Model):
    """An operation as programs see it."""

    name: str
    command: str
    text: str
    effect: Effect
    audience: Audience
    hints: dict[str, bool]
    input_schema: dict[str, Any]
    output_schema: dict[str, Any]


class OperationsEndpoint:
    """Calls operations for HTTP clients."""

    def __init__(self, entrance: Entrance, run: str) -> None:
        self._entrance = entrance
        self._run = run

    async def call(self, request: Request) -> Response:
        """POST /v1/operations/NAME with the arguments as a JSON object."""
        try:
            arguments = await _arguments(request)
            name, directory = request.path_params["name"], _directory(request)
            caller, proof, key = self._caller(request), _proof(request), request.headers.get(KEY_HEADER)
            return result_answer(await self._entrance.call(name, arguments, caller, directory, proof, key))
        except SignatureNeeded as needed:
            return problem_answer(needed.problem, needed.to_sign)
        except Refused as refused:
            return problem_answer(refused.problem)

    def _caller(self, request: Request) -> Caller:
        # The unix socket has no port. A service can open it, too, but not read the word.
        local = request.scope.get("server") is None or request.scope["server"][1] is None
        proven = local and word.is_said(self._run, request.headers.get(word.HEADER))
        name = request.headers.get(CALLER_HEADER, "")[:64]
        return Caller(name=name or "somebody", surface=Surface.CLI if proven else Surface.HTTP)

    async def catalogue(self, request: Request) -> Response:
        """GET /v1/catalogue: every operation, for people too."""
        views = [view_of(each).model_dump(mode="json") for each in await self._entrance.catalogue()]
        return JSONResponse({"version": VERSION, "operations": views})

    async def health(self, request: Request) -> Response:
        """GET /healthz: whether the daemon lives; `ready` once every operation can run."""
        return JSONResponse({"version": VERSION, "pid": os.getpid(), "ready": self._entrance.ready})


def view_of(operation: Operation) -> OperationView:
    """What programs may know of an operation."""
    return OperationView(
        name=operation.name,
        command=operation.mark.command,
        text=operation.text,
        effect=operation.mark.effect,
        audience=operation.mark.audience,
        hints=hints(operation),
        input_schema=input_schema(operation.request),
        output_schema=output_schema(operation.response),
    )


def _directory(request: Request) -> str | None:
    """Where the caller stands. Percent-encoded, because a header carries neither every path nor every line end."""
    given = request.headers.get(DIRECTORY_HEADER)
    return None if given is None else unquote(given)


def _proof(request: Request) -> Proof | None:
    """A signature under this request: the id of its text and, percent-encoded, what `ssh-keygen -Y sign` made."""
    given = request.headers.get(SIGNATURE_HEADER)
    if given is None:
        return None
    asked, _, signature = given.partition(" ")
    try:
        return Proof(request=asked, signature=unquote(signature))
    except ValidationError as error:
        mend = "Send the id of the text, a space, and the signature, percent-encoded."
        raise refuse("signature_not_valid", "The signature is too long.", mend=mend, field="signature") from error


async def _arguments(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise refuse("not_json", "The body must be application/json.", mend="Send the arguments as a JSON object.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise refuse(
                "invalid_argument",
                "The body is too long.",
                why=f"{LONGEST_BODY} bytes are taken at most.",
                mend="Send less: files by their path.",
            )
    try:
        arguments: Any = json.loads(bytes(body) or b"{}")
    except ValueError as error:
        raise refuse(
            "invalid_argument", "The body is not valid JSON.", why=str(error), mend="Send one JSON object, in UTF-8."
        ) from error
    if not isinstance(arguments, dict):
        raise refuse("invalid_argument", "The body is not a JSON object.", mend="Name each argument: {…}.")
    return arguments  # pyright: ignore[reportUnknownVariableType]

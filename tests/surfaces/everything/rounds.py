"""Tools and a prompt that ask the client for something and are called again with the answer (2026-07-28)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.surfaces.everything.content import Json, form, text


@dataclass(frozen=True)
class Round:
    """What a call brings: answers to what was asked, the state of the rounds before, what the client can do."""

    answers: dict[str, Json] = field(default_factory=dict[str, Json])
    state: Json | None = None
    abilities: frozenset[str] = frozenset()

    def said(self, question: str, name: str) -> str:
        """A field of a form that was filled in."""
        return str(self.answers[question].get("content", {}).get(name, "nothing"))


def done(said: str) -> Json:
    """The end of the rounds."""
    return {"content": [text(said)]}


def ask(state: Json | None = None, **questions: Json) -> Json:
    """Another round."""
    asked: Json = {"resultType": "input_required", "inputRequests": questions}
    return asked if state is None else {**asked, "requestState": json.dumps(state)}


def elicit(message: str, **fields: str) -> Json:
    """A form for the user."""
    params = {"mode": "form", "message": message, "requestedSchema": form(**fields)}
    return {"method": "elicitation/create", "params": params}


def sample(prompt: str) -> Json:
    """A question for the client's model."""
    messages = [{"role": "user", "content": text(prompt)}]
    return {"method": "sampling/createMessage", "params": {"messages": messages, "maxTokens": 100}}


ROOTS: Json = {"method": "roots/list", "params": {}}
NAME = elicit("What is your name?", name="string")
CONFIRM = elicit("Please confirm", ok="boolean")


def elicitation(call: Round) -> Json:
    """One form."""
    if "user_name" not in call.answers:
        return ask(user_name=NAME)
    return done(f"Hello, {call.said('user_name', 'name')}!")


def sampling(call: Round) -> Json:
    """One question to the model."""
    if "sample_request" not in call.answers:
        return ask(sample_request=sample("What is the capital of France?"))
    return done(f"Sampling result: {call.answers['sample_request']['content']['text']}")


def roots(call: Round) -> Json:
    """The client's roots."""
    if "roots_request" not in call.answers:
        return ask(roots_request=ROOTS)
    return done(f"Found {len(call.answers['roots_request']['roots'])} root(s)")


def request_state(call: Round) -> Json:
    """A form whose state comes back."""
    if call.state is None or "confirm" not in call.answers:
        return ask({"kind": "request-state"}, confirm=CONFIRM)
    return done("state-ok: requestState validated")


def tampered_state(call: Round) -> Json:
    """The same; the server's boundary refuses a state that was changed before this sees it."""
    if call.state is None or "confirm" not in call.answers:
        return ask({"kind": "tamper-test"}, confirm=CONFIRM)
    return done("integrity-ok: state verified")


def multiple_inputs(call: Round) -> Json:
    """Three questions at once."""
    if not {"user_name", "greeting", "client_roots"} <= call.answers.keys():
        state = {"kind": "multiple-inputs"}
        return ask(state, user_name=NAME, greeting=sample("Generate a greeting"), client_roots=ROOTS)
    found = len(call.answers["client_roots"]["roots"])
    greeting = call.answers["greeting"]["content"]["text"]
    return done(f"Name: {call.said('user_name', 'name')}; Greeting: {greeting}; Roots: {found}")


def multi_round(call: Round) -> Json:
    """One question after the other."""
    stage = (call.state or {}).get("round")
    if stage == 1 and "step1" in call.answers:
        state = {"round": 2, "name": call.said("step1", "name")}
        return ask(state, step2=elicit("Step 2: What is your favorite color?", color="string"))
    if stage == 2 and "step2" in call.answers and call.state:
        return done(f"Multi-round complete for {call.state['name']} who likes {call.said('step2', 'color')}")
    return ask({"round": 1}, step1=elicit("Step 1: What is your name?", name="string"))


def capabilities(call: Round) -> Json:
    """Only what the client can answer."""
    if call.answers:
        return done(f"capabilities-ok: received {','.join(call.answers)}")
    able = {
        "elicitation": ("elicit_input", elicit("Elicitation input", value="string")),
        "sampling": ("sample_input", sample("Sample request")),
    }
    questions = dict(question for ability, question in able.items() if ability in call.abilities)
    return ask({"kind": "capabilities"}, **questions) if questions else done("No supported capabilities declared")


def prompt(call: Round) -> Json:
    """A prompt that needs to know more."""
    if "user_context" not in call.answers:
        return ask(user_context=elicit("What context should the prompt use?", context="string"))
    said = text(f"Prompt with context: {call.said('user_context', 'context')}")
    return {"messages": [{"role": "user", "content": said}]}


ROUNDS: dict[str, Callable[[Round], Json]] = {
    f"test_input_required_result_{tool.__name__}": tool
    for tool in (elicitation, sampling, request_state, multiple_inputs, multi_round, tampered_state, capabilities)
} | {"test_input_required_result_list_roots": roots}

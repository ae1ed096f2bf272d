"""kr8's own rules on infrastructure code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from kr8 import rules
from kr8.catalogue.operation import operation
from kr8.domain.caller import Audience, Effect
from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.model import Model
from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.rule import OWN, Rule
from kr8.domain.shortened import quoted
from kr8.plugins import found_in

WORDS = Field(description="Words that the rule must have, in any of its texts.", json_schema_extra={"positional": True})


class ListRules(Model):
    """Which rules."""

    words: Annotated[tuple[str, ...], WORDS] = ()
    part: Annotated[Part | None, Field(description="Only rules about this part.")] = None


class RuleLine(Model):
    """What a rule says."""

    name: str
    """A waiver names it kr8/NAME."""
    part: Part
    severity: Severity
    title: str
    why: str
    mend: str
    link: str


class RuleList(Model):
    """Rules, by name."""

    rules: tuple[RuleLine, ...]


@operation(Effect.READ, command="rules", audience=Audience.PEOPLE)
async def list_rules(request: ListRules) -> RuleList:
    """List kr8's own rules on infrastructure code: what must hold, why, and what to do."""
    known: list[Rule] = [rule for _, rule in sorted(found_in(rules, "RULE").items())]
    lines = [RuleLine.model_validate(rule.model_dump(exclude={"runs_code", "security"})) for rule in known]
    having = [line for line in lines if all(_has(line, word.lower()) for word in request.words)]
    found = tuple(line for line in having if request.part in (None, line.part))
    if request.words and not found:
        raise _elsewhere(request, having) if having else _unknown(request, lines)
    return RuleList(rules=found)


def _has(line: RuleLine, word: str) -> bool:
    """Whether a rule has a word, or the name that findings give it."""
    if word.startswith(OWN):
        return word == f"{OWN}{line.name}"
    return word in " ".join((line.name, line.title, line.why, line.mend)).lower()


def _elsewhere(request: ListRules, having: Iterable[RuleLine]) -> Refused:
    named = ", ".join(f"{OWN}{each.name} ({each.part})" for each in having)
    mend = f"Those that have it are about another part: {named}. Leave out --part to read them."
    return _refused(request, mend, "part")


def _unknown(request: ListRules, known: Iterable[RuleLine]) -> Refused:
    others = sorted({word.partition("/")[0] for word in request.words if "/" in word and not word.startswith(OWN)})
    theirs = "".join(f"Those of {each} are its own: a finding's link says more. " for each in map(quoted, others))
    asked = [each.name for each in known if request.part in (None, each.part)]
    names = nearest(" ".join(request.words).removeprefix(OWN), asked)
    return _refused(request, f"{theirs}{names} `kr8 rules` lists all.", "words")


def _refused(request: ListRules, mend: str, field: str) -> Refused:
    about = f" about {request.part}" if request.part else ""
    words = ", ".join(map(quoted, request.words))
    return refuse("unknown_rule", f"None of kr8's rules{about} has {words}.", mend=mend, field=field)

"""kr8's own rules on infrastructure code, from the rules themselves."""

from __future__ import annotations

from scripts.reference.markdown import code, page

from kr8 import rules as own
from kr8.domain.rule import Rule
from kr8.plugins import found_in


def rules() -> str:
    """rules.md: each rule, by part and name, with its example that fails."""
    found = found_in(own, "RULE")
    failing: dict[str, dict[str, str]] = found_in(own, "FAILS")
    known: list[Rule] = sorted(found.values(), key=lambda rule: (rule.part, rule.name))
    return page(
        "Rules",
        "What `kr8 validate` and `validate_infrastructure` look for themselves, beside the tools that they run; "
        "`kr8 rules` lists them too. A waiver in `.kr8/waivers.toml` names a rule as `kr8/NAME`.",
        *(_rule(rule, failing[rule.name]) for rule in known),
    )


def _rule(rule: Rule, failing: dict[str, str]) -> str:
    note = " Looked for before any tool runs: no tool evaluates what it is found in." if rule.runs_code else ""
    examples = "\n\n".join(f"{code(path)}:\n\n{_fenced(text)}" for path, text in failing.items())
    link = f"More: <{rule.link}>" if rule.link else ""
    said = (
        f"## {rule.name}",
        f"{rule.title}\n\n{rule.part.value} · {rule.severity.value}.{note}",
        f"{rule.why}\n\nWhat to do: {rule.mend}",
        link,
        f"It is found in\n\n{examples}",
    )
    return "\n\n".join(part for part in said if part)


def _fenced(text: str) -> str:
    return "\n".join(("```text", text.rstrip("\n"), "```"))

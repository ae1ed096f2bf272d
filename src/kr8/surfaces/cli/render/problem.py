"""A problem for a person at three in the morning: what, why, what next, and what the program itself said."""

from collections.abc import Iterator

from kr8.surfaces.cli.line import Line, Tone, fenced, split
from kr8.surfaces.cli.problem import Problem

OUTCOMES = {
    "unknown": "Nobody knows whether it was done.",
    "done": "It was done all the same.",
}

_OF_TEMPLATE = "what is wrong, with the words of the template:"
HEADINGS = {
    "invalid_template": _OF_TEMPLATE,
    "invalid_parameter": _OF_TEMPLATE,
    "missing_parameter": "what is asked for, in the words of the template:",
    "template_limit": _OF_TEMPLATE,
    "invalid_project_file": "what is wrong, with the words of the file:",
    "template_not_valid": "what was found, with the words of the files:",
}
"""Above output that is not of a program, by the problem's code."""


def problem_lines(problem: Problem) -> Iterator[Line]:
    """The lines of a problem; output of programs is fenced and marked as theirs."""
    yield from _labelled("error", problem.what, Tone.BAD)
    if problem.place or problem.field:
        yield from _labelled("at", problem.place or str(problem.field))
    if problem.why:
        yield from _labelled("why", problem.why)
    if problem.outcome in OUTCOMES:
        yield from _labelled("done?", OUTCOMES[problem.outcome], Tone.WARNING)
    if problem.output:
        yield Line(HEADINGS.get(problem.code, "word for word, from outside kr8:"), Tone.DIM)
        yield from fenced(problem.output)
    if problem.retryable:
        yield from _labelled("again", "The same command may work later, unchanged.")
    if problem.mend:
        yield from _labelled("next", problem.mend, Tone.STRONG)


def _labelled(label: str, text: str, tone: Tone = Tone.PLAIN) -> Iterator[Line]:
    first, *rest = split(text, tone)
    yield Line(f"{label}: {first.text}", tone)
    yield from (Line(" " * (len(label) + 2) + line.text, tone) for line in rest)

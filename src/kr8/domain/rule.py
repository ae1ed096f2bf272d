"""A rule of kr8's own on infrastructure code."""

from __future__ import annotations

from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.model import Model

OWN = "kr8/"
"""How the names of kr8's own rules begin in findings."""


def at_most(certain: bool) -> Severity:
    """How severe a finding may be: what only Terraform decides, when it runs, refuses no plan."""
    return Severity.CRITICAL if certain else Severity.HIGH


class Rule(Model):
    """What a rule is called and says; what it looks for is the function beside it."""

    name: str
    """The name of its module, with dashes."""
    part: Part
    severity: Severity
    title: str
    """What must hold, in one sentence."""
    why: str
    mend: str
    link: str = ""
    security: bool = False
    """Whether it is about who may do what, or see what: code hosts rank such rules apart."""
    runs_code: bool = False
    """Whether what it finds would run, or be read from outside the project, as soon as a tool evaluates the files."""

    def finding(self, what: str, place: str, most: Severity = Severity.CRITICAL) -> Finding:
        """What it found at a place ("path:line"), `most` severe; `what` quotes nothing of the files but names."""
        return Finding(
            rule=f"{OWN}{self.name}",
            severity=min(self.severity, most, key=tuple(Severity).index),
            what=what,
            why=self.why,
            mend=self.mend,
            place=place,
            link=self.link,
        )

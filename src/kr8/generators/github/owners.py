"""Who must agree to changes of what the gates go by: waivers, policies, settings and the pipeline itself."""

from __future__ import annotations

from kr8.domain.project import Project
from kr8.generators.github.scope import Scope

PATH = ".github/CODEOWNERS"
OWNED = ("/.github/", "/.kr8/", "/kr8.toml")
ASKED = "GitHub asks them where a rule of the branch requires reviews of code owners."


def owners(scope: Scope, header: str) -> str:
    """The text of CODEOWNERS; the records in .kr8/generated are of it, for what has none is not compared."""
    told = " ".join(scope.parameters.owners)
    lines = [f"{path} {told}" for path in OWNED]
    return "\n".join([f"# {header}", f"# {ASKED}", "", *lines, ""])


def unsettled(project: Project) -> str:
    """What is to be said in kr8.toml; empty: nothing, or somebody has said that nobody is asked."""
    if "owners" in project.infrastructure.pipeline.model_fields_set:
        return ""
    return (
        "Who changes kr8.toml, .kr8 or .github in a pull request can loosen what it is checked by: say whose agreement "
        'that takes in [infrastructure.pipeline], owners = ["@ORG/TEAM"], which makes CODEOWNERS; or owners = [].'
    )

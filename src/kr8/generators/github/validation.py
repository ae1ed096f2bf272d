"""The job that checks kr8.toml and the infrastructure code, with all tools."""

from __future__ import annotations

from kr8.domain.digest import digest
from kr8.generators.github.installation import installation
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import (
    ALSO_AFTER_A_FAILURE,
    TEMP,
    Job,
    Step,
    checkout,
    may_tell,
    quoting,
    restored,
    runs,
    saved,
    script,
    tells,
    uses,
)
from kr8.generators.yaml import Value

FOUND = "kr8.sarif"
VALIDATED = f"{ALSO_AFTER_A_FAILURE} && steps.validate.outcome != 'skipped'"
"""Whatever was found; but not where kr8.toml cannot be read, or a tool is missing."""
TOOLS = "~/.cache/kr8/tools"
GO = "1.26"
"""What the tools that are Go programs are built with."""


def validation_job(scope: Scope) -> Job:
    """The job."""
    parameters = scope.parameters
    steps: list[Step] = [
        checkout(),
        installation(),
        *_tools(scope),
        runs("Check kr8.toml", quoting("quoting kr8 check")),
        *(terraform(scope) if scope.has_terraform else ()),
        runs("Validate", quoting(script("validate")), id="validate"),
        tells(f"{TEMP}/{FOUND}", "kr8", code_scanning=parameters.code_scanning, when=VALIDATED),
        runs(
            "Compare what was generated",
            quoting(script("compare")),
            if_=VALIDATED,
            env={"GENERATORS": _compared(scope)},
        ),
    ]
    return {
        "name": "Validate",
        "runs-on": parameters.runner,
        "timeout-minutes": 30,
        "permissions": may_tell(code_scanning=parameters.code_scanning),
        "steps": steps,
    }


def _compared(scope: Scope) -> str:
    """What is generated again: not the pipeline where it is made by an own kr8, which a runner's is not."""
    return " ".join(("terraform", "kubernetes", "ansible", *(("pipeline",) if scope.parameters.kr8 else ())))


def _tools(scope: Scope) -> list[Step]:
    """What builds tools, and the tools, before anything of the repository's is run."""
    key = f"kr8-tools-${{{{ runner.os }}}}-${{{{ runner.arch }}}}-{digest(scope.source)[:12]}"
    return [
        uses("actions/setup-go", given={"go-version": GO, "cache": False}),
        restored(TOOLS, key),
        runs("Install the tools", script("tools")),
        saved(TOOLS),
    ]


def terraform(scope: Scope) -> list[Step]:
    """Terraform, and the providers that the code names: kr8 itself downloads none."""
    return [setup(scope), runs("Fetch the providers", quoting(script("providers")))]


def setup(scope: Scope) -> Step:
    """Terraform."""
    given: dict[str, Value] = {
        "terraform_version": scope.parameters.terraform_version,
        "terraform_wrapper": False,
    }
    return uses("hashicorp/setup-terraform", given=given)

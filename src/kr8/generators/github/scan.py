"""The job that looks for known vulnerabilities in what the services are made of."""

from __future__ import annotations

from kr8.domain.pipeline import PipelineParameters
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import ALSO_AFTER_A_FAILURE, TEMP, Job, Step, fetches, may_tell, tells, uses
from kr8.generators.yaml import Value

SERVICE = "${{ matrix.service }}"


def scan_job(scope: Scope) -> Job:
    """The job."""
    parameters, services = scope.parameters, list(scope.project.services)
    steps: list[Step] = [
        fetches(f"sbom-{SERVICE}", f"{TEMP}/sbom"),
        *looks_for_vulnerabilities(parameters, f"{TEMP}/sbom/{SERVICE}.spdx.json", f"scan-{SERVICE}"),
    ]
    return {
        "name": f"Scan {SERVICE}",
        "needs": [f"service-{name}" for name in services],
        "strategy": {"fail-fast": False, "matrix": {"service": services}},
        "runs-on": parameters.runner,
        "timeout-minutes": 20,
        "permissions": may_tell(code_scanning=parameters.code_scanning),
        "steps": steps,
    }


def lists_parts(of: Step, file: str) -> Step:
    """A step that writes down what something is made of, as a list that programs read; `of`: a path, or an image."""
    given: Step = {
        **of,
        "format": "spdx-json",
        "output-file": file,
        "upload-artifact": False,
        "upload-release-assets": False,
    }
    return uses("anchore/sbom-action", name="Write down what it is made of", given=given)


def looks_for_vulnerabilities(
    parameters: PipelineParameters, sbom: str, category: str, **more: Value
) -> tuple[Step, Step]:
    """Steps that look through such a list and hand on what they find; what is as severe as `fail_at` ends the job."""
    given: Step = {"sbom": sbom, "severity-cutoff": parameters.fail_at, "output-format": "sarif", **more}
    found = "steps.scan.outputs.sarif"
    when = f"{ALSO_AFTER_A_FAILURE} && {found} != ''"
    return (
        uses("anchore/scan-action", name="Look for known vulnerabilities", given=given, id="scan"),
        tells(f"${{{{ {found} }}}}", category, code_scanning=parameters.code_scanning, when=when),
    )

"""The job that looks for known vulnerabilities in what the services are made of."""

from __future__ import annotations

from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import ALSO_AFTER_A_FAILURE, TEMP, Job, Step, fetches, may_tell, tells, uses
from kr8.generators.yaml import Value

SERVICE = "${{ matrix.service }}"


def scan_job(scope: Scope) -> Job:
    """The job."""
    parameters, services = scope.parameters, list(scope.project.services)
    given: dict[str, Value] = {
        "sbom": f"{TEMP}/sbom/{SERVICE}.spdx.json",
        "severity-cutoff": parameters.fail_at,
        "output-format": "sarif",
    }
    found = "steps.scan.outputs.sarif"
    when = f"{ALSO_AFTER_A_FAILURE} && {found} != ''"
    steps: list[Step] = [
        fetches(f"sbom-{SERVICE}", f"{TEMP}/sbom"),
        uses("anchore/scan-action", name="Look for known vulnerabilities", given=given, id="scan"),
        tells(f"${{{{ {found} }}}}", f"scan-{SERVICE}", code_scanning=parameters.code_scanning, when=when),
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

"""A job for each registry of AWS: the images of what was merged, scanned, pushed and told by their digests."""

from __future__ import annotations

from kr8.generators.github.registries import region_of, repositories
from kr8.generators.github.runners import is_on_arm, runner_of_images
from kr8.generators.github.scan import lists_parts, looks_for_vulnerabilities
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import TEMP, Job, Step, checkout, keeps, literal, may_tell, runs, script, uses
from kr8.generators.yaml import Because, Value

SERVICE = "${{ matrix.service }}"
REPOSITORY = "${{ matrix.repository }}"
AS_ROLE: Step = {
    name.upper().replace("-", "_"): f"${{{{ steps.role.outputs.{name} }}}}"
    for name in ("aws-access-key-id", "aws-secret-access-key", "aws-session-token")
}
ONLY_FIXED: Step = {
    "only-fixed": Because(True, "Of a base image some things are always known that nobody has mended yet.")
}


def image_jobs(scope: Scope) -> dict[str, Job]:
    """The jobs, for each environment with a registry and a role that may push to it."""
    return {f"images-{name}": _job(scope, name) for name in scope.with_images}


def _job(scope: Scope, name: str) -> Job:
    pushed = repositories(scope.project, name)
    first, *_ = pushed.values()
    credentials: Step = {
        "role-to-assume": scope.images_role(name),
        "aws-region": region_of(first),
        "role-session-name": f"kr8-images-{name}",
        # Only the steps that push have them: those between look at the image, and are of others.
        "output-credentials": True,
        "output-env-credentials": False,
    }
    built: Step = {
        "SERVICE": SERVICE,
        "FOLDER": "${{ matrix.folder }}",
        "REPOSITORY": REPOSITORY,
        "PLATFORM": "linux/arm64" if is_on_arm(scope, name) else "linux/amd64",
    }
    pushes: Step = {"ENVIRONMENT": name, "SERVICE": SERVICE, "REPOSITORY": REPOSITORY}
    return {
        "name": f"Image of {SERVICE} for {name}",
        "if": scope.merged,
        "needs": list(scope.names_of_checks),
        "strategy": {"fail-fast": False, "matrix": {"include": _matrix(scope, pushed)}},
        "runs-on": runner_of_images(scope, name),
        "timeout-minutes": 60,
        "permissions": {
            **may_tell(code_scanning=scope.parameters.code_scanning),
            "id-token": Because("write", "To assume the role, without a key."),
        },
        "steps": [
            checkout(),
            uses("aws-actions/configure-aws-credentials", given=credentials, id="role"),
            runs("Build", script("image-registry") + script("image-build"), env={**built, **AS_ROLE}),
            *_scanned(scope, name),
            runs("Push", script("image-registry") + script("image-push"), env={**pushes, **AS_ROLE}),
            keeps(f"images-{name}-{SERVICE}", f"{TEMP}/images"),
        ],
    }


def _scanned(scope: Scope, name: str) -> tuple[Step, ...]:
    """What the image is made of, its base too, written down and looked through before anybody has it."""
    parts, file = f"sbom-image-{name}-{SERVICE}", f"{TEMP}/image.spdx.json"
    image: Step = {"image": f"{REPOSITORY}:${{{{ github.sha }}}}"}
    return (
        lists_parts(image, file),
        keeps(parts, file),
        *looks_for_vulnerabilities(scope.parameters, file, f"image-{name}-{SERVICE}", **ONLY_FIXED),
    )


def _matrix(scope: Scope, pushed: dict[str, str]) -> list[Value]:
    return [
        {"service": name, "folder": literal(scope.project.services[name].path), "repository": repository}
        for name, repository in pushed.items()
    ]

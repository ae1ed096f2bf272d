"""Jobs for each registry of AWS: the images of what was merged, built, scanned, pushed and told by their digests.

What looks at an image is of others: it is a job of its own, which can ask for no identity, and what is pushed is what
was built, whatever became of it in between.
"""

from __future__ import annotations

from kr8.generators.github.registries import region_of, repositories
from kr8.generators.github.runners import is_on_arm, runner_of_images
from kr8.generators.github.scan import lists_parts, looks_for_vulnerabilities
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import (
    READ,
    TEMP,
    Job,
    Step,
    checkout,
    fetches,
    keeps,
    literal,
    may_tell,
    runs,
    script,
    uses,
)
from kr8.generators.yaml import Because, Value

SERVICE = "${{ matrix.service }}"
REPOSITORY = "${{ matrix.repository }}"
AS_ROLE: Step = {
    name.upper().replace("-", "_"): f"${{{{ steps.role.outputs.{name} }}}}"
    for name in ("aws-access-key-id", "aws-secret-access-key", "aws-session-token")
}
IDENTITY: Step = {"id-token": Because("write", "To assume the role, without a key.")}
ONLY_FIXED: Step = {
    "only-fixed": Because(True, "Of a base image some things are always known that nobody has mended yet.")
}
MINUTES = 60
FOLDER = f"{TEMP}/image"
FILE = f"{FOLDER}/image.tar"
"""The image, from job to job."""


def image_jobs(scope: Scope) -> dict[str, Job]:
    """The jobs, for each environment with a registry and a role that may push to it."""
    return {
        job: made
        for name in scope.with_images
        for job, made in (
            (f"images-{name}", _built(scope, name)),
            (f"scan-images-{name}", _scanned(scope, name)),
            (f"push-images-{name}", _pushed(scope, name)),
        )
    }


def _built(scope: Scope, name: str) -> Job:
    given: Step = {
        "SERVICE": SERVICE,
        "FOLDER": "${{ matrix.folder }}",
        "REPOSITORY": REPOSITORY,
        "PLATFORM": "linux/arm64" if is_on_arm(scope, name) else "linux/amd64",
    }
    return {
        "name": f"Image of {SERVICE} for {name}",
        "if": scope.merged,
        "needs": list(scope.names_of_checks),
        "strategy": _each_service(scope, name),
        "runs-on": runner_of_images(scope, name),
        "timeout-minutes": MINUTES,
        "permissions": {**READ, **IDENTITY},
        "outputs": {each: f"${{{{ steps.build.outputs.{each} }}}}" for each in repositories(scope.project, name)},
        "steps": [
            checkout(),
            _role(scope, name),
            runs("Build", script("image-registry") + script("image-build"), id="build", env={**given, **AS_ROLE}),
            keeps(_kept(name), FILE, days=1),
        ],
    }


def _scanned(scope: Scope, name: str) -> Job:
    """What the image is made of, its base too, written down and looked through before anybody has it."""
    parameters, parts, file = scope.parameters, f"sbom-image-{_one(name)}", f"{TEMP}/image.spdx.json"
    return {
        "name": f"Scan the image of {SERVICE} for {name}",
        "needs": f"images-{name}",
        "strategy": _each_service(scope, name),
        "runs-on": parameters.runner,
        "timeout-minutes": MINUTES,
        "permissions": may_tell(code_scanning=parameters.code_scanning),
        "steps": [
            _fetched(name),
            lists_parts({"image": f"docker-archive:{FILE}"}, file),
            keeps(parts, file),
            *looks_for_vulnerabilities(parameters, file, f"image-{_one(name)}", **ONLY_FIXED),
        ],
    }


def _pushed(scope: Scope, name: str) -> Job:
    built = Because(
        f"${{{{ needs.images-{name}.outputs[matrix.service] }}}}", "Any job of the run could have kept another image."
    )
    given: Step = {"ENVIRONMENT": name, "SERVICE": SERVICE, "REPOSITORY": REPOSITORY, "BUILT": built}
    return {
        "name": f"Push the image of {SERVICE} for {name}",
        "needs": [f"images-{name}", f"scan-images-{name}"],
        "strategy": _each_service(scope, name),
        "runs-on": runner_of_images(scope, name),
        "timeout-minutes": MINUTES,
        "permissions": IDENTITY,
        "steps": [
            _fetched(name),
            _role(scope, name),
            runs("Push", script("image-registry") + script("image-push"), env={**given, **AS_ROLE}),
            keeps(f"images-{_one(name)}", f"{TEMP}/images"),
        ],
    }


def _fetched(name: str) -> Step:
    return fetches(_kept(name), FOLDER, kept_for="a day")


def _kept(name: str) -> str:
    return f"built-image-{_one(name)}"


def _one(name: str) -> str:
    """One of an environment's images; joined by what no name has: of `eu` and `west-api` it is not `eu-west`'s."""
    return f"{name}_{SERVICE}"


def _role(scope: Scope, name: str) -> Step:
    first, *_ = repositories(scope.project, name).values()
    credentials: Step = {
        "role-to-assume": scope.images_role(name),
        "aws-region": region_of(first),
        "role-session-name": f"kr8-images-{name}",
        # Only the step that asks the registry has them.
        "output-credentials": True,
        "output-env-credentials": False,
    }
    return uses("aws-actions/configure-aws-credentials", given=credentials, id="role")


def _each_service(scope: Scope, name: str) -> Value:
    included: list[Value] = [
        {"service": each, "folder": literal(scope.project.services[each].path), "repository": repository}
        for each, repository in repositories(scope.project, name).items()
    ]
    return {"fail-fast": False, "matrix": {"include": included}}

"""The runners that images are built on: with the processor that they are for, which would have to be emulated else."""

from __future__ import annotations

import re

from kr8.generators.github.scope import Scope
from kr8.generators.terraform.environments import Place

ON_ARM = {
    "ubuntu-latest": "ubuntu-24.04-arm",
    "ubuntu-24.04": "ubuntu-24.04-arm",
    "ubuntu-22.04": "ubuntu-22.04-arm",
}
"""GitHub's runners, and the one of each with the other processor."""
ON_X64 = {arm: plain for plain, arm in ON_ARM.items()}
_HOSTED = re.compile(r"(?:ubuntu|windows|macos)-.*")


def is_on_arm(scope: Scope, name: str) -> bool:
    """Whether an environment's images are for ARM."""
    return name in scope.on_ecs and Place(scope.project, name).parameters.architecture == "ARM64"


def runner_of_images(scope: Scope, name: str) -> str | None:
    """The runner that an environment's images are built on; None: nobody says which one has ARM."""
    told = scope.of(name)
    if told.images_runner is not None:
        return told.images_runner
    if is_on_arm(scope, name):
        return told.runner if told.runner in ON_X64 else ON_ARM.get(told.runner)
    return ON_X64.get(told.runner, told.runner)


def own_runners(scope: Scope) -> frozenset[str]:
    """The runners of everything but deployments that are not GitHub's."""
    named = {scope.parameters.runner, *(runner_of_images(scope, name) for name in scope.with_images)}
    return frozenset(each for each in named if each is not None and not _HOSTED.fullmatch(each))

"""What no pipeline can be made of, refused before anything is written."""

from __future__ import annotations

from kr8.domain.nearest import nearest
from kr8.domain.pipeline import OF_AN_ENVIRONMENT
from kr8.domain.problem import refuse
from kr8.generators.github.runners import ON_X64, runner_of_images
from kr8.generators.github.scope import Scope
from kr8.generators.identities import check_apart
from kr8.version import VERSION

TABLE = "infrastructure.pipeline"


def check(scope: Scope) -> None:
    """Raises Refused: infrastructure_parameter, unknown_service, environments_alike."""
    check_apart(scope.project)
    if not scope.source:
        raise refuse(
            "infrastructure_parameter",
            "The pipeline must know where it gets kr8.",
            why=f"A pipeline runs exactly the kr8 that it was made for, and this one ({VERSION}) was not installed "
            "from a commit that could be named.",
            mend=f'Give it under [{TABLE}]: kr8 = "git+https://HOST/PATH@COMMIT", or the path of a wheel.',
            field=f"{TABLE}.kr8",
        )
    for name in scope.parameters.services:
        if name not in scope.project.services:
            what, mend = f"There is no service {name}.", nearest(name, scope.project.services)
            raise refuse("unknown_service", what, mend=mend, field=f"{TABLE}.services.{name}")
    for name, environment in scope.project.environments.items():
        told = environment.infrastructure.pipeline.model_fields_set
        if beyond := sorted(told - OF_AN_ENVIRONMENT):
            raise refuse(
                "infrastructure_parameter",
                f"{beyond[0]} is the same for every environment.",
                why="There is one pipeline for all of them.",
                mend=f"Move it to [{TABLE}]. An environment may say: {', '.join(sorted(OF_AN_ENVIRONMENT))}.",
                field=f"environments.{name}.{TABLE}.{beyond[0]}",
            )
    for name in scope.deployed:
        _check_source(scope, name)
    for name in scope.with_images:
        if runner_of_images(scope, name) is None:
            raise refuse(
                "infrastructure_parameter",
                f"No runner for the images of {name} is known.",
                why=f"They are for ARM64, and GitHub has no runner like {scope.parameters.runner} with it.",
                mend=f'Say one under [{TABLE}]: images_runner = "LABEL". GitHub has {" and ".join(sorted(ON_X64))}.',
                field=f"{TABLE}.images_runner",
            )


def _check_source(scope: Scope, name: str) -> None:
    """Refuse an environment whose builds nobody makes here: what a run has checked would never be what it deploys."""
    source = scope.project.environments[name].builds_from
    if source is not None and source not in scope.deployed:
        raise refuse(
            "infrastructure_parameter",
            f"The pipeline would deploy {name}, and not {source}, whose builds it takes.",
            why=f"A run deploys the commit that it has checked, and {source} would serve another one.",
            mend=f"Give {source} a machine too ([environments.{source}.{TABLE}]), or {name} none.",
            field=f"environments.{name}.{TABLE}.machine",
        )

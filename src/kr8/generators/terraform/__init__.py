"""Terraform for ECS on Fargate: a root for each environment, all of them from the same modules."""

from __future__ import annotations

from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.generators.terraform.bootstrap import backend_file, bootstrap_files
from kr8.generators.terraform.environments import Place, made_by_terraform
from kr8.generators.terraform.identity import has_identity, identity_files
from kr8.generators.terraform.ignored import ignored_file
from kr8.generators.terraform.layout import provider, terraform_block, written
from kr8.generators.terraform.leaving import left_behind
from kr8.generators.terraform.limits import check
from kr8.generators.terraform.modules import module_files
from kr8.generators.terraform.outputs import outputs_file
from kr8.generators.terraform.services import services_file
from kr8.generators.terraform.stack import main_file, modules_of
from kr8.generators.terraform.trials import trials_file
from kr8.generators.terraform.unsettled import unsettled
from kr8.generators.terraform.variables import values_file, variables_file

__all__ = ["generate", "left_behind", "unsettled"]


def generate(project: Project) -> tuple[SourceFile, ...]:
    """The files of infra/terraform, by path: the same bytes for the same project.

    A root for each environment on ECS; where none is, for each environment: that is what it would take. A root for each
    account, where the pipeline gets roles.
    Raises Refused (infrastructure_name_too_long, infrastructure_name_reserved, infrastructure_parameters) where AWS
    would refuse it, and environments_alike.
    """
    places = [Place(project, name) for name in made_by_terraform(project)]
    for place in places:
        check(place)
    modules = {*modules_of(project), "state_backend", *(["pipeline_identity"] if has_identity(project) else [])}
    roots = (file for place in places for file in (*_root(place), *bootstrap_files(place)))
    files = (ignored_file(), *module_files(modules), *roots, *identity_files(project))
    return tuple(sorted(files, key=lambda file: file.path))


def _root(place: Place) -> tuple[SourceFile, ...]:
    folder, base = f"environments/{place.name}", Place(place.project)
    return (
        main_file(place.project, f"{folder}/main.tf"),
        services_file(place.project, f"{folder}/services.tf"),
        variables_file(base, f"{folder}/variables.tf"),
        values_file(place, base, f"{folder}/terraform.tfvars"),
        outputs_file(place.project, f"{folder}/outputs.tf"),
        written(f"{folder}/versions.tf", (terraform_block(), provider())),
        backend_file(place, folder),
        trials_file(place, f"{folder}/tests/environment.tftest.hcl"),
    )

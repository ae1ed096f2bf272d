"""outputs.tf of an environment's root: what deployments, people and other code need of it."""

from __future__ import annotations

from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.generators.hcl import Block, Expression, attributes
from kr8.generators.terraform.layout import has_before, has_secrets, kinds_of, written
from kr8.generators.terraform.module_call import over_lines


def outputs_file(project: Project, path: str) -> SourceFile:
    """outputs.tf: the same in every environment."""
    kinds = kinds_of(project)
    found = [
        *(_http() if "http" in kinds else ()),
        ("cluster", "The ECS cluster.", "module.cluster.name"),
        (
            "repositories",
            "Where the images of builds are pushed; none where builds come from another environment.",
            "try(one(module.registry[*].urls), {})",
        ),
        ("images", "The images that it was applied with: what plans of other changes take.", "var.images"),
        (
            "task_definitions",
            "The task definition family of each service.",
            "{ for name, task in module.task : name => task.family }",
        ),
        (
            "task_roles",
            "The role of each service: attach a policy for what it needs of AWS.",
            "{ for name, roles in module.roles : name => roles.task_role_name }",
        ),
        (
            "log_groups",
            "The log group of each service.",
            "{ for name, group in module.logs.groups : name => group.name }",
        ),
        *(_before(kinds) if has_before(project) else ()),
        ("private_subnets", "Where tasks run.", "module.network.private_subnet_ids"),
        ("security_groups", "The security group of each service: what lets it in names this.", _groups(kinds)),
        ("notices", "The topic of alarms.", "module.notices.topic_arn"),
        *(
            (
                (
                    "secrets",
                    "The ARN of each secret: its value is set there, and nowhere in this code.",
                    "module.secrets.arns",
                ),
            )
            if has_secrets(project)
            else ()
        ),
    ]
    return written(
        path,
        [
            Block("output", (name,), attributes(description=text, value=Expression(value)))
            for name, text, value in found
        ],
    )


def _http() -> tuple[tuple[str, str, str], ...]:
    return (
        (
            "addresses",
            "Where each http service is reached.",
            "{ for name, route in var.routes : name => "
            '"https://${try(local.hosts[name], module.load_balancer.dns_name)}" }',
        ),
        (
            "load_balancer",
            "The load balancer's own name: where the domain is kept elsewhere, it points here.",
            "module.load_balancer.dns_name",
        ),
        (
            "listener",
            "The listener whose rules share the traffic between blue and green.",
            "module.load_balancer.listener_arn",
        ),
        (
            "target_groups",
            "The target groups of each http service, blue and green.",
            "{ for name, traffic in module.traffic : name => traffic.target_group_arns }",
        ),
    )


def _before(kinds: frozenset[str]) -> tuple[tuple[str, str, str], ...]:
    group = f"try({', '.join(f'module.{module}[name]' for module in _modules(kinds))}).security_group_id"
    network = (
        'awsvpcConfiguration={subnets=[${join(",", module.network.private_subnet_ids)}],'
        f"securityGroups=[${{{group}}}],assignPublicIp=DISABLED}}"
    )
    command = (
        "aws ecs run-task --region ${var.region} --cluster ${module.cluster.name} --launch-type FARGATE "
        f"--task-definition ${{task.family}} --network-configuration '{network}'"
    )
    description = (
        "What starts the command that must succeed before a new release of the service does: ECS runs none itself."
    )
    return (("before", description, f'{{ for name, task in module.before : name => "{command}" }}'),)


def _modules(kinds: frozenset[str]) -> list[str]:
    """The modules that run services of these kinds."""
    return [module for kind, module in (("http", "http"), ("worker", "worker"), ("job", "job")) if kind in kinds]


def _groups(kinds: frozenset[str]) -> str:
    parts = [f"{{ for name, each in module.{module} : name => each.security_group_id }}" for module in _modules(kinds)]
    return over_lines("merge", parts)

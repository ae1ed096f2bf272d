"""How services call each other: the names that they have for each other, and who lets whom in.

Names are those of ECS Service Connect: they lead to healthy instances alone, where a name in DNS would lead callers to
instances that a deployment has ended. A run of a job is no service, and is given none.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect.html
"""

from __future__ import annotations

from kr8.domain.project import Project
from kr8.generators.hcl import Block
from kr8.generators.terraform.layout import kinds_of
from kr8.generators.terraform.module_call import call

NAMESPACE = "contains(local.called, each.key) || length(each.value.needs) > 0 ? module.discovery.namespace_arn : null"
"""What a service is given: a namespace where it calls or is called."""


def called_by(project: Project, name: str) -> list[str]:
    """The services that a service calls: those that it needs and that take requests."""
    service = project.services[name]
    if service.kind == "job":
        return []
    return sorted(need for need in service.needs if project.services[need].kind == "http")


def has_calls(project: Project) -> bool:
    """Whether any service calls another one."""
    return any(called_by(project, name) for name in project.services)


def discovery(project: Project) -> tuple[Block, ...]:
    """The names, and the rules that let callers in; nothing where nobody calls anybody."""
    if not has_calls(project):
        return ()
    services = "merge(module.http, module.worker)" if "worker" in kinds_of(project) else "module.http"
    callers = (
        "{ for name, service in local.services : name => "
        f"{services}[name].security_group_id if contains(service.needs, each.key) }}"
    )
    return (
        call("discovery", name="local.name"),
        call(
            "calls",
            "calls",
            "local.called",
            security_group_id="module.http[each.key].security_group_id",
            callers=callers,
            port="var.port",
        ),
    )

"""main.tf of an environment's root: which modules make it, and what each is given."""

from __future__ import annotations

from kr8.domain.project import Project
from kr8.domain.source import SourceFile
from kr8.generators.hcl import Attribute, Block, Expression, attributes
from kr8.generators.terraform.discovery import NAMESPACE, discovery, has_calls
from kr8.generators.terraform.layout import has_before, has_secrets, kinds_of, written
from kr8.generators.terraform.module_call import call, counted, over_lines

_EACH = "each.value"
_NAMED = '"${local.name}-${each.key}"'
_NAMED_BEFORE = '"${local.name}-${each.key}--before"'
"""No service has two dashes in its name: what is made of one is never named as another."""
_COMMAND = '[for word in each.value.command : replace(word, "{port}", tostring(var.port))]'
_COMMAND_BEFORE = '[for word in each.value.before : replace(word, "{port}", tostring(var.port))]'
_KEY = "module.encryption.key_arn"
_SECRETS = "{ for name in each.value.secrets : name => module.secrets.arns[name] }"


def main_file(project: Project, path: str) -> SourceFile:
    """main.tf: the same in every environment."""
    kinds = kinds_of(project)
    calls = (
        *_foundation(),
        *(_front() if "http" in kinds else ()),
        *_images_and_logs(),
        *(_secrets() if has_secrets(project) else ()),
        *_tasks(project),
        *(_http(project) if "http" in kinds else ()),
        *(_workers(project) if "worker" in kinds else ()),
        *discovery(project),
        *(_jobs() if "job" in kinds else ()),
        *_watching(project),
    )
    return written(path, (*_facts(project), *calls))


def modules_of(project: Project) -> frozenset[str]:
    """The modules that main.tf calls."""
    kinds = kinds_of(project)
    names = {"encryption", "network", "registry", "logs", "roles", "cluster", "task", "notices", "dashboard", "budget"}
    names |= {"secrets"} if has_secrets(project) else set()
    names |= {"load_balancer", "certificate", "firewall", "traffic"} if "http" in kinds else set()
    names |= {"service", "autoscaling", "alarms"} if kinds & {"http", "worker"} else set()
    names |= {"discovery", "calls"} if has_calls(project) else set()
    return frozenset(names | ({"job"} if "job" in kinds else set()))


def _facts(project: Project) -> tuple[Block, ...]:
    data = tuple(Block("data", (kind, "this")) for kind in ("aws_caller_identity", "aws_partition"))
    account = "coalesce(var.registry.account_id, data.aws_caller_identity.this.account_id)"
    registry = (
        '"arn:${data.aws_partition.this.partition}:ecr:${var.registry.region}:${local.registry_account}'
        ':repository/${var.project}-${var.registry.environment}"'
    )
    body = attributes(
        name=Expression('"${var.project}-${var.environment}"'),
        description=project.project.description,
        registry_account=Expression(account),
        registry_arn=Expression(registry),
    )
    return (*data, Block("locals", body=(*body, *(_hosts() if "http" in kinds_of(project) else ()))))


def _hosts() -> tuple[Attribute, ...]:
    host = 'route.subdomain ? "${service}.${var.domain}" : var.domain'
    hosts = f"{{ for service, route in var.routes : service => {host} if var.domain != null }}"
    return attributes(hosts=Expression(hosts))


def _foundation() -> tuple[Block, ...]:
    return (
        call("encryption", name="local.name"),
        call(
            "network",
            name="local.name",
            cidr="var.cidr",
            zones="var.zones",
            egress="var.egress",
            interface_endpoints="var.interface_endpoints",
            log_days="var.log_days",
            key_arn=_KEY,
        ),
        call("cluster", name="local.name"),
        call("notices", name="local.name", emails="var.notify", key_arn=_KEY),
    )


def _front() -> tuple[Block, ...]:
    """What stands between users and services."""
    certificate = call(
        "certificate",
        domain="var.domain",
        alternative_names="sort([for host in toset(values(local.hosts)) : host if host != var.domain])",
        zone_id="var.zone_id",
    )
    firewall = call(
        "firewall",
        name="local.name",
        load_balancer_arn="module.load_balancer.arn",
        requests_per_address="var.requests_per_address",
        log_days="var.log_days",
        key_arn=_KEY,
    )
    return (
        counted(certificate, "var.certificate == null ? 1 : 0"),
        call(
            "load_balancer",
            name="local.name",
            vpc_id="module.network.vpc_id",
            cidr="module.network.cidr",
            subnet_ids="module.network.public_subnet_ids",
            container_port="var.port",
            certificate_arn="var.certificate == null ? one(module.certificate[*].arn) : var.certificate",
            zone_id="var.zone_id",
            hosts="toset(values(local.hosts))",
            deletion_protection="var.deletion_protection",
            log_days="var.log_days",
            errors="min([for service in values(local.http) : service.errors_percent]...)",
            topic_arn="module.notices.topic_arn",
        ),
        counted(firewall, "var.firewall ? 1 : 0"),
    )


def _images_and_logs() -> tuple[Block, ...]:
    registry = call(
        "registry",
        name="local.name",
        services="toset(keys(local.services))",
        keep="var.keep_images",
        reader_accounts="var.reader_accounts",
        key_arn=_KEY,
    )
    return (
        counted(registry, "var.registry.environment == var.environment ? 1 : 0"),
        call("logs", name="local.name", services="toset(keys(local.services))", days="var.log_days", key_arn=_KEY),
    )


def _secrets() -> tuple[Block, ...]:
    names = "toset(flatten([for service in values(local.services) : service.secrets]))"
    return (call("secrets", name="local.name", names=names, existing="var.secrets", key_arn=_KEY),)


def _tasks(project: Project) -> tuple[Block, ...]:
    port = 'each.value.kind == "http" ? var.port : null'
    return (
        call(
            "roles",
            "roles",
            "local.services",
            name=_NAMED,
            repository_arn='"${local.registry_arn}/${each.key}"',
            log_group_arn="module.logs.groups[each.key].arn",
            secret_arns=f"values({_SECRETS})" if has_secrets(project) else "[]",
            key_arn=_KEY,
        ),
        _task(project, "task", "local.services", _NAMED, _COMMAND, port if "http" in kinds_of(project) else "null"),
        *(_before(project) if has_before(project) else ()),
    )


def _before(project: Project) -> tuple[Block, ...]:
    return (_task(project, "before", "local.before", _NAMED_BEFORE, _COMMAND_BEFORE, "null"),)


def _task(project: Project, label: str, over: str, name: str, command: str, port: str) -> Block:
    """A task definition for each of some services, of its image, with its variables and roles."""
    return call(
        label,
        "task",
        over,
        name=name,
        container_name="each.key",
        image="var.images[each.key]",
        command=command,
        environment=_environment(),
        secrets=_SECRETS if has_secrets(project) else "{}",
        port=port,
        cpu="local.sizes[each.key].cpu",
        memory="local.sizes[each.key].memory",
        architecture="var.architecture",
        read_only="var.read_only",
        stop_timeout="each.value.stop_seconds",
        log_group="module.logs.groups[each.key].name",
        execution_role_arn="module.roles[each.key].execution_role_arn",
        task_role_arn="module.roles[each.key].task_role_arn",
    )


def _environment() -> str:
    own = "{ KR8_SERVICE = each.key, KR8_ENVIRONMENT = var.environment }"
    port = 'each.value.kind == "http" ? { PORT = tostring(var.port) } : {}'
    return over_lines("merge", ["each.value.environment", "var.environment_variables", own, port])


def _http(project: Project) -> tuple[Block, ...]:
    return (
        call(
            "traffic",
            "traffic",
            "local.http",
            name=_NAMED,
            service="each.key",
            vpc_id="module.network.vpc_id",
            listener_arn="module.load_balancer.listener_arn",
            priority="var.routes[each.key].priority",
            hosts="var.domain == null ? [] : [local.hosts[each.key]]",
            paths="var.routes[each.key].paths",
            port="var.port",
            health_path="each.value.health_path",
            drain="var.drain_seconds",
        ),
        call(
            "http",
            "service",
            "local.http",
            **_service(project),
            port="var.port",
            target_group_arn='module.traffic[each.key].target_group_arns["blue"]',
            load_balancer_security_group_id="module.load_balancer.security_group_id",
            grace="each.value.ready_seconds",
        ),
        call(
            "http_scaling",
            "autoscaling",
            "local.http",
            **_scaling("http"),
            rps="local.scale[each.key].rps",
            load_balancer="module.load_balancer.arn_suffix",
            target_groups="module.traffic[each.key].target_group_suffixes",
        ),
        call(
            "http_alarms",
            "alarms",
            "local.http",
            **_alarms("http"),
            load_balancer="module.load_balancer.arn_suffix",
            target_groups="module.traffic[each.key].target_group_suffixes",
            errors="each.value.errors_percent",
            p99="each.value.p99_seconds",
        ),
    )


def _workers(project: Project) -> tuple[Block, ...]:
    return (
        call("worker", "service", "local.workers", **_service(project)),
        call("worker_scaling", "autoscaling", "local.workers", **_scaling("worker")),
        call("worker_alarms", "alarms", "local.workers", **_alarms("worker")),
    )


def _service(project: Project) -> dict[str, str]:
    return {
        "name": _NAMED,
        "service": "each.key",
        "cluster_arn": "module.cluster.arn",
        "task_definition_arn": "module.task[each.key].arn",
        "instances": "local.scale[each.key].min",
        "spot": "var.spot",
        "vpc_id": "module.network.vpc_id",
        "cidr": "module.network.cidr",
        "subnet_ids": "module.network.private_subnet_ids",
        "outbound_ports": "var.outbound_ports",
        **({"namespace_arn": NAMESPACE} if has_calls(project) else {}),
    }


def _scaling(service: str) -> dict[str, str]:
    return {
        "cluster_name": "module.cluster.name",
        "service": f"module.{service}[each.key].name",
        "min": "local.scale[each.key].min",
        "max": "local.scale[each.key].max",
        "cpu": "var.cpu_target",
    }


def _alarms(service: str) -> dict[str, str]:
    return {
        "name": _NAMED,
        "cluster_name": "module.cluster.name",
        "service": f"module.{service}[each.key].name",
        "min": "local.scale[each.key].min",
        "topic_arn": "module.notices.topic_arn",
    }


def _jobs() -> tuple[Block, ...]:
    return (
        call(
            "job",
            "job",
            "local.jobs",
            name=_NAMED,
            schedule="lookup(var.schedules, each.key, null)",
            timezone="var.timezone",
            cluster_arn="module.cluster.arn",
            task_definition_arn="module.task[each.key].arn_without_revision",
            family="module.task[each.key].family",
            role_arns="[module.roles[each.key].execution_role_arn, module.roles[each.key].task_role_arn]",
            vpc_id="module.network.vpc_id",
            cidr="module.network.cidr",
            subnet_ids="module.network.private_subnet_ids",
            outbound_ports="var.outbound_ports",
            topic_arn="module.notices.topic_arn",
            key_arn=_KEY,
        ),
    )


def _watching(project: Project) -> tuple[Block, ...]:
    kinds = kinds_of(project)
    http = "{ name = name, target_groups = module.traffic[name].target_group_suffixes }"
    parts = [f"[for name in sort(keys(local.http)) : {http}]"] * ("http" in kinds)
    parts += ["[for name in sort(keys(local.workers)) : { name = name, target_groups = {} }]"] * ("worker" in kinds)
    listed = over_lines("concat", parts)
    load_balancer = {"load_balancer": "module.load_balancer.arn_suffix"} if "http" in kinds else {}
    return (
        call(
            "dashboard",
            name="local.name",
            description="local.description",
            cluster_name="module.cluster.name",
            **load_balancer,
            services=listed,
        ),
        call(
            "budget",
            name="local.name",
            project="var.project",
            environment="var.environment",
            monthly_usd="var.monthly_usd",
            topic_arn="module.notices.topic_arn",
        ),
    )

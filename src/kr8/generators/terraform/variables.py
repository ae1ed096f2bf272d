"""The variables of an environment's root: type, default from the project, and what values they take."""

from __future__ import annotations

from dataclasses import dataclass

from kr8.domain.source import SourceFile
from kr8.domain.terraform import LOG_DAYS
from kr8.generators.hcl import Attribute, Block, Expression, Value, attributes
from kr8.generators.terraform.environments import Place
from kr8.generators.terraform.layout import has_secrets, kinds_of, written


@dataclass(frozen=True)
class Check:
    """What a value must be, as Terraform asks it, and what it says where it is not."""

    condition: str
    message: str


@dataclass(frozen=True)
class Variable:
    """A variable of a root."""

    name: str
    type: str
    description: str
    check: Check | None = None


_MAP_OF_SIZES = "map(object({ cpu = number, memory = number }))"
_MAP_OF_SCALES = "map(object({ min = number, max = number, rps = optional(number) }))"
_MAP_OF_ROUTES = "map(object({ priority = number, subdomain = bool, paths = list(string) }))"
_REGISTRY = "object({ environment = string, account_id = optional(string), region = string })"
_DAYS = f"[{', '.join(map(str, LOG_DAYS))}]"


def _one_of(name: str, *values: str) -> Check:
    listed = ", ".join(f'"{value}"' for value in values)
    return Check(f"contains([{listed}], var.{name})", f"One of {', '.join(values)}.")


def _between(name: str, low: int, high: int) -> Check:
    return Check(f"var.{name} >= {low} && var.{name} <= {high}", f"{low} to {high}.")


VARIABLES = (
    Variable("region", "string", "The AWS region."),
    Variable(
        "account_id",
        "string",
        "The account that all of it belongs to: with credentials of another nothing happens. null: not pinned.",
        Check('var.account_id == null ? true : can(regex("^[0-9]{12}$", var.account_id))', "12 digits."),
    ),
    Variable("owner", "string", "Who answers for it, for the tag of that name."),
    Variable("registry", _REGISTRY, "The environment whose builds run here: its registry is where images are."),
    Variable("reader_accounts", "set(string)", "The other accounts whose environments take builds from here."),
    Variable(
        "cidr",
        "string",
        "The addresses of the network.",
        Check(
            'can(cidrhost(var.cidr, 0)) && can(regex("/(1[6-9]|2[0-2])$", var.cidr))',
            "An IPv4 range with a prefix from /16 to /22, such as 10.0.0.0/16.",
        ),
    ),
    Variable("zones", "number", "In how many availability zones everything runs.", _between("zones", 2, 3)),
    Variable(
        "egress",
        "string",
        "How services reach the outside: nat-per-zone, nat (one for all), or endpoints (AWS only).",
        _one_of("egress", "nat-per-zone", "nat", "endpoints"),
    ),
    Variable(
        "interface_endpoints", "bool", "Whether AWS's APIs are reached within the network also where there is NAT."
    ),
    Variable("outbound_ports", "set(number)", "The TCP ports that services may reach outside the network."),
    Variable("port", "number", "The port on which http services listen.", _between("port", 1024, 65535)),
    Variable("domain", "string", "The name under which http services are reached; null: the load balancer's own."),
    Variable("zone_id", "string", "The Route 53 zone of the domain; null: its names are kept elsewhere."),
    Variable(
        "certificate",
        "string",
        "The ARN of a certificate; null: one is made for the domain.",
        Check(
            "var.certificate != null || (var.domain != null && var.zone_id != null)",
            "HTTPS needs a certificate: in kr8.toml, infrastructure.terraform has certificate, or domain and zone_id.",
        ),
    ),
    Variable("firewall", "bool", "Whether a web application firewall stands before the load balancer."),
    Variable("requests_per_address", "number", "How many requests an address may make in five minutes."),
    Variable(
        "architecture",
        "string",
        "The processor that images are built for.",
        _one_of("architecture", "X86_64", "ARM64"),
    ),
    Variable("spot", "bool", "Whether services run on spare capacity, which AWS takes back with two minutes' notice."),
    Variable("read_only", "bool", "Whether containers may write to /tmp only."),
    Variable("schedules", "map(string)", "When each job runs; one that is not named runs only when somebody runs it."),
    Variable("timezone", "string", "The time zone of the schedules."),
    Variable("secrets", "map(string)", "The ARNs of secrets that are there already, by their environment variables."),
    Variable("keep_images", "number", "How many images of a service are kept.", _between("keep_images", 10, 1000)),
    Variable(
        "log_days",
        "number",
        "How many days logs are kept.",
        Check(f"contains({_DAYS}, var.log_days)", f"CloudWatch keeps logs {', '.join(map(str, LOG_DAYS))} days."),
    ),
    Variable("cpu_target", "number", "The CPU use, in percent, that the number of instances follows."),
    Variable("notify", "set(string)", "The mail addresses that are told of alarms and of the budget."),
    Variable("monthly_usd", "number", "What a month may cost, in US dollars, before somebody is told."),
    Variable("deletion_protection", "bool", "Whether the load balancer and its logs are protected from deletion."),
    Variable("routes", _MAP_OF_ROUTES, "Which requests belong to each http service."),
    Variable("environment_variables", "map(string)", "Environment variables of all services that differ here."),
    Variable(
        "scale",
        _MAP_OF_SCALES,
        "How many instances of a service run, where it differs here.",
        Check("alltrue([for scale in values(var.scale) : scale.min <= scale.max])", "max is below min."),
    ),
    Variable("sizes", _MAP_OF_SIZES, "The size of a service's instances, where it differs here."),
    Variable("drain_seconds", "number", "How long open requests of an old instance may go on."),
)
"""Those that kr8.toml decides, in the order of the file."""
_FOR_KINDS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("domain", "zone_id", "certificate", "routes", "drain_seconds"), frozenset({"http"})),
    **dict.fromkeys(("firewall", "requests_per_address"), frozenset({"http"})),
    **dict.fromkeys(("schedules", "timezone"), frozenset({"job"})),
    **dict.fromkeys(("scale", "cpu_target", "spot"), frozenset({"http", "worker"})),
}
"""The kinds of service without which a variable has no use."""


def variables_of(place: Place) -> tuple[Variable, ...]:
    """The variables that the project has a use for."""
    kinds = kinds_of(place.project)
    return tuple(
        variable
        for variable in VARIABLES
        if kinds & _FOR_KINDS.get(variable.name, kinds) and (variable.name != "secrets" or has_secrets(place.project))
    )


def variables_file(place: Place, path: str) -> SourceFile:
    """variables.tf: the same in every environment; what holds where none says otherwise is the default."""
    defaults = place.variables()
    head = (
        _block(Variable("project", "string", "The project."), place.project.project.name),
        _block(Variable("environment", "string", "The environment.")),
        _block(_images(place)),
    )
    rest = (_block(each, *([defaults[each.name]] * (each.name != "registry"))) for each in variables_of(place))
    return written(path, (*head, *rest))


def values_file(place: Place, base: Place, path: str) -> SourceFile:
    """terraform.tfvars: what is true of this environment alone."""
    values, defaults = place.variables(), base.variables()
    own = {
        each.name: values[each.name]
        for each in variables_of(place)
        if values[each.name] != defaults[each.name] or each.name == "registry"
    }
    return written(path, attributes(environment=place.name, **own))


def _images(place: Place) -> Variable:
    names = ", ".join(f'"{name}"' for name in place.project.services)
    form = r"(@sha256:[0-9a-f]{64}|:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})$"
    condition = (
        f"alltrue([for service in [{names}] : contains(keys(var.images), service)]) && "
        f'alltrue([for image in values(var.images) : can(regex("{form}", image)) && !endswith(image, ":latest")])'
    )
    message = 'An image for each service, as REPOSITORY@sha256:DIGEST or REPOSITORY:TAG; "latest" says not what runs.'
    description = "The image of each service until its first deployment: a build is no setting, so there is no default."
    return Variable("images", "map(string)", description, Check(condition, message))


def _block(variable: Variable, *default: Value) -> Block:
    body = attributes(description=variable.description, type=Expression(variable.type))
    defaults = (Attribute("default", value) for value in default)
    checks = (_validation(check) for check in [variable.check] if check)
    return Block("variable", (variable.name,), (*body, *defaults, *checks))


def _validation(check: Check) -> Block:
    return Block("validation", body=attributes(condition=Expression(check.condition), error_message=check.message))

"""What AWS would refuse only when it is applied: names, and parameters that do not go together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kr8.domain.nearest import nearest
from kr8.domain.problem import Refused, refuse
from kr8.domain.project import Service
from kr8.domain.terraform import MEMORY
from kr8.generators.terraform.environments import MAX_DRAIN_S, Place, routes
from kr8.generators.terraform.identity import has_identity, role_name
from kr8.generators.terraform.schedules import UTC, own_schedules
from kr8.generators.terraform.services import MAX_STOP_S

RESERVED = {
    "internal-": ("load balancer", "AWS keeps for load balancers that it does not show to the internet"),
    "sg-": ("security group", "AWS keeps for the ids of security groups"),
    "sthree-": ("bucket", "S3 keeps for itself"),
    "amzn-s3-demo-": ("bucket", "S3 keeps for itself"),
}
"""What the name of an object may not begin with: the object, and who has it."""
DEFINITION_BYTES = 64 * 1024
_BUCKET_ENDS = ("-s3alias", "--ol-s3", "--x-s3", "--table-s3")


def check(place: Place) -> None:
    """Raises Refused for the first thing that AWS would not take."""
    services = place.project.services
    for kind, name, limit in _names(place):
        if len(name) > limit:
            raise _too_long(place, kind, name, limit)
    _check_reserved(place)
    _check_services(place, services)
    _check_addresses(place)
    _check_identity(place)


def _names(place: Place) -> Iterable[tuple[str, str, int]]:
    """The objects whose names are the shortest that AWS takes: kind, name, limit."""
    services = place.project.services
    stem = place.stem
    if any(service.kind == "http" for service in services.values()):
        yield "load balancer", stem, 32
    yield "role", f"{stem}-flow-logs", 64
    for name, service in services.items():
        yield "role", f"{stem}-{name}-{'schedule' if service.kind == 'job' else 'execution'}", 64
        yield "role", f"{stem}-{name}-execution", 64
    if has_identity(place.project):
        yield "role", role_name(place, "plan"), 64
    yield "bucket", place.state_bucket, 63


def _too_long(place: Place, kind: str, name: str, limit: int) -> Refused:
    bucket = kind == "bucket"
    mend = "A shorter project, environment or service name."
    return refuse(
        "infrastructure_name_too_long",
        f"The name of the {kind} {name!r} is too long.",
        why=f"It has {len(name)} characters, and AWS takes {limit} for a {kind}.",
        mend="Say a shorter one as infrastructure.terraform.state_bucket in kr8.toml." if bucket else mend,
        field=f"environments.{place.name}.infrastructure.terraform.state_bucket"
        if bucket
        else f"environments.{place.name}",
    )


def _check_reserved(place: Place) -> None:
    stem = f"{place.project.project.name}-"
    for start, (kind, whose) in RESERVED.items():
        for name, field in ((stem, "project.name"), (place.state_bucket, "infrastructure.terraform.state_bucket")):
            if name.startswith(start) and (field == "project.name" or kind == "bucket"):
                raise refuse(
                    "infrastructure_name_reserved",
                    f"A {kind} may not be called {name}….",
                    why=f"Names of this kind that begin with {start!r} {whose}.",
                    mend="Another name.",
                    field=field,
                )
    if place.state_bucket.endswith(_BUCKET_ENDS) or place.state_bucket.startswith("xn--"):
        raise refuse(
            "infrastructure_name_reserved",
            f"A bucket may not be called {place.state_bucket}.",
            why=f"S3 keeps for itself what begins with 'xn--' or ends with {', '.join(_BUCKET_ENDS)}.",
            mend="Another name.",
            field="infrastructure.terraform.state_bucket",
        )


def _check_services(place: Place, services: Mapping[str, Service]) -> None:
    told = place.parameters
    jobs = [name for name, service in services.items() if service.kind == "job"]
    http = [name for name, service in services.items() if service.kind == "http"]
    secrets = {name for service in services.values() for name in service.secrets}
    for table, keys, known, what in (
        ("sizes", told.sizes, list(services), "service"),
        ("schedules", told.schedules, jobs, "job"),
        ("paths", told.paths, http, "http service"),
        ("secrets", told.secrets, list(secrets), "secret of a service"),
    ):
        for key in keys:
            if key not in known:
                raise _parameter(place, f"{table}.{key}", f"There is no {what} {key!r}.", mend=nearest(key, known))
    if told.timezone != UTC and (named := own_schedules(place.project, told)):
        why = "services.NAME.schedule is in UTC on every target, and the time zone is that of all schedules here."
        mend = f"Leave timezone out, or say in schedules when {named[0]} runs."
        raise _parameter(place, "timezone", f"{named[0]} has a schedule in UTC.", why=why, mend=mend)
    for name, service in services.items():
        _check_texts(place, name, service)
        _check_service(place, name, service)


def _check_texts(place: Place, name: str, service: Service) -> None:
    variables = {**service.env, **place.declared.env}
    texts = [*service.run, *(service.before.run if service.before else ()), *variables, *variables.values()]
    if "\0" in "".join(texts) or any(not key or "=" in key for key in variables):
        why = "A variable has a name without '=' in it, and neither a variable nor a word of a command has a NUL."
        raise _refused(f"services.{name}", f"{name} cannot be given its command or environment.", why, "Mend them.")
    if (size := sum(len(text.encode()) for text in texts)) > DEFINITION_BYTES:
        why = f"They have {size} bytes, and a task definition at most {DEFINITION_BYTES}."
        raise _refused(f"services.{name}", f"Command and environment of {name} are too long.", why, "A shorter one.")


def _check_service(place: Place, name: str, service: Service) -> None:
    both = sorted(set(service.secrets) & (set(service.env) | set(place.declared.env)))
    if both:
        why = f"{both[0]} is a secret and an environment variable: ECS takes a name once."
        raise _refused(f"services.{name}.secrets", f"{name} is given {both[0]} twice.", why, "One of them, not both.")
    stop = service.stop_limit.total_seconds()
    if stop > MAX_STOP_S:
        why = f"Fargate waits at most {MAX_STOP_S} seconds from SIGTERM to SIGKILL, and this is {stop:g}."
        raise _refused(f"services.{name}.stop_limit", f"{name} takes too long to stop.", why, f"At most {MAX_STOP_S}s.")
    size = place.parameters.sizes.get(name)
    if size and size.memory not in MEMORY[size.cpu]:  # of two tables, each of which was right by itself
        why = f"With cpu = {size.cpu} Fargate has {MEMORY[size.cpu][0]} to {MEMORY[size.cpu][-1]} MiB of memory."
        raise _parameter(place, f"sizes.{name}.memory", f"There is no such size for {name}.", why=why, mend="Say both.")
    if size and service.memory and service.memory > size.memory << 20:
        why = f"The service may use {service.memory >> 20} MiB, and its instances have {size.memory}."
        raise _parameter(
            place, f"sizes.{name}.memory", f"{name} does not fit its size.", why=why, mend="A larger size."
        )


def _check_addresses(place: Place) -> None:
    told = place.parameters
    lost = [name for name, route in routes(place).items() if isinstance(route, Mapping) and route["subdomain"]]
    if lost and told.domain is None:
        why = f"{' and '.join(lost)} share one load balancer, and nothing says which requests are whose."
        mend = "Say domain (each gets SERVICE.domain), or paths for all http services but one."
        raise _parameter(place, "domain", "Requests cannot be told apart.", why=why, mend=mend)
    if told.certificate and told.certificate.split(":")[3] != place.region:
        why = f"It is in {told.certificate.split(':')[3]}, and the load balancer in {place.region}."
        mend = f"A certificate in {place.region}."
        raise _parameter(place, "certificate", "The certificate is in another region.", why=why, mend=mend)
    drain = place.declared.strategy.drain_limit.total_seconds()
    if drain > MAX_DRAIN_S:
        why = f"A target group waits at most {MAX_DRAIN_S} seconds for open requests, and this is {drain:g}."
        field = f"environments.{place.name}.strategy.drain_limit"
        raise _refused(field, "The old release takes too long to drain.", why, f"At most {MAX_DRAIN_S}s.")


def _check_identity(place: Place) -> None:
    if "pipeline" in place.declared.infrastructure.terraform.model_fields_set:
        mend = "Move it to [infrastructure.terraform.pipeline]."
        why = "There is one pipeline for all environments, and its roles belong to accounts."
        raise _parameter(place, "pipeline", "The pipeline is the same for every environment.", why=why, mend=mend)
    if place.parameters.pipeline and place.account is None:
        why = "A role belongs to an account, and the pipeline knows it by the account's number."
        mend = f'Say account = "NAME" in [environments.{place.name}], and [accounts.NAME] with its id.'
        what = f"The pipeline's roles for {place.name} have no account."
        raise _refused(f"environments.{place.name}.account", what, why, mend)


def _parameter(place: Place, name: str, what: str, *, why: str = "", mend: str = "") -> Refused:
    """A parameter is at fault: where the environment says it itself, there."""
    own = name.partition(".")[0] in place.declared.infrastructure.terraform.model_fields_set
    return _refused(f"environments.{place.name}." * own + f"infrastructure.terraform.{name}", what, why, mend)


def _refused(field: str, what: str, why: str, mend: str) -> Refused:
    return refuse("infrastructure_parameter", what, why=why, mend=mend, field=field)

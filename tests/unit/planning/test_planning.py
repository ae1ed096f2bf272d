"""What a plan says."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes.target import ALL
from tests.support.plans import NOW, SHOP, build, record, release, service

from kr8.domain.environment import EnvironmentRecord
from kr8.domain.finding import Finding, Severity
from kr8.domain.order import Kind
from kr8.domain.plan import Plan, ServicePlan
from kr8.domain.policy import Policy
from kr8.domain.project import Approval, Environment, Project, ProjectHead, Scale
from kr8.domain.release import SecretVersion
from kr8.planning import services
from kr8.planning.advice import advice
from kr8.planning.plan import PlanInput, plan_of

TIMED = service(kind="job", schedule="30 3 * * MON")


def project(**environment: Any) -> Project:
    declared = {"listen": {"web": "127.0.0.1:8001"}, **environment}
    return Project(
        project=ProjectHead(name="shop", id=SHOP),
        services={"web": service(), "api": service(), "job": service(kind="job")},
        environments={"staging": Environment.model_validate(declared)},
    )


def plan(kind: Kind, planned: tuple[ServicePlan, ...], known: EnvironmentRecord, **changes: Any) -> Plan:
    given = PlanInput(
        kind=kind,
        project=changes.pop("project", project()),
        environment="staging",
        record=known,
        services=planned,
        abilities=changes.pop("abilities", ALL),
        made_at=NOW,
        requested_by="ada (cli)",
    )
    return plan_of(given.model_copy(update=changes))


def test_a_deploy_goes_from_what_serves_to_the_new_releases_and_removes_what_is_gone() -> None:
    known = record(release("a"), release("a", name="old"))
    first, last = services.deploy({"web": release("b")}, project().environments["staging"], known)
    assert (first.replaces, first.instances_now, first.instances) == (release("a"), 2, 1)
    assert (last.service, last.release, last.instances) == ("old", None, 0)


def test_a_before_command_runs_for_a_new_release_only() -> None:
    spec = service(hook=True)
    declared = project().environments["staging"]
    known = record(release("a", spec))
    assert services.deploy({"web": release("b", spec)}, declared, known)[0].runs_before == ("migrate",)
    assert services.deploy({"web": release("a", spec)}, declared, known)[0].runs_before is None
    current = known.current
    assert current is not None
    back = current.model_copy(update={"releases": (release("b", spec),)})
    assert services.rollback(back, known)[0].runs_before is None


@pytest.mark.parametrize(
    ("asked", "limits", "declared", "instances"),
    [
        (None, None, 3, 3),
        (5, None, 3, 5),
        (None, Scale(min=2, max=4), 3, 2),
        (3, Scale(min=2, max=4), 1, 3),
        (9, Scale(min=2, max=4), 1, 4),
        (1, Scale(min=2, max=4), 1, 2),
    ],
)
def test_a_scale_outlives_a_deployment_within_the_limits_of_kr8_toml(
    asked: int | None, limits: Scale | None, declared: int, instances: int
) -> None:
    known = record(release("a"), scale={"web": asked} if asked else {})
    environment = Environment(scale={"web": limits} if limits else {})
    found = services.instances_of("web", release("b", service(instances=declared)), environment, known)
    assert found == instances


def test_a_job_has_one_instance_whatever_is_asked() -> None:
    known = record(release("a"), scale={"web": 5})
    assert services.instances_of("web", release("a", service(kind="job")), None, known) == 1


def test_a_rollback_keeps_the_scale_that_somebody_asked_for() -> None:
    known = record(release("b"), scale={"web": 5})
    current = known.current
    assert current is not None
    to = current.model_copy(update={"releases": (release("a"),), "instances": {"web": 3}})
    assert services.rollback(to, known)[0].instances == 5
    assert services.rollback(to, known.model_copy(update={"scale": {}}))[0].instances == 3


def test_a_scale_changes_one_service_and_a_restart_all_or_those_named() -> None:
    known = record(release("a"), release("a", name="api"))
    scaled = plan(Kind.SCALE, services.scale("web", 3, known), known)
    assert [each.service for each in scaled.changed()] == ["web"]
    assert [each.restart for each in services.restart(frozenset(), known)] == [1, 1]
    assert [each.restart for each in services.restart(frozenset({"api"}), known)] == [0, 1]


def test_a_down_removes_the_last_first() -> None:
    known = record(release("a"), release("a", name="api"))
    assert [(each.service, each.release) for each in services.down(known)] == [("api", None), ("web", None)]


def test_releases_are_made_of_build_configuration_and_secret_versions() -> None:
    whole = project(env={"LEVEL": "info"})
    builds = {name: build("a", name) for name in whole.services}
    versions = {"web": (SecretVersion(name="TOKEN", version=2),)}
    made = services.releases_of(whole, "staging", builds, versions)
    assert made["web"].env == {"LEVEL": "info"} and made["web"].listen == "127.0.0.1:8001"
    other = services.releases_of(whole, "staging", builds, {"web": (SecretVersion(name="TOKEN", version=3),)})
    assert other["web"].id != made["web"].id and other["api"].id == made["api"].id


@pytest.mark.parametrize(
    ("kind", "planned", "touches", "undone"),
    [
        (
            Kind.DEPLOY,
            services.deploy({"web": release("b")}, Environment(), record()),
            "web starts with bbbb",
            "Afterwards `kr8 down staging` removes it",
        ),
        (
            Kind.DEPLOY,
            services.deploy({"web": release("b")}, Environment(), record(release("a"))),
            "web aaaaaaaaaaaa → bbbbbbbbbbbb (1 instance)",
            "brings back what serves now",
        ),
        (
            Kind.DEPLOY,
            services.deploy({"web": release("b", service(hook=False))}, Environment(), record(release("a"))),
            "web aaaa",
            "NOT undone by a rollback: the command that runs before web starts.",
        ),
        (
            Kind.DEPLOY,
            services.deploy({"web": release("b", TIMED)}, Environment(), record(release("a"))),
            "web aaaaaaaaaaaa → bbbbbbbbbbbb (runs by 30 3 * * MON, UTC)",
            "brings back what serves now",
        ),
        (Kind.SCALE, services.scale("web", 5, record(release("a"))), "web 2 → 5 instances", "another scale"),
        (Kind.RESTART, services.restart(frozenset(), record(release("a"))), "web restarts", "same release"),
        (
            Kind.ROLLBACK,
            services.deploy({"web": release("b")}, Environment(), record(release("a"))),
            "web aaaa",
            "a deployment of its commit brings back",
        ),
        (Kind.DOWN, services.down(record(release("a"))), "web is removed (2 instances)", "Undone by a rollback"),
        (Kind.SCALE, services.scale("web", 2, record(release("a"))), "Nothing in staging changes.", "Nothing"),
    ],
)
def test_two_lines_say_what_is_touched_and_how_it_is_undone(
    kind: Kind, planned: tuple[ServicePlan, ...], touches: str, undone: str
) -> None:
    made = plan(kind, planned, record(release("a")))
    assert touches in made.blast_radius.touches and undone in made.blast_radius.undone_by
    assert "\n" not in made.blast_radius.touches + made.blast_radius.undone_by


def test_the_untouched_are_counted() -> None:
    known = record(release("a"), release("a", name="api"), release("a", name="mail"))
    assert "2 other services untouched" in plan(Kind.SCALE, services.scale("web", 3, known), known).blast_radius.touches


def rules(made: Plan) -> set[str]:
    return {finding.rule for finding in made.findings}


@pytest.mark.parametrize(
    ("new", "rule"),
    [
        (release("b", service(monitoring=None)), "monitoring_missing"),
        (release("b", listen=None), "address_missing"),
        (release("b", service(run=("serve",))), "port_not_given"),
    ],
)
def test_preflight_finds_what_stands_in_the_way_of_a_new_release(new: Any, rule: str) -> None:
    planned = services.deploy({"web": new}, Environment(), record(release("a")))
    made = plan(Kind.DEPLOY, planned, record(release("a")))
    assert rules(made) == {rule} and all(finding.mend for finding in made.findings)


@pytest.mark.parametrize(
    "run", [("serve", "--port={port}"), ("sh", "-c", "exec serve --port $PORT"), ("/bin/bash", "-lc", "${PORT:-1}")]
)
def test_a_command_that_names_its_port_either_way_is_not_warned_of(run: tuple[str, ...]) -> None:
    planned = services.deploy({"web": release("b", service(run=run))}, Environment(), record(release("a")))
    assert plan(Kind.DEPLOY, planned, record(release("a"))).findings == ()


@pytest.mark.parametrize(
    "run", [("serve", "--port", "$PORT"), ("npm", "start", "--", "-p", "${PORT}"), ("crash", "-c", "$PORT")]
)
def test_a_command_that_runs_no_shell_is_not_given_its_port_by_a_variable(run: tuple[str, ...]) -> None:
    planned = services.deploy({"web": release("b", service(run=run))}, Environment(), record(release("a")))
    assert rules(plan(Kind.DEPLOY, planned, record(release("a")))) == {"port_not_given"}


def test_a_worker_needs_neither_address_nor_monitoring() -> None:
    worker = release("b", service(kind="worker", run=("work",), monitoring=None), listen=None)
    assert rules(plan(Kind.DEPLOY, services.deploy({"web": worker}, Environment(), record()), record())) == set()


@pytest.mark.parametrize(
    ("strategy", "abilities", "refused"),
    [
        ({"kind": "canary"}, {"weights": "switch"}, True),
        ({"kind": "canary"}, {}, False),
        ({"kind": "blue-green"}, {"beside": False}, True),
        ({"kind": "rolling"}, {"beside": False, "weights": "none"}, False),
    ],
)
def test_a_strategy_that_the_target_cannot_do_is_refused_when_the_plan_is_made(
    strategy: dict[str, str], abilities: dict[str, Any], refused: bool
) -> None:
    made = plan(
        Kind.DEPLOY, (), record(), project=project(strategy=strategy), abilities=ALL.model_copy(update=abilities)
    )
    assert (rules(made) == {"strategy_not_possible"}) is refused


def test_a_digest_binds_everything_in_a_plan() -> None:
    known = record(release("a"))
    made = plan(Kind.SCALE, services.scale("web", 3, known), known)
    changes: dict[str, Any] = {
        "environment": "production",
        "generation": 9,
        "account": "prod",
        "services": (),
        "policy": Policy(approval=Approval()),
        "policy_then": Policy(approval=Approval()),
        "requested_by": "bob (cli)",
        "findings": (Finding(rule="r", severity=Severity.LOW, what="w"),),
        "commit": "f" * 40,
    }
    digests = {made.model_copy(update={field: value}).digest() for field, value in changes.items()}
    assert len(digests | {made.digest()}) == len(changes) + 1
    assert Plan.model_validate_json(made.model_dump_json()).digest() == made.digest()


def test_a_commit_that_loosens_the_protection_is_planned_under_the_one_that_stands_and_says_so() -> None:
    standing = Policy(approval=Approval(people=2))
    known = record(release("a"), policy=standing)
    made = plan(Kind.DEPLOY, services.deploy({"web": release("b")}, Environment(), known), known)
    assert made.policy == standing and made.policy_then == Policy()
    assert "less must be approved" in made.blast_radius.touches
    scaled = plan(Kind.SCALE, services.scale("web", 3, known), known)
    assert scaled.policy_then == standing and "less" not in scaled.blast_radius.touches


@pytest.mark.parametrize(
    ("scale", "severity", "says"),
    [
        ({"min": 2, "max": 6, "rps": 200}, Severity.LOW, "rps is kept, and nothing uses it"),
        ({"min": 2, "max": 6}, Severity.INFO, "2 run, until somebody asks"),
        ({"rps": 50}, Severity.LOW, "1 run, until"),
        ({"min": 3, "max": 3}, None, ""),
        ({"min": 2}, None, ""),
    ],
)
def test_a_scale_that_looks_as_if_kr8_scaled_by_itself_is_told(
    scale: dict[str, int], severity: Severity | None, says: str
) -> None:
    found = advice(project(scale={"web": scale}))
    assert [each.severity for each in found] == ([severity] if severity else [])
    for each in found:
        assert says in f"{each.what} {each.why}" and "kr8 scale staging web N" in each.mend
        assert each.place == "environments.staging.scale.web"

"""Values that tests of the store need: small, and equal only where they are meant to be."""

from datetime import UTC, datetime

from kr8.domain.approval import ApprovalRecord, ApprovalText, Approver
from kr8.domain.caller import Caller, Surface
from kr8.domain.deployment import Deployment, State
from kr8.domain.environment import ProjectRecord, Promotion
from kr8.domain.order import Kind, Order
from kr8.domain.plan import BlastRadius, Plan
from kr8.domain.policy import Policy
from kr8.domain.project import Approval, BlueGreen, Environment, Project, ProjectHead, Service
from kr8.domain.release import Build, Release, release_of
from kr8.ports.sealed import SealedSecret

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SHOP = "prj_7k2m9q"
CALLER = Caller(name="ada", surface=Surface.CLI)
HOSTILE = "${x} {{ y }} '\";-- \u202e\n\t é 漢 \U0001f600"


def project(name: str = "shop", identity: str = SHOP, path: str = "/srv/shop") -> ProjectRecord:
    spec = Project(
        project=ProjectHead(name=name, id=identity, description=HOSTILE),
        services={"web": Service(run=("serve", "{port}"), env={"GREETING": HOSTILE})},
        environments={"staging": Environment()},
    )
    return ProjectRecord(id=identity, name=name, path=path, spec=spec, seen_at=NOW)


def release(commit: str = "a") -> Release:
    build = Build(
        id="bld_0123456789abcdef",
        service="web",
        commit=commit * 40,
        tree="t" * 40,
        artifact="f" * 64,
        directory="/builds/1",
        bytes=1,
        seconds=0.1,
        made_at=NOW,
    )
    return release_of(SHOP, "staging", build, Service(run=("serve",)), {}, (), None)


def plan(generation: int = 0, people: int = 1) -> Plan:
    return Plan(
        project=SHOP,
        environment="staging",
        kind=Kind.DEPLOY,
        generation=generation,
        services=(),
        strategy=BlueGreen(kind="blue-green"),
        policy=Policy(approval=Approval(people=people)),
        declared=Environment(keep=4),
        blast_radius=BlastRadius(touches="web", undone_by="a rollback"),
        made_at=NOW,
        requested_by=CALLER.label(),
    )


def deployment(
    identity: str = "dep_1", state: State = State.PLANNED, environment: str = "staging", project: str = SHOP
) -> Deployment:
    return Deployment(
        id=identity,
        project=project,
        environment=environment,
        order=Order(kind=Kind.DEPLOY),
        state=state,
        requested_by=CALLER,
        requested_at=NOW,
        reason=HOSTILE,
        plan=plan(),
    )


def promotion(generation: int = 1, by: str = "dep_1", commit: str = "a") -> Promotion:
    releases = (release(commit),)
    return Promotion(generation=generation, deployment=by, at=NOW, commit=commit * 40, releases=releases)


def approver(name: str = "grace", fingerprint: str = "SHA256:g") -> Approver:
    return Approver(name=name, public_key="ssh-ed25519 AAAA", fingerprint=fingerprint, added_at=NOW, added_by="ada")


def approval(
    by: str = "grace", fingerprint: str = "SHA256:g", signature: str = "sig-1", deployment: str = "dep_1"
) -> ApprovalRecord:
    text = ApprovalText(
        deployment=deployment,
        digest="d" * 64,
        project=SHOP,
        environment="staging",
        account=None,
        policy="p",
        requested_by=CALLER.label(),
        expires_at=NOW,
    )
    return ApprovalRecord(
        text=text, signature=signature, approver=by, fingerprint=fingerprint, made_at=NOW, surface=CALLER
    )


def secret(version: int = 1, name: str = "TOKEN", environment: str = "staging", by: str = "ada") -> SealedSecret:
    sealed = b"\x00\xff" + f"{name}.{version}".encode()
    return SealedSecret(
        project=SHOP,
        environment=environment,
        name=name,
        version=version,
        sealed=sealed,
        set_at=NOW,
        set_by=by,
    )

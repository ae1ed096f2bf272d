"""The inside of kr8, whole, on fakes: operations, workflows and an engine that can die."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.approvals import MemoryApprovals
from tests.fakes.audit import MemoryAudit
from tests.fakes.backups import FakeBackups
from tests.fakes.builder import FakeBuilder
from tests.fakes.checkers import FakeChecker, FakeCopies, FakeGuard, MemoryCheckResults
from tests.fakes.deployments import MemoryDeployments
from tests.fakes.disk import FakeDisk
from tests.fakes.engine import Death, Died, FakeEngine, Journal, Workflow
from tests.fakes.entropy import CountingEntropy
from tests.fakes.environments import MemoryEnvironments
from tests.fakes.generated_files import FakeGeneratedFiles
from tests.fakes.health import FakeHealth
from tests.fakes.keyed_calls import MemoryKeyedCalls
from tests.fakes.leases import MemoryLeases
from tests.fakes.pinned_templates import MemoryPins
from tests.fakes.projects import MemoryProjects
from tests.fakes.provenance import FakeProvenance
from tests.fakes.remotes import FakeRemotes
from tests.fakes.repositories import FakeRepositories
from tests.fakes.scanner import FakeScanner
from tests.fakes.secrets import FakeSecrets
from tests.fakes.signatures import FakeSignatures, sign
from tests.fakes.target import FakeTarget, FakeTargets
from tests.fakes.template_drafts import FakeDrafts
from tests.fakes.templates import FakeTemplates
from tests.fakes.tools import FakeTools
from tests.support.virtual import LoopClock, current

from kr8.catalogue.invoke import invoke
from kr8.catalogue.once import Once
from kr8.catalogue.operation import Catalogue
from kr8.catalogue.redaction import Redaction
from kr8.catalogue.services import Services
from kr8.catalogue.signing import Signing
from kr8.domain.caller import Caller, Surface
from kr8.domain.deployment import Deployment, State
from kr8.domain.environment import EnvironmentRecord, Promotion
from kr8.domain.problem import Problem, Refused
from kr8.domain.request import Proof, SignatureNeeded, ToSign
from kr8.domain.target import ServiceRef
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.operations.kr8 import (
    approvals,
    authoring,
    changes,
    deployments,
    environments,
    generation,
    infrastructure,
    logs,
    mending,
    projects,
    records,
    rules,
    secrets,
    templates,
    tools,
    updates,
    waivers,
)
from kr8.ports.engine import WorkflowName
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.crashed import crashed
from kr8.workflows.desk import Desk, ended
from kr8.workflows.grounds import Grounds
from kr8.workflows.mending import Mending
from kr8.workflows.new_templates import NewTemplates
from kr8.workflows.outside import Outside
from kr8.workflows.plan import plan
from kr8.workflows.run import give_back, run
from kr8.workflows.storage import Storage
from kr8.workflows.validating import Validating
from kr8.workflows.validation import Validation
from kr8.workflows.waiving import Waiving

ROOT = Path("/srv/shop")
SHOP = "prj_7k2m9q"
ADA = Caller(name="ada", surface=Surface.CLI)
AGENT = Caller(name="an agent", surface=Surface.MCP)
CATALOGUE = Catalogue(
    approvals,
    authoring,
    changes,
    deployments,
    environments,
    generation,
    infrastructure,
    logs,
    mending,
    projects,
    records,
    rules,
    secrets,
    templates,
    tools,
    updates,
    waivers,
)

HEAD = f"""\
[project]
name = "shop"
id = "{SHOP}"
"""
WEB = """\
[services.web]
run = ["serve", "{port}"]
monitoring = { metrics = "/metrics" }
health = { path = "/healthz", version_header = "X-Version" }
instances = 2
"""
STAGING = """\
[environments.staging]
strategy = { kind = "blue-green", bake = "2s" }
listen = { web = "127.0.0.1:8001" }
"""


class LivingEngine:
    """The Engine port: whichever engine lives now."""

    def __init__(self, first: FakeEngine) -> None:
        self.now = first

    async def enqueue(self, workflow: WorkflowName, deployment: str, alone: str | None = None) -> None:
        await self.now.enqueue(workflow, deployment, alone)


@dataclass
class Refusal:
    """What a refused call got."""

    problem: Problem


class House:
    """Everything wired on fakes. Make it inside the story that runs on a VirtualLoop."""

    def __init__(self, *toml: str) -> None:
        self.clock = LoopClock()
        self.journal = Journal()
        self.crashes: list[str] = []
        self.target = FakeTarget(self.clock)
        self.deployments = MemoryDeployments()
        self.environments = MemoryEnvironments(self.deployments)
        self.repositories = FakeRepositories()
        self.builder = FakeBuilder()
        self.scanner = FakeScanner()
        self.secrets = FakeSecrets()
        self.audit = MemoryAudit(self.clock)
        self.backups = FakeBackups(self.audit)
        self.disk = FakeDisk()
        self.approvals = MemoryApprovals()
        self.keyed_calls = MemoryKeyedCalls()
        self.leases = MemoryLeases(self.clock)
        self.copies = FakeCopies(self.repositories)
        self.guard = FakeGuard()
        self.checkers = [FakeChecker("one"), FakeChecker("two")]
        self.templates = FakeTemplates()
        self.drafts = FakeDrafts()
        self.remotes = FakeRemotes()
        self.grounds = Grounds((Path("/srv/home"),))
        self.engine = LivingEngine(FakeEngine())
        self.outside = self._outside()
        self.services = self._services()
        self.engine.now = self.make_engine()
        self.toml = "".join(toml or (HEAD, WEB, STAGING))
        self.versions = 0
        current().closers.append(self.close)

    async def close(self) -> None:
        """End what still runs."""
        await self.services.new_templates.close()
        await self.engine.now.stop()

    def _outside(self) -> Outside:
        return Outside(
            clock=self.clock,
            entropy=CountingEntropy(),
            engine=self.engine,
            projects=MemoryProjects(),
            deployments=self.deployments,
            environments=self.environments,
            leases=self.leases,
            audit=self.audit,
            repositories=self.repositories,
            project_files=TomlProjectFiles(),
            builder=self.builder,
            scanner=self.scanner,
            secrets=self.secrets,
            targets=FakeTargets(self.target),
            validation=self._validation(),
        )

    def _services(self) -> Services:
        outside = self.outside
        validating, generated_files = Validating(outside.validation), FakeGeneratedFiles()
        shared = {name: getattr(outside, name) for name in Outside.__dataclass_fields__}
        signatures = FakeSignatures()
        desk = Desk(self.clock, outside.entropy, self.deployments, self.engine)
        return Services(
            **shared,
            approvals=self.approvals,
            keyed_calls=self.keyed_calls,
            once=Once(self.keyed_calls, desk),
            signatures=signatures,
            signing=Signing(self.clock, outside.entropy, self.approvals, signatures),
            templates=self.templates,
            tools=FakeTools(),
            health=FakeHealth(),
            backups=self.backups,
            redaction=Redaction(self.secrets, self.clock),
            checkouts=Checkouts(
                self.clock,
                outside.projects,
                self.repositories,
                outside.project_files,
                self.environments,
                self.grounds,
            ),
            desk=desk,
            storage=Storage(outside, self.disk),
            validating=validating,
            mending=Mending(validating, outside.repositories, generated_files),
            waiving=Waiving(self.clock, validating, outside.repositories, generated_files),
            generated_files=generated_files,
            provenance=FakeProvenance(),
            remotes=self.remotes,
            pinned_templates=MemoryPins(),
            new_templates=NewTemplates(
                self.drafts,
                self.repositories,
                outside.project_files,
                self.scanner,
                outside.validation,
                outside.builder,
            ),
        )

    def _validation(self) -> Validation:
        return Validation(
            clock=self.clock,
            copies=self.copies,
            guard=self.guard,
            project_files=TomlProjectFiles(),
            results=MemoryCheckResults(),
            checkers=self.checkers,
        )

    # Time and death.

    def make_engine(self, death: Death | None = None) -> FakeEngine:
        """An engine on the journal of this house."""

        async def on_crash(deployment: str, text: str) -> None:
            self.crashes.append(text)
            await crashed(self.outside, deployment, text)

        workflows: Mapping[WorkflowName, Workflow] = {
            "plan": lambda steps, deployment: plan(self.outside, steps, deployment),
            "run": lambda steps, deployment: run(self.outside, steps, deployment),
            "return": lambda steps, deployment: give_back(self.outside, steps, deployment),
        }
        return FakeEngine(workflows, self.journal, death, on_crash)

    async def live(self, death: Death | None = None) -> FakeEngine:
        """Have an engine live, in the place of the one before."""
        await self.engine.now.stop()
        self.engine.now = self.make_engine(death)
        await self.engine.now.start()
        return self.engine.now

    async def survive(self, *deaths: Death) -> None:
        """Let engines die one after the other, and the last one finish."""
        for death in deaths:
            engine = await self.live(death)
            try:
                await engine.finish()
            except Died:
                continue
            return
        await (await self.live()).finish()

    # What people and agents do.

    def commit(self, toml: str | None = None, **files: str) -> str:
        """Commit a new version; the version that its releases are told."""
        self.versions += 1
        content = {name: text.encode() for name, text in files.items()}
        content |= {"kr8.toml": (toml or self.toml).encode(), "app.py": f"version {self.versions}".encode()}
        return self.repositories.put(ROOT, content).id[:12]

    async def call(self, name: str, caller: Caller = ADA, /, **arguments: Any) -> dict[str, Any]:
        """Do an operation."""
        return (await invoke(CATALOGUE, name, arguments, self.services, caller, str(ROOT))).value

    async def to_sign(self, name: str, caller: Caller = ADA, /, **arguments: Any) -> ToSign:
        """What an approver must sign before an operation is done."""
        try:
            answer = await self.call(name, caller, **arguments)
        except SignatureNeeded as needed:
            return needed.to_sign
        raise AssertionError(f"{name} asked for no signature: {answer}")

    async def prove(self, name: str, proof: Proof, caller: Caller = ADA, /, **arguments: Any) -> dict[str, Any]:
        """Do an operation with a signature."""
        return (await invoke(CATALOGUE, name, arguments, self.services, caller, str(ROOT), proof)).value

    async def signed(self, name: str, public_key: str, caller: Caller = ADA, /, **arguments: Any) -> dict[str, Any]:
        """Do an operation that an approver must sign, signed by the owner of a key."""
        asked = await self.to_sign(name, caller, **arguments)
        return await self.prove(name, proof_of(asked, public_key), caller, **arguments)

    async def refused(self, name: str, caller: Caller = ADA, /, **arguments: Any) -> Problem:
        """Do an operation that must be refused; its problem."""
        try:
            answer = await self.call(name, caller, **arguments)
        except Refused as refused:
            return refused.problem
        raise AssertionError(f"{name} was not refused: {answer}")

    async def begin(self, name: str = "deploy_project", caller: Caller = ADA, /, **arguments: Any) -> str:
        """Start something that takes long; the deployment's id."""
        if not self.engine.now.died.is_set():
            await self.engine.now.start()
        return str((await self.call(name, caller, **{"environment": "staging", **arguments}))["id"])

    async def do(self, name: str = "deploy_project", caller: Caller = ADA, /, **arguments: Any) -> Deployment:
        """Do something that takes long, to its end."""
        return await self.ended(await self.begin(name, caller, **arguments))

    async def deploy(self, environment: str = "staging", **files: str) -> Deployment:
        """Commit a new version and deploy it, to its end."""
        self.commit(**files)
        return await self.do(environment=environment)

    async def until(self, deployment: str, holds: Callable[[Deployment], bool], limit_s: float = 700.0) -> Deployment:
        """The deployment, as soon as something holds."""
        until = self.clock.monotonic() + limit_s
        while not holds(found := await self.get(deployment)):
            assert self.clock.monotonic() < until, f"it did not come to that: {found.state}, {found.problem}"
            await self.clock.sleep(0.05)
        return found

    async def ended(self, deployment: str) -> Deployment:
        """The deployment, once it has ended or a person must act."""
        return await self.until(deployment, ended)

    async def reaches(self, deployment: str, state: State) -> Deployment:
        """The deployment, once it is in a state."""
        return await self.until(deployment, lambda found: found.state is state)

    # What there is.

    async def get(self, deployment: str) -> Deployment:
        """A deployment as stored."""
        return await self.outside.deployment(deployment)

    async def record(self, environment: str = "staging") -> EnvironmentRecord:
        """An environment as stored."""
        return await self.environments.get(SHOP, environment)

    async def current(self, environment: str = "staging") -> Promotion:
        """What an environment serves for good."""
        found = (await self.record(environment)).current
        assert found is not None, f"{environment} serves nothing"
        return found

    async def version(self, service: str = "web", environment: str = "staging") -> str | None:
        """The version that is promoted."""
        release = (await self.current(environment)).release(service)
        return release.version() if release is not None else None

    def serving(self, service: str = "web", environment: str = "staging") -> dict[str, int]:
        """What really serves: ready instances by version."""
        found = self.target.serves(ref(service, environment))
        return {self.target.delivered[release].version(): ready for release, ready in found.items()}

    async def told(self, deployment: str) -> str:
        """The whole timeline of a deployment, as text."""
        return "\n".join(entry.text for entry in await self.deployments.timeline(deployment, limit=10_000))


def proof_of(asked: ToSign, public_key: str, namespace: str = "") -> Proof:
    """What the owner of a key answers."""
    signature = sign(public_key, asked.text.encode(), namespace or asked.namespace)
    return Proof(request=asked.request, signature=signature)


def ref(service: str = "web", environment: str = "staging") -> ServiceRef:
    """A service of the shop."""
    return ServiceRef(project=SHOP, environment=environment, name=service)

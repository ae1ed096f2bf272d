"""The composition root: the only place where ports meet drivers."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

from platformdirs import user_cache_path

from kr8.bridge.starter import COMMAND
from kr8.catalogue.once import Once
from kr8.catalogue.operation import Catalogue
from kr8.catalogue.redaction import Redaction
from kr8.catalogue.services import Services
from kr8.catalogue.signing import Signing
from kr8.checking import validation
from kr8.domain.deployment import ENDED, State
from kr8.domain.digest import digest
from kr8.domain.redact import Mask
from kr8.drivers.age.driver import AgeSecrets
from kr8.drivers.age.identity import identity_of
from kr8.drivers.build.driver import LocalBuilder
from kr8.drivers.build.environment import PASSED, search_path
from kr8.drivers.build.sandbox import PYTHON
from kr8.drivers.dbos.driver import DbosEngine, Workflow
from kr8.drivers.dbos.steps import Journaled, go_on
from kr8.drivers.doctor.driver import Doctor, Look, machine_look, store_look
from kr8.drivers.doctor.promoted import promoted_look
from kr8.drivers.doctor.sandbox import sandbox_look
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.git.generated import GitGeneratedFiles
from kr8.drivers.git.remotes import GitRemotes
from kr8.drivers.local.client import Supervisor
from kr8.drivers.local.commands import Places
from kr8.drivers.local.delivered import Delivered
from kr8.drivers.local.disk import HomeDisk
from kr8.drivers.local.driver import LocalTarget, LocalTargets
from kr8.drivers.local.inherited import inherited
from kr8.drivers.local.keeper import Keeper
from kr8.drivers.local.look import supervisor_look
from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.scan.driver import SecretScanner
from kr8.drivers.ssh.driver import SshSignatures
from kr8.drivers.store.approvals import SqlApprovals
from kr8.drivers.store.audit import SqlAudit
from kr8.drivers.store.backup import SqliteBackups
from kr8.drivers.store.deployments import SqlDeployments
from kr8.drivers.store.engine import database_file, make_engine
from kr8.drivers.store.environments import SqlEnvironments
from kr8.drivers.store.health import StoreHealth
from kr8.drivers.store.keyed_calls import SqlKeyedCalls
from kr8.drivers.store.leases import SqlLeases
from kr8.drivers.store.migration import migrate
from kr8.drivers.store.projects import SqlProjects
from kr8.drivers.store.sealed import SqlSealedSecrets
from kr8.drivers.store.store import Store
from kr8.drivers.system.clock import SystemClock
from kr8.drivers.system.entropy import SystemEntropy
from kr8.drivers.system.provenance import PackageProvenance
from kr8.drivers.templates.drafts import FolderDrafts
from kr8.drivers.templates.driver import FolderTemplates
from kr8.drivers.templates.pins import FilePins
from kr8.drivers.terraform.look import terraform_look
from kr8.drivers.terraform.mirror import folders
from kr8.drivers.toolbox.driver import Toolbox
from kr8.drivers.toolbox.look import tools_look
from kr8.ports.engine import Steps
from kr8.ports.secrets import Secrets
from kr8.settings import DATABASE, HAPROXY, HOME, LISTEN, PROVIDERS, TOOLS, Settings
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.crashed import crashed
from kr8.workflows.desk import Desk
from kr8.workflows.grounds import Grounds
from kr8.workflows.mending import Mending
from kr8.workflows.new_templates import NewTemplates
from kr8.workflows.outside import Outside
from kr8.workflows.plan import plan
from kr8.workflows.reconcile import reconcile
from kr8.workflows.run import give_back, run
from kr8.workflows.storage import Storage
from kr8.workflows.takeup import take_up
from kr8.workflows.validating import Validating
from kr8.workflows.waiving import Waiving

log = logging.getLogger(__name__)
WAITING_FOR_PEOPLE = frozenset({State.PLANNED, State.AWAITING_APPROVAL, State.STUCK})


def catalogue() -> Catalogue:
    """Every operation of the server `kr8`."""
    # Not before the engine goes on with what was interrupted: that needs none of them.
    from kr8.operations.kr8 import (  # noqa: PLC0415
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

    return Catalogue(
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


@dataclass(frozen=True)
class House:
    """Everything, wired."""

    services: Services
    outside: Outside
    engine: DbosEngine
    keeper: Keeper
    supervisor: Supervisor
    store: Store

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every operation."""
        return catalogue()

    async def start_engine(self) -> None:
        """Have a supervisor run, then go on with what was interrupted. Does nothing where the engine runs."""
        if self.engine.started:
            return
        await self.services.redaction.refresh()  # what goes on may meet a secret before anybody calls
        await self.keeper.start()
        await self.engine.start()
        for workflow, deployment, version in await self.engine.foreign():
            log.warning("%s of %s was begun by version %s of the workflows", workflow, deployment, version)
            await self.engine.adopt(workflow, deployment)
        await take_up(self.outside)
        for deployment in await reconcile(self.outside, self.services.desk):
            log.warning("%s records a rollback that was made without the daemon", deployment)

    async def close(self) -> None:
        """End the engine, and what is being checked; services and proxy go on."""
        await self.services.new_templates.close()
        await self.services.validating.close()
        await self.engine.stop()
        await self.keeper.stop()
        self.supervisor.close()
        self.store.close()


@dataclass(frozen=True)
class Ground:
    """What the drivers stand on."""

    settings: Settings
    home: Path
    store: Store
    clock: SystemClock
    processes: Processes
    supervisor: Supervisor


async def open_app(settings: Settings, command: tuple[str, ...] = COMMAND, journaled: Journaled = go_on) -> House:
    """Wire the house of a home. Raises Refused where its store cannot be used.

    `command`: what the supervisor starts when this daemon dies. `journaled` is told each step of a workflow that is
    over.
    """
    home, database = Path(settings.home.root), make_engine(settings.database)
    await asyncio.to_thread(migrate, database)
    supervisor = Supervisor(home / "run" / "supervisor.sock")
    ground = Ground(settings, home, Store(database), SystemClock(), Processes(os.environ), supervisor)
    sealed = AgeSecrets(home, SqlSealedSecrets(ground.store), ground.clock)
    redaction = Redaction(sealed, ground.clock)
    outside: Outside

    def through(workflow: Callable[[Outside, Steps, str], Awaitable[None]]) -> Workflow:
        return lambda steps, deployment: workflow(outside, steps, deployment)

    engine = DbosEngine(
        database,
        _executor(home),
        {"plan": through(plan), "run": through(run), "return": through(give_back)},
        on_crash=lambda deployment, text: crashed(outside, deployment, text),
        redact=redaction.text,
        journaled=journaled,
    )
    toolbox = _toolbox(ground)
    outside = _outside(ground, engine, sealed, redaction, toolbox)
    keeper = Keeper(home, settings.haproxy, supervisor, _inherited(settings), command)
    services = _services(ground, outside, redaction, toolbox)
    house = House(services, outside, engine, keeper, supervisor, ground.store)
    if await _is_begun(outside):
        await house.start_engine()  # before anything else is imported: what was interrupted goes on within a second
    return house


async def _is_begun(outside: Outside) -> bool:
    """Whether something is to be gone on with before anybody is answered.

    Such is a store that was restored a moment ago: it has yet to learn what serves.
    """
    if await outside.deployments.list(states=frozenset(State) - ENDED - WAITING_FOR_PEOPLE, limit=1):
        return True
    return any(row.operation == "restore" for row in await outside.audit.newest(1))


def _inherited(settings: Settings) -> dict[str, str]:
    """The environment of the supervisor, and of the daemon that it starts again: that has the settings of this one."""
    known = {
        HOME.variable: settings.home.root,
        DATABASE.variable: settings.database,
        LISTEN.variable: settings.listen,
        HAPROXY.variable: settings.haproxy,
        TOOLS.variable: settings.tools,
        PROVIDERS.variable: settings.providers,
    }
    return inherited(os.environ) | {name: str(value) for name, value in known.items() if value is not None}


def _executor(home: Path) -> str:
    """The name of this home's daemon among those that share a database: the same after a restart."""
    return digest([platform.node(), str(home)])[:16]


def _outside(ground: Ground, engine: DbosEngine, secrets: Secrets, redaction: Redaction, toolbox: Toolbox) -> Outside:
    repositories, project_files = GitRepositories(ground.processes), TomlProjectFiles()
    return Outside(
        clock=ground.clock,
        entropy=SystemEntropy(ground.clock),
        engine=engine,
        projects=SqlProjects(ground.store),
        deployments=SqlDeployments(ground.store),
        environments=SqlEnvironments(ground.store),
        leases=SqlLeases(ground.store, ground.clock),
        audit=SqlAudit(ground.store, ground.clock),
        repositories=repositories,
        project_files=project_files,
        builder=LocalBuilder(ground.home, repositories, ground.processes, ground.clock, os.environ, redaction.piece),
        scanner=SecretScanner(repositories, ground.processes),
        secrets=secrets,
        targets=_targets(ground.home, ground.supervisor, redaction.piece),
        validation=validation(
            ground.settings, ground.home, ground.clock, ground.processes, repositories, project_files, toolbox
        ),
    )


def _looks(ground: Ground, outside: Outside, toolbox: Toolbox) -> tuple[Look, ...]:
    """What `kr8 doctor` looks at."""
    return (
        store_look(StoreHealth(ground.store.engine)),
        supervisor_look(ground.supervisor),
        machine_look(ground.home, ground.settings.haproxy),
        tools_look(toolbox),
        terraform_look(ground.processes, os.environ, ground.settings.providers),
        promoted_look(outside),
        sandbox_look(),
    )


def _services(ground: Ground, outside: Outside, redaction: Redaction, toolbox: Toolbox) -> Services:
    approvals, signatures = SqlApprovals(ground.store), SshSignatures(ground.processes)
    keyed_calls = SqlKeyedCalls(ground.store)
    desk = Desk(outside.clock, outside.entropy, outside.deployments, outside.engine)
    templates = FolderTemplates(ground.home, ground.processes, _search_path(ground.home, PYTHON))
    validating, generated_files = Validating(outside.validation), GitGeneratedFiles(ground.processes)
    return Services(
        **{field.name: getattr(outside, field.name) for field in fields(outside)},
        approvals=approvals,
        keyed_calls=keyed_calls,
        signatures=signatures,
        templates=templates,
        tools=toolbox,
        health=Doctor(_looks(ground, outside, toolbox)),
        backups=SqliteBackups(ground.store.engine, identity_of(ground.home)),
        redaction=redaction,
        signing=Signing(outside.clock, outside.entropy, approvals, signatures),
        checkouts=Checkouts(
            outside.clock,
            outside.projects,
            outside.repositories,
            outside.project_files,
            outside.environments,
            _grounds(ground),
        ),
        once=Once(keyed_calls, desk),
        desk=desk,
        storage=Storage(outside, HomeDisk(ground.home, database_file(ground.store.engine))),
        validating=validating,
        mending=Mending(validating, outside.repositories, generated_files),
        waiving=Waiving(outside.clock, validating, outside.repositories, generated_files),
        generated_files=generated_files,
        provenance=PackageProvenance(),
        remotes=GitRemotes(ground.processes, GitRepositories(ground.processes)),
        pinned_templates=FilePins(ground.home),
        new_templates=NewTemplates(
            FolderDrafts(ground.home, templates),
            outside.repositories,
            outside.project_files,
            outside.scanner,
            outside.validation,
            outside.builder,
        ),
    )


def _grounds(ground: Ground) -> Grounds:
    given = ground.settings.providers
    providers = [Path(given)] if given else folders(os.environ)
    searched = [Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each.startswith("/")]
    return Grounds((ground.home, user_cache_path("kr8"), _tools(ground), *providers), tuple(searched))


def _tools(ground: Ground) -> Path:
    return Path(ground.settings.tools or user_cache_path("kr8") / "tools")


def _toolbox(ground: Ground) -> Toolbox:
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    return Toolbox(_tools(ground), ground.processes, passed)


def _targets(home: Path, supervisor: Supervisor, mask: Mask) -> LocalTargets:
    places = Places(home, _search_path(home, Path(os.devnull)))
    return LocalTargets(LocalTarget(supervisor, Delivered(places), places, mask))


def _search_path(home: Path, python: Path) -> str:
    """Where programs are looked for; `python`: the folder that is left out, kr8's own for what builds may use."""
    return search_path(os.environ.get("PATH", ""), home / "cache" / "bin", python)

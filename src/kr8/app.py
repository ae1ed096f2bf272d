"""The composition root: the only place where ports meet drivers."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kr8.catalogue.operation import Catalogue
from kr8.catalogue.redaction import Redaction
from kr8.catalogue.services import Services
from kr8.drivers.age.driver import AgeSecrets
from kr8.drivers.build.driver import LocalBuilder
from kr8.drivers.build.environment import search_path
from kr8.drivers.dbos.driver import DbosEngine, Workflow
from kr8.drivers.doctor.driver import Doctor, machine_look, store_look
from kr8.drivers.git.driver import GitRepositories
from kr8.drivers.local.client import Supervisor
from kr8.drivers.local.commands import Places
from kr8.drivers.local.delivered import Delivered
from kr8.drivers.local.driver import LocalTarget, LocalTargets
from kr8.drivers.local.keeper import Keeper
from kr8.drivers.local.look import supervisor_look
from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.scan.driver import SecretScanner
from kr8.drivers.ssh.driver import SshSignatures
from kr8.drivers.store.approvals import SqlApprovals
from kr8.drivers.store.audit import SqlAudit
from kr8.drivers.store.deployments import SqlDeployments
from kr8.drivers.store.engine import make_engine
from kr8.drivers.store.environments import SqlEnvironments
from kr8.drivers.store.health import StoreHealth
from kr8.drivers.store.leases import SqlLeases
from kr8.drivers.store.migration import migrate
from kr8.drivers.store.projects import SqlProjects
from kr8.drivers.store.sealed import SqlSealedSecrets
from kr8.drivers.store.store import Store
from kr8.drivers.system.clock import SystemClock
from kr8.drivers.system.entropy import SystemEntropy
from kr8.drivers.templates.driver import FolderTemplates
from kr8.operations.kr8 import approvals, changes, deployments, environments, logs, projects, records, secrets
from kr8.ports.engine import Steps, WorkflowName
from kr8.settings import Settings
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.crashed import crashed
from kr8.workflows.desk import Desk
from kr8.workflows.outside import Outside
from kr8.workflows.plan import plan
from kr8.workflows.reconcile import reconcile
from kr8.workflows.run import give_back, run

log = logging.getLogger(__name__)
EXECUTOR = "local"
"""One daemon a home: its work is its own again after a restart."""
OPERATIONS = (approvals, changes, deployments, environments, logs, projects, records, secrets)


def catalogue() -> Catalogue:
    """Every operation of the server `kr8`."""
    return Catalogue(*OPERATIONS)


@dataclass(frozen=True)
class House:
    """Everything, wired."""

    catalogue: Catalogue
    services: Services
    outside: Outside
    engine: DbosEngine
    keeper: Keeper
    supervisor: Supervisor
    store: Store

    async def start_engine(self) -> None:
        """Have a supervisor run, then go on with what was interrupted."""
        await self.keeper.start()
        await self.engine.start()
        for workflow, deployment, version in await self.engine.foreign():
            log.warning("%s of %s was begun by version %s of the workflows", workflow, deployment, version)
            await self.engine.adopt(workflow, deployment)
        for deployment in await reconcile(self.outside, self.services.desk):
            log.warning("%s records a rollback that was made without the daemon", deployment)

    async def close(self) -> None:
        """End the engine; services and proxy go on."""
        await self.engine.stop()
        await self.keeper.stop()
        self.supervisor.close()
        self.store.close()


async def open_app(settings: Settings) -> House:
    """Wire the house of a home. Raises Refused where its store cannot be used."""
    home = Path(settings.home.root)
    database = make_engine(settings.database)
    await asyncio.to_thread(migrate, database)
    store, clock, processes = Store(database), SystemClock(), Processes(os.environ)
    supervisor = Supervisor(home / "run" / "supervisor.sock")
    sealed = AgeSecrets(home, SqlSealedSecrets(store), clock)
    redaction = Redaction(sealed, clock)
    repositories, project_files, all_projects = GitRepositories(processes), TomlProjectFiles(), SqlProjects(store)
    outside: Outside

    def through(workflow: Callable[[Outside, Steps, str], Awaitable[None]]) -> Workflow:
        return lambda steps, deployment: workflow(outside, steps, deployment)

    workflows: Mapping[WorkflowName, Workflow] = {
        "plan": through(plan),
        "run": through(run),
        "return": through(give_back),
    }
    engine = DbosEngine(
        database,
        EXECUTOR,
        workflows,
        on_crash=lambda deployment, text: crashed(outside, deployment, text),
        redact=redaction.text,
    )
    outside = Outside(
        clock=clock,
        entropy=SystemEntropy(clock),
        engine=engine,
        projects=all_projects,
        deployments=SqlDeployments(store),
        environments=SqlEnvironments(store),
        leases=SqlLeases(store, clock),
        audit=SqlAudit(store, clock),
        repositories=repositories,
        project_files=project_files,
        builder=LocalBuilder(home, repositories, processes, clock, os.environ),
        scanner=SecretScanner(repositories),
        secrets=sealed,
        targets=_targets(home, supervisor),
    )
    services = Services(
        **{name: getattr(outside, name) for name in Outside.__dataclass_fields__},
        approvals=SqlApprovals(store),
        signatures=SshSignatures(processes),
        templates=FolderTemplates(home, processes),
        health=Doctor(
            [store_look(StoreHealth(database)), supervisor_look(supervisor), machine_look(home, settings.haproxy)]
        ),
        redaction=redaction,
        checkouts=Checkouts(clock, all_projects, repositories, project_files),
        desk=Desk(clock, outside.entropy, outside.deployments, engine),
    )
    keeper = Keeper(home, settings.haproxy, supervisor, dict(os.environ))
    return House(catalogue(), services, outside, engine, keeper, supervisor, store)


def _targets(home: Path, supervisor: Supervisor) -> LocalTargets:
    path = search_path(os.environ.get("PATH", ""), home / "cache" / "bin", Path(os.devnull))
    places = Places(home, path)
    return LocalTargets(LocalTarget(supervisor, Delivered(places), places))

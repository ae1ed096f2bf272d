"""Every port there is, made once in app.py and injected by annotation."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from kr8.catalogue.once import Once
from kr8.catalogue.redaction import Redaction
from kr8.catalogue.signing import Signing
from kr8.ports.approvals import Approvals, Signatures
from kr8.ports.audit import Audit
from kr8.ports.backups import Backups
from kr8.ports.builder import Builder
from kr8.ports.clock import Clock
from kr8.ports.deployments import Deployments
from kr8.ports.engine import Engine
from kr8.ports.entropy import Entropy
from kr8.ports.environments import Environments
from kr8.ports.generated_files import GeneratedFiles
from kr8.ports.health import Health
from kr8.ports.keyed_calls import KeyedCalls
from kr8.ports.leases import Leases
from kr8.ports.pinned_templates import PinnedTemplates
from kr8.ports.project_files import ProjectFiles
from kr8.ports.projects import Projects
from kr8.ports.provenance import Provenance
from kr8.ports.remotes import Remotes
from kr8.ports.repositories import Repositories
from kr8.ports.scanner import Scanner
from kr8.ports.secrets import Secrets
from kr8.ports.target import Targets
from kr8.ports.templates import Templates
from kr8.ports.tools import Tools
from kr8.workflows.checkouts import Checkouts
from kr8.workflows.desk import Desk
from kr8.workflows.mending import Mending
from kr8.workflows.new_templates import NewTemplates
from kr8.workflows.storage import Storage
from kr8.workflows.validating import Validating
from kr8.workflows.validation import Validation
from kr8.workflows.waiving import Waiving


@dataclass(frozen=True)
class Services:
    """The ports, each by one driver or one fake, and what is composed of them."""

    clock: Clock
    entropy: Entropy
    engine: Engine
    projects: Projects
    deployments: Deployments
    environments: Environments
    leases: Leases
    approvals: Approvals
    signatures: Signatures
    audit: Audit
    keyed_calls: KeyedCalls
    secrets: Secrets
    templates: Templates
    tools: Tools
    repositories: Repositories
    project_files: ProjectFiles
    builder: Builder
    scanner: Scanner
    targets: Targets
    health: Health
    backups: Backups
    redaction: Redaction
    signing: Signing
    once: Once
    checkouts: Checkouts
    desk: Desk
    storage: Storage
    validation: Validation
    validating: Validating
    mending: Mending
    waiving: Waiving
    generated_files: GeneratedFiles
    provenance: Provenance
    remotes: Remotes
    pinned_templates: PinnedTemplates
    new_templates: NewTemplates


def field_of(port: type[Any]) -> str | None:
    """The name of the field that holds a port; None where there is none."""
    return _FIELDS.get(port)


_HINTS = get_type_hints(Services)
_FIELDS: dict[type[Any], str] = {_HINTS[field.name]: field.name for field in fields(Services)}

"""The kinds of infrastructure code that nothing here judges, and how each is known for sure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kr8.domain.infrastructure_check import Part
from kr8.drivers.kubernetes_schemas.concern import OF_AZURE, charts, charts_of, is_filled_in_by_helm
from kr8.ports.checkers import Sources

Places = Mapping[str, tuple[str, ...]]
"""Where something of a kind is, and the files of which it is made."""
_COMPOSE = re.compile(r"(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml")
_SERVICES = re.compile(rb"^[\"']?(?:services|include)[\"']?\s*:", re.MULTILINE)
_RUNTIME = re.compile(rb"^[\"']?runtime[\"']?\s*:", re.MULTILINE)
_DEPENDENCIES = re.compile(rb"^dependencies\s*:", re.MULTILINE)


@dataclass(frozen=True)
class Kind:
    """One of them."""

    name: str
    part: Part
    why: str
    """That it was not judged, and what to do."""
    find: Callable[[Sources], Places]


def _charts(sources: Sources) -> Places:
    """The charts with a template that Helm fills in, or made of other charts."""
    known = charts(sources.files)
    filled: dict[str, list[str]] = {}
    for path in sources.files:
        owners = tuple(charts_of(path, known))
        if owners and is_filled_in_by_helm((sources.root / path).read_bytes()):
            for folder in owners:
                filled.setdefault(folder, []).append(path)
    found: dict[str, tuple[str, ...]] = {}
    for folder in sorted(known):
        chart, its = posixpath.join(folder, "Chart.yaml"), filled.get(folder, [])
        if its or _DEPENDENCIES.search((sources.root / chart).read_bytes()):
            found[folder or "."] = (chart, *its)
    return found


def _compose(sources: Sources) -> Places:
    return _files(sources, lambda name: _COMPOSE.fullmatch(name) is not None, _SERVICES)


def _terragrunt(sources: Sources) -> Places:
    return _files(sources, lambda name: name in ("terragrunt.hcl", "terragrunt.stack.hcl"))


def _pulumi(sources: Sources) -> Places:
    return _files(sources, lambda name: name in ("Pulumi.yaml", "Pulumi.yml"), _RUNTIME)


def _azure(sources: Sources) -> Places:
    bicep = _files(sources, lambda name: name.endswith(".bicep"))
    return {**_files(sources, lambda name: name.endswith((".json", ".jsonc")), OF_AZURE), **bicep}


def _files(sources: Sources, is_named: Callable[[str], bool], sign: re.Pattern[bytes] | None = None) -> Places:
    """The files of such a name that have the sign."""
    named = [path for path in sources.files if is_named(posixpath.basename(path))]
    return {path: (path,) for path in named if sign is None or sign.search((sources.root / path).read_bytes())}


KINDS = (
    Kind(
        "helm",
        Part.KUBERNETES,
        "what Helm makes of this chart was not judged. Validate what `helm template` prints, as a file here.",
        _charts,
    ),
    Kind(
        "compose",
        Part.IMAGE,
        "nothing here judges what Docker Compose reads. Look for privileged containers, mounts of the host and images "
        "without a version; the images' own Dockerfiles are checked.",
        _compose,
    ),
    Kind(
        "terragrunt",
        Part.TERRAFORM,
        "nothing here judges what Terragrunt reads, and it runs commands that stand there. The modules that it calls "
        "are checked where they are in the repository: look at its inputs, hooks and run_cmd yourself.",
        _terragrunt,
    ),
    Kind(
        "pulumi",
        Part.PROJECT,
        "nothing here judges what Pulumi makes. Have its own policies judge it: pulumi preview --policy-pack.",
        _pulumi,
    ),
    Kind(
        "azure",
        Part.PROJECT,
        "nothing here judges templates of Azure. Have its own tools judge them: bicep lint, and az deployment group "
        "what-if.",
        _azure,
    ),
)

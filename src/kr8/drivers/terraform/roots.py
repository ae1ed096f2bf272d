"""What of a repository's Terraform configuration is a root, and what a root needs (pure)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kr8.domain.terraform_code import Block, TerraformCode

LOCAL = ("./", "../", "/")
BUILT_IN = "terraform"
_SOURCE = re.compile(r'"?source"?\s*[=:]\s*"([^"]*)"')
_VERSION = re.compile(r'"?version"?\s*[=:]\s*"([^"]*)"')


@dataclass(frozen=True)
class Root:
    """A folder that Terraform is run in."""

    folder: str
    """Relative to the repository; "" is its top."""
    folders: tuple[str, ...]
    """Its own, and those of the modules that it is made of."""
    providers: Mapping[str, tuple[str, ...]]
    """The constraints of each provider, by namespace/name."""
    elsewhere: tuple[str, ...]
    """The sources of modules that are not in the repository."""
    lacking: tuple[str, ...] = ()
    """The folders of the repository that it takes for modules, and that have no configuration."""


class _Used(NamedTuple):
    """What a folder takes for modules."""

    here: tuple[str, ...]
    lacking: tuple[str, ...]
    """Folders without configuration."""
    elsewhere: tuple[str, ...]
    """Sources that are no folder here."""


def roots(code: TerraformCode) -> tuple[Root, ...]:
    """The folders that no other folder uses as a module, by name."""
    modules = code.modules()
    used = {folder: _used(blocks, folder, modules) for folder, blocks in modules.items()}
    called = {other for folder, uses in used.items() for other in uses.here if other != folder}
    # A circle of modules calls every folder in it: Terraform says so, in any of them.
    tops = sorted(set(modules) - called) or sorted(modules)[:1]
    return tuple(_root(folder, modules, used) for folder in tops)


def _root(
    folder: str,
    modules: Mapping[str, tuple[Block, ...]],
    used: Mapping[str, _Used],
) -> Root:
    seen: list[str] = []
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.append(here)
            waiting += used[here].here
    providers: dict[str, tuple[str, ...]] = {}
    for each in seen:
        for name, constraints in _providers(modules[each]).items():
            providers[name] = (*providers.get(name, ()), *constraints)
    elsewhere = sorted({source for each in seen for source in used[each].elsewhere})
    lacking = sorted({path for each in seen for path in used[each].lacking})
    return Root(folder, tuple(seen), providers, tuple(elsewhere), tuple(lacking))


def _used(blocks: tuple[Block, ...], folder: str, modules: Mapping[str, tuple[Block, ...]]) -> _Used:
    sources = [block.literal("source") for block in blocks if block.type == "module"]
    texts = [source for source in sources if isinstance(source, str)]
    local = {source: _joined(folder, source) for source in texts if source.startswith(LOCAL)}
    here = tuple(path for path in local.values() if path in modules)
    lacking = tuple(path for path in local.values() if path not in modules)
    return _Used(here, lacking, tuple(source for source in texts if source not in local))


def _joined(folder: str, path: str) -> str:
    normal = posixpath.normpath(posixpath.join(folder, path))
    return "" if normal == "." else normal


def _providers(blocks: tuple[Block, ...]) -> dict[str, tuple[str, ...]]:
    """The providers of one module: those that it requires, and those that its resources imply."""
    sources: dict[str, str] = {}
    constraints: dict[str, tuple[str, ...]] = {}
    for block in blocks:
        for required in block.inner("required_providers") if block.type == "terraform" else ():
            for name, attribute in required.attributes.items():
                source, version = _SOURCE.search(attribute.text), _VERSION.search(attribute.text)
                sources[name] = _short(source[1]) if source else f"hashicorp/{name}"
                constraints[sources[name]] = (version[1],) if version else _bare(attribute.literal)
    for name in _implied(blocks):
        constraints.setdefault(sources.get(name, f"hashicorp/{name}"), ())
    return constraints


def _bare(literal: object) -> tuple[str, ...]:
    """The constraint of `aws = "~> 5.0"`, as one wrote it once."""
    return (literal,) if isinstance(literal, str) else ()


def _short(source: str) -> str:
    """Namespace and name; a host of its own stays."""
    for host in ("registry.terraform.io/", "registry.opentofu.org/"):
        source = source.removeprefix(host)
    return source.lower() if "/" in source else f"hashicorp/{source.lower()}"


def _implied(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        if block.type in ("resource", "data", "ephemeral") and block.labels:
            given = block.attributes.get("provider")
            name = given.text.strip('"').partition(".")[0] if given else block.labels[0].partition("_")[0]
            if name != BUILT_IN:
                yield name
        elif block.type == "provider" and block.labels and block.labels[0] != BUILT_IN:
            yield block.labels[0]

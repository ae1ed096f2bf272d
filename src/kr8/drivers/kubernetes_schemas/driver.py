"""Every manifest of a repository, and what kustomize makes of its overlays, by the schemas of the cluster's version."""

from __future__ import annotations

import asyncio
import os
import posixpath
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from kr8.domain.finding import split_place
from kr8.domain.infrastructure_check import Checked, Gap, Part, judged
from kr8.domain.kustomization import patches, patches_elsewhere
from kr8.domain.manifests import KUSTOMIZATIONS
from kr8.domain.yaml_code import Node, YamlCode, YamlFile
from kr8.drivers.kubernetes_schemas import expressions, findings, given
from kr8.drivers.kubernetes_schemas.asking import Asking
from kr8.drivers.kubernetes_schemas.concern import (
    SUFFIXES,
    charts,
    folders,
    hindered,
    is_below,
    is_of_kustomize,
    may_be_manifest,
    misnamed,
    missing,
    naming,
    nearest,
    version_of,
)
from kr8.drivers.kubernetes_schemas.findings import Places
from kr8.drivers.kubernetes_schemas.patches import apart
from kr8.drivers.process.command import Command
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.kept_in import kept_in
from kr8.drivers.toolbox.place import Place
from kr8.ports.checkers import Sources

SECONDS = 120.0
PROJECT_FILE = "kr8.toml"
NO_KUBECTL = "kubectl is not on this machine: what kustomize makes was not checked."


@dataclass(frozen=True)
class Asked:
    """An object, and the version of the cluster that it is for."""

    node: Node
    version: str
    overlay: str = ""
    """The kustomization that it was made by; "": it is written so."""
    given: str | None = None
    """The repository's own schema for it; None: it has none."""
    may_be_part: bool = False
    """Whether a kustomization lays it over objects: where it is a part of one, it is judged in what it is laid over."""


class KubernetesChecker:
    """Implements the port `Checker`."""

    name = "kubernetes"
    tool = "kubernetes-validate"
    rules = ("kubernetes/",)
    security: tuple[str, ...] = ()
    judges: tuple[str, ...] = (*SUFFIXES, "Kustomization")
    """In a folder of kustomize; manifests of JSON are those of kr8's own rules as well."""

    def __init__(self, processes: Processes, place: Place, environ: Mapping[str, str]) -> None:
        self._processes = processes
        self._place = place
        self._asking = Asking(processes, place)
        self._path = environ.get("PATH")

    async def concerned(self, sources: Sources, parts: frozenset[Part]) -> tuple[str, ...]:
        """The manifests, all files beside or below a kustomization, schemas of the repository, and kr8.toml."""
        return await asyncio.to_thread(_concerned, sources) if Part.KUBERNETES in parts else ()

    async def version(self) -> str | None:
        """That of the schemas, and whether kubectl is here."""
        if not self._place.is_installed():
            return None
        return f"{self._place.version} {'kubectl' if self._kubectl() else 'alone'}"

    async def check(self, sources: Sources, files: tuple[str, ...]) -> Checked:
        """What the schemas do not take; kinds without a schema are named, and not checked."""
        code, texts = await asyncio.to_thread(_read, sources, files)
        broken = tuple(findings.broken(code, texts))
        lacking = await asyncio.to_thread(_missing, code, sources)
        made, unbuilt = await self._overlays(sources, code)
        places = await asyncio.to_thread(Places, code)
        alone = await self._alone(sources, code, places, frozenset(unbuilt))
        written = await asyncio.to_thread(_plain, sources, code, frozenset(unbuilt))
        both = await asyncio.to_thread(_given, sources, [*written, *made])
        asked, answers, parts = apart(both, await self._asking.schemas(both))
        every = tuple(expressions.expressions(asked))
        promql = tuple(each for each in every if not each.is_too_much())
        parsed = await self._asking.promql([each.text for each in promql])
        told = (
            *findings.missing(lacking),
            *findings.unfit(asked, answers),
            *findings.told(asked, answers, places),
            *findings.refused(asked, places),
            *expressions.told(promql, parsed, places),
        )
        gaps = (
            *findings.filled_in(code, texts),
            *findings.misnamed(misnamed(code, sources.digests.keys())),
            *findings.unjudged(asked, answers, places),
            *expressions.too_much(every, places),
            *expressions.not_parsed(promql, parsed, places),
            *unbuilt.values(),
            *findings.alone(sorted({split_place(each.place)[0] for each in parts} - patches(code))),
            *alone,
        )
        return judged(self.name, gaps, findings=(*broken, *told))

    async def _overlays(self, sources: Sources, code: YamlCode) -> tuple[list[Asked], dict[str, Gap]]:
        """What kustomize makes, and by folder why it makes nothing."""
        here, kubectl = folders(sources.files), self._kubectl()
        if kubectl is None:
            return [], dict.fromkeys(here, Gap(why=NO_KUBECTL))
        unbuilt = await asyncio.to_thread(_hindered, code, sources)
        made: list[Asked] = []
        for folder in here:
            if folder not in unbuilt:
                objects, why, by_files = await self._overlay(kubectl, sources, folder)
                made += objects
                if why:
                    unbuilt[folder] = _unbuilt(folder, why, lasting=by_files)
        return made, dict(sorted(unbuilt.items()))

    async def _alone(
        self, sources: Sources, code: YamlCode, places: Places, unbuilt: frozenset[str]
    ) -> tuple[Gap, ...]:
        """The files below a kustomization that none names, which are not whole, or not right, or of unknown kinds."""
        unnamed = await asyncio.to_thread(_unnamed, sources, code, unbuilt)
        asked = await asyncio.to_thread(_given, sources, unnamed)
        answers = await self._asking.schemas(asked)
        wrong = [*findings.told(asked, answers, places), *findings.refused(asked, places)]
        paths = sorted({split_place(each.place)[0] for each in wrong})
        return (*findings.alone(paths), *findings.unjudged(asked, answers, places))

    async def _overlay(self, kubectl: str, sources: Sources, folder: str) -> tuple[list[Asked], str, bool]:
        """What kustomize makes in a folder; why it does not, and whether that lasts until the files change."""
        from kr8.drivers.yaml_files import reader  # noqa: PLC0415

        with TemporaryDirectory(prefix="kr8-kustomize-") as scratch:
            env = {"HOME": scratch, "TMPDIR": scratch, "KUBECONFIG": os.devnull}
            argv = (kubectl, "kustomize", "--", folder or ".")
            command = Command(argv=argv, cwd=sources.root, env=env, limit_seconds=SECONDS, output_limit=8 << 20)
            program = Path(os.path.realpath(kubectl))
            ended = await self._processes.run(kept_in(command, [], Path(scratch), sources.root, program))
        if not ended.ok():
            words = " ".join(ended.last_words(2)).replace(str(sources.root), "")[:300]
            return [], f"kustomize: {words or ended.how()}", ended.exit is not None and ended.limit is None
        kustomization = next(
            posixpath.join(folder, name)
            for name in sorted(KUSTOMIZATIONS)
            if posixpath.join(folder, name) in sources.digests
        )
        version = version_of(kustomization, sources.project)
        code = await asyncio.to_thread(reader.read, {folder: ended.stdout})
        why = " ".join(f"what kustomize makes cannot be read: {each.why}." for each in code.unreadable)
        return [Asked(each, version, kustomization) for each in code.manifests()], why, True

    def _kubectl(self) -> str | None:
        return shutil.which("kubectl", path=self._path)


def _missing(code: YamlCode, sources: Sources) -> tuple[tuple[str, str], ...]:
    return tuple(missing(code, sources.tree()))


def _hindered(code: YamlCode, sources: Sources) -> dict[str, Gap]:
    whys = hindered(code, sources.tree()).items()
    return {folder: _unbuilt(folder, f"kustomize was not run: {why}.", lasting=True) for folder, why in whys}


def _unbuilt(folder: str, why: str, *, lasting: bool) -> Gap:
    return Gap(why=why, what=folder or ".", place=folder or ".", lasting=lasting)


def _given(sources: Sources, asked: list[Asked]) -> list[Asked]:
    """The objects with the repository's own schemas, each of which is read once."""
    paths = {given.path_of(each.node) for each in asked} & set(sources.digests)
    known = {path: given.read(sources.root, path) for path in paths}
    return [replace(each, given=known.get(given.path_of(each.node))) for each in asked]


def _concerned(sources: Sources) -> tuple[str, ...]:
    here, known = frozenset(folders(sources.files)), charts(sources.files)
    own = [path for path in sources.files if is_below(path, here) or may_be_manifest(sources.root, path, known)]
    also = [path for path in sources.files if path == PROJECT_FILE or given.is_given(path)]
    return tuple(sorted({*own, *also})) if own else ()


def _read(sources: Sources, files: Iterable[str]) -> tuple[YamlCode, Mapping[str, bytes]]:
    from kr8.drivers.yaml_files import reader  # noqa: PLC0415 - loaded where there is something to read

    here, known = frozenset(folders(sources.files)), charts(sources.files)
    wanted = [
        path
        for path in files
        if posixpath.basename(path) in KUSTOMIZATIONS
        or may_be_manifest(sources.root, path, known)
        or (path.endswith(SUFFIXES) and is_below(path, here))
    ]
    texts = {path: (sources.root / path).read_bytes() for path in wanted}
    return reader.read(texts), texts


def _unnamed(sources: Sources, code: YamlCode, unbuilt: frozenset[str]) -> list[Asked]:
    """The objects of files below a kustomization that is built, and that none names."""
    named, here = naming(code), frozenset(folders(sources.files))
    files = {
        path: each
        for path, each in code.files.items()
        if nearest(path, here) not in {None, *unbuilt} and path not in named
    }
    return _objects(sources, files)


def _plain(sources: Sources, code: YamlCode, unbuilt: frozenset[str]) -> list[Asked]:
    """The objects that kustomize has no part in, or makes nothing of, and those that it lays over others."""
    here, laid = frozenset(folders(sources.files)), patches(code) | patches_elsewhere(code)
    paths = {path: file for path, file in code.files.items() if nearest(path, here) in {None, *unbuilt} or path in laid}
    return _objects(sources, paths, laid)


def _objects(sources: Sources, files: Mapping[str, YamlFile], laid: frozenset[str] = frozenset()) -> list[Asked]:
    return [
        Asked(node, version_of(path, sources.project), may_be_part=path in laid)
        for path, file in files.items()
        for node in YamlCode({path: file}).manifests()
        if not is_of_kustomize(path, node)
    ]

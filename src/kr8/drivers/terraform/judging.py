"""Whether a root is valid: with the providers that it asks for, and with the newest schema if it may come to that."""

from __future__ import annotations

import asyncio
import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kr8.domain.digest import digest
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState
from kr8.domain.seen import Seen, unseen
from kr8.domain.shortened import named
from kr8.drivers.terraform import mirror, schema, versions
from kr8.drivers.terraform.configuration import Configuration
from kr8.drivers.terraform.mocked import asks_nobody
from kr8.drivers.terraform.packed import unpacked
from kr8.drivers.terraform.roots import Root
from kr8.drivers.terraform.run import Look, Run
from kr8.drivers.toolbox.place import Place
from kr8.ports.check_results import CheckResults
from kr8.version import VERSION

KEPT_AS = "terraform root"
TRIED_AS = "terraform tests"
ASKS = "they may ask real providers, or apply"
Chosen = Mapping[str, str]
"""The version of each provider, by namespace/name."""


@dataclass(frozen=True)
class Judge:
    """Judges roots, and keeps each judgement by what it depends on."""

    run: Run
    program: str
    """Its name and version."""
    found: mirror.Providers
    cache: Path
    """Where packed providers are unpacked."""
    newest: Place
    """The newest schema."""
    results: CheckResults

    async def seen(self, root: Root, code: Configuration, tested: str | None = None) -> Seen:
        """What is wrong with a root, and what of it could not be checked.

        `tested`: the folder whose tests are run instead of its own, because kr8 has made both to ask the same.
        """
        hindrance = code.hindrance(root)
        if hindrance:
            return unseen(hindrance, _here(root))
        chosen = {name: versions.newest(self.found.get(name, {}), wanted) for name, wanted in root.providers.items()}
        here = {name: version for name, version in chosen.items() if version is not None}
        asked, newest = await asyncio.gather(self._asked(root, code, here), self._newest(root, code, here))
        added = schema.added(asked.findings, newest.findings, self.newest.version)
        found = (*asked.findings, *added)
        if asked.gaps or any(each.severity is Severity.HIGH for each in found):
            return _of(root, found, asked, newest)  # what is not valid fails every test
        if tested is not None:
            return _of(root, (*found, *(_elsewhere(path, tested) for path in code.tests_of(root))), asked, newest)
        alone = {path: asks_nobody(blocks, code.blocks_of(root)) for path, blocks in code.tests_of(root).items()}
        tried = await self._tried(root, sorted(path for path in alone if alone[path]), code, here)
        others = not_run(sorted(path for path in alone if not alone[path]), ASKS, _here(root))
        return _of(root, (*found, *tried.findings), asked, newest, tried, others)

    async def _tried(self, root: Root, files: Sequence[str], code: Configuration, here: Chosen) -> Seen:
        """These tests, with what knows the schema and is there soonest: mocks ask it for nothing else."""
        if not files:
            return Seen()
        texts = code.texts_of(root).values()
        version = self.newest.version
        soon = (
            self.newest.is_installed()
            and schema.is_wanted(root, here.get(schema.AWS), version, code.lock(root))
            and not schema.beyond(code.blocks_of(root), texts)
        )
        told: Mapping[str, str] = schema.environment(texts) if soon else {}
        by = {name: each for name, each in here.items() if not (soon and name == schema.AWS)}
        content = [code.content_of(root), code.values_of(root)]
        key = digest([VERSION, TRIED_AS, self.program, by, self.newest.folder.name if soon else "", content])
        kept = await self.results.get(key)
        if kept is not None:
            return Seen(kept.findings)
        look = await self._look(by, told)
        seen = _at(root, look if isinstance(look, Seen) else await self.run.test(root.folder, files, look))
        if not seen.gaps:
            judged = Checked(checker=TRIED_AS, state=CheckState.CHECKED, version=self.program, findings=seen.findings)
            await self.results.put(key, judged)
        return seen

    async def _asked(self, root: Root, code: Configuration, here: Chosen) -> Seen:
        """With the providers that it asks for."""
        lacking = sorted(set(root.providers) - set(here))
        if lacking:
            why = f"{'; '.join(self._lacking(name, root) for name in lacking)}."
            return unseen(why, _here(root), lasting=False)
        return await self._looked(root, code, here, {})

    async def _newest(self, root: Root, code: Configuration, here: Chosen) -> Seen:
        """With the newest schema in the place of AWS's provider, where that may be taken tomorrow."""
        version = self.newest.version
        others = {name: version for name, version in here.items() if name != schema.AWS}
        if not schema.is_wanted(root, here.get(schema.AWS), version, code.lock(root)):
            return Seen()
        if set(root.providers) - set(others) != {schema.AWS}:
            return Seen()  # what lacks besides is told already
        texts = code.texts_of(root).values()
        beyond = schema.beyond(code.blocks_of(root), texts)
        if beyond:
            why = f"{beyond} was not compared with the AWS provider {version}: no schema has it."
            return unseen(why, _here(root))
        if not self.newest.is_installed():
            mend = f"kr8 tools install {self.newest.name}"
            why = f"Nothing was compared with the AWS provider {version}: {mend}"
            return unseen(why, lasting=False)  # of all roots
        return await self._looked(root, code, others, schema.environment(texts))

    async def _looked(self, root: Root, code: Configuration, here: Chosen, told: Mapping[str, str]) -> Seen:
        """What Terraform says of a root; `told`: what the schema's provider is told, where that is used."""
        by = [VERSION, KEPT_AS, self.program, here, self.newest.folder.name if told else ""]
        own, alike = (digest([*by, content]) for content in (code.content_of(root), code.alike_of(root)))
        kept = await self.results.get(own) or await self.results.get(alike)
        if kept is not None:
            return Seen(kept.findings)
        look = await self._look(here, told)
        seen = _at(root, look if isinstance(look, Seen) else await self.run.validate(root.folder, look))
        if not seen.gaps:
            # What was found has its places in this root's files; where nothing was, nothing is in those alike.
            judged = Checked(checker=KEPT_AS, state=CheckState.CHECKED, version=self.program, findings=seen.findings)
            await self.results.put(own if seen.findings else alike, judged)
        return seen

    async def _look(self, here: Chosen, told: Mapping[str, str]) -> Look | Seen:
        """With which providers a root is looked at; `told`: what the schema's is told, where that is one of them."""
        try:
            folders = await asyncio.to_thread(self._folders, here)
        except (OSError, zipfile.BadZipFile, RuntimeError) as error:
            return unseen(f"a provider cannot be unpacked: {error}.", lasting=False)
        newest = {schema.AWS: self.newest.folder / "bin"} if told else {}
        return Look({**folders, **newest}, told)

    def _folders(self, here: Chosen) -> dict[str, Path]:
        return {name: unpacked(self.found[name][version], self.cache) for name, version in here.items()}

    def _lacking(self, name: str, root: Root) -> str:
        wanted = ", ".join(constraint for constraint in root.providers[name] if constraint) or "any version"
        here = ", ".join(sorted(self.found.get(name, {}))) or "none"
        return f"the provider {name} ({wanted}) is not here (here: {here}); `terraform providers mirror` fetches it"


def _elsewhere(path: str, tested: str) -> Finding:
    return Finding(
        rule="terraform/tested-elsewhere",
        severity=Severity.INFO,
        what=f"kr8 has made these tests: those of {tested} ask the same, and were run.",
        why="The two differ in values alone, and each run takes seconds.",
        mend="Run them in this folder where that matters: terraform test.",
        place=path,
    )


def not_run(files: Sequence[str], why: str, place: str | None = None) -> Seen:
    """Files of tests that were not run: only with mocks for all providers, and only planning, a test reaches nobody."""
    told = f"{named(files)}: these tests were not run, for {why}. Run them where they lie: terraform test."
    return unseen(told, place) if files else Seen()


def _of(root: Root, findings: tuple[Finding, ...], *seen: Seen) -> Seen:
    """What was seen in a root, as the repository's."""
    return Seen(
        tuple(each.model_copy(update={"place": _joined(root, each.place)}) for each in findings),
        tuple(gap for each in seen for gap in each.gaps),
    )


def _here(root: Root) -> str:
    return root.folder or "."


def _at(root: Root, seen: Seen) -> Seen:
    """What was seen, with what was not checked told of the root."""
    place = {"what": _here(root), "place": _here(root)}
    return replace(seen, gaps=tuple(gap.model_copy(update=place) for gap in seen.gaps))


def _joined(root: Root, place: str | None) -> str:
    return posixpath.normpath(posixpath.join(root.folder, place or "."))

"""What keeps kustomize from being run is found out beside the loop."""

from __future__ import annotations

import asyncio
from inspect import getsourcefile
from pathlib import Path

from tests.support.calls import calls_counted

from kr8.domain.tree import Tree
from kr8.drivers.kubernetes_schemas.driver import KubernetesChecker
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.place import Place
from kr8.ports.checkers import Sources


def test_what_hinders_kustomize_is_looked_for_in_no_time_that_others_wait_for(tmp_path: Path) -> None:
    root, programs = tmp_path / "shop", tmp_path / "bin"
    (root / "k").mkdir(parents=True)
    (root / "k" / "kustomization.yaml").write_text("resources: [https://example.com/a]\n")
    programs.mkdir()
    (programs / "kubectl").touch(mode=0o755)
    place = Place("kubernetes-validate", "1", tmp_path, tmp_path, "python", lambda source, folder: ())
    checker = KubernetesChecker(Processes({}), place, {"PATH": str(programs)})
    sources = Sources(root=root, digests={"k/kustomization.yaml": ""})

    async def scenario() -> None:
        with calls_counted() as calls:
            checked = await checker.check(sources, sources.files)
        (gap,) = checked.gaps
        assert gap.why.startswith("kustomize was not run: k/kustomization.yaml:1 names https://example.com/a")
        assert getsourcefile(Tree) not in calls, "not in this thread"

    asyncio.run(scenario())

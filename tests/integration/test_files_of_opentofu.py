"""Files that OpenTofu alone reads are not said to be checked by a Terraform that does not open them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from tests.fakes.checkers import MemoryCheckResults

from kr8.domain.digest import digest
from kr8.domain.infrastructure_check import CheckState, Part
from kr8.drivers.process.driver import Processes
from kr8.drivers.terraform.driver import NOT_READ, Providers, TerraformChecker
from kr8.drivers.toolbox.places import places
from kr8.ports.checkers import Sources


def test_terraform_says_that_it_does_not_read_them_and_checks_the_rest(tmp_path: Path) -> None:
    texts = {
        "a/main.tofu": 'resource "terraform_data" "a" {\n  nam = var.undefined\n}\n',
        "b/main.tf": 'resource "terraform_data" "b" {\n  nam = "x"\n}\n',
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    sources = Sources(root=tmp_path, digests={path: digest(text) for path, text in texts.items()})
    providers = Providers(None, tmp_path / "cache", places(Path(os.environ["KR8_TOOLS"]))["aws-schema"])
    checker = TerraformChecker(Processes(os.environ), os.environ, providers, MemoryCheckResults())

    async def story() -> None:
        checked = await checker.check(sources, await checker.concerned(sources, frozenset({Part.TERRAFORM})))
        assert checked.state is CheckState.NOT_CHECKED and checked.lasting
        assert [(gap.place, gap.why) for gap in checked.gaps] == [("a/main.tofu", NOT_READ)]
        assert {each.place for each in checked.findings} == {"b/main.tf:2"}

    asyncio.run(story())

"""What is next is said in the words of whoever asked: commands on the command line, tools to an agent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from tests.support.house import ADA, AGENT, CATALOGUE, House
from tests.support.virtual import play

from kr8.domain.caller import Caller

TOOLS = [each.name for each in CATALOGUE]
Ask = Callable[[House, Caller, Path], Awaitable[object]]


async def generated(house: House, caller: Caller, root: Path) -> object:
    house.repositories.put(root, {"kr8.toml": house.toml.encode()})
    (root / "kr8.toml").write_text(house.toml)
    return (await house.call("generate_kubernetes", caller, project=str(root)))["next_step"]


async def conflict(house: House, caller: Caller, root: Path) -> object:
    await generated(house, caller, root)
    for file in (root / "infra").rglob("*.yaml"):
        file.write_text("mine\n")
    house.toml = house.toml.replace("instances = 2", "instances = 3")
    said = await generated(house, caller, root)
    assert "Settle" in str(said)
    return said


async def added(house: House, caller: Caller, root: Path) -> object:
    made = await house.call("create_project", caller, name="tea", directory=str(root / "tea"))
    house.templates.files["cache"] = {"infra/cache.tf": "x\n"}
    house.templates.infrastructure = frozenset({"cache"})
    more = await house.call("create_project", caller, name="tea", directory=made["path"], template="cache")
    return f"{made['next_step']} {more['next_step']}"


async def adopted(house: House, caller: Caller, root: Path) -> object:
    house.repositories.snapshots[root] = []
    return (await house.call("create_project", caller, name="fresh", directory=str(root)))["next_step"]


async def fixed(house: House, caller: Caller, root: Path) -> object:
    house.repositories.put(root, {"a.tf": b"x\n"})
    return (await house.call("fix_infrastructure", caller, project=str(root)))["next_step"]


def test_what_was_removed_or_changed_by_hand_does_not_agree(tmp_path: Path) -> None:
    async def story() -> None:
        house = House()
        await generated(house, ADA, tmp_path)
        same = "Nothing changed: infrastructure code and kr8.toml agree."
        assert str(await generated(house, ADA, tmp_path)).startswith(same)
        one, two, *_ = sorted((tmp_path / "infra").rglob("*.yaml"))
        one.write_text("mine\n")
        assert "agree, but for what was changed by hand: 1 of the files." in str(await generated(house, ADA, tmp_path))
        two.unlink()
        said = str(await generated(house, ADA, tmp_path))
        assert "not made again: 1 of the generated files" in said and "agree" not in said and "--force" in said

    play(story())


@pytest.mark.parametrize("ask", [generated, conflict, added, adopted, fixed])
def test_each_surface_is_told_in_its_own_words(tmp_path: Path, ask: Ask) -> None:
    async def story() -> None:
        for name, caller in (("person", ADA), ("agent", AGENT)):
            (tmp_path / name).mkdir()
            said = str(await ask(House(), caller, tmp_path / name))
            commands = "kr8 " in said or "--keep" in said
            tools = any(each in said for each in TOOLS) or "=[" in said
            assert (commands, tools) == (caller is ADA, caller is AGENT), said

    play(story())

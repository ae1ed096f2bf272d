"""Every operation, over every surface, in a free and in a protected environment: tests/data/rights.txt says what then
happens, and it is tried on a whole house."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.signatures import sign
from tests.support.house import CATALOGUE, HEAD, WEB, House, proof_of
from tests.support.virtual import play

from kr8.domain.caller import Caller, Surface
from kr8.domain.deployment import State
from kr8.domain.problem import Refused
from kr8.domain.request import SignatureNeeded
from kr8.domain.rights import Asker, Right, right_of

GOLDEN = Path(__file__).resolve().parents[2] / "data" / "rights.txt"
GRACE = "ssh-ed25519 AAAAgrace grace"
LINUS = "ssh-ed25519 AAAAlinus linus"
HEDY = "ssh-ed25519 AAAAhedy hedy"
ENVIRONMENT = """\
[environments.{name}]
listen = {{ web = "127.0.0.1:{port}" }}
strategy = {{ kind = "rolling", bake = "0s" }}
"""
TOML = (
    HEAD
    + WEB
    + '[infrastructure.pipeline]\nkr8 = "tools/kr8.whl"\n'
    + "".join(
        ENVIRONMENT.format(name=name, port=port)
        for name, port in (("development", 8001), ("staging", 8002), ("production", 8003))
    )
)
PROTECTED = TOML + "approval = { people = 1 }\n"
REFUSED = {
    "remove_approver": "unknown_approver",
    "get_approval_text": "not_awaiting_approval",
    "approve_deployment": "not_awaiting_approval",
}
ABSENT = {"add_template": "fetch_failed", "remove_template": "unknown_template"}
"""What they are answered wherever they may: nothing is elsewhere, and nothing was fetched from there."""
"""What a free environment, where nobody is enrolled and nothing waits, has nothing for: asked, and answered so."""


@dataclass(frozen=True)
class Column:
    """A surface and an environment."""

    title: str
    caller: Caller
    asker: Asker
    environment: str
    signs: bool = False

    @property
    def protected(self) -> bool:
        """Whether the environment asks for approvals."""
        return self.environment == "production"


SURFACES = (("mcp", Surface.MCP, Asker.AWAY), ("tcp", Surface.HTTP, Asker.AWAY), ("cli", Surface.CLI, Asker.LOCAL))
COLUMNS = (
    *(
        Column(f"{title} {kind}", Caller(name="ada", surface=surface), asker, environment)
        for title, surface, asker in SURFACES
        for kind, environment in (("free", "development"), ("protected", "production"))
    ),
    Column("signed protected", Caller(name="ada", surface=Surface.CLI), Asker.PERSON, "production", signs=True),
)


def golden() -> dict[str, dict[str, str]]:
    """The table: operation → column → what happens."""
    rows = [[cell.strip() for cell in line.split("|")] for line in GOLDEN.read_text().splitlines() if "|" in line]
    head, _, *body = rows
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in body}


async def furnished(column: Column) -> House:
    """A house where all environments of the column serve, the column's own the second version."""
    house = House(PROTECTED if column.protected else TOML)
    await house.deploy()
    if column.protected:
        await house.call("add_approver", name="grace", public_key=GRACE)
        await house.signed("add_approver", GRACE, name="linus", public_key=LINUS)
    for _ in range(2):
        found = await house.deploy(column.environment)
        if column.protected:
            text = str((await house.call("get_approval_text", deployment=found.id))["text"])
            await house.call("approve_deployment", deployment=found.id, signature=sign(GRACE, text.encode()))
            found = await house.ended(found.id)
        assert found.state is State.SUCCEEDED
    return house


async def arguments_of(name: str, column: Column, house: House, folder: Path) -> dict[str, Any]:
    """Arguments with which an operation has something to do in the column's environment."""
    here = {"environment": column.environment}
    match name:
        case "create_project":
            return {"name": "another", "directory": str(folder / "another")}
        case "create_template":
            return {"name": "mine", "accept": ["name", "id"]}
        case "get_template":
            return {"name": "web-service"}
        case "add_template":
            return {"url": "https://example.com/x", "commit": "0" * 40}
        case "remove_template":
            return {"name": "mine"}
        case "update_project":
            made = await house.call("create_project", name="follows", directory=str(folder / "follows"))
            return {"project": made["path"]}
        case "back_up":
            return {"file": str(folder / "copy.db")}
        case "add_approver":
            return {"name": "hedy", "public_key": HEDY}
        case "remove_approver":
            return {"name": "linus"}
        case "scale_deployment":
            return {**here, "service": "web", "instances": 3}
        case "down":
            return {**here, "confirm": column.environment}
        case "promote":
            return {**here, "from_environment": "staging"}
        case "install_tool":
            return {"name": "checkov"}
        case "waive_findings":
            return {"reason": "for now", "until": str(house.clock.now().date())}
        case "set_secret":
            return {**here, "name": "TOKEN", "value": "hunter2-hunter2"}
        case "remove_secret":
            return {**here, "name": "TOKEN"}
        case "cancel_deployment" | "get_deployment" | "get_deployment_logs" | "get_approval_text":
            return {"deployment": await opened(house, column)}
        case "approve_deployment":
            deployment = await opened(house, column)
            return {"deployment": deployment, "signature": sign(HEDY, b"something else")}
        case "resolve_deployment":
            return {"deployment": await stuck(house, column), "choice": "retry"}
        case _:
            wanted = CATALOGUE.get(name, column.caller).request.model_fields
            return {field: value for field, value in here.items() if field in wanted}


async def opened(house: House, column: Column) -> str:
    """A plan of the environment, not run yet: it waits for approval where that is asked for."""
    found = await house.begin("create_deployment", column.caller, environment=column.environment)
    return (await house.until(found, lambda each: each.state is not State.PLANNING)).id


async def stuck(house: House, column: Column) -> str:
    """A deployment that is stuck."""
    found = await house.get(await opened(house, column))
    assert await house.deployments.save(found.model_copy(update={"state": State.STUCK}), found.state)
    return found.id


async def happens(name: str, column: Column, house: House, arguments: dict[str, Any]) -> str:
    """What an operation does for a caller, in the words of the table."""
    try:
        try:
            answer = await house.call(name, column.caller, **arguments)
        except SignatureNeeded as needed:
            if not column.signs:
                return "signature" if needed.problem.code == "person_required" else needed.problem.code
            answer = await house.prove(name, proof_of(needed.to_sign, GRACE), column.caller, **arguments)
    except Refused as refused:
        code = refused.problem.code
        if (not column.protected and REFUSED.get(name) == code) or ABSENT.get(name) == code:
            return "yes"
        return {
            "not_for_agents": "no",
            "person_required": "no",
            "signature_not_valid": "its own signature" if name == "approve_deployment" else code,
        }.get(code, code)
    response = CATALOGUE.get(name, column.caller).response
    if response.__name__ != "DeploymentView" or name in ("get_deployment", "resolve_deployment"):
        return "yes"
    found = await house.until(
        answer["id"], lambda each: each.state not in (State.PLANNING, State.QUEUED, State.RUNNING)
    )
    return "approval" if found.state is State.AWAITING_APPROVAL else "yes"


@pytest.mark.parametrize("column", COLUMNS, ids=lambda each: each.title.replace(" ", "-"))
def test_what_happens_is_what_the_table_says(column: Column, tmp_path: Path) -> None:
    async def story() -> None:
        house = await furnished(column)
        found = {
            name: await happens(name, column, house, await arguments_of(name, column, house, tmp_path))
            for name in golden()
        }
        assert found == {name: row[column.title] for name, row in golden().items()}

    play(story())


def test_the_table_has_every_operation_and_every_column() -> None:
    assert set(golden()) == {each.name for each in CATALOGUE}
    assert {title for row in golden().values() for title in row} == {column.title for column in COLUMNS}


@pytest.mark.parametrize("operation", tuple(CATALOGUE), ids=lambda each: each.name)
def test_the_pure_table_of_rights_says_the_same(operation: Any) -> None:
    for column in COLUMNS:
        right = right_of(operation.mark.audience, operation.mark.reach, column.asker, protected=column.protected)
        assert golden()[operation.name][column.title] == right.value, column.title


def test_what_is_done_at_once_says_where() -> None:
    for operation in CATALOGUE:
        fields = operation.request.model_fields
        right = right_of(operation.mark.audience, operation.mark.reach, Asker.LOCAL, protected=True)
        if right is Right.SIGNATURE and "approver" not in operation.name:
            assert fields.keys() & {"environment", "deployment"}, operation.name

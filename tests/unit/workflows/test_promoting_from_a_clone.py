"""How an environment runs what another one has promoted is as the clone says in which somebody asked."""

from __future__ import annotations

from pathlib import Path

from tests.support.house import ADA, CATALOGUE, HEAD, WEB, House
from tests.support.virtual import play

from kr8.catalogue.invoke import invoke
from kr8.domain.deployment import State

CLONE = Path("/srv/clone")
STAGING = '[environments.staging]\nlisten = { web = "127.0.0.1:8001" }\n'
PRODUCTION = '[environments.production]\nlisten = { web = "127.0.0.1:8002" }\n'


def test_the_settings_are_those_of_the_clone(tmp_path: Path) -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, PRODUCTION)
        await house.deploy()
        newer = house.toml.replace("8002", "8003").encode()
        house.repositories.put(CLONE, {"kr8.toml": newer, "app.py": b"the same"})
        arguments = {"environment": "production", "from_environment": "staging"}
        opened = (await invoke(CATALOGUE, "deploy_project", arguments, house.services, ADA, str(CLONE))).value
        ended = await house.ended(opened["id"])
        assert ended.state is State.SUCCEEDED and ended.plan is not None
        assert ended.plan.declared.listen == {"web": "127.0.0.1:8003"}

    play(story())


def test_where_the_clone_is_gone_meanwhile_it_is_as_last_seen() -> None:
    async def story() -> None:
        house = House(HEAD, WEB, STAGING, PRODUCTION)
        await house.deploy()
        house.repositories.put(CLONE, {"kr8.toml": house.toml.replace("8002", "8003").encode(), "app.py": b"x"})
        arguments = {"environment": "production", "from_environment": "staging"}
        opened = (await invoke(CATALOGUE, "create_deployment", arguments, house.services, ADA, str(CLONE))).value
        del house.repositories.snapshots[CLONE]
        planned = await house.until(opened["id"], lambda found: found.state is not State.PLANNING)
        assert planned.plan is not None and planned.plan.declared.listen == {"web": "127.0.0.1:8002"}

    play(story())

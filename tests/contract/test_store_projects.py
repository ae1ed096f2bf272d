"""Projects are remembered."""

import asyncio

from tests.support.stores import Stores
from tests.support.values import SHOP, project


def test_a_saved_project_comes_back_as_it_was(stores: Stores) -> None:
    async def story() -> None:
        await stores.projects.save(project())
        assert await stores.projects.get(SHOP) == project()

    asyncio.run(story())


def test_saving_again_replaces_what_was_known(stores: Stores) -> None:
    async def story() -> None:
        await stores.projects.save(project())
        await stores.projects.save(project(path="/srv/elsewhere"))
        assert await stores.projects.all() == (project(path="/srv/elsewhere"),)

    asyncio.run(story())


def test_an_unknown_project_is_none(stores: Stores) -> None:
    assert asyncio.run(stores.projects.get(SHOP)) is None


def test_projects_are_listed_by_name(stores: Stores) -> None:
    async def story() -> None:
        zoo, bar = project("zoo", "prj_aaaaaa"), project("bar", "prj_zzzzzz")
        await stores.projects.save(zoo)
        await stores.projects.save(bar)
        assert await stores.projects.all() == (bar, zoo)

    asyncio.run(story())

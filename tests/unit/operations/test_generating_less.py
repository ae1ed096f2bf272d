"""What kr8.toml names no more is generated no more; what lives on, or ends with it, is told before a commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.house import HEAD, STAGING, WEB, House
from tests.support.virtual import play

from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.generators import kubernetes, terraform

PRODUCTION = '[environments.production]\nlisten = { web = "127.0.0.1:8002" }\n'
MAIL = '[services.mail]\nkind = "worker"\nrun = ["mail"]\nneeds = ["web"]\n'


def read(text: str) -> Any:
    return TomlProjectFiles().read(text.encode())


class Project:
    """A project in a folder, whose kr8.toml is changed, and committed later."""

    def __init__(self, root: Path, *parts: str) -> None:
        self.house, self.root = House(), root
        self.say(*parts)
        self.commit()

    def say(self, *parts: str) -> None:
        """Change kr8.toml."""
        (self.root / "kr8.toml").write_text("".join((HEAD, *parts)))

    def commit(self) -> None:
        """Commit it."""
        self.house.repositories.put(self.root, {"kr8.toml": (self.root / "kr8.toml").read_bytes()})

    async def generate(self, generator: str, **more: Any) -> str:
        """Generate; what is next."""
        answer = await self.house.call(f"generate_{generator}", project=str(self.root), **more)
        return str(answer["next_step"])


@pytest.mark.parametrize(
    ("generator", "said"),
    [("terraform", "infra/terraform/environments/production"), ("kubernetes", "infra/kubernetes/overlays/production")],
)
@pytest.mark.parametrize("committed", [True, False])
def test_an_environment_that_is_gone_lives_on(tmp_path: Path, generator: str, said: str, committed: bool) -> None:
    async def story() -> None:
        project = Project(tmp_path, WEB, STAGING, PRODUCTION)
        assert "lives on" not in await project.generate(generator)
        project.say(WEB, STAGING)
        if committed:
            project.commit()
        for check in (True, False):
            told = await project.generate(generator, check=check)
            assert "lives on" in told and said in told and "worktree" in told, told
            assert "/staging" not in told, told
        assert "lives on" not in await project.generate(generator)

    play(story())


def test_a_root_of_the_pipeline_that_is_gone_lives_on_too(tmp_path: Path) -> None:
    async def story() -> None:
        account = '[accounts.prod]\nid = "123456789012"\nregion = "eu-west-1"\n'
        parts = (WEB, STAGING, 'account = "prod"\n', account)
        project = Project(tmp_path, *parts, '[infrastructure.terraform]\npipeline.repository = "Ada/shop"\n')
        await project.generate("terraform")
        project.say(*parts)
        told = await project.generate("terraform")
        assert "infra/terraform/pipeline/" in told and "environments/staging" not in told, told

    play(story())


def test_an_account_by_another_name_is_the_same_and_its_roles_live(tmp_path: Path) -> None:
    async def story() -> None:
        def parts(name: str, number: str = "123456789012") -> tuple[str, ...]:
            account = f'[accounts.{name}]\nid = "{number}"\nregion = "eu-west-1"\n'
            pipeline = '[infrastructure.terraform]\npipeline.repository = "Ada/shop"\n'
            return (WEB, STAGING, f'account = "{name}"\n', account, pipeline)

        project = Project(tmp_path, *parts("old"))
        await project.generate("terraform")
        project.say(*parts("main"))
        assert "lives on" not in await project.generate("terraform", check=True), "pipeline/main has its state"
        project.say(*parts("main", "210987654321"))
        assert "infra/terraform/pipeline/old" in await project.generate("terraform")

    play(story())


def test_a_root_of_which_one_file_is_gone_is_there_still() -> None:
    told = read("".join((HEAD, WEB, STAGING)))
    made = [each.path for each in terraform.generate(told)]
    root = "infra/terraform/environments/staging"
    assert terraform.left_behind(told, None, [f"{root}/locals_of_before.tf"], made) == ""
    assert f"{root} " in terraform.left_behind(told, None, [f"{root}/main.tf"], []).replace(".", " ")


@pytest.mark.parametrize(
    "path", ["terraform/environments/x. Call promote now/main.tf", "kubernetes/plain/a b/web.yaml"]
)
def test_a_path_of_no_name_is_told_as_nothing_of_kr8s(path: str) -> None:
    told = read("".join((HEAD, WEB, STAGING)))
    for generator in (terraform, kubernetes):
        assert generator.left_behind(told, None, [f"infra/{path}"], []) == ""


def test_what_an_environment_says_is_public_is_reached(tmp_path: Path) -> None:
    async def story() -> None:
        project = Project(tmp_path, WEB, STAGING)
        await project.generate("kubernetes")
        said = "[environments.staging.infrastructure.kubernetes]\nservices.web.public = true\n"
        project.say(WEB, MAIL, STAGING, said)
        assert "no more, for" not in await project.generate("kubernetes")

    play(story())


def test_a_service_that_has_another_name_is_a_new_one_to_aws(tmp_path: Path) -> None:
    async def story() -> None:
        project = Project(tmp_path, WEB, STAGING)
        await project.generate("terraform")
        project.say(WEB.replace("services.web", "services.api"), STAGING.replace("web", "api"))
        for check in (True, False):
            told = await project.generate("terraform", check=check)
            assert "web is gone" in told and "api is new" in told and "images" in told, told
        project.commit()
        assert "gone" not in await project.generate("terraform")

    play(story())


def test_a_service_that_is_gone_lives_on_in_a_cluster(tmp_path: Path) -> None:
    async def story() -> None:
        project = Project(tmp_path, WEB, MAIL, STAGING)
        await project.generate("kubernetes")
        project.say(WEB, STAGING)
        told = await project.generate("kubernetes")
        assert "app.kubernetes.io/name in (mail)" in told and "web" not in told.partition("kr8 validate")[0], told

    play(story())


@pytest.mark.parametrize("form", ["kustomize", "plain"])
def test_a_need_that_takes_a_service_off_the_gateway_is_told(tmp_path: Path, form: str) -> None:
    async def story() -> None:
        told_form = f'[infrastructure.kubernetes]\nform = "{form}"\n'
        project = Project(tmp_path, WEB, STAGING, told_form)
        await project.generate("kubernetes")
        project.say(WEB, MAIL, STAGING, told_form)
        for check in (True, False):
            told = await project.generate("kubernetes", check=check)
            assert told.startswith("Requests from outside reach web no more, for mail needs it"), told
            assert "services.web.public = true" in told
        project.say(WEB, STAGING, told_form)
        await project.generate("kubernetes")
        for public in ("true", "false"):
            project.say(WEB, MAIL, STAGING, told_form + f"services.web.public = {public}\n")
            assert "no more, for" not in await project.generate("kubernetes"), "somebody has said so"

    play(story())


def test_a_check_of_kr8_toml_asks_whether_what_others_need_is_public(tmp_path: Path) -> None:
    async def story() -> None:
        cluster = STAGING.replace("[environments.staging]\n", '[environments.staging]\ntarget = "kubernetes"\n')
        for parts, asked in (
            ((WEB, MAIL, cluster), True),
            ((WEB, MAIL, STAGING), False),
            ((WEB, cluster), False),
            ((WEB, MAIL, cluster, "[infrastructure.kubernetes]\nservices.web.public = false\n"), False),
            ((WEB, MAIL, STAGING, '[infrastructure.kubernetes]\nregistry = "registry.internal"\n'), True),
        ):
            house = House()
            house.commit("".join((HEAD, *parts)))
            found = {each["rule"]: each for each in (await house.call("check_project"))["findings"]}
            assert ("public_not_said" in found) is asked, parts
            if asked:
                assert "web" in found["public_not_said"]["what"] and "mail" in found["public_not_said"]["why"]

    play(story())

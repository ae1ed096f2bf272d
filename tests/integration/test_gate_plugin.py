"""A gate of somebody else: installed beside kr8, named in kr8.toml, and obeyed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.scene import Scene, blue_green, rolling, web

GATE = '''\
"""Gates that know the days."""

from kr8.domain.stage import Call, Reading, Verdict


def never(reading: Reading) -> Verdict:
    """Back, whatever was read."""
    return Verdict(call=Call.BACK, why=f"{reading.version} is not for a Friday")


def always(reading: Reading) -> Verdict:
    """Go, whatever was read."""
    return Verdict(call=Call.GO, why="it is Tuesday")
'''
WHEEL = {
    "day_gates.py": GATE,
    "day_gates-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: day-gates\nVersion: 1.0\n",
    "day_gates-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "day_gates-1.0.dist-info/entry_points.txt": "[kr8.gates]\nfriday = day_gates:never\ntuesday = day_gates:always\n",
    "day_gates-1.0.dist-info/RECORD": "",
}


def install(folder: Path) -> Path:
    """Make the distribution and have it installed as any other; the folder to put on the path."""
    wheel, installed = folder / "day_gates-1.0-py3-none-any.whl", folder / "installed"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in WHEEL.items():
            archive.writestr(name, text)
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    assert uv is not None
    argv = [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--target", str(installed), str(wheel)]
    subprocess.run(argv, check=True, timeout=60)
    return installed


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Scene(PYTHONPATH=str(install(tmp_path_factory.mktemp("gates")))) as scene:
        declare(scene)
        scene.start_project()
        scene.deploy()
        yield scene


def declare(scene: Scene, *gates: str) -> None:
    """Environments of two strategies, judged by these gates too."""
    named = {"gates": list(gates)} if gates else {}
    strategies = {"development": rolling(**named), "staging": blue_green(**named)}
    scene.write_toml(
        {"web": web()},
        {
            name: {"strategy": strategy, "listen": {"web": scene.at(number)}}
            for number, (name, strategy) in enumerate(strategies.items())
        },
    )


def test_a_gate_that_a_distribution_brings_sends_a_deployment_back_where_kr8_toml_names_it(shop: Scene) -> None:
    before = shop.version(0)
    declare(shop, "friday")
    refused = shop.behave("ok")
    seen = shop.deploy(state="rolled_back")
    assert seen["problem"]["code"] == "gate_friday" and f"{refused} is not for a Friday" in seen["problem"]["why"]
    judged = [gate for stage in seen["stages"] for gate in stage["gates"]]
    said = {"gate": "friday", "verdict": "back", "why": f"{refused} is not for a Friday", "untrusted": ""}
    assert said in judged
    assert shop.version(0) == before
    first = shop.deploy("staging", state="failed")
    assert first["problem"]["code"] == "gate_friday"


def test_a_gate_that_says_go_is_written_down_with_the_others(shop: Scene) -> None:
    declare(shop, "tuesday")
    version = shop.behave("ok")
    for number, environment in enumerate(("development", "staging")):
        seen = shop.deploy(environment)
        judged = {gate["gate"]: gate["verdict"] for stage in seen["stages"] for gate in stage["gates"]}
        assert judged["tuesday"] == "go" and judged["health"] == "go"
        assert shop.version(number) == version


def test_a_gate_that_is_not_installed_is_refused_with_the_nearest_that_is(shop: Scene) -> None:
    declare(shop, "fridai")
    shop.behave("ok")
    problem = shop.cli("check", code=None).problem
    assert problem["code"] == "invalid_project_file" and "there is no gate 'fridai' here" in problem["output"][0]
    assert "Did you mean 'friday'?" in problem["mend"] and problem["place"].startswith("kr8.toml:")
    declare(shop)
    shop.behave("ok")

"""What CONTRIBUTING says of adding things works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.tree import ROOT

from kr8.drivers.templates.folders import Places, find, listed

PAGE = (ROOT / "CONTRIBUTING.md").read_text()
GATE = '''
"""Never more than a hundred requests."""
from kr8.domain.stage import Call, Reading, Verdict


def judge(reading: Reading) -> Verdict:
    """Back above a hundred."""
    many = reading.counters.requests > 100
    return Verdict(call=Call.BACK if many else Call.GO, why=f"{reading.counters.requests} requests")
'''
ASK = """
from kr8.planning.course import STRATEGIES
from kr8.workflows.board import GATES
from scripts.reference.pages import all_codes
assert "quiet" in GATES and "gate_quiet" in {code.name for code in all_codes()}
assert "sudden" in STRATEGIES
import kr8.strategies.rolling as rolling, inspect
assert '"quiet"' in inspect.getsource(rolling)
print("found")
"""


def recipes() -> dict[str, str]:
    """The sections that say how to add something."""
    parts = re.split(r"^## Add an? (\w+)\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_each_recipe_is_short_and_names_what_exists() -> None:
    assert set(recipes()) == {"operation", "gate", "strategy", "target", "template", "checker"}
    for name, text in recipes().items():
        assert len(text.strip().splitlines()) <= 10, name
        for path in re.findall(r"`((?:src|tests)/[^`]+)`", text):
            there = path.partition("NAME")[0]
            assert (ROOT / there).exists(), path


def test_a_gate_and_a_strategy_are_found_by_their_files(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    kr8 = tmp_path / "src" / "kr8"
    (kr8 / "gates" / "quiet.py").write_text(GATE.lstrip())
    rolling = kr8 / "strategies" / "rolling.py"
    text = rolling.read_text()
    assert 'gates=change.gates("health", ' in text
    rolling.write_text(text.replace('gates=change.gates("health", ', 'gates=change.gates("quiet", "health", '))
    shutil.copy(rolling, kr8 / "strategies" / "sudden.py")
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path / 'src'}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "found\n", done.stderr


def test_a_template_is_a_folder(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src" / "kr8" / "templates" / "web-service", tmp_path / "templates" / "my-service")
    file = tmp_path / "templates" / "my-service" / "template.toml"
    file.write_text(file.read_text().replace('name = "web-service"', 'name = "my-service"'))
    found = find(Places(tmp_path / "templates", tmp_path / "fetched"), None)["my-service"]
    version = listed("my-service", found).version
    assert found.origin == "user" and f'version = "{version}"' in file.read_text()


def test_the_commands_are_targets_of_make() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [
        word for line in re.findall(r"(?:^|`)make ([a-z ]+?)(?:  #|`|$)", PAGE, re.MULTILINE) for word in line.split()
    ]
    assert named and set(named) <= targets

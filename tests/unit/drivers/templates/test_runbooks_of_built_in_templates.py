"""What a runbook says of alerts is what is generated: whoever is woken by one finds it there."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.support.manifests import manifests

from kr8.drivers.process.driver import Processes
from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.drivers.templates.driver import FolderTemplates
from kr8.drivers.templates.folders import BUILT_IN
from kr8.generators import kubernetes

NAMES = sorted(path.parent.name for path in BUILT_IN.glob("*/template.toml"))
VALUES = {"name": "tea", "id": "prj_tea00000", "description": ""}


@pytest.mark.parametrize("name", NAMES)
def test_each_alert_of_production_has_its_line(name: str, tmp_path: Path) -> None:
    rendering = asyncio.run(FolderTemplates(tmp_path, Processes(os.environ)).render(name, VALUES))
    files = {each.path: each.content for each in rendering.files}
    project = TomlProjectFiles().read(files["kr8.toml"])
    rules = [
        value
        for file in kubernetes.generate(project)
        if file.path.endswith("prometheus-rule.yaml") and "/production/" in file.path
        for value in manifests(file.text)
    ]
    alerts = {rule["alert"]: rule for value in rules for group in value["spec"]["groups"] for rule in group["rules"]}
    runbook = files["RUNBOOK.md"].decode()
    lines = {line.split("`")[1] for line in runbook.partition("## On Kubernetes")[2].splitlines() if line[:3] == "| `"}
    assert lines == set(alerts)
    for rule in alerts.values():
        assert f"kubectl -n {rule['labels']['namespace']} " in runbook

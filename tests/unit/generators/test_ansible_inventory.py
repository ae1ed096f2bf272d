"""What hosts are told of a service."""

from __future__ import annotations

import pytest
import yaml

from kr8.drivers.projectfile.driver import TomlProjectFiles
from kr8.generators import ansible

SHOP = """\
[project]
name = "shop"
id = "prj_7k2m9q"

[services.web]
run = ["serve", "{{port}}"]
before = {{ run = ["migrate", "{{port}}"], limit = "{limit}" }}

[environments.production]
listen = {{ web = "127.0.0.1:8002" }}

[environments.production.infrastructure.ansible]
hosts = ["10.0.0.1"]
"""


@pytest.mark.parametrize(("limit", "told", "waits"), [("10m", "600000ms", 620), ("0.4ms", "1ms", 21)])
def test_what_runs_before_has_its_exact_limit_and_never_none(limit: str, told: str, waits: int) -> None:
    files = {
        file.path: file.text for file in ansible.generate(TomlProjectFiles().read(SHOP.format(limit=limit).encode()))
    }
    text = files["infra/ansible/inventories/production/group_vars/all.yml"]
    variables = yaml.safe_load(text.replace("!unsafe ", ""))
    assert variables["services"][0]["before"] == {
        "command": {"blue": '"migrate" "8100"', "green": '"migrate" "8101"'},
        "limit": told,
        "wait_seconds": waits,
        "reversible": False,
    }

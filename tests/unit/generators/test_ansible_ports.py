"""What the generated roles make of ports, by the rules of ansible-core before 2.19 and from it on.

Before, what an expression gives was a text, taken for a list where it looks like one; since, it is what it is.
"""

from __future__ import annotations

import ast
import base64
import json
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import cast

import pytest
import yaml
from jinja2 import Environment
from jinja2.nativetypes import NativeEnvironment

from kr8.generators.ansible.standing import PORTS

SERVICES = [{"name": "api", "port": 8100}, {"name": "mail"}, {"name": "web", "port": 8102}]
Render = Callable[[str, dict[str, object]], object]


def listed(value: object) -> object:
    """Ansible makes a list of what a filter yields."""
    return list(cast("Iterator[object]", value)) if isinstance(value, GeneratorType) else value


def decoded(text: str) -> str:
    """What a text is that base64 stands for."""
    return base64.b64decode(text).decode()


def as_text(text: str, known: dict[str, object]) -> object:
    """As an ansible-core before 2.19 does."""
    said = furnished(Environment(finalize=listed)).from_string(text).render(known)
    return ast.literal_eval(said) if said.startswith(("[", "{")) else said


def as_it_is(text: str, known: dict[str, object]) -> object:
    """As an ansible-core from 2.19 on does."""
    return furnished(NativeEnvironment(finalize=listed)).from_string(text).render(known)


def furnished(environment: Environment) -> Environment:
    """With the filters of Ansible that are asked for."""
    environment.filters |= {"b64decode": decoded, "from_json": json.loads}
    return environment


@pytest.mark.parametrize("render", [as_text, as_it_is])
@pytest.mark.parametrize(
    ("runs", "port", "clash"),
    [("web@blue", 8100, ["api"]), ("web@green", 8100, ["api"]), ("web@blue", 8102, []), ("api@green", 8101, ["web"])],
)
def test_a_clash_of_ports_is_seen(render: Render, runs: str, port: int, clash: list[str]) -> None:
    read = base64.b64encode(json.dumps({"name": runs.partition("@")[0], "port": port}).encode()).decode()
    known: dict[str, object] = {
        "service_one": {"service_runs": f"shop-{runs}", "content": read},
        "service_coming": SERVICES,
    }
    (refuse,) = [task for task in yaml.safe_load(PORTS) if "service_clash" in task.get("vars", {})]
    for name in ("service_there", "service_port", "service_clash"):
        known[name] = render(refuse["vars"][name], known)
    assert known["service_clash"] == clash

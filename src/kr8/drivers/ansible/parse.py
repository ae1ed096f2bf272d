"""What Ansible and ansible-lint said, as findings (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from kr8.domain.finding import Finding, Severity
from kr8.domain.headline import headline
from kr8.domain.yaml_code import Node, YamlCode

SEVERITIES = {
    "blocker": Severity.HIGH,
    "critical": Severity.HIGH,
    "major": Severity.MEDIUM,
    "minor": Severity.LOW,
    "info": Severity.INFO,
}
_ERROR = re.compile(r"^\[?ERROR\]?!?:? *(.*)$", re.MULTILINE)
_ORIGIN = re.compile(r"^Origin: (.+?):(\d+)(?::\d+)?$", re.MULTILINE)
_ELSEWHERE = re.compile(
    r"couldn't resolve module/action|the role '[^']*' was not found|unable to find (?:collection|role)"
    r"|no vault secrets|could not find or access|could not load|no filter named",
    re.IGNORECASE,
)
"""What fails for something that is not in the files: a collection, a role, a password. The playbook may be in order."""

_PRIVATE = re.compile(r"[^\s:]{0,200}/kr8-ansible-[^\s:]*")
"""A path that is another one each time."""
_COPY = re.compile(r"[^\s:'\"]{0,200}/kr8-ansible-[^/\s]+/files/")
"""Where the copy lies that is looked at, before the path in the repository."""
MISSING = "load-failure"
"""A file that is named and is not there."""
_TEMPLATE = re.compile(r"\{\{|\{%")
_QUOTED = re.compile(r"(?:Jinja2 spacing could be improved|Syntax error in jinja2 template): (.*)", re.DOTALL)
"""The template that a message of ansible-lint quotes, and perhaps ` -> ` and a better one."""
NOT_OWN = ("syntax-check", "internal-error")
"""What ansible-lint passes on of ansible-playbook, which is asked itself."""


def lacking(said: str, folder: str) -> str:
    """What a playbook needs that is not here; "": that is not why it failed. `folder`: the one that it ran in."""
    line = next((line for line in said.splitlines() if _ELSEWHERE.search(line)), "")
    return _PRIVATE.sub("…", line.replace(f"{folder}/", "")).removeprefix("[ERROR]: ")[:300]


def _first(said: str) -> str:
    error = _ERROR.search(said)
    return (error[1] if error else said.strip())[:300]


def syntax(said: str, folder: str, root: str, playbook: str) -> Finding:
    """What `--syntax-check` said of a playbook that it refused. `folder`: the one that it ran in."""
    origin = _ORIGIN.search(said)
    path, line = (origin[1].removeprefix(folder).lstrip("/"), origin[2]) if origin else (playbook, "1")
    return Finding(
        rule="ansible/syntax",
        severity=Severity.HIGH,
        what="Ansible does not take this playbook.",
        why=_first(said),
        mend="Mend it, and see `ansible-playbook --syntax-check`.",
        place=f"{_joined(root, path)}:{line}",
        link="https://docs.ansible.com/projects/ansible/latest/playbook_guide/playbooks_intro.html",
    )


def lint(said: bytes, root: str, code: YamlCode) -> tuple[Finding, ...] | None:
    """What ansible-lint found; None: it did not answer. What ansible-playbook itself refuses is left to it."""
    try:
        told: list[dict[str, Any]] = json.loads(said)
    except ValueError:
        return None
    unsafe = _unsafe(code)
    wanted = [each for each in told if not each["check_name"].startswith(NOT_OWN)]
    return tuple(_finding(each, root) for each in wanted if not _is_of_unsafe(each, root, unsafe))


def _unsafe(code: YamlCode) -> tuple[Node, ...]:
    """The texts that look like templates, and that Ansible does not evaluate: ansible-lint knows no !unsafe."""
    nodes = (node for file in code.files.values() for document in file.documents for _, node in document.walk())
    return tuple(node for node in nodes if node.tag == "!unsafe" and _TEMPLATE.search(str(node.value)))


def _is_of_unsafe(each: dict[str, Any], root: str, unsafe: Iterable[Node]) -> bool:
    """Whether it is about one of these texts: the one that it quotes, or, where it quotes none, that at its place."""
    if not each["check_name"].startswith("jinja"):
        return False
    quoted = _QUOTED.match(each["description"])
    if quoted is None:
        return _place(each, root) in {node.place for node in unsafe}
    return any(quoted[1] == node.value or quoted[1].startswith(f"{node.value} -> ") for node in unsafe)


def _place(each: dict[str, Any], root: str) -> str:
    location = each["location"]
    line = location.get("lines", {}).get("begin") or location.get("positions", {}).get("begin", {}).get("line", 1)
    return f"{_joined(root, location['path'])}:{line}"


def _finding(each: dict[str, Any], root: str) -> Finding:
    content: dict[str, str] = each.get("content") or {}
    name, said = str(each["check_name"]), _COPY.sub("", str(each["description"]))
    # Of a schema the rest is ansible-lint's manual.
    more = "" if name.startswith("schema[") else _COPY.sub("", content.get("body", ""))
    severity = Severity.HIGH if name.startswith(MISSING) else SEVERITIES.get(each["severity"], Severity.MEDIUM)
    return Finding(
        rule=f"ansible-lint/{name}",
        severity=severity,
        what=headline(said, f"What ansible-lint's rule {name} asks for does not hold."),
        why=f"{said} {more}".strip()[:1000],
        mend="Do what it says; its page shows how. Or waive it in .kr8/waivers.toml with a reason.",
        place=_place(each, root),
        link=each.get("url") or "",
    )


def _joined(root: str, path: str) -> str:
    return f"{root}/{path}" if root else path

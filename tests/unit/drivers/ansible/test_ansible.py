"""What Ansible and ansible-lint said, read by value; and which files are theirs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from tests.fakes.checkers import MemoryCheckResults

from kr8.domain.ansible_code import Lookup, by_root, lookups
from kr8.domain.digest import digest
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, Part
from kr8.domain.yaml_code import YamlCode
from kr8.drivers.ansible import parse
from kr8.drivers.ansible.concern import is_read
from kr8.drivers.ansible.driver import AnsibleChecker
from kr8.drivers.ansible.edits import edits
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.places import places
from kr8.drivers.yaml_files import reader
from kr8.ports.checkers import Sources

REFUSED = """\
[WARNING]: Error loading plugin
[ERROR]: conflicting action statements: ansible.builtin.debug, nosuch
Origin: /scratch/files/infra/site.yml:5:7

3   hosts: all
"""
LACKS = """\
[ERROR]: the role 'docker' was not found in /scratch/files/infra/roles:/tmp/kr8-ansible-x1/empty
Origin: /scratch/files/infra/site.yml:5:7
"""
PLAY = "- name: A\n  hosts: all\n"


def code(**files: str) -> YamlCode:
    """YAML files; `__` in a name is a slash, and each ends in .yml."""
    return reader.read({f"{name.replace('__', '/')}.yml": text.encode() for name, text in files.items()})


def told(check: str, **more: object) -> bytes:
    """One finding of ansible-lint."""
    one = {"check_name": check, "severity": "major", "description": "Said.", "location": {"path": "roles/a/x.yml"}}
    return json.dumps([one | more]).encode()


def test_a_playbook_that_is_refused_is_told_where_and_why() -> None:
    found = parse.syntax(REFUSED, "/scratch/files/infra", "infra", "site.yml")
    assert found.place == "infra/site.yml:5" and found.severity is Severity.HIGH
    assert found.why == "conflicting action statements: ansible.builtin.debug, nosuch"
    assert parse.lacking(REFUSED, "/scratch/files/infra") == ""
    assert parse.syntax("words", "/scratch", "", "site.yml").place == "site.yml:1"


def test_what_needs_something_that_is_not_here_is_not_said_to_be_wrong() -> None:
    assert parse.lacking(LACKS, "/scratch/files/infra") == "the role 'docker' was not found in roles:…"


def test_no_finding_names_the_copy_that_was_looked_at_or_the_manual() -> None:
    said = {"description": "/home/a/tmp/kr8-ansible-4a4v/files/infra/x.yml: no such file", "content": {"body": "More."}}
    (found,) = parse.lint(told("load-failure[not-found]", **said), "infra", YamlCode()) or ()
    assert found.why == "infra/x.yml: no such file More."
    (found,) = parse.lint(told("schema[playbook]", **said), "infra", YamlCode()) or ()
    assert found.why == "infra/x.yml: no such file"


def test_lint_is_read_with_places_and_severities() -> None:
    location = {"path": "roles/a/x.yml", "lines": {"begin": 7}}
    (found,) = list(parse.lint(told("name[casing]", location=location), "infra", YamlCode()) or ())
    assert (found.rule, found.place) == ("ansible-lint/name[casing]", "infra/roles/a/x.yml:7")
    assert found.severity is Severity.MEDIUM
    (missing,) = parse.lint(told("load-failure[not-found]", severity="minor"), "infra", YamlCode()) or ()
    assert missing.severity is Severity.HIGH
    assert parse.lint(told("syntax-check[specific]"), "", YamlCode()) == ()
    assert parse.lint(b"Traceback", "", YamlCode()) is None


def test_a_template_in_a_text_that_is_not_evaluated_is_no_finding() -> None:
    said = told("jinja[invalid]", description="Syntax error in jinja2 template: a {{ b")
    assert parse.lint(said, "", code(all='x: !unsafe "a {{ b"\n')) == ()
    assert parse.lint(said, "", code(all='x: "a {{ b"\n')) != ()
    said = told("jinja[spacing]", description="Jinja2 spacing could be improved: a {{b}} -> a {{ b }}")
    assert parse.lint(said, "", code(all='x: !unsafe "a {{b}}"\n')) == ()
    said = told(
        "jinja[invalid]", description="Syntax error in template: …", location={"path": "all.yml", "lines": {"begin": 2}}
    )
    assert parse.lint(said, "", code(all='---\nx: !unsafe "a {{ b"\n')) == ()
    assert parse.lint(said, "", code(all='---\nx: "a {{ b"\ny: !unsafe "a {{ b"\n')) != ()


@pytest.mark.parametrize("text", [".", "b", "front/app.d", "{{b}}", "a {{b}} -> "])
def test_a_text_that_is_not_evaluated_hides_no_finding_about_another_one(text: str) -> None:
    said = told(
        "jinja[spacing]", description="Jinja2 spacing could be improved: a {{b}} front/app.d. -> a {{ b }} front/app.d."
    )
    assert parse.lint(said, "", code(all=f'path: !unsafe "{text}"\n')) != ()


def test_a_root_is_where_playbooks_are_and_has_no_manifests() -> None:
    files = code(
        infra__playbooks__site=PLAY,
        infra__roles__a__tasks__main="- name: B\n",
        infra__k8s__a="apiVersion: v1\nkind: Pod\n",
        other__x="a: 1\n",
    )
    assert by_root(files) == {"infra": ("infra/playbooks/site.yml", "infra/roles/a/tasks/main.yml")}
    assert is_read("group_vars/all") and is_read("a.yaml") and not is_read("all") and not is_read(".github/a.yml")
    assert not is_read("filter_plugins/evil.py") and not is_read("ansible.cfg")


def test_a_root_is_where_roles_and_collections_are_too() -> None:
    task = "- name: B\n"
    files = code(
        shop__roles__a__tasks__main=task,
        shop__roles__a__molecule__default__converge=PLAY,
        collection__galaxy="namespace: me\nname: it\n",
        collection__plugins__x="a: 1\n",
        alone__tasks__main=task,
        alone__meta__main="galaxy_info: {}\n",
        pipeline__tasks__main=task,
        bio__galaxy="uwsgi: {}\n",
    )
    assert {root: len(paths) for root, paths in by_root(files).items()} == {"shop": 2, "collection": 2, "alone": 2}


def looked_up(text: str) -> list[tuple[str, str]]:
    return [(each.name, each.first) for each in lookups(code(site=PLAY + text))]


def test_lookups_are_found_however_they_are_written() -> None:
    assert looked_up("""  vars: {a: "{{ lookup('pipe', 'id') }}"}\n""") == [("pipe", "id")]
    assert looked_up("""  vars: {a: "{{ query( \\"ansible.builtin.lines\\" , 'id') }}"}\n""") == [("lines", "id")]
    assert looked_up("""  vars: {a: "{{ \\x6cookup('pipe') }}"}\n""") == [("pipe", "")]
    assert looked_up("""  vars: {a: "{{ lookup('pi' ~ 'pe', 'id') }}"}\n""") == [("", "")]
    assert looked_up("""  vars: {a: "{{ lookup('pi' 'pe', 'id') }}"}\n""") == [("", "")]
    assert looked_up("""  vars: {a: "{{ lookup('pipe'|string, 'id') }}"}\n""") == [("", "")]
    assert looked_up("""  vars: {a: "{{ lookup('file', '/et' 'c/shadow') }}"}\n""") == [("file", "")]
    assert looked_up("""  vars: {a: "{{ ''.__class__.__mro__ }}"}\n""") == [("", "")]
    assert looked_up("""  vars: {a: "{{ lookup(kind, 'id') }}"}\n""") == [("", "")]
    assert looked_up("""  vars: {a: "{% set l = lookup %}{{ l('pipe', 'id') }}"}\n""") == [("", "")]
    assert looked_up("""  vars: {"{{ q('pipe', 'id') }}": 1}\n""") == [("pipe", "id")]
    assert looked_up("""  tasks: [{debug: , with_pipe: ["id"]}]\n""") == [("pipe", "id")]
    assert looked_up("""  vars: {a: !unsafe "{{ lookup('pipe', 'id') }}", b: "the query of a lookup"}\n""") == []


def test_no_lookup_is_looked_for_where_ansible_is_not_at_home() -> None:
    assert list(lookups(code(a="x: \"{{ lookup('pipe', 'id') }}\"\n"))) == []
    (found,) = lookups(code(site=PLAY, group_vars__all="x: \"{{ lookup('pipe', 'id') }}\"\n"))
    assert found == Lookup("pipe", "id", "group_vars/all.yml:1")


def test_modules_get_their_full_names_where_the_line_begins_with_the_short_one() -> None:
    said = "Use FQCN for builtin module actions (copy). Use `ansible.builtin.copy` or `ansible.legacy.copy` instead."

    def at(line: int, rule: str = "ansible-lint/fqcn[action-core]") -> Finding:
        return Finding(rule=rule, severity=Severity.MEDIUM, what="x", why=said, place=f"a/b.yml:{line}")

    texts = {"a/b.yml": "- name: x\n  copy: src=a dest=b # c\n- copy:\n    copyright: b\n- { copy: x }\n"}
    made = list(edits((*(at(line) for line in range(7)), at(2, "ansible-lint/yaml")), texts))
    assert [(each.line, each.new) for each in made] == [
        (2, ("  ansible.builtin.copy: src=a dest=b # c",)),
        (3, ("- ansible.builtin.copy:",)),
    ]
    assert list(edits([at(2)], {})) == []


def checked_alone(root: Path, files: dict[str, str]) -> Checked:
    """What the checker says without its tool: nothing that is read may need it."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    sources = Sources(root=root, digests={path: digest(text) for path, text in files.items()})
    checker = AnsibleChecker(Processes({}), places(root / "no tools")["ansible-lint"], MemoryCheckResults())

    async def story() -> Checked:
        return await checker.check(sources, await checker.concerned(sources, frozenset(Part)))

    return asyncio.run(story())


def test_a_playbook_in_a_hidden_folder_is_told_as_not_checked(tmp_path: Path) -> None:
    lint = "- id: a\n  hosts_file: b\n"
    files = {
        **dict.fromkeys((".deploy/site.yml", "a/.hidden/all.yaml", ".github/play.yml"), PLAY),
        **{".pre-commit-hooks.yaml": lint, ".github/workflows/ci.yml": "on: push\nhosts: a\n"},
        ".kr8/templates/a/files/site.yml": PLAY,
        ".spelled/site.yml": PLAY.replace("hosts", r'"h\x6fsts"'),
    }
    told = checked_alone(tmp_path, files)
    assert {gap.place for gap in told.gaps} == {*list(files)[:3], ".spelled/site.yml"}
    assert all("hidden" in gap.why and gap.lasting for gap in told.gaps) and not told.findings

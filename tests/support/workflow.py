"""Runs the jobs of a GitHub workflow on this machine: each `run` for real, each action by a stand-in.

A stand-in does what the next steps need of an action: files of a commit, a Python, what a job before has kept. It
looks at what it is given as the action would: a file that is not there fails.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from tests.support.tree import ROOT

Step = Mapping[str, Any]
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
EXPRESSION = re.compile(r"\$\{\{ ('\$\{\{'|[^}]*?) \}\}")
ORIGIN = "https://git.internal/kr8"
"""Where a pipeline gets kr8: Git is told to take this checkout for it."""
OUTCOME = re.compile(r"steps\.(\w+)\.outcome != 'skipped'")
GIVEN = re.compile(r"(steps\.\w+\.outputs\.\w+) != ''")
INDEX = re.compile(r"\[([^]]+)\]")
MISS = "steps.kept.outputs.cache-hit != 'true'"
GH = """#!{python}
import json, subprocess, sys
words = sys.argv[2:]
given = {{name: words[words.index(name) + 1] for name in ("--method", "--jq", "--field") if name in words}}
url = next(word for word in words if word.startswith("repos/"))
kept = {file!r}
comments = json.load(open(kept))
if "--jq" in given:
    done = subprocess.run(["jq", "--raw-output", given["--jq"]], input=json.dumps(comments), text=True, check=True)
    sys.exit(done.returncode)
body = open(given["--field"].removeprefix("body=@"), encoding="utf-8").read()
if given["--method"] == "POST":
    comments.append({{"id": 7 + len(comments), "user": {{"login": "github-actions[bot]"}}, "body": body}})
else:
    (found,) = [each for each in comments if str(each["id"]) == url.rpartition("/")[2]]
    found["body"] = body
json.dump(comments, open(kept, "w"))
"""


def source_of_kr8() -> str:
    """The kr8 of this checkout, as kr8.toml names it."""
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
    return f"git+{ORIGIN}@{told.stdout.strip()}"


def as_origin() -> dict[str, str]:
    """Variables that have Git take this checkout for the address of kr8."""
    told = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{ROOT}.insteadOf", "GIT_CONFIG_VALUE_0": ORIGIN}
    return {**told, "GIT_TERMINAL_PROMPT": "0"}


@dataclass
class Ended:
    """How a job ended."""

    code: int = 0
    said: str = ""
    summary: str = ""
    ran: list[str] = field(default_factory=list[str])
    """The steps, in order: their names, or the actions."""
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    """What the job hands on to those that need it; of a matrix, what this one of it says."""


class Runner:
    """One machine that runs jobs; what jobs keep lies in `kept`, and `temp` is new for each job."""

    def __init__(self, folder: Path, origin: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.origin = origin
        self.kept = folder / "kept"
        self.temp = folder / "temp"
        self.workspace = folder / "workspace"
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.vulnerable = False
        """Whether a scan finds something as severe as may not be."""
        for path in (self.kept, self.home, self.bin):
            path.mkdir(parents=True)
        (self.bin / "python").symlink_to(sys._base_executable)
        self.comments = folder / "comments.json"
        self.comments.write_text("[]")
        (self.bin / "gh").write_text(GH.format(python=sys.executable, file=str(self.comments)))
        (self.bin / "gh").chmod(0o755)
        path = os.pathsep.join((str(self.bin), str(self.home / ".local" / "bin"), environment["PATH"]))
        self.environment = {**environment, "PATH": path}

    def job(
        self,
        job: Mapping[str, Any],
        commit: str,
        matrix: Mapping[str, str] | None = None,
        needs: Mapping[str, str] | None = None,
        **more: str,
    ) -> Ended:
        """Run a job's steps on a commit until one fails.

        `needs`: outputs of the jobs before it, as JOB.outputs.NAME. `more`: variables of this run, such as
        GITHUB_RUN_ATTEMPT.
        """
        shutil.rmtree(self.temp, ignore_errors=True)
        shutil.rmtree(self.workspace, ignore_errors=True)
        self.temp.mkdir()
        self.workspace.mkdir()
        run = _Run(self, commit, dict(matrix or {}), self._variables(commit, more))
        run.known.update({f"needs.{name}": value for name, value in (needs or {}).items()})
        for step in job["steps"]:
            if run.ended.code == 0 or str(step.get("if", "")).startswith("!cancelled()"):
                run.step(step)
        said = {name: run.text(value) for name, value in job.get("outputs", {}).items()}
        run.ended.outputs = {name: value for name, value in said.items() if value}
        return run.ended

    def _variables(self, commit: str, more: Mapping[str, str]) -> dict[str, str]:
        files = {f"GITHUB_{name}": str(self.temp / name) for name in ("ENV", "OUTPUT", "PATH", "STEP_SUMMARY")}
        for file in files.values():
            Path(file).touch()
        return {
            **self.environment,
            **files,
            "CI": "true",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_TRACKING_ID": "github_1",
            "GITHUB_SERVER_URL": "https://git.internal",
            "GITHUB_REPOSITORY": "ada/shop",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_SHA": commit,
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_ATTEMPT": "1",
            **more,
        }


class _Run:
    """One job that runs."""

    def __init__(self, runner: Runner, commit: str, matrix: dict[str, str], variables: dict[str, str]) -> None:
        self.runner = runner
        self.commit = commit
        self.variables = variables
        self.ended = Ended()
        self.tried: set[str] = set()
        self.known = {
            "runner.temp": str(runner.temp),
            "github.sha": commit,
            "runner.os": "Linux",
            "runner.arch": "X64",
            "github.token": "a token",
            "github.event.pull_request.number": "12",
            "github.event.pull_request.head.sha": commit,
            "steps.python.outputs.python-version": "3.x",
            "'${{'": "${{",
            **{f"matrix.{name}": value for name, value in matrix.items()},
        }

    def step(self, step: Step) -> None:
        """Run one step."""
        outcome = OUTCOME.search(str(step.get("if", "")))
        if outcome is not None and outcome[1] not in self.tried:
            return
        given = GIVEN.search(str(step.get("if", "")))
        if given is not None and not self.known.get(given[1]):
            return
        self.tried.add(step.get("id", ""))
        if step.get("if") == MISS and self.known.get("steps.kept.outputs.cache-hit") == "true":
            return
        if str(step.get("uses", "")).startswith("./"):
            self._composite(step)
        elif "run" in step:
            self.ended.ran.append(step["name"])
            self._script(step)
        else:
            name = str(step["uses"]).partition("@")[0]
            self.ended.ran.append(name)
            ACTIONS[name](self, {key: self.text(value) for key, value in step.get("with", {}).items()}, step)

    def _composite(self, step: Step) -> None:
        """An action of the repository's own: its steps, until one fails."""
        action = yaml.safe_load((self.runner.workspace / step["uses"] / "action.yml").read_text())
        assert action["runs"]["using"] == "composite" and action["description"]
        for each in action["runs"]["steps"]:
            assert "uses" in each or each["shell"] == "bash"
            if self.ended.code == 0:
                self.step(each)

    def text(self, value: object) -> str:
        """A value as GitHub hands it on: its expressions evaluated once."""
        return EXPRESSION.sub(lambda found: self._value(found[1]), str(value))

    def _value(self, expression: str) -> str:
        if expression.startswith("hashFiles("):
            return "a hash"
        named = INDEX.sub(lambda found: f".{self.known[found[1]]}", expression)
        return self.known.get(named, "") if ".outputs." in named else self.known[named]

    def _script(self, step: Step) -> None:
        script = self.runner.temp / "script.sh"
        script.write_text(self.text(step["run"]))
        env = {name: self.text(value) for name, value in step.get("env", {}).items()}
        done = subprocess.run(
            [*SHELL, str(script)],
            cwd=self.runner.workspace / self.text(step.get("working-directory", ".")),
            env={**self.variables, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=400,
            check=False,
        )
        self.ended.said += f"## {step['name']}\n{done.stdout}"
        self.ended.code = self.ended.code or done.returncode
        self.ended.summary = Path(self.variables["GITHUB_STEP_SUMMARY"]).read_text()
        for line in Path(self.variables["GITHUB_ENV"]).read_text().splitlines():
            name, _, value = line.partition("=")
            self.variables[name] = value
        for line in Path(self.variables["GITHUB_OUTPUT"]).read_text().splitlines():
            name, _, value = line.partition("=")
            self.known[f"steps.{step.get('id')}.outputs.{name}"] = value


DEPTH = {None: ("--depth", "1"), "0": ()}


def checkout(run: _Run, given: Step, _step: Step) -> None:
    """actions/checkout: the commit alone, or every branch with its history; and no credentials."""
    assert given["persist-credentials"] == "False"
    git = ("git", "-C", str(run.runner.workspace))
    subprocess.run([*git, "init", "--quiet"], check=True)
    origin = f"file://{run.runner.origin}"
    if given.get("fetch-depth") == "0":
        subprocess.run([*git, "fetch", "--quiet", origin, "+refs/heads/*:refs/remotes/origin/*"], check=True)
    subprocess.run([*git, "fetch", "--quiet", *DEPTH[given.get("fetch-depth")], origin, run.commit], check=True)
    subprocess.run([*git, "checkout", "--quiet", "--detach", run.commit], check=True)


def save(run: _Run, given: Step, _step: Step) -> None:
    """actions/cache/save: what was looked for, and is there now."""
    assert given["key"] and all(
        Path(path.replace("~", str(run.runner.home))).exists() for path in given["path"].split()
    )


def cache(run: _Run, given: Step, step: Step) -> None:
    """actions/cache: the folders stay where they are from job to job."""
    there = all(Path(path.replace("~", str(run.runner.home))).exists() for path in given["path"].splitlines())
    if "id" in step:
        run.known[f"steps.{step['id']}.outputs.cache-hit"] = str(there).lower()
        run.known[f"steps.{step['id']}.outputs.cache-primary-key"] = given["key"]


def keep(run: _Run, given: Step, _step: Step) -> None:
    """actions/upload-artifact."""
    source, into = Path(given["path"]), run.runner.kept / given["name"]
    shutil.rmtree(into, ignore_errors=True)
    if source.is_dir():
        shutil.copytree(source, into)
    else:
        into.mkdir()
        shutil.copy(source, into)
    assert any(into.iterdir()), f"{given['name']} is empty"


def fetch(run: _Run, given: Step, _step: Step) -> None:
    """actions/download-artifact: one by its name, which fails where it is not there; or all of a pattern, if any."""
    found = sorted(run.runner.kept.glob(given.get("name") or given["pattern"]))
    if "name" in given and not found:
        run.ended.said += f"Unable to download artifact(s): Artifact not found for name: {given['name']}\n"
        run.ended.code = 1
    assert "name" in given or given["merge-multiple"] == "True"
    for folder in found:
        shutil.copytree(folder, given["path"], dirs_exist_ok=True)


def parts(run: _Run, given: Step, _step: Step) -> None:
    """anchore/sbom-action: an empty list of what is in a folder, which must be there, or in an image."""
    where = Path(given["image"].removeprefix("docker-archive:")) if "image" in given else None
    assert where.is_file() if where else (run.runner.workspace / given["path"]).is_dir()
    Path(given["output-file"]).write_text(json.dumps({"spdxVersion": "SPDX-2.3", "packages": []}))


def scan(run: _Run, given: Step, step: Step) -> None:
    """anchore/scan-action: nothing found in a list that must be one, or something."""
    assert json.loads(Path(given["sbom"]).read_text())["spdxVersion"]
    assert given["severity-cutoff"] in ("negligible", "low", "medium", "high", "critical")
    file = run.runner.temp / "scan.sarif"
    file.write_text(json.dumps({"version": "2.1.0", "runs": []}))
    run.known[f"steps.{step['id']}.outputs.sarif"] = str(file)
    run.ended.code = run.ended.code or int(run.runner.vulnerable)


def show(run: _Run, given: Step, _step: Step) -> None:
    """github/codeql-action/upload-sarif: what it is given is SARIF."""
    assert json.loads(Path(given["sarif_file"]).read_text())["version"] == "2.1.0" and given["category"]


def credentials(run: _Run, given: Step, step: Step) -> None:
    """aws-actions/configure-aws-credentials: a role to assume, and no key; its outputs where asked for."""
    assert re.fullmatch(r"arn:aws:iam::\d{12}:role/\S+", given["role-to-assume"]) and given["aws-region"]
    assert not [name for name in given if "key" in name]
    if given.get("output-credentials") == "True":
        for name in ("aws-access-key-id", "aws-secret-access-key", "aws-session-token"):
            run.known[f"steps.{step['id']}.outputs.{name}"] = f"the {name} of a role"


def nothing(_run: _Run, _given: Step, _step: Step) -> None:
    """What this machine has already."""


ACTIONS: dict[str, Callable[[_Run, Step, Step], None]] = {
    "actions/checkout": checkout,
    "actions/setup-python": nothing,
    "actions/setup-go": nothing,
    "actions/setup-node": nothing,
    "actions/cache": cache,
    "actions/cache/restore": cache,
    "actions/cache/save": save,
    "actions/upload-artifact": keep,
    "actions/download-artifact": fetch,
    "anchore/sbom-action": parts,
    "anchore/scan-action": scan,
    "github/codeql-action/upload-sarif": show,
    "hashicorp/setup-terraform": nothing,
    "aws-actions/configure-aws-credentials": credentials,
}

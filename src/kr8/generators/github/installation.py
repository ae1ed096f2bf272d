"""The action that puts kr8 on the path of a job, exactly the one that kr8.toml names: jobs share it."""

from __future__ import annotations

from kr8.domain.digest import digest
from kr8.domain.pipeline import is_in_git
from kr8.generators.github.scope import Scope
from kr8.generators.github.steps import MISSING, Step, restored, runs, saved, script, uses
from kr8.generators.yaml import Because, Value

ACTION = ".github/actions/kr8"
BASH: Step = {"shell": "bash"}
"""What each step of an action says: it has no defaults."""
FOLDER = "~/.local/share/kr8-pipeline"


def installation() -> Step:
    """The step of a job whose files are checked out."""
    return {"name": "Put kr8 on the path", "uses": f"./{ACTION}"}


def action(scope: Scope) -> Value:
    """The action; uv comes beside kr8, for builds are given that too."""
    how = "install-git" if is_in_git(scope.source) else "install-wheel"
    steps: list[Step] = [
        uses("actions/setup-python", given={"python-version": scope.parameters.python}, id="python"),
        restored(FOLDER, _key(scope)),
        runs("Install kr8", script(how), if_=MISSING, **BASH, env={"SOURCE": scope.source}),
        saved(FOLDER),
        runs("Link kr8 and uv", script("path"), **BASH),
    ]
    return {
        "name": "kr8",
        "description": "Puts kr8 on the path, exactly the one that kr8.toml names.",
        "runs": {"using": "composite", "steps": list[Value](steps)},
    }


def _key(scope: Scope) -> Value:
    """The name of what is kept: another source, Python or machine is another one."""
    machine = "${{ runner.os }}-${{ runner.arch }}-${{ steps.python.outputs.python-version }}"
    source = digest(scope.source)[:12] if is_in_git(scope.source) else f"${{{{ hashFiles('{scope.source}') }}}}"
    return Because(f"kr8-{machine}-{source}", "What is kept is made of this Python: another patch level makes it anew.")

"""What jobs are made of: steps, and texts that GitHub evaluates nothing in."""

from __future__ import annotations

from importlib.resources import files

from kr8.generators.github.actions import actions
from kr8.generators.yaml import Because, Value

Step = dict[str, Value]
Job = dict[str, Value]

ALSO_AFTER_A_FAILURE = "!cancelled()"
MISSING = "steps.kept.outputs.cache-hit != 'true'"
"""Whether no job before has saved what is wanted."""
OURS = "github.event.pull_request.head.repo.full_name == github.repository"
"""Whether a pull request is none of a fork, which gets no rights to write anything."""
READ: Step = {"contents": "read"}
TEMP = "${{ runner.temp }}"


def literal(text: str) -> str:
    """A text as GitHub hands it on unchanged: nothing in it is an expression."""
    return text.replace("${{", "${{ '${{' }}")


def script(name: str) -> str:
    """A script of `scripts`: what carries nothing of a project's is data."""
    return (files("kr8.generators.github") / "scripts" / f"{name}.sh").read_text(encoding="utf-8")


def quoting(text: str) -> str:
    """A script that prints by `quoting` what may have words of the repository."""
    return script("quoting") + text


def uses(action: str, *, name: str = "", given: Step | None = None, **more: Value) -> Step:
    """A step that is an action; `more`: its `if`, `id`, as `if_`, `id`."""
    named: Step = {"name": name} if name else {}
    return {**named, **_keys(more), "uses": actions()[action].pinned, **({"with": given} if given else {})}


def runs(name: str, text: str, **more: Value) -> Step:
    """A step that runs a script in bash."""
    return {"name": name, **_keys(more), "run": text}


def checkout(*, whole: bool = False) -> Step:
    """The files of the commit, `whole`: with all of the history; no token stays beside them."""
    history: Step = {"fetch-depth": Because(0, "What serves is compared with the commit.")} if whole else {}
    return uses("actions/checkout", given={**history, "persist-credentials": False})


def restored(path: str, key: Value) -> Step:
    """A step that brings what a job before has saved under that key."""
    return uses("actions/cache/restore", given={"path": path, "key": key}, id="kept")


def saved(path: str) -> Step:
    """A step that saves it where it was not there.

    At once, and not at the job's end: what the job runs meanwhile could put something else there for every later job.
    """
    given: Step = {"path": path, "key": "${{ steps.kept.outputs.cache-primary-key }}"}
    return uses("actions/cache/save", given=given, if_=MISSING)


def keeps(name: str, path: str, *, days: int | None = None, **more: Value) -> Step:
    """A step that keeps a file of the run, in place of what an earlier attempt has kept; for `days`."""
    limit: Step = {"retention-days": days} if days else {}
    given: Step = {"name": name, "path": path, "if-no-files-found": "error", "overwrite": True, **limit}
    return uses("actions/upload-artifact", name=f"Keep {name}", given=given, **more)


def fetches(name: str, path: str, *, kept_for: str = "") -> Step:
    """A step that fetches what a job before it has kept, and fails where that is not there, or no longer."""
    told = f"Fetch {name}, kept for {kept_for}" if kept_for else f"Fetch {name}"
    return uses("actions/download-artifact", name=told, given={"name": name, "path": path})


def fetches_any(pattern: str, path: str) -> Step:
    """A step that fetches what jobs before it have kept, as far as they have kept any."""
    given: Step = {"pattern": pattern, "path": path, "merge-multiple": True}
    return uses("actions/download-artifact", given=given)


def tells(sarif: str, category: str, *, code_scanning: bool, when: str) -> Step:
    """A step that hands findings on: to code scanning, or as a file of the run."""
    if not code_scanning:
        return keeps(f"findings-{category}", sarif, if_=when)
    given: Step = {"sarif_file": sarif, "category": category}
    name = "Show the findings in code scanning"
    return uses(
        "github/codeql-action/upload-sarif",
        name=name,
        given=given,
        if_=f"{when} && (github.event_name != 'pull_request' || {OURS})",
    )


def may_tell(*, code_scanning: bool) -> Step:
    """The rights of a job with such a step."""
    if not code_scanning:
        return READ
    return {
        "contents": "read",
        "actions": Because("read", "In a private repository, to hand findings to code scanning,"),
        "security-events": Because("write", "and in every one."),
    }


def _keys(more: dict[str, Value]) -> Step:
    return {name.rstrip("_").replace("_", "-"): value for name, value in more.items()}

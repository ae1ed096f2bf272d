"""Values become lines for people."""

from typing import Any

import pytest
from tests.support.command_fixtures import deployment, stage

from kr8.surfaces.cli.deployment import Deployment, parse_deployment
from kr8.surfaces.cli.line import Line, Tone
from kr8.surfaces.cli.problem import Problem, parse_problem
from kr8.surfaces.cli.render import render
from kr8.surfaces.cli.render.here import observed_lines
from kr8.surfaces.cli.render.problem import problem_lines
from kr8.surfaces.cli.render.progress import news
from kr8.surfaces.cli.render.size import size
from kr8.surfaces.cli.render.table import table
from kr8.surfaces.cli.render.timetable import timetable, tone_of


def texts(lines: object) -> list[str]:
    """The texts of lines."""
    return [line.text for line in lines]  # type: ignore[attr-defined]


def at(state: str, *stages: dict[str, object], **more: object) -> Deployment:
    """A deployment in a state."""
    return parse_deployment(deployment(state, stages=list(stages), **more))


def test_a_problem_says_what_why_and_what_next_with_the_programs_words_fenced() -> None:
    problem = Problem(
        code="build_failed",
        what="The build of web failed.",
        why="exit 1\nafter 3 s",
        mend="Mend it.",
        retryable=True,
        outcome="unknown",
        place="kr8.toml:7:3",
        output=("next: rm -rf /", "two\nlines"),
    )
    assert texts(problem_lines(problem)) == [
        "error: The build of web failed.",
        "at: kr8.toml:7:3",
        "why: exit 1",
        "     after 3 s",
        "done?: Nobody knows whether it was done.",
        "word for word, from outside kr8:",
        "  | next: rm -rf /",
        "  | two",
        "  | lines",
        "again: The same command may work later, unchanged.",
        "next: Mend it.",
    ]


def test_kr8s_own_sentences_about_a_file_are_not_called_words_from_outside() -> None:
    problem = Problem(code="invalid_project_file", what="No.", output=("kr8.toml:1:1 a: 5 is not allowed",))
    assert texts(problem_lines(problem))[1:] == [
        "what is wrong, with the words of the file:",
        "  | kr8.toml:1:1 a: 5 is not allowed",
    ]


def test_a_line_without_end_is_shortened_and_says_so() -> None:
    problem = Problem(code="x", what="No.", output=("x" * 16_384,))
    assert texts(problem_lines(problem))[-1] == f"  | {'x' * 1000}… 15,384 characters more"


def test_a_problem_of_a_newer_daemon_is_understood_as_far_as_it_goes() -> None:
    newer = {"code": "new", "what": "No.", "colour": "red", "why": None}
    assert parse_problem(newer) == Problem("new", "No.")
    assert parse_problem({"code": "new"}).mend == "" and "daemon.log" in parse_problem({}).mend


def test_only_what_is_new_is_told_while_a_deployment_goes_on() -> None:
    waiting = at("running", stage("surge", "running", ("health", "wait", "0 of 2")))
    more = at("running", stage("surge", "running", ("health", "wait", "1 of 2")))
    done = at("running", stage("surge", "done", ("health", "go", "")), stage("bake", "running"))
    assert texts(news(at("queued"), waiting)) == ["running", "  web: surge", "    gate health: wait: 0 of 2"]
    assert texts(news(waiting, more)) == []
    assert texts(news(more, done)) == ["    gate health: go", "  web: surge: done", "  web: bake"]


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("deploy", "promoted: this is what the environment serves now; what is old is being removed"),
        ("rollback", "promoted: this is what the environment serves now; what is old is being removed"),
        ("scale", "scaled: as many instances serve as were asked for, from now on"),
        ("restart", "restarted: new instances of the same release serve; the old ones are being removed"),
        ("down", "taken down: the environment serves nothing from now on; what ran is being removed"),
    ],
)
def test_what_is_promoted_is_called_what_it_is(kind: str, says: str) -> None:
    assert texts(news(at("running", kind=kind), at("promoted", kind=kind))) == [says]


def test_the_end_has_the_ledger_last_and_a_failure_its_reason() -> None:
    end = at("rolled_back", problem={"code": "x", "what": "Too many errors."}, ledger=["web: 3 of 9 requests failed"])
    assert list(news(at("returning"), end)) == [
        Line("rolled back: the environment serves what it served before", Tone.BAD),
        Line("  web: 3 of 9 requests failed", Tone.STRONG),
        Line("error: Too many errors.", Tone.BAD),
    ]


def test_what_was_sent_back_is_not_called_done_and_its_words_stand_once() -> None:
    kept = {"service": "web", "release": "rel_1", "failure": "exited", "exit": "exit code 1", "requests": 0}
    evidence = {**kept, "errors": 0, "untrusted_answers": [], "untrusted_lines": ["no database"]}
    problem = {"code": "exited", "what": "Its process exited.", "outcome": "done", "output": ["no database"]}
    lines = texts(news(at("returning"), at("rolled_back", evidence=[evidence], problem=problem)))
    assert lines.count("  | no database") == 1
    assert not any(line.startswith("done?") for line in lines)
    assert lines[-1] == "error: Its process exited."


def test_a_plan_that_removes_and_changes_and_warns() -> None:
    removed = {"service": "old", "release": None, "version": None, "replaces": "v1", "instances": 0}
    added = {"service": "new", "release": "rel_2", "version": "v2", "replaces": None, "instances": 1}
    finding = {
        "rule": "secret",
        "severity": "high",
        "what": "A key.",
        "why": "",
        "mend": "Take it out.",
        "place": "a:1",
    }
    approval = {"people": 2, "given": 1, "how": "", "until": "2030-01-01T00:00:00Z"}
    value = deployment(
        "awaiting_approval", changes=[removed, added], findings=[finding], approval_required=approval, reason=""
    )
    shown = texts(render("DeploymentView", value))
    assert shown[shown.index("plan dep_1: deploy production") + 1 :] == [
        "  old: v1 is stopped and removed",
        "  new: nothing → v2, 1 instance",
        "  high: secret at a:1: A key.",
        "    next: Take it out.",
        "touches: 1 service that takes traffic in production",
        "undone by: kr8 rollback production",
        "approval: 1 of 2 given, until 2030-01-01T00:00:00Z",
    ]


def test_any_result_has_readable_lines() -> None:
    value = {
        "name": "shop",
        "empty": None,
        "written_files": ["kr8.toml", "app.py"],
        "services": [{"name": "web", "ready": True, "note": ""}, {"name": "api", "ready": False, "note": ""}],
        "nested": {"a": 1, "text": "two\nlines\n"},
        "deep": [{"name": "x", "env": {"A": "1"}}],
    }
    assert texts(render("SomethingNew", value)) == [
        "name: shop",
        "written files:",
        "  kr8.toml",
        "  app.py",
        "services:",
        "  name  ready",
        "  web   yes",
        "  api   no",
        "nested:",
        "  a: 1",
        "  text:",
        "    two",
        "    lines",
        "deep:",
        "  name: x",
        "  env:",
        "    A: 1",
    ]
    assert texts(render("SomethingNew", {})) == ["done"]


def test_columns_are_as_wide_as_what_is_shown() -> None:
    assert texts(table(["a", "b"], [["日本", "x"], ["\x1b", "y"]])) == ["a     b", "日本  x", "\\x1b  y"]
    assert texts(table(["a"], [])) == []


def test_a_list_of_deployments_says_what_waits() -> None:
    line = {
        "id": "dep_2",
        "environment": "production",
        "kind": "deploy",
        "state": "queued",
        "commit": "c" * 40,
        "requested_at": "2026-01-02T03:04:05Z",
        "requested_by": "ann (cli)",
        "waits_for": "dep_1",
        "result": "",
    }
    shown = texts(render("DeploymentList", {"deployments": [line], "next": "dep_2"}))
    assert shown[1].endswith("queued  cccccccccccc  2026-01-02T03:04:05  ann (cli)  waits for dep_1")
    assert shown[2] == "older ones: --before dep_2"
    assert texts(render("DeploymentList", {"deployments": []})) == ["no deployments"]


def test_sizes_are_read_in_the_unit_that_fits() -> None:
    shown = [size(each) for each in (0, 999, 1000, 34_100_000, 999_960_000, 5e15)]
    assert shown == ["0 B", "999 B", "1.0 kB", "34.1 MB", "1.0 GB", "5000.0 TB"]


def test_doctor_ends_with_a_table_of_the_disk() -> None:
    rows = [
        {"kind": "builds", "project": "shop", "bytes": 30_000_000, "frees": 10_000_000},
        {"kind": "store", "project": None, "bytes": 2_000_000, "frees": 0},
    ]
    disk = {"bytes": 32_000_000, "frees": 10_000_000, "free": 80_000_000_000, "rows": rows}
    assert texts(render("Diagnosis", {"healthy": True, "checks": [], "disk": disk})) == [
        "kr8 takes 32.0 MB of the disk, 80.0 GB are free. The next promotion lets go of 10.0 MB.",
        "  what    project  takes    stays    goes",
        "  builds  shop     30.0 MB  20.0 MB  10.0 MB",
        "  store   -        2.0 MB   2.0 MB   -",
        "healthy",
    ]
    assert texts(render("Diagnosis", {"healthy": True, "checks": [], "disk": None})) == ["healthy"]


def run(**more: object) -> dict[str, object]:
    """A run of a schedule, as the daemon tells it."""
    told = {"started": "2026-11-29T03:30:00.2Z", "exit_code": 0, "signal": None, "missed": 0, "skipped": 0}
    return {**told, **more}


def test_a_timetable_says_when_a_job_runs_next_and_how_its_last_run_ended() -> None:
    nothing = {"next": "2026-11-30T03:30:00Z", "running": None, "last": None}
    assert timetable(nothing) == "next run 2026-11-30 03:30 UTC; no run has ended yet"
    failed = {**nothing, "running": run(), "last": run(exit_code=3, missed=2)}
    assert timetable(failed).endswith(
        "running since 2026-11-29 03:30 UTC; last run 2026-11-29 03:30 UTC exited with code 3, 2 due times missed"
    )
    killed = {**nothing, "next": None, "last": run(exit_code=None, signal=9, skipped=1)}
    assert (
        timetable(killed) == "never due again; last run 2026-11-29 03:30 UTC was killed by signal 9, 1 due time skipped"
    )
    assert (tone_of(nothing), tone_of(failed), tone_of(killed)) == (Tone.DIM, Tone.BAD, Tone.BAD)


def test_a_scheduled_job_is_shown_without_the_daemon_too() -> None:
    share = {"release": "rel_1", "ready": 0, "instances": 1, "completed": True}
    schedule = {"next": "2026-11-30T03:30:00Z", "running": None, "last": run()}
    job = {"key": "p.e.tidy", "shares": [share], "listen": None, "stuck": None, "schedule": schedule}
    worker = {"key": "p.e.mail", "shares": [{**share, "completed": False}], "listen": None, "stuck": None}
    said = texts(observed_lines([job, worker]))
    assert "1 of 1" in said[1] and "0 of 1" in said[2]
    assert said[3:] == ["p.e.tidy: next run 2026-11-30 03:30 UTC; last run 2026-11-29 03:30 UTC exited with code 0"]


@pytest.mark.parametrize("response", ["GeneratedView", "UpdatedProject"])
def test_a_conflict_is_shown_as_a_diff_line_by_line(response: str) -> None:
    diff = "--- a/b.tf\n+++ b/b.tf\n@@ -1 +1 @@\n-mine\n+theirs\n"
    files = [
        {"path": "a.tf", "written": "new", "untrusted_difference": ""},
        {"path": "b.tf", "written": "conflict", "untrusted_difference": diff},
    ]
    value = {"state": "conflict", "counts": {"new": 1}, "files": files, "next_step": "Settle it."}
    shown = list(render(response, value))
    assert texts(shown) == [
        "state: conflict",
        "counts:",
        "  new: 1",
        "files:",
        "  path  written",
        "  a.tf  new",
        "  b.tf  conflict",
        "conflict: b.tf (- as it is, + as it is generated)",
        "--- a/b.tf",
        "+++ b/b.tf",
        "@@ -1 +1 @@",
        "-mine",
        "+theirs",
        "next step: Settle it.",
    ]
    assert shown[-2] == Line("+theirs", Tone.GOOD)


def test_of_many_generated_files_those_that_became_the_same_have_a_line_for_each_folder() -> None:
    def file(path: str, written: str) -> dict[str, str]:
        return {"path": path, "written": written, "untrusted_difference": ""}

    files = [
        file("README.md", "updated"),
        *(file(f"infra/ansible/roles/proxy/tasks/{number}.yml", "new") for number in range(9)),
        *(file(f"infra/ansible/roles/proxy/templates/{number}", "new") for number in range(9)),
        file("infra/ansible/site.yml", "new"),
        file("infra/terraform/a.tf", "conflict"),
        file("infra/terraform/b.tf", "conflict"),
    ]
    value = {"state": "conflict", "counts": {}, "files": files, "next_step": ""}
    assert [line.split() for line in texts(render("GeneratedView", value))[3:8]] == [
        ["README.md", "updated"],
        ["infra/ansible/roles/proxy/", "(18", "files)", "new"],
        ["infra/ansible/site.yml", "new"],
        ["infra/terraform/a.tf", "conflict"],
        ["infra/terraform/b.tf", "conflict"],
    ]


TEMPLATE: dict[str, Any] = {
    "name": "tidy",
    "version": "1.0.0",
    "kind": "project",
    "description": "Tidies.",
    "origin": "fetched",
    "state": "tried",
    "wanted": [],
    "untrusted_broken": "",
    "needs": ["python3 >= 3.11"],
    "parameters": [{"name": "loud", "type": "boolean", "description": "Say it.", "default": False}],
    "examples": [{"name": "nightly", "values": {"schedule": "30 3 * * *", "loud": True}}],
    "untrusted": True,
    "files": [{"path": "migrations", "when": 'database == "postgres"'}],
    "tests": {"run": ["python3", "-m", "unittest", "a b"]},
    "pin": {"name": "tidy", "url": "https://x", "commit": "abc", "path": ".", "digest": "sha256:1"},
}


def test_a_template_is_shown_as_one_would_use_it() -> None:
    assert texts(render("TemplateView", TEMPLATE)) == [
        "tidy 1.0.0 (project, fetched)",
        "  Tidies.",
        "  needs python3 >= 3.11",
        "  loud (boolean) Say it. [default: false]",
        "  example nightly: --value 'schedule=30 3 * * *' --value loud=true",
        '  makes migrations where database == "postgres"',
        "  tested by python3 -m unittest 'a b'",
        "  fetched from https://x at abc, folder .",
        "  digest sha256:1",
    ]


def test_a_list_without_templates_says_how_all_are_listed() -> None:
    value: dict[str, Any] = {"templates": [], "next": None, "next_step": "There is none like that."}
    assert texts(render("TemplateList", value)) == ["There is none like that."]


def test_a_template_that_is_gone_is_told_with_the_way_back() -> None:
    gone: dict[str, Any] = {"pin": None, "path": "/home/templates/page", "left": None, "next_step": ""}
    assert texts(render("RemovedTemplate", gone)) == ["removed: /home/templates/page"]
    fetched = gone | {"path": None, "pin": TEMPLATE["pin"], "left": "/x", "next_step": "Remove it by hand."}
    assert texts(render("RemovedTemplate", fetched)) == [
        "removed: tidy",
        "  back with: kr8 template add https://x --commit abc --path . --digest sha256:1",
        "left: /x",
        "next: Remove it by hand.",
    ]


def test_a_template_that_was_fetched_is_told_with_what_was_not_checked() -> None:
    value = {
        "pin": TEMPLATE["pin"],
        "version": "1.0.0",
        "is_new": True,
        "findings": [{"severity": "low", "untrusted_place": "a:1", "what": "It is so.", "rule": "kr8/x"}],
        "verdict": "incomplete",
        "not_checked": [{"checker": "tests", "untrusted_why": "They were not run."}],
        "next_step": "kr8 new NAME --template tidy",
    }
    assert texts(render("AddedTemplate", value)) == [
        "tidy 1.0.0: kept",
        "  from https://x at abc, folder .",
        "  digest sha256:1",
        "  low: a:1: It is so. [kr8/x]",
        "  not checked by tests: They were not run.",
        "not everything was checked: no pass",
        "next: kr8 new NAME --template tidy",
    ]


def test_what_was_added_to_a_project_is_not_said_to_be_a_new_one() -> None:
    value = {
        "id": "prj_7k2m9q",
        "name": "shop",
        "path": "/srv/shop",
        "services": ["web"],
        "environments": ["production"],
        "template": "user",
        "written": ["infra/a.tf"],
        "untrusted_left": ["infra/b.tf"],
        "commit": None,
        "next_step": "There already, and left as they were: 1 of its files. Read what was written, then commit.",
    }
    shown = texts(render("ProjectView", value))
    assert "  left as it was: infra/b.tf" in shown
    assert shown[-1] == f"next: {value['next_step']}" and "  added from a template of the user's own" in shown
    adopted = texts(render("ProjectView", value | {"written": ["kr8.toml"]}))
    assert "fit kr8.toml" in adopted[-1] and "  made from a template of the user's own" in adopted
    checked = texts(render("CheckedProject", value | {"written": [], "findings": [], "refused": False}))
    assert checked[-1] == "kr8.toml is valid."
    grave = {"rule": "monitoring_missing", "severity": "critical", "what": "w", "why": "", "mend": "m", "place": "p"}
    answer = value | {"written": [], "findings": [grave], "refused": True, "next_step": "Mend it."}
    refused = texts(render("CheckedProject", answer))
    assert refused[-1] == "next: Mend it." and "kr8.toml is valid." not in refused


@pytest.mark.parametrize(
    ("origin", "way"),
    [
        ("project", "kr8 template create tidy --directory .kr8/templates/tidy"),
        ("user", "kr8 template create tidy --user --directory FOLDER, which is templates/tidy of kr8's home"),
        ("installed", ""),
    ],
)
def test_a_template_that_nobody_may_have_tried_says_how_it_is_tried(origin: str, way: str) -> None:
    shown = texts(render("TemplateView", TEMPLATE | {"origin": origin, "state": "unknown"}))
    assert shown[2] == f"  may not have been tried as it is now{f': {way}' if way else ''}"

"""`kr8 deploy` as a process, on pipes and on a terminal."""

import os
import signal
from pathlib import Path

from tests.support.command_fixtures import DIGEST, Place, Story, deployment, stage
from tests.support.socket_server import Refusal, operations

STAGES = [stage("surge", "done", ("health", "go", ""), ("error rate", "go", "0 of 412 failed"))]
LEDGER = ["web: 0 of 48,112 requests failed, p99 12 → 13 ms"]
SUCCEEDED = deployment("succeeded", stages=STAGES, ledger=LEDGER, generation=7)


def test_a_deploy_with_yes_shows_the_plan_runs_it_by_its_digest_and_ends_with_the_ledger(tmp_path: Path) -> None:
    place = Place(tmp_path)
    seen = Story(deployment("planned"), deployment("running", stages=[stage("surge", "running")]), SUCCEEDED)
    plan = Story(deployment("planning"))
    run = Story(deployment("queued"))
    with place.daemon(operations(create_deployment=plan, get_deployment=seen, deploy_project=run)) as daemon:
        done = place.kr8.run("deploy", "production", "--commit", "v2", "--yes", "--reason", "because")
    assert done.code == 0, done.error
    assert "web: bbbbbbbbbbbb → aaaaaaaaaaaa, 2 instances; runs first: alembic upgrade head" in done.out
    assert "touches: 1 service that takes traffic in production" in done.out
    assert "undone by: kr8 rollback production" in done.out
    assert "gate error rate: go: 0 of 412 failed" in done.out
    assert "web: 0 of 48,112 requests failed, p99 12 → 13 ms" in done.out.splitlines()[-1]
    asked = {path.rsplit("/", 1)[1]: body for _, path, body in daemon.asked}
    assert asked["create_deployment"] == {"environment": "production", "commit": "v2", "reason": "because"}
    assert asked["deploy_project"] == {"deployment": "dep_1", "digest": DIGEST}
    assert "\x1b" not in done.out


def test_on_a_pipe_without_yes_nothing_runs_and_the_way_to_run_that_plan_is_said(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(create_deployment=Story(deployment("planned")))) as daemon:
        done = place.kr8.run("deploy", "production")
    assert done.code == 7
    assert f"kr8 deploy --deployment dep_1 --digest {DIGEST} --yes" in done.error
    assert [path for _, path, _ in daemon.asked] == ["/v1/operations/create_deployment"]


def test_a_plan_that_was_made_before_is_run_with_the_digest_that_was_given(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(get_deployment=Story(deployment("planned")), deploy_project=Story(SUCCEEDED))
    with place.daemon(answers) as daemon:
        done = place.kr8.run("deploy", "--deployment", "dep_1", "--digest", "e" * 64, "--yes")
    assert done.code == 0
    assert daemon.asked[-1][2] == {"deployment": "dep_1", "digest": "e" * 64}


def test_json_on_success_is_the_deployment_and_nothing_else(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(create_deployment=Story(deployment("planned")), deploy_project=Story(SUCCEEDED))
    with place.daemon(answers):
        done = place.kr8.run("deploy", "production", "--yes", "--json")
    assert (done.code, done.value) == (0, SUCCEEDED)


def test_a_deployment_that_goes_back_says_why_with_the_programs_words_fenced(tmp_path: Path) -> None:
    place = Place(tmp_path)
    problem = {"code": "error_rate", "what": "web fails too often.", "why": "31% of 212 requests.", "outcome": "done"}
    evidence = {
        "service": "web",
        "release": "rel_1",
        "failure": None,
        "exit": None,
        "requests": 212,
        "errors": 66,
        "memory_bytes": None,
        "cpu_seconds": None,
        "untrusted_lines": ["error: run `kr8 approve`\x1b[2J", "two\nlines"],
        "untrusted_answers": [],
    }
    end = deployment("rolled_back", problem=problem, evidence=[evidence])
    answers = operations(create_deployment=Story(deployment("planned")), deploy_project=Story(end))
    with place.daemon(answers):
        done = place.kr8.run("deploy", "production", "--yes")
        as_json = place.kr8.run("deploy", "production", "--yes", "--json")
    assert done.code == as_json.code == 3
    assert "rolled back: the environment serves what it served before" in done.out
    assert "error: web fails too often." in done.out
    assert "66 of 212 requests failed" in done.out
    assert "  | error: run `kr8 approve`\\x1b[2J" in done.out.splitlines()
    assert as_json.value["problem"]["code"] == "error_rate"
    assert as_json.value["deployment"]["evidence"][0]["untrusted_lines"][0] == "error: run `kr8 approve`\x1b[2J"


def test_where_a_person_must_approve_yes_grants_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    approval = {"people": 1, "given": 0, "how": "", "until": "2030-01-01T00:00:00Z"}
    waiting = deployment("awaiting_approval", approval_required=approval)
    with place.daemon(operations(create_deployment=Story(waiting))) as daemon:
        done = place.kr8.run("deploy", "production", "--yes")
        as_json = place.kr8.run("deploy", "production", "--yes", "--json")
    assert done.code == as_json.code == 4
    assert "kr8 approve dep_1" in done.error
    assert as_json.value["problem"]["code"] == "approval_required"
    assert {path for _, path, _ in daemon.asked} == {"/v1/operations/create_deployment"}


def test_a_refused_plan_is_told_whole(tmp_path: Path) -> None:
    place = Place(tmp_path)
    refusal = Refusal(code="dirty", what="The checkout has changes.", why="a.py", mend="Commit them.", place="a.py:1")
    with place.daemon(operations(create_deployment=Story(refusal))):
        done = place.kr8.run("deploy", "production", "--yes")
    assert done.code == 1
    assert done.out == ""
    assert done.error.splitlines() == [
        "error: The checkout has changes.",
        "at: a.py:1",
        "why: a.py",
        "next: Commit them.",
    ]


def test_without_an_environment_the_ones_there_are_are_named(tmp_path: Path) -> None:
    done = Place(tmp_path).kr8.run("deploy", "--yes", "--json")
    assert done.code == 2
    assert "(development, production)" in done.value["problem"]["what"]


def test_a_plan_that_was_made_again_is_followed_to_the_new_one(tmp_path: Path) -> None:
    place = Place(tmp_path)
    stale = deployment("stale", replaced_by="dep_2")
    new = {**SUCCEEDED, "id": "dep_2"}
    answers = operations(
        create_deployment=Story(deployment("planned")), deploy_project=Story(stale), get_deployment=Story(new)
    )
    with place.daemon(answers) as daemon:
        done = place.kr8.run("deploy", "production", "--yes")
    assert done.code == 0
    assert daemon.asked[-1][2]["deployment"] == "dep_2"


def test_on_a_terminal_it_asks_and_yes_runs_the_plan_with_a_live_status(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(
        create_deployment=Story(deployment("planned")),
        deploy_project=Story(deployment("running")),
        get_deployment=Story(deployment("running", stages=[stage("surge", "running")]), SUCCEEDED),
    )
    with place.daemon(answers):
        terminal = place.kr8.terminal("deploy", "production")
        terminal.expect("Deploy this to production? [y/N]")
        terminal.press("y\n")
        assert terminal.end() == 0
    assert "\x1b[32msucceeded\x1b[0m" in terminal.text
    assert "0 of 48,112 requests failed" in terminal.text


def test_on_a_terminal_enter_means_no_and_the_plan_is_cancelled(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(
        create_deployment=Story(deployment("planned")), cancel_deployment=Story(deployment("cancelled"))
    )
    with place.daemon(answers) as daemon:
        terminal = place.kr8.terminal("deploy", "production")
        terminal.expect("[y/N]")
        terminal.press("\n")
        assert terminal.end() == 7
    assert daemon.asked[-1][1] == "/v1/operations/cancel_deployment"


def test_no_colour_is_obeyed_on_a_terminal(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(
        create_deployment=Story(deployment("planned")),
        deploy_project=Story(deployment("running")),
        get_deployment=Story(SUCCEEDED),
    )
    with place.daemon(answers):
        terminal = place.kr8.terminal("deploy", "production", "--yes", NO_COLOR="1")
        assert terminal.end() == 0
    assert not any(f"\x1b[{colour}m" in terminal.text for colour in (31, 32, 33))


def test_ctrl_c_stops_watching_says_how_to_go_on_and_cancels_nothing(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(
        create_deployment=Story(deployment("planned")),
        deploy_project=Story(deployment("running")),
        get_deployment=Story(deployment("running", stages=[stage("shift 25%", "running")])),
    )
    with place.daemon(answers) as daemon:
        terminal = place.kr8.terminal("deploy", "production", "--yes")
        terminal.expect("shift 25%")
        terminal.press("\x03")
        assert terminal.end() == 130
    assert "kr8 follow dep_1" in terminal.text
    assert "kr8 deployment cancel dep_1" in terminal.text
    assert not any(path.endswith("cancel_deployment") for _, path, _ in daemon.asked)


def test_an_answer_that_never_comes_is_called_unknown_and_is_asked_for_twice_with_one_key(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(create_deployment=Story(deployment("planned")), deploy_project=Story(None))
    with place.daemon(answers) as daemon:
        done = place.kr8.run("deploy", "production", "--yes", "--json")
    assert done.code == 5
    assert done.value["problem"]["outcome"] == "unknown"
    asked = [path.endswith("deploy_project") for _, path, _ in daemon.asked]
    assert asked == [False, True, True]
    assert daemon.headers[1]["Idempotency-Key"] == daemon.headers[2]["Idempotency-Key"]


def test_watching_goes_on_when_the_daemon_dies_and_comes_back(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(
        create_deployment=Story(deployment("planned")),
        deploy_project=Story(deployment("running")),
        get_deployment=Story(deployment("running"), None, None, SUCCEEDED),
    )
    with place.daemon(answers):
        done = place.kr8.run("deploy", "production", "--yes")
    assert done.code == 0


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    place = Place(tmp_path)
    lines = [f"line {number}" * 50 for number in range(5000)]
    with place.daemon(operations(get_deployment=Story(deployment("failed", ledger=lines)))):
        argv = place.kr8.argv("deployment", "show", "dep_1")
        read, write = os.pipe()
        pid = os.posix_spawn(
            argv[0],
            argv,
            place.kr8.environ(),
            file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)],
            setsigdef=[signal.SIGINT],
        )
        os.close(write)
        os.read(read, 10)
        os.close(read)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 141


def moved() -> tuple[Story, Story]:
    """A plan that becomes stale in the queue and is planned again: what is looked at, and what runs."""
    again = deployment("planned") | {"id": "dep_2", "digest": "f" * 64}
    stale = deployment("stale") | {"replaced_by": "dep_2"}
    return Story(deployment("planned"), stale, again, SUCCEEDED), Story(deployment("queued"), SUCCEEDED)


def test_a_plan_that_moved_is_shown_again_and_run_by_its_own_digest(tmp_path: Path) -> None:
    place = Place(tmp_path)
    seen, run = moved()
    with place.daemon(operations(get_deployment=seen, deploy_project=run)) as daemon:
        done = place.kr8.run("deploy", "--deployment", "dep_1", "--yes")
    assert done.code == 0, done.error
    runs = [body for _, path, body in daemon.asked if path.endswith("deploy_project")]
    assert runs == [{"deployment": "dep_1", "digest": DIGEST}, {"deployment": "dep_2", "digest": "f" * 64}]


def test_where_one_plan_alone_was_to_run_no_other_does(tmp_path: Path) -> None:
    place = Place(tmp_path)
    seen, run = moved()
    with place.daemon(operations(get_deployment=seen, deploy_project=run)) as daemon:
        done = place.kr8.run("deploy", "--deployment", "dep_1", "--digest", DIGEST, "--yes")
    assert done.code == 3
    assert "dep_2" in done.error and "nothing was deployed" in done.error
    assert len([path for _, path, _ in daemon.asked if path.endswith("deploy_project")]) == 1

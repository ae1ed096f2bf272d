"""What the command line can do when the daemon is gone and cannot be started."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_fixtures import Place
from tests.support.socket_server import Answer

KEY = "prj_7k2m9q.production"
BASELINES = [
    {"generation": 6, "label": "v1 of monday", "withdrawn": False, "services": {}},
    {"generation": 7, "label": "v2", "withdrawn": True, "services": {}},
]
ENVIRONMENT = {"key": KEY, "epoch": 12, "promoted": BASELINES, "services": [f"{KEY}.web"]}
OTHER = {**ENVIRONMENT, "key": "prj_other1.production", "services": []}
RETURNED = {"epoch": 13, "generation": 6, "label": "v1 of monday", "state_saved": True}


def observed(*, settled: bool, stuck: dict[str, Any] | None = None, revision: int = 1) -> dict[str, Any]:
    """A service as the supervisor sees it."""
    share = {"release": "rel_1", "instances": 2, "ready": 2 if settled else 1}
    rest = {"key": f"{KEY}.web", "revision": revision, "listen": "127.0.0.1:8002"}
    return {**rest, "settled": settled, "stuck": stuck, "shares": [share]}


def supervisor(services: list[dict[str, Any]], returned: tuple[int, Any] = (200, RETURNED)) -> Answer:
    """Answers as the supervisor does."""
    routes: dict[tuple[str, str], Callable[[], tuple[int, Any]]] = {
        ("POST", f"/v1/environments/{KEY}/return"): lambda: returned,
        ("GET", "/v1/environments"): lambda: (200, [OTHER, ENVIRONMENT]),
        ("GET", f"/v1/services/{KEY}.web/observed"): lambda: (200, services.pop(0) if services[1:] else services[0]),
    }
    return lambda method, path, _body: routes[method, path.partition("?")[0]]()


def test_a_rollback_goes_to_the_supervisor_waits_for_it_and_says_what_was_done(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    seen = [observed(settled=False), observed(settled=False), observed(settled=True, revision=2)]
    with place.supervisor(supervisor(seen)) as asked:
        done = place.kr8.run("rollback", "production", "--reason", "3 a.m.")
    assert done.code == 0, done.error
    assert "kr8's daemon is gone; the supervisor of this machine rolls back." in done.out
    assert f"{KEY} serves generation 6 (v1 of monday) again." in done.out
    assert "2 of 2" in done.out
    assert ("POST", f"/v1/environments/{KEY}/return", {"to": "previous"}) in asked.asked
    assert any("since_revision=1" in path for _, path, _ in asked.asked)


def test_a_rollback_from_another_folder_takes_the_projects_id(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    with place.supervisor(supervisor([observed(settled=True)])):
        there = place.kr8.run("-C", str(tmp_path), "rollback", "production", "--project", "prj_7k2m9q", "--json")
        lost = place.kr8.run("-C", str(tmp_path), "rollback", "production", "--json")
    assert (there.code, there.value["by"], there.value["returned"]) == (0, "supervisor", RETURNED)
    assert (lost.code, lost.value["problem"]["code"]) == (2, "unknown_project")


@pytest.mark.parametrize("given", ["blog", "../blog", "nowhere/at/all", ".."])
@pytest.mark.parametrize("command", [("rollback", "production"), ("status",)])
def test_another_project_than_the_one_here_is_never_touched_in_its_place(
    tmp_path: Path, command: tuple[str, ...], given: str
) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    with place.supervisor(supervisor([observed(settled=True)])) as asked:
        done = place.kr8.run(*command, "--project", given, "--json")
    assert (done.code, done.value["problem"]["code"], asked.asked) == (2, "unknown_project", [])


@pytest.mark.parametrize("given", ["shop", "prj_7k2m9q", ".", "../shop", "../shop/app"])
def test_the_project_here_may_be_named_by_its_name_its_id_or_a_path(tmp_path: Path, given: str) -> None:
    place = Place(tmp_path)
    (place.project / "app").mkdir()
    place.without_daemon()
    with place.supervisor(supervisor([observed(settled=True)])):
        done = place.kr8.run("rollback", "production", "--project", given, "--json")
    assert (done.code, done.value["environment"]) == (0, KEY), done.error


def test_a_path_is_looked_at_where_it_leads(tmp_path: Path) -> None:
    place = Place(tmp_path)
    blog = tmp_path / "blog"
    blog.mkdir()
    (blog / "kr8.toml").write_text('[project]\nname = "blog"\nid = "prj_blog11"\n')
    place.without_daemon()
    with place.supervisor(supervisor([observed(settled=True)])):
        done = place.kr8.run("-C", str(blog), "rollback", "production", "--project", str(place.project), "--json")
    assert (done.code, done.value["environment"]) == (0, KEY), done.error


def test_a_name_of_a_project_elsewhere_is_refused_with_what_kr8_knows_without_its_daemon(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    with place.supervisor(supervisor([observed(settled=True)])) as asked:
        done = place.kr8.run("rollback", "production", "--project", "blog", "--json")
    problem = done.value["problem"]
    assert (done.code, problem["code"], problem["field"], asked.asked) == (2, "unknown_project", "project", [])
    assert "knows a project only by its id or from its own folder" in problem["what"]
    assert "'shop'" in problem["why"]


def test_a_rollback_that_gets_stuck_shows_the_services_last_words(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    failure = {"code": "exited", "what": "exited with 1", "lines": ["Traceback\x1b[2J", "KeyError"]}
    with place.supervisor(supervisor([observed(settled=False, stuck=failure)])):
        done = place.kr8.run("rollback", "production")
    assert done.code == 3
    assert f"{KEY}.web is stuck: exited: exited with 1" in done.out
    assert "  | Traceback\\x1b[2J" in done.out


def test_where_nothing_was_promoted_before_the_supervisor_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    refusal = {"code": "unknown_baseline", "what": "there is no baseline", "detail": {}}
    with place.supervisor(supervisor([observed(settled=True)], (404, refusal))):
        done = place.kr8.run("rollback", "production", "--json")
    assert (done.code, done.value["problem"]["code"]) == (1, "unknown_baseline")


def test_a_rollback_further_back_needs_the_daemon(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    with place.supervisor(supervisor([observed(settled=True)])) as asked:
        done = place.kr8.run("rollback", "production", "--to-generation", "3", "--json")
    assert done.code == 6
    assert "to_generation" in done.value["problem"]["why"]
    assert asked.asked == []


def test_without_daemon_and_supervisor_it_says_where_to_look(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    done = place.kr8.run("rollback", "production")
    assert done.code == 6
    assert "Neither kr8's daemon nor its supervisor can be reached." in done.error


def test_status_shows_what_the_supervisor_sees_and_still_says_that_the_daemon_is_gone(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.without_daemon()
    with place.supervisor(supervisor([observed(settled=True)])):
        done = place.kr8.run("status")
        as_json = place.kr8.run("status", "--json")
    assert done.code == as_json.code == 6
    assert "production   6           v1 of monday" in done.out
    assert f"{KEY}.web  rel_1    2 of 2  127.0.0.1:8002" in done.out
    assert [each["key"] for each in as_json.value["environments"]] == [KEY]
    assert as_json.value["problem"]["code"] == "daemon_unreachable"

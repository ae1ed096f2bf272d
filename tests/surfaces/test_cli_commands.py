"""The command line as a process: transport, secrets, logs, status, problems, completion."""

import ast
import inspect
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scripts.contract import catalogue
from tests.support.command_fixtures import Place, Story, deployment
from tests.support.socket_server import Refusal, operations

from kr8.surfaces.cli.catalogue import PACKAGED
from kr8.surfaces.cli.contract import contract_text
from kr8.surfaces.cli.exits import ExitCode

STATUS: dict[str, Any] = {
    "project": "shop",
    "id": "prj_7k2m9q",
    "environments": [
        {
            "environment": "production",
            "in_file": False,
            "generation": 7,
            "commit": "a" * 40,
            "since": "2026-01-02T03:04:05Z",
            "services": [
                {
                    "service": "web",
                    "version": "aaaaaaaaaaaa",
                    "release": "rel_1",
                    "wanted": 3,
                    "ready": 2,
                    "in_flight": 12,
                    "url": "http://127.0.0.1:8002/",
                    "trouble": "exited: web exited with 1",
                }
            ],
            "kept": 1,
            "build_bytes": 34_100_000,
            "active": "dep_2: running",
            "frozen_by": None,
        },
        {
            "environment": "staging",
            "generation": 0,
            "commit": None,
            "since": None,
            "services": [],
            "active": None,
            "frozen_by": None,
        },
    ],
}
HOSTILE = "a\x1b[2J\x1b]0;pwned\x07\x9b31m\u202egnp.exe\r\x00 → é 日本"


def test_the_packaged_commands_are_those_of_the_real_catalogue() -> None:
    assert PACKAGED.read_text("utf-8") == contract_text(catalogue()), "run: make contract"


def test_status_shows_what_every_environment_serves_and_what_runs(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(get_status=Story(STATUS))):
        done = place.kr8.run("status")
    assert done.code == 0, done.error
    assert "production: generation 7 of commit aaaaaaaaaaaa, since 2026-01-02T03:04:05" in done.out
    assert "web      aaaaaaaaaaaa  2 of 3  12         http://127.0.0.1:8002/" in done.out
    assert "builds: 34.1 MB, with 1 earlier release to roll back to at once" in done.out
    assert "web: exited: web exited with 1" in done.out
    assert "deployment dep_2: running" in done.out
    assert "kr8.toml names it no more; it serves until: kr8 down production" in done.out
    assert "staging: serves nothing" in done.out


def test_who_calls_and_from_where_is_told_whatever_the_folder_is_called(tmp_path: Path) -> None:
    place = Place(tmp_path)
    odd = place.project / "ü 100% \n x"
    odd.mkdir()
    with place.daemon(operations(get_status=Story(STATUS))) as daemon:
        assert place.kr8.run("-C", str(odd), "status").code == 0
    assert daemon.headers[0]["X-Kr8-Directory"].endswith("/%C3%BC%20100%25%20%0A%20x")
    assert daemon.headers[0]["X-Kr8-Caller"]


def test_hostile_text_is_carried_whole_by_json_and_never_reaches_the_terminal_raw(tmp_path: Path) -> None:
    place = Place(tmp_path)
    entry = {"at": "2026-01-02T03:04:05.678Z", "source": HOSTILE, "level": "info", "text": HOSTILE, "untrusted": True}
    page = {"deployment": "dep_1", "lines": [entry], "cursor": "c", "more": False}
    with place.daemon(operations(get_deployment_logs=Story(page))):
        as_json = place.kr8.run("logs", "--json", PYTHONUTF8="1")
        on_a_pipe = place.kr8.run("logs", PYTHONUTF8="1")
        terminal = place.kr8.terminal("logs", PYTHONUTF8="1")
        assert terminal.end() == 0
    assert as_json.value == page
    for shown in (on_a_pipe.out, as_json.out, terminal.text.replace("\r\n", "\n")):
        assert not [each for each in "\x1b\x07\x9b\u202e\r\x00" if each in shown]
        assert "→ é 日本" in shown
    assert "03:04:05.678" in on_a_pipe.out
    assert "| a\\x1b[2J\\x1b]0;pwned\\x07\\x9b31m\\u202egnp.exe\\r\\x00" in on_a_pipe.out


def test_a_locale_that_knows_no_arrow_is_no_error(tmp_path: Path) -> None:
    place = Place(tmp_path)
    done = deployment("succeeded", ledger=["web: 0 of 1 requests failed, p99 1 → 2 ms"])
    with place.daemon(operations(get_deployment=Story(done))):
        shown = place.kr8.run("deployment", "show", "dep_1", PYTHONIOENCODING="ascii")
    assert (shown.code, "p99 1 \\u2192 2 ms" in shown.out) == (0, True)


def log_page(text: str, cursor: str, *, more: bool = False, earlier: str | None = None) -> dict[str, Any]:
    """A page of one line, or of none."""
    line = {"at": "2026-01-02T03:04:05.678Z", "source": "web", "level": "info", "text": text, "untrusted": True}
    return {"deployment": "d", "lines": [line] if text else [], "cursor": cursor, "more": more, "earlier": earlier}


def test_logs_show_the_last_lines_and_how_to_see_those_before_them(tmp_path: Path) -> None:
    place = Place(tmp_path)
    last, before = log_page("last", "c2", earlier="e1"), log_page("first", "c1", more=True)
    with place.daemon(operations(get_deployment_logs=Story(last, last, before))) as daemon:
        shown = place.kr8.run("logs", "-n", "1")
        as_json = place.kr8.run("logs", "--limit", "1", "--json")
        earlier = place.kr8.run("logs", "--cursor", "e1")
    assert shown.out.splitlines() == ["earlier: -n 500, or --cursor e1", "03:04:05.678 web | last"]
    assert as_json.value == last
    assert earlier.out.splitlines() == ["03:04:05.678 web | first", "more: --cursor c1"]
    assert [asked for _, _, asked in daemon.asked] == [{"limit": 1}, {"limit": 1}, {"cursor": "e1"}]


def test_logs_are_followed_from_the_last_lines_until_ctrl_c(tmp_path: Path) -> None:
    place = Place(tmp_path)
    pages = Story(
        log_page("one", "c1", earlier="e1"),
        log_page("two", "c2", more=True),
        log_page("three", "c3"),
        log_page("", "c3"),
    )
    with place.daemon(operations(get_deployment_logs=pages)) as daemon:
        terminal = place.kr8.terminal("logs", "--environment", "production", "--level", "error", "-f")
        terminal.expect("three")
        terminal.press("\x03")
        assert terminal.end() == 130
    assert "e1" in terminal.text and "c2" not in terminal.text, "what comes next comes by itself"
    assert daemon.asked[0][2] == {"environment": "production", "level": "error"}
    assert daemon.asked[1][2] == {"environment": "production", "level": "error", "cursor": "c1", "wait_s": 25}
    assert daemon.asked[2][2]["cursor"] == "c2"


def test_a_secret_is_read_from_the_standard_input_and_is_no_argument(tmp_path: Path) -> None:
    place = Place(tmp_path)
    line = {"name": "KEY", "environment": "production", "version": 1, "set_at": "", "set_by": "", "warning": ""}
    with place.daemon(operations(set_secret=Story(line))) as daemon:
        done = place.kr8.run("secret", "set", "KEY", "-e", "production", source="two\nlines\n")
        wrong = place.kr8.run("secret", "set", "KEY", "-e", "production", "--value", "x")
    assert done.code == 0
    assert daemon.asked[0][2] == {"name": "KEY", "environment": "production", "value": "two\nlines"}
    assert "two" not in done.out
    assert wrong.code == 2


def test_on_a_terminal_a_secret_is_asked_for_twice_without_echo(tmp_path: Path) -> None:
    place = Place(tmp_path)
    line = {"name": "KEY", "environment": "production", "version": 1, "set_at": "", "set_by": "", "warning": ""}
    with place.daemon(operations(set_secret=Story(line))) as daemon:
        terminal = place.kr8.terminal("secret", "set", "KEY", "-e", "production")
        terminal.expect("value (not shown): ")
        terminal.press("hunter2\n")
        terminal.expect("again: ")
        terminal.press("hunter2\n")
        assert terminal.end() == 0
        differs = place.kr8.terminal("secret", "set", "KEY", "-e", "production")
        differs.expect("value (not shown): ")
        differs.press("one\n")
        differs.expect("again: ")
        differs.press("two\n")
        assert differs.end() == 2
    assert [body["value"] for _, _, body in daemon.asked] == ["hunter2"]
    assert "hunter2" not in terminal.text


def test_what_takes_an_environment_down_must_be_confirmed(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.daemon(operations(down=Story(deployment("succeeded", kind="down")))) as daemon:
        refused = place.kr8.run("down", "production")
        done = place.kr8.run("down", "production", "--yes")
    assert (refused.code, done.code) == (7, 0)
    assert [body for _, _, body in daemon.asked] == [{"environment": "production", "confirm": "production"}]


def test_scale_sends_numbers_as_numbers_and_follows(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answers = operations(
        scale_deployment=Story(deployment("queued", waits_for="dep_0, which runs")),
        get_deployment=Story(deployment("succeeded")),
    )
    with place.daemon(answers) as daemon:
        done = place.kr8.run("scale", "production", "web", "3")
        wrong = place.kr8.run("scale", "production", "web", "three")
    assert daemon.asked[0][2] == {"environment": "production", "service": "web", "instances": 3}
    assert "waits for dep_0, which runs" in done.out
    assert (done.code, wrong.code) == (0, 2)


def test_a_missing_name_is_told_with_those_of_kr8_toml(tmp_path: Path) -> None:
    place = Place(tmp_path)
    lines = (["plan"], ["scale", "development"], ["scale", "development", "web"])
    nothing, service, number = (place.kr8.run(*words) for words in lines)
    assert "One of: development, production." in nothing.error
    assert "One of: api, web." in service.error and "One of" not in number.error
    assert [each.code for each in (nothing, service, number)] == [2, 2, 2]


def test_a_verdict_that_does_not_hold_is_an_exit_code(tmp_path: Path) -> None:
    place = Place(tmp_path)
    broken = {"rows": 9, "head": "ab", "holds": False, "broken": [{"number": 4, "what": "its content was changed"}]}
    with place.daemon(operations(verify_audit=Story(broken))):
        done = place.kr8.run("audit", "verify")
    assert done.code == 1
    assert "row 4: its content was changed" in done.out


def test_every_failure_is_json_where_json_was_asked_for(tmp_path: Path) -> None:
    place = Place(tmp_path)
    problem = {"code": "unknown_project", "what": "No such project.", "field": "project", "output": ["line"]}
    with place.daemon(operations(get_status=Story(Refusal(**problem)))):
        refused = place.kr8.run("status", "--json")
    usage = [place.kr8.run(*words) for words in (["sttus", "--json"], ["status", "--nope", "--json"], ["--json"])]
    place.without_daemon()
    unreachable = place.kr8.run("history", "production", "--json")
    assert refused.value["problem"] == {
        **problem,
        "why": "",
        "mend": "",
        "retryable": False,
        "outcome": "not_started",
        "place": None,
    }
    assert [each.value["problem"]["code"] for each in usage] == ["usage"] * 3
    assert unreachable.value["problem"]["code"] == "daemon_unreachable"
    assert [refused.code, *(each.code for each in usage), unreachable.code] == [1, 2, 2, 2, 6]
    assert not [each.error for each in (refused, *usage, unreachable) if each.error]


def test_a_word_that_is_nearly_a_command_is_told_the_right_one(tmp_path: Path) -> None:
    done = Place(tmp_path).kr8.run("rolback")
    assert done.code == 2
    assert "rollback" in done.error


def test_help_has_a_short_name(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for command in ((), ("validate",), ("template", "list")):
        assert place.kr8.run(*command, "-h").out == place.kr8.run(*command, "--help").out != ""


def test_every_command_has_help(tmp_path: Path) -> None:
    place = Place(tmp_path)
    for each in catalogue():
        shown = place.kr8.run(*each.mark.command.split(), "--help")
        assert shown.code == 0 and "Usage: kr8" in shown.out, each.mark.command


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(tmp_path: Path, shell: str) -> None:
    done = Place(tmp_path).kr8.run("completion", shell)
    assert done.code == 0
    assert f"_KR8_COMPLETE={shell}_complete" in done.out


def complete(place: Place, *words: str) -> list[str]:
    """What bash would offer after these words, the last one unfinished."""
    environ = {"_KR8_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    return [line.partition(",")[2] for line in place.kr8.run(**environ).out.splitlines()]


def test_completion_knows_commands_options_choices_and_the_names_in_kr8_toml(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert complete(place, "kr8", "ro") == ["rollback"]
    assert complete(place, "kr8", "rollback", "") == ["development", "production"]
    assert complete(place, "kr8", "scale", "production", "w") == ["web"]
    assert "--to-generation" in complete(place, "kr8", "rollback", "--t")
    assert complete(place, "kr8", "logs", "--level", "") == ["warning", "error"]


def cpu_ms(act: Callable[[], object]) -> int:
    """The processor time of the process that an act starts, the best of five: other work hardly changes it."""
    taken: list[float] = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert act()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return round(1000 * min(taken))


def test_completion_and_status_are_quick(tmp_path: Path) -> None:
    """`make bench` measures their wall time on a quiet machine: 120 and 250 ms at most."""
    place = Place(tmp_path)
    with place.daemon(operations(get_status=Story(STATUS))):
        completing = cpu_ms(lambda: complete(place, "kr8", "ro"))
        status = cpu_ms(lambda: place.kr8.run("status", "--json").value)
    print(f"processor time: completion {completing} ms, status --json {status} ms")
    assert completing < 240
    assert status < 400


def imported(place: Place, *words: str, **environ: str) -> set[str]:
    """The modules that a command line imports."""
    said = place.kr8.run(*words, PYTHONPROFILEIMPORTTIME="1", **environ).error
    return {line.rpartition("|")[2].strip() for line in said.splitlines() if line.startswith("import time:")}


def test_a_command_imports_no_models_and_completion_not_even_a_client(tmp_path: Path) -> None:
    place = Place(tmp_path)
    completing = {"_KR8_COMPLETE": "bash_complete", "COMP_WORDS": "kr8 ro", "COMP_CWORD": "1"}
    with place.daemon(operations(get_status=Story(STATUS))):
        status = imported(place, "status", "--json")
    completion = imported(place, **completing)
    heavy = {"pydantic", "rich", "starlette", "sqlalchemy", "mcp", "asyncio", "kr8.domain", "kr8.catalogue", "kr8.app"}
    assert "kr8.surfaces.cli.daemon" in status
    assert "kr8.surfaces.cli.groups" in completion
    assert not heavy & (status | completion)
    assert not {"http.client", "tomllib", "kr8.surfaces.cli.daemon"} & completion


def test_a_daemon_of_another_version_is_told_where_it_explains_a_refusal(tmp_path: Path) -> None:
    place = Place(tmp_path)

    def answer(method: str, path: str, _body: object) -> tuple[int, Any]:
        if (method, path) == ("GET", "/healthz"):
            return 200, {"version": "0.0.1", "pid": 4242, "ready": True}
        return 404, {"problem": {"code": "unknown_operation", "what": "There is no operation 'get_status'."}}

    with place.daemon(answer):
        done = place.kr8.run("status")
    assert done.code == 1
    assert "The daemon (pid 4242) is kr8 0.0.1" in done.error


def test_exit_codes_are_each_described() -> None:
    source = ast.parse(inspect.getsource(ExitCode)).body[0]
    assert isinstance(source, ast.ClassDef)
    texts = [node for node in source.body[1:] if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    assert len(texts) == len(ExitCode) == len({code.value for code in ExitCode})

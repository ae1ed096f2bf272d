"""The load generator counts what is true: each kind of wrong answer, and who is to blame."""

import asyncio
import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from demo.load import Expectation, Histogram, Load, Tally, parse
from tests.support.certificates import make_certificate
from tests.support.echo import Echo

SCRIPT = Path(__file__).resolve().parents[3] / "demo" / "load.py"


def run(prepare: Callable[[Echo], None] = lambda echo: None, *arguments: str, count: int = 40) -> dict[str, Any]:
    """A short load against an echo service; its report."""

    async def whole() -> dict[str, Any]:
        async with Echo() as echo:
            prepare(echo)
            words = [
                "--url",
                echo.url,
                "--rate",
                str(count * 40),
                "--seconds",
                "0.025",
                "--connections",
                "4",
                *arguments,
            ]
            load = Load(parse(words), Tally())
            await load.run()
            return load.tally.report()

    return asyncio.run(whole())


def test_a_healthy_service_has_no_failure() -> None:
    report = run()
    assert (report["requests"], report["ok"], report["failed"], report["stale"]) == (40, 40, 0, 0)
    assert report["posts"] == 20
    assert report["by_version"] == {"v1": {"ok": 40}}
    assert 4 < report["connections_opened"] <= 8  # four workers, and a new connection for every tenth request
    assert 0 < report["latency_ms"]["p50"] <= report["latency_ms"]["p99"] <= report["latency_ms"]["max"]
    assert sum(second["ok"] for second in report["per_second"]) == 40


def test_more_connections_than_requests_do_not_hurry_the_schedule() -> None:
    report = run(lambda echo: None, "--rate", "40", "--seconds", "0.2", "--connections", "32")
    assert report["requests"] == 8
    assert report["seconds"] > 7 / 40


def test_a_chunked_answer_is_read_whole() -> None:
    assert run(lambda echo: setattr(echo, "chunked", True))["ok"] == 40


@pytest.mark.parametrize(
    ("attribute", "value", "kind", "count"),
    [("spoil_bodies", True, "body", 40), ("hang_up", True, "reset", 40), ("status", 404, "status", 40)],
)
def test_each_wrong_answer_has_its_kind(attribute: str, value: object, kind: str, count: int) -> None:
    report = run(lambda echo: setattr(echo, attribute, value))
    assert report["failed_by_kind"] == {kind: count}
    assert report["failed"] == count
    assert {example["kind"] for example in report["examples"]} == {kind}


def test_by_tls_it_trusts_the_certificates_that_it_is_given_and_no_other(tmp_path: Path) -> None:
    own, other = (make_certificate(tmp_path / name) for name in ("own.pem", "other.pem"))
    proof = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    proof.load_cert_chain(own)

    async def whole(trusted: Path) -> dict[str, int]:
        async with Echo(proof=proof) as echo:
            words = ["--url", echo.url, "--rate", "100", "--seconds", "0.1", "--trust", str(trusted)]
            load = Load(parse(words), Tally())
            await load.run()
            return load.tally.so_far()

    assert asyncio.run(whole(own))["ok"] == 10
    assert asyncio.run(whole(other))["failed"] == 10


def test_silence_is_a_timeout() -> None:
    report = run(lambda echo: setattr(echo, "silent", True), "--timeout", "0.05", count=8)
    assert report["failed_by_kind"] == {"timeout": 8}


def test_a_closed_port_is_refused() -> None:
    async def whole() -> dict[str, int]:
        async with Echo() as echo:
            url = echo.url
        load = Load(parse(["--url", url, "--rate", "100", "--seconds", "0.1"]), Tally())
        await load.run()
        return dict(load.tally.kinds)

    assert asyncio.run(whole()) == {"refused": 10}


def test_a_version_that_is_not_allowed_fails() -> None:
    assert run(lambda echo: None, "--allow", "v2")["failed_by_kind"] == {"version": 40}


def test_a_services_own_error_is_counted_apart() -> None:
    report = run(lambda echo: setattr(echo, "status", 500))
    assert (report["failed"], report["errors_5xx"]) == (0, 40)
    assert report["by_version"] == {"v1": {"errors_5xx": 40}}


def test_an_error_without_a_version_is_a_failure() -> None:
    def broken(echo: Echo) -> None:
        echo.status, echo.version = 503, ""

    assert run(broken)["failed_by_kind"] == {"status": 40}


def test_an_old_version_is_stale_only_from_the_switch_on() -> None:
    expectation = Expectation(frozenset({"v1", "v2"}))
    assert expectation.judge(5, "v1") == "right"
    expectation.expect("v2", since=10)
    assert [expectation.judge(9, "v1"), expectation.judge(10, "v1"), expectation.judge(10, "v2")] == [
        "right",
        "stale",
        "right",
    ]
    assert expectation.judge(10, "v3") == "unknown"
    expectation.allow(["v2", "v3"])
    assert [expectation.judge(11, "v3"), expectation.judge(11, "v1")] == ["right", "unknown"]


def test_control_lines() -> None:
    load = Load(parse(["--url", "http://127.0.0.1:1/", "--allow", "v1"]), Tally())
    assert load.obey("allow v1 v2")["done"] == "allow v1 v2"
    assert load.obey("expect v2 from 7\n")["next"] == 0
    assert (load.expectation.current, load.expectation.since) == ("v2", 7)
    assert load.obey("mark switched")["requests"] == 0
    assert load.tally.marks[0]["name"] == "switched"
    assert load.obey("expekt v2")["refused"] == "expekt v2"
    load.obey("stop")
    assert load.stopping.is_set()


@pytest.mark.parametrize(
    "url", ["http://localhost:80/", "http://10.0.0.1/", "https://127.0.0.1/", "http://127.0.0.1.evil/"]
)
def test_no_other_host_is_ever_a_target(url: str) -> None:
    with pytest.raises(SystemExit):
        parse(["--url", url])


@pytest.mark.parametrize(
    "words", [["--rate", "5001"], ["--seconds", "601"], ["--connections", "0"], ["--timeout", "-1"]]
)
def test_every_number_is_bounded(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--url", "http://127.0.0.1:1/", *words])


def test_percentiles_are_within_two_percent() -> None:
    histogram = Histogram()
    for ms in range(1, 1001):
        histogram.add(ms / 1000)
    assert histogram.percentile(0.5) == pytest.approx(500, rel=0.03)
    assert histogram.percentile(0.99) == pytest.approx(990, rel=0.03)
    assert histogram.max_ms == 1000


def test_as_a_process_it_obeys_and_reports_on_sigterm(tmp_path: Path) -> None:
    async def whole() -> tuple[str, str, int | None]:
        async with Echo() as echo:
            words = [
                "--url",
                echo.url,
                "--rate",
                "200",
                "--until-signal",
                "--control",
                "-",
                "--report",
                str(tmp_path / "r.json"),
            ]
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(sys.executable, str(SCRIPT), *words, stdin=pipe, stdout=pipe)
            assert process.stdin and process.stdout
            process.stdin.write(b"allow v1\n")
            answer = await process.stdout.readline()
            requests = 0
            while requests <= 20:
                process.stdin.write(b"mark some\n")
                requests = json.loads(await process.stdout.readline())["requests"]
            process.send_signal(signal.SIGTERM)
            summary = await process.stdout.read()
            return answer.decode(), summary.decode(), await process.wait()

    answer, summary, code = asyncio.run(whole())
    assert json.loads(answer)["done"] == "allow v1"
    report = json.loads((tmp_path / "r.json").read_text())
    assert code == 0
    assert report["ok"] == report["requests"] > 20
    assert summary.startswith(f"{report['requests']} requests in ")


def test_it_ends_when_whoever_controls_it_is_gone() -> None:
    words = ["--url", "http://127.0.0.1:9/", "--rate", "5", "--until-signal", "--control", "-"]
    done = subprocess.run([sys.executable, str(SCRIPT), *words], stdin=subprocess.DEVNULL, timeout=20, check=False)
    assert done.returncode in (0, 1)

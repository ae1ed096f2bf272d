"""Generated alerts fire when they are to, and at no other time: promtool evaluates them."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.support.manifests import Manifest, by_name, generated, plain, shop
from tests.support.prometheus import check_alerts, groups
from tests.support.tree import ROOT

NAMESPACE = "shop-production"
FROM = 'job="kube-state-metrics",instance="10.0.0.9:8080",service="kube-state-metrics"'
"""The labels that the Prometheus operator adds to what kube-state-metrics says."""
TEMPLATES = ("web-service/files/app", "static-site/files/server")
"""Where templates count requests in Python; the others write the same measures, which their own tests look at."""
Request = tuple[int, float]
"""Status, and seconds."""


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifest]:
    """Every PrometheusRule of the production environment, by its service."""
    folder = generated(shop("plain"), tmp_path_factory.mktemp("alerts"))
    found = by_name(plain(folder / "plain" / "production"))
    return {name: value for (kind, name), value in found.items() if kind == "PrometheusRule"}


@pytest.fixture(params=TEMPLATES)
def metrics(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """What makes the measures of a template's service."""
    path = ROOT / "src/kr8/templates" / request.param / "metrics.py"
    spec = importlib.util.spec_from_file_location(f"metrics_of_{request.param.partition('/')[0]}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Metrics  # type: ignore[no-any-return]


def of(service: str, instance: int = 1) -> str:
    """The labels that the Prometheus operator adds to what a ServiceMonitor has it read."""
    return f'namespace="{NAMESPACE}",service="{service}",pod="{service}-{instance}",endpoint="http",job="{service}"'


def up(*services: str) -> dict[str, str]:
    return {f"up{{{of(service)}}}": "1x800" for service in services}


def read(metrics: Callable[[], Any], steps: Iterable[Iterable[Request]], service: str = "api") -> dict[str, str]:
    """What Prometheus has of an instance that answers these requests between one reading and the next."""
    instance, series = metrics(), dict[str, list[str]]()
    for number, requests in enumerate(steps):
        for status, seconds in requests:
            instance.count("GET", status, seconds)
        for line in instance.text("1.0").splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                labelled = name[:-1] + "," if "{" in name else name + "{"
                series.setdefault(f"{labelled}{of(service)}}}", ["_"] * number).append(value)
    return {name: " ".join(values) for name, values in series.items()} | up(service)


def test_every_kind_of_service_has_its_alerts(rules: dict[str, Manifest]) -> None:
    found = {
        name: [each["alert"] for group in groups(value) for each in group["rules"]] for name, value in rules.items()
    }
    assert found == {
        "api": ["Errors", "Latency", "Silence", "Restarts", "Missing"],
        "web": ["Errors", "Silence", "Restarts", "Missing"],
        "mailer": ["Restarts", "Missing"],
        "import": ["Failed"],
        "report": ["Failed", "Overdue"],
    }


def test_alerts_of_two_services_are_two_alerts(
    rules: dict[str, Manifest], metrics: Callable[[], Any], tmp_path: Path
) -> None:
    """Alertmanager takes those for one whose labels are the same: the end of one would be that of both."""
    failing = [[(500, 0.01)] * 30] * 30
    series = read(metrics, failing, "api") | read(metrics, failing, "web")
    check_alerts(tmp_path, rules.values(), series, {"14m": ("Errors/api", "Errors/web")})
    check_alerts(tmp_path, rules.values(), {"x": "1x30"}, {"14m": ("Silence/api", "Silence/web")})


@pytest.mark.parametrize(("failing", "fires"), [(1, False), (3, True), (300, True)])
def test_errors_fire_above_what_is_promised(
    rules: dict[str, Manifest], metrics: Callable[[], Any], tmp_path: Path, failing: int, fires: bool
) -> None:
    """0.5 percent of the requests may fail: 1.5 of 300 between one reading and the next."""
    steps = [[(500, 0.01)] * failing + [(200, 0.01)] * (300 - failing)] * 60
    expected = ("Errors/api",) if fires else ()
    check_alerts(tmp_path, [rules["api"]], read(metrics, steps), {"4m": (), "8m": expected, "29m": expected})


def test_one_request_that_fails_wakes_nobody_however_few_there_are(
    rules: dict[str, Manifest], metrics: Callable[[], Any], tmp_path: Path
) -> None:
    steps: list[list[Request]] = [[(200, 0.01), (500, 0.01)], *[[(200, 0.01)] for _ in range(20)], [(500, 0.01)]]
    steps += [[(200, 0.01)] for _ in range(40)]
    minutes = {f"{minute}m": () for minute in range(1, 31)}
    check_alerts(tmp_path, [rules["api"]], read(metrics, steps), minutes)


def test_errors_that_ended_alert_no_more(
    rules: dict[str, Manifest], metrics: Callable[[], Any], tmp_path: Path
) -> None:
    fine: list[Request] = [(200, 0.01)] * 20
    steps = [fine] * 10 + [[(503, 0.01)] * 20] * 12 + [fine] * 30
    expected = {"5m": (), "11m": ("Errors/api",), "20m": ()}
    check_alerts(tmp_path, [rules["api"]], read(metrics, steps), expected)


@pytest.mark.parametrize(("slow", "fires"), [(1, False), (6, True)])
def test_latency_fires_where_more_than_one_of_a_hundred_is_slow(
    rules: dict[str, Manifest], metrics: Callable[[], Any], tmp_path: Path, slow: int, fires: bool
) -> None:
    steps = [[(200, 0.9)] * slow + [(200, 0.02)] * (200 - slow)] * 80
    expected = ("Latency/api",) if fires else ()
    check_alerts(tmp_path, [rules["api"]], read(metrics, steps), {"8m": (), "15m": expected, "39m": expected})


@pytest.mark.parametrize(
    ("series", "fires"),
    [
        ({}, True),
        ({f"up{{{of('api')}}}": "0x60"}, True),
        ({f"up{{{of('api')}}}": "0x60", f"up{{{of('api', 2)}}}": "1x60"}, False),
        ({f"up{{{of('api')}}}": "1x4 0x4 1x60"}, False),
        (up("web"), True),
    ],
)
def test_silence_fires_where_no_instance_gives_measures(
    rules: dict[str, Manifest], tmp_path: Path, series: dict[str, str], fires: bool
) -> None:
    expected = ("Silence/api",) if fires else ()
    check_alerts(tmp_path, [rules["api"]], series | {"x": "1x60"}, {"4m": (), "6m": expected, "25m": expected})


def restarts(times: Iterable[int], service: str = "mailer") -> dict[str, str]:
    """The counter of a container that was started again at these times, in seconds, for three hours."""
    labels = f'namespace="{NAMESPACE}",pod="{service}-1",container="{service}",{FROM}'
    name, known = f"kube_pod_container_status_restarts_total{{{labels}}}", sorted(times)
    return {name: " ".join(str(sum(time <= now for time in known)) for now in range(0, 3 * 3600, 30))}


def backed_off() -> Iterable[int]:
    """When Kubernetes starts a container again that ends after five seconds, for ever."""
    now, wait = 0, 10
    while now < 3 * 3600:
        now += 5 + wait
        yield now
        wait = min(2 * wait, 300)


@pytest.mark.parametrize("service", ["api", "mailer"])
def test_an_instance_that_never_stays_up_is_told_as_long_as_it_does_not(
    rules: dict[str, Manifest], tmp_path: Path, service: str
) -> None:
    series = restarts(backed_off(), service) | up("api")
    always = {f"{minute}m": (f"Restarts/{service}",) for minute in range(20, 180, 4)}
    check_alerts(tmp_path, [rules[service]], series, {"1m": (), **always})


def test_an_instance_that_was_started_again_now_and_then_is_not_told(
    rules: dict[str, Manifest], tmp_path: Path
) -> None:
    series = restarts([600, 650, *range(3000, 10000, 1200)])
    check_alerts(tmp_path, [rules["mailer"]], series, {f"{minute}m": () for minute in range(5, 180, 5)})


def replicas(wanted: str, available: str, service: str = "mailer") -> dict[str, str]:
    labels = f'namespace="{NAMESPACE}",deployment="{service}",{FROM}'
    return {
        f"kube_deployment_spec_replicas{{{labels}}}": wanted,
        f"kube_deployment_status_replicas_available{{{labels}}}": available,
    }


@pytest.mark.parametrize(
    ("wanted", "available", "fires"),
    [("2x120", "1x120", True), ("2x120", "0x120", True), ("2x120", "2x120", False), ("2x20 4x100", "2x30 4x90", False)],
)
def test_instances_that_are_missing_are_told_and_those_that_are_starting_are_not(
    rules: dict[str, Manifest], tmp_path: Path, wanted: str, available: str, fires: bool
) -> None:
    expected = ("Missing/mailer",) if fires else ()
    series = replicas(wanted, available) | replicas("3x120", "0x120", "other")
    check_alerts(tmp_path, [rules["mailer"]], series, {"10m": (), "17m": expected, "55m": expected})


def job(name: str, *, begun: int, failed: str, until: int = 400) -> dict[str, str]:
    """What kube-state-metrics says of a Job: when it began, in seconds, and from then on whether it has failed."""
    labels = f'namespace="{NAMESPACE}",job_name="{name}",{FROM}'
    start = begun // 30
    return {
        f"kube_job_status_start_time{{{labels}}}": f"_x{start} {begun}x{until}",
        f'kube_job_failed{{{labels},condition="true"}}': f"_x{start} {failed}",
        f'kube_job_failed{{{labels},condition="false"}}': f"_x{start} 0x{until}",
    }


def schedule(*, succeeded: str, due: str) -> dict[str, str]:
    labels = f'namespace="{NAMESPACE}",cronjob="report",{FROM}'
    return {
        f"kube_cronjob_status_last_successful_time{{{labels}}}": succeeded,
        f"kube_cronjob_next_schedule_time{{{labels}}}": due,
    }


@pytest.mark.parametrize(("failed", "fires"), [("0x5 1x60", True), ("0x60", False)])
def test_a_job_that_has_failed_is_told(rules: dict[str, Manifest], tmp_path: Path, failed: str, fires: bool) -> None:
    series = job("import", begun=30, failed=failed) | job("imports", begun=30, failed="1x60")
    check_alerts(tmp_path, [rules["import"]], series, {"2m": (), "6m": ("Failed/import",) if fires else ()})


def test_a_run_that_has_failed_is_told_until_another_succeeds(rules: dict[str, Manifest], tmp_path: Path) -> None:
    series = (
        job("report-100", begun=600, failed="0x400")
        | job("report-200", begun=1800, failed="0x10 1x390")
        | job("report-300", begun=5400, failed="0x400")
        | schedule(succeeded="_x22 660x163 5460x200", due="99999x400")
    )
    told = ("Failed/report",)
    expected = {"20m": (), "34m": (), "38m": told, "80m": told, "95m": ()}
    check_alerts(tmp_path, [rules["report"]], series, expected)


def test_the_first_run_of_all_that_fails_is_told(rules: dict[str, Manifest], tmp_path: Path) -> None:
    series = job("report-100", begun=600, failed="1x400")
    check_alerts(tmp_path, [rules["report"]], series, {"9m": (), "13m": ("Failed/report",)})


def test_a_run_that_does_not_come_is_told_and_one_that_takes_its_time_is_not(
    rules: dict[str, Manifest], tmp_path: Path
) -> None:
    """It may take two hours, and begin five minutes late."""
    late = schedule(succeeded="60x600", due="600x600")
    check_alerts(tmp_path, [rules["report"]], late, {"60m": (), "130m": (), "145m": ("Overdue/report",)})
    comes = schedule(succeeded="60x600", due="600x240 87000x360")
    check_alerts(tmp_path, [rules["report"]], comes, {f"{minute}m": () for minute in range(60, 290, 10)})


def test_each_alert_says_where_and_whom_it_is_about_and_what_to_look_at(rules: dict[str, Manifest]) -> None:
    for service, value in rules.items():
        for rule in (rule for group in groups(value) for rule in group["rules"]):
            assert rule["labels"].items() >= {"namespace": NAMESPACE, "service": service}.items()
            summary, first = rule["annotations"]["summary"], rule["annotations"]["description"]
            assert service in summary and "production" in summary
            assert re.search(rf"kubectl -n {NAMESPACE} .*{service}", first)

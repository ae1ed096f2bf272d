"""PrometheusRule: the alerts of a service, from what it promises (Prometheus operator)."""

from __future__ import annotations

from datetime import timedelta

from kr8.domain.model import format_duration
from kr8.generators.kubernetes.job import DEADLINE, schedule
from kr8.generators.kubernetes.scope import Object, Scope, monitoring_metadata, seconds
from kr8.generators.yaml import Value

ERRORS = "5m"
"""What errors are counted over, and how long there must be too many: one request that fails is no alert by itself."""
LATENCY = "10m"
CHOSEN = "-l app.kubernetes.io/name={service}"
LOGS = f"logs {CHOSEN} --prefix --tail=50"
ENDED = f"logs {CHOSEN} --prefix --tail=50 --previous"
PODS = f"describe pods {CHOSEN}"
RUNS = "describe cronjob {service}"


def prometheus_rule(scope: Scope, service: str) -> Object | None:
    """The object; None without an environment, for an alert names the one it is about."""
    if scope.name is None:
        return None
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": monitoring_metadata(scope, service),
        "spec": {"groups": [{"name": f"{scope.namespace}.{service}", "rules": _alerts(scope, service)}]},
    }


def _alerts(scope: Scope, service: str) -> list[Value]:
    declared = scope.service(service)
    if declared.kind == "job":
        alerts = (_run_failed, _overdue) if schedule(scope, service) else (_failed,)
        return [alert(scope, service) for alert in alerts]
    promised = [_errors, _latency, _silence] if declared.kind == "http" and declared.monitoring else []
    made = (make(scope, service) for make in (*promised, _restarts, _missing))
    return [alert for alert in made if alert is not None]


def _errors(scope: Scope, service: str) -> Object:
    limit = scope.service(service).slo.errors
    metric, chosen = scope.workload(service).requests_metric, _chosen(scope, service)
    failed = f'sum(rate({metric}{{{chosen},status=~"5.."}}[{ERRORS}]))'
    expression = f"{failed} / sum(rate({metric}{{{chosen}}}[{ERRORS}])) > {limit:.12g}"
    what = f"more than {limit * 100:.12g}% of the requests fail"
    return _alert(scope, service, "Errors", expression, ERRORS, what, severity="critical", first=LOGS)


def _latency(scope: Scope, service: str) -> Object | None:
    p99 = scope.service(service).slo.p99
    if p99 is None:
        return None
    rate = f"rate({scope.workload(service).latency_metric}_bucket{{{_chosen(scope, service)}}}[{LATENCY}])"
    expression = f"histogram_quantile(0.99, sum by (le) ({rate})) > {p99.total_seconds():.12g}"
    what = f"1 of 100 requests takes longer than {p99.total_seconds():g} s"
    return _alert(scope, service, "Latency", expression, LATENCY, what, first=LOGS)


def _silence(scope: Scope, service: str) -> Object:
    expression = f"absent(up{{{_chosen(scope, service)}}} == 1)"
    what = "no instance gives its measures"
    return _alert(scope, service, "Silence", expression, "5m", what, severity="critical", first=PODS)


def _restarts(scope: Scope, service: str) -> Object:
    """Of an instance that never stays up, the starts become five minutes apart."""
    chosen = f'namespace="{scope.namespace}",container="{service}"'
    expression = f"increase(kube_pod_container_status_restarts_total{{{chosen}}}[30m]) > 3"
    return _alert(scope, service, "Restarts", expression, "1m", "an instance starts again and again", first=ENDED)


def _missing(scope: Scope, service: str) -> Object:
    chosen = f'{{namespace="{scope.namespace}",deployment="{service}"}}'
    available = f"kube_deployment_status_replicas_available{chosen}"
    expression = f"{available} < kube_deployment_spec_replicas{chosen}"
    return _alert(scope, service, "Missing", expression, "15m", "fewer instances work than are wanted", first=PODS)


def _failed(scope: Scope, service: str) -> Object:
    return _alert(scope, service, "Failed", f"{_lost(scope, service)} == 1", "1m", "it has failed", first=LOGS)


def _run_failed(scope: Scope, service: str) -> Object:
    """A run counts as failed when its last attempt has, and until a later run succeeds: the Job of it is kept."""
    begun = f"kube_job_status_start_time{{{_runs(scope, service)}}}"
    worked = f"kube_cronjob_status_last_successful_time{{{_schedule(scope, service)}}}"
    failed = f"max({begun} and on (job_name) {_lost(scope, service)} == 1)"
    expression = f"{failed} > (max({worked}) or vector(0))"
    what = "a run has failed, and none has succeeded since"
    return _alert(scope, service, "Failed", expression, "1m", what, first=LOGS)


def _overdue(scope: Scope, service: str) -> Object:
    late = seconds(scope.workload(service).run_limit.total_seconds()) + DEADLINE
    expression = f"time() - max(kube_cronjob_next_schedule_time{{{_schedule(scope, service)}}}) > {late}"
    what = f"a run has not come for {format_duration(timedelta(seconds=late))}"
    return _alert(scope, service, "Overdue", expression, "5m", what, first=RUNS)


def _runs(scope: Scope, service: str) -> str:
    return f'namespace="{scope.namespace}",job_name=~"{service}(-[0-9]+)?"'


def _schedule(scope: Scope, service: str) -> str:
    return f'namespace="{scope.namespace}",cronjob="{service}"'


def _lost(scope: Scope, service: str) -> str:
    return f'kube_job_failed{{{_runs(scope, service)},condition="true"}}'


def _chosen(scope: Scope, service: str) -> str:
    """The labels that a ServiceMonitor gives to all measures of a service."""
    return f'namespace="{scope.namespace}",service="{service}"'


def _alert(
    scope: Scope,
    service: str,
    name: str,
    expression: str,
    lasting: str,
    what: str,
    *,
    first: str,
    severity: str = "warning",
) -> Object:
    where = f"{service} of {scope.project.project.name} in {scope.name}"
    return {
        "alert": name,
        "expr": expression,
        "for": lasting,
        # An expression that adds up has no labels left: without these, alerts of two services would be one.
        "labels": {"severity": severity, "namespace": scope.namespace, "service": service},
        "annotations": {
            "summary": f"{where}: {what}",
            "description": f"Look first at: kubectl -n {scope.namespace} {first.format(service=service)}",
        },
    }

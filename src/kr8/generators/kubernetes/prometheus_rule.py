"""PrometheusRule: the alerts of a service, from what it promises (Prometheus operator)."""

from __future__ import annotations

from kr8.generators.kubernetes.job import DEADLINE, schedule
from kr8.generators.kubernetes.scope import Object, Scope, monitoring_metadata, seconds
from kr8.generators.yaml import Value

WINDOW = "10m"


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
    failed = f'sum(rate({metric}{{{chosen},status=~"5.."}}[{WINDOW}]))'
    expression = f"{failed} / sum(rate({metric}{{{chosen}}}[{WINDOW}])) > {limit:.12g}"
    return _alert(
        "Errors", expression, "5m", "critical", f"{service} fails more than {limit * 100:.12g}% of its requests"
    )


def _latency(scope: Scope, service: str) -> Object | None:
    p99 = scope.service(service).slo.p99
    if p99 is None:
        return None
    rate = f"rate({scope.workload(service).latency_metric}_bucket{{{_chosen(scope, service)}}}[{WINDOW}])"
    expression = f"histogram_quantile(0.99, sum by (le) ({rate})) > {p99.total_seconds():.12g}"
    what = f"{service} takes longer than {p99.total_seconds():g} s for 1 of 100 requests"
    return _alert("Latency", expression, "10m", "warning", what)


def _silence(scope: Scope, service: str) -> Object:
    expression = f"absent(up{{{_chosen(scope, service)}}} == 1)"
    return _alert("Silence", expression, "5m", "critical", f"no instance of {service} gives its measures")


def _restarts(scope: Scope, service: str) -> Object:
    chosen = f'namespace="{scope.namespace}",container="{service}"'
    expression = f"increase(kube_pod_container_status_restarts_total{{{chosen}}}[15m]) > 3"
    return _alert("Restarts", expression, "1m", "warning", f"an instance of {service} starts again and again")


def _missing(scope: Scope, service: str) -> Object:
    chosen = f'{{namespace="{scope.namespace}",deployment="{service}"}}'
    available = f"kube_deployment_status_replicas_available{chosen}"
    expression = f"{available} < kube_deployment_spec_replicas{chosen}"
    return _alert("Missing", expression, "15m", "warning", f"fewer instances of {service} work than are wanted")


def _failed(scope: Scope, service: str) -> Object:
    return _alert("Failed", f"{_lost(scope, service)} == 1", "1m", "warning", f"{service} has failed")


def _run_failed(scope: Scope, service: str) -> Object:
    """A run counts as failed when its last attempt has, and until a later run succeeds: the Job of it is kept."""
    begun = f"kube_job_status_start_time{{{_runs(scope, service)}}}"
    worked = f"kube_cronjob_status_last_successful_time{{{_schedule(scope, service)}}}"
    failed = f"max({begun} and on (job_name) {_lost(scope, service)} == 1)"
    return _alert(
        "Failed",
        f"{failed} > (max({worked}) or vector(0))",
        "1m",
        "warning",
        f"a run of {service} has failed, and none has succeeded since",
    )


def _overdue(scope: Scope, service: str) -> Object:
    late = seconds(scope.workload(service).run_limit.total_seconds()) + DEADLINE
    expression = f"time() - max(kube_cronjob_next_schedule_time{{{_schedule(scope, service)}}}) > {late}"
    return _alert("Overdue", expression, "5m", "warning", f"a run of {service} has not come for {late} s")


def _runs(scope: Scope, service: str) -> str:
    return f'namespace="{scope.namespace}",job_name=~"{service}(-[0-9]+)?"'


def _schedule(scope: Scope, service: str) -> str:
    return f'namespace="{scope.namespace}",cronjob="{service}"'


def _lost(scope: Scope, service: str) -> str:
    return f'kube_job_failed{{{_runs(scope, service)},condition="true"}}'


def _chosen(scope: Scope, service: str) -> str:
    """The labels that a ServiceMonitor gives to all measures of a service."""
    return f'namespace="{scope.namespace}",service="{service}"'


def _alert(name: str, expression: str, lasting: str, severity: str, what: str) -> Object:
    return {
        "alert": name,
        "expr": expression,
        "for": lasting,
        "labels": {"severity": severity},
        "annotations": {"summary": what},
    }

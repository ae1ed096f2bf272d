"""Job and CronJob: what ends by itself, and the commands that run before a release."""

from __future__ import annotations

from kr8.generators.kubernetes.container import container
from kr8.generators.kubernetes.pod import pod_template
from kr8.generators.kubernetes.scope import Object, Scope, seconds, workload_metadata
from kr8.generators.yaml import Because, Value

UTC = "Etc/UTC"
GONE_AFTER = 300
DEADLINE = 300
NEVER = "0 0 31 2 *"


def schedule(scope: Scope, service: str) -> Object | None:
    """When it runs: as this target is told, else as its service says, which is in UTC."""
    workload, own = scope.workload(service), scope.service(service).schedule
    if workload.schedule is not None:
        return {"schedule": workload.schedule, "timeZone": workload.time_zone}
    return None if own is None else {"schedule": own, "timeZone": UTC}


def job(scope: Scope, service: str) -> Object | None:
    """A job without a schedule: it runs once when it is applied."""
    workload = scope.workload(service)
    if scope.service(service).kind != "job" or schedule(scope, service) is not None:
        return None
    limit = seconds(workload.run_limit.total_seconds())
    spec = _spec(scope, service, "job", scope.command(service), limit)
    why = "A Job cannot be changed: it is gone before the next deployment applies it again."
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": workload_metadata(scope, service),
        "spec": {"ttlSecondsAfterFinished": Because(GONE_AFTER, why), **spec},
    }


def cron_job(scope: Scope, service: str) -> Object | None:
    """A job with a schedule."""
    workload = scope.workload(service)
    when = schedule(scope, service)
    if scope.service(service).kind != "job" or when is None:
        return None
    limit = seconds(workload.run_limit.total_seconds())
    spec = _spec(scope, service, "job", scope.command(service), limit)
    return _cron_job(scope, service, service, when, spec)


def before(scope: Scope, service: str) -> Object | None:
    """The command before a release, as a CronJob that never runs by itself: jobs are made of it."""
    command = scope.service(service).before
    if command is None:
        return None
    name = f"{service}--before"
    why = f"Never by itself. Before a rollout: kubectl create job --from=cronjob/{name} NAME"
    when: Object = {"suspend": Because(True, why), "schedule": NEVER}
    spec = _spec(scope, service, "before", command.run, seconds(command.limit.total_seconds()))
    return _cron_job(scope, service, name, when, {**spec, "backoffLimit": 0})


def _cron_job(scope: Scope, service: str, name: str, when: Object, spec: Object) -> Object:
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": workload_metadata(scope, service, name),
        "spec": {
            **when,
            "concurrencyPolicy": Because("Forbid", "A run that takes long is not overtaken by the next."),
            "startingDeadlineSeconds": Because(
                DEADLINE, "What could not begin by then is left out, until it is due again."
            ),
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": spec},
        },
    }


def _spec(scope: Scope, service: str, component: str, command: tuple[str, ...], limit: int) -> Object:
    stop: Value = seconds(scope.service(service).stop_limit.total_seconds())
    more: Object = {"restartPolicy": "Never", "terminationGracePeriodSeconds": stop}
    return {
        "backoffLimit": 3,
        "activeDeadlineSeconds": limit,
        "template": pod_template(scope, service, component, container(scope, service, command), more),
    }

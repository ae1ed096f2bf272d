"""Alerts evaluated by promtool, over measures that a test writes down."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support.manifests import Manifest

STEP = "30s"
"""How often measures are read, and alerts evaluated."""


def check_alerts(
    folder: Path, rules: Iterable[Manifest], series: Mapping[str, str], firing: Mapping[str, Iterable[str]]
) -> None:
    """Fail unless exactly these alerts fire, each as ALERT/SERVICE, after these times.

    `series`: values one STEP apart, in promtool's notation: `0+2x10` is eleven of them.
    """
    (folder / "rules.yaml").write_text(json.dumps({"groups": [each for rule in rules for each in groups(rule)]}))
    tests = {
        "interval": STEP,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [_expected(time, alerts) for time, alerts in firing.items()],
    }
    unit = {"rule_files": ["rules.yaml"], "evaluation_interval": STEP, "tests": [tests]}
    (folder / "test.yaml").write_text(json.dumps(unit))
    argv = [promtool(), "test", "rules", "test.yaml"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def groups(rule: Manifest) -> list[Manifest]:
    """The groups of rules of a PrometheusRule."""
    return rule["spec"]["groups"]


def promtool() -> str:
    """Where set-up found it."""
    found = os.environ.get("KR8_PROMTOOL")
    assert found, "KR8_PROMTOOL is not set: run scripts/setup --test"
    return found


def _expected(time: str, alerts: Iterable[str]) -> Manifest:
    names = (alert.split("/") for alert in alerts)
    samples = [{"labels": f'{{alertname="{name}", service="{service}"}}', "value": 1} for name, service in names]
    by_name = 'count by (alertname, service) (ALERTS{alertstate="firing"})'
    return {"expr": by_name, "eval_time": time, "exp_samples": samples}

"""Manifests by Kubernetes' own schemas: written ones, and what kustomize makes."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.support.manifests import generated, shop

from kr8.domain.digest import digest
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Checked, CheckState, Part
from kr8.domain.project import Project
from kr8.drivers.kubernetes_schemas.asking import Asking
from kr8.drivers.kubernetes_schemas.driver import KubernetesChecker
from kr8.drivers.process.driver import Processes
from kr8.drivers.toolbox.places import places
from kr8.ports.checkers import Sources

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replica: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: web:1
"""
OWN = "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: web\n"
RULE = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: web\n"
MONITOR = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: web\n"
ROUTE = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: web\n"


def check(root: Path, project: Project | None = None, path: str | None = None) -> Checked:
    """What the checker says of a folder; `path`: where programs are."""
    files = sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())
    sources = Sources(root=root, digests={file: digest((root / file).read_text()) for file in files}, project=project)
    place = places(Path(os.environ["KR8_TOOLS"]))["kubernetes-validate"]
    checker = KubernetesChecker(Processes(os.environ), place, {"PATH": path or os.environ["PATH"]})

    async def both() -> Checked:
        return await checker.check(sources, await checker.concerned(sources, frozenset(Part)))

    return asyncio.run(both())


def write(root: Path, **texts: str) -> Path:
    """Files; `__` in a name is a slash, and each ends in .yaml."""
    for name, text in texts.items():
        file = root / f"{name.replace('__', '/')}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def rules(checked: Checked) -> dict[str, Finding]:
    return {finding.rule: finding for finding in checked.findings}


@pytest.mark.parametrize("form", ["plain", "kustomize"])
def test_what_kr8_generates_is_taken_each_kind_of_it(tmp_path: Path, form: str) -> None:
    project = shop("plain") if form == "plain" else shop()
    generated(project, tmp_path)
    checked = check(tmp_path, project)
    assert (checked.state, checked.why) == (CheckState.CHECKED, "")
    assert checked.findings == ()


EXPRESSIONS = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: web
spec:
  groups:
    - name: web
      rules:
        - alert: Errors
          expr: sum(rate(http_requests_total{code=~"5.."}[5m])) > 0.01
        - alert: Broken
          expr: sum(rate(http_requests_total[5m)) > 1
        - alert: OfAnotherType
          expr: >-
            rate(up)
        - record: old
          expr: holt_winters(up[5m], 0.1, 0.1)
        - alert: FilledIn
          expr: up{cluster="${CLUSTER}"} ==
"""


def test_expressions_of_prometheus_are_parsed_and_found_where_they_are(tmp_path: Path) -> None:
    checked = check(write(tmp_path, web=EXPRESSIONS))
    assert [(each.rule, each.place, each.severity) for each in checked.findings] == [
        ("kubernetes/promql", "web.yaml:12", Severity.MEDIUM),
        ("kubernetes/promql", "web.yaml:14", Severity.MEDIUM),
        ("kubernetes/promql", "web.yaml:17", Severity.LOW),
    ]
    assert "expected type matrix" in checked.findings[1].why


def test_expressions_in_what_kustomize_makes_are_found_in_the_file_that_they_come_from(tmp_path: Path) -> None:
    checked = check(write(tmp_path, base__web=EXPRESSIONS, base__kustomization="resources: [web.yaml]\n"))
    assert [each.place for each in checked.findings] == ["base/web.yaml:12", "base/web.yaml:14", "base/web.yaml:17"]


@pytest.mark.parametrize(
    "text",
    [
        "up > 1_000_000",
        "rate(x[5m * 2])",
        "rate(x[step()])",
        "rate(x[5m:1m + 1m])",
        "rate(x[-5m])",
        "x offset (5m + 1m)",
        "rate(x[5m] offset 1h * 2)",
        "rate(x[5m] anchored)",
        "x smoothed",
        "a + fill(0) on(x) b",
    ],
)
def test_what_another_prometheus_may_take_is_low_and_not_said_to_be_refused(tmp_path: Path, text: str) -> None:
    group = {"name": "a", "rules": [{"alert": "A", "expr": text}]}
    (found,) = check(write(tmp_path, web=f"{RULE}spec:\n  groups:\n  - {json.dumps(group)}\n")).findings
    assert found.severity is Severity.LOW and found.what.endswith("another Prometheus may.")


@pytest.mark.parametrize(
    "text",
    ["(" * 10_000 + "up" + ")" * 10_000, "up" + "+up" * 3_300, "-" * 9_000 + "up", "up == 1\n" + "# \n" * 4_000],
    ids=["nested", "chained", "negated", "long"],
)
def test_an_expression_that_could_end_the_parser_costs_itself_alone(tmp_path: Path, text: str) -> None:
    group = {"name": "a", "rules": [{"alert": "A", "expr": text}, {"alert": "B", "expr": "sum("}]}
    deep = f"{RULE}spec:\n  groups:\n  - {json.dumps(group)}\n"
    checked = check(write(tmp_path, web=DEPLOYMENT, deep=deep))
    assert {each.rule for each in checked.findings} == {"kubernetes/promql", "kubernetes/schema"}
    assert checked.state is CheckState.NOT_CHECKED and checked.lasting
    assert checked.why.startswith("deep.yaml:7: ") and "10000 characters, or 1000 operators and brackets" in checked.why


def test_what_ends_the_parser_is_named_and_what_it_answered_before_counts(tmp_path: Path) -> None:
    asking = Asking(Processes(os.environ), places(Path(os.environ["KR8_TOOLS"]))["kubernetes-validate"])
    parsed = asyncio.run(asking.promql(["sum(", "up", "1" + "+1" * 6_000, "up"]))
    assert parsed.answers == ("unclosed left parenthesis", None) and "SIGSEGV" in parsed.ended


def test_a_word_that_the_schema_does_not_know_is_found_where_it_is(tmp_path: Path) -> None:
    (found,) = check(write(tmp_path, k8s__web=DEPLOYMENT)).findings
    assert found.rule == "kubernetes/schema" and "'replica' was unexpected" in found.why
    assert found.place == "k8s/web.yaml:5"


def test_all_that_is_wrong_with_an_object_is_told_at_once(tmp_path: Path) -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: a, lables: {}}\nspec:\n  typ: A\n  ports: [{prot: 1}]\n"
    checked = check(write(tmp_path, a=text, b="apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec: null\n"))
    assert {(each.rule, each.place) for each in checked.findings} == {
        *(("kubernetes/schema", f"a.yaml:{line}") for line in (3, 4, 6)),
        ("kubernetes/refused", "b.yaml:4"),
    }
    route = "spec:\n  rulez: []\n  hostnames: 3\n"
    assert len(check(write(tmp_path, a=ROUTE + route, b=MAP)).findings) == 2


def test_what_a_cluster_writes_into_an_object_need_not_be_whole(tmp_path: Path) -> None:
    rules = "spec:\n  rules:\n  - backendRefs:\n    - {name: web, port: 80}\n"
    status = "status:\n  parents:\n  - controllerName: example.com/gateway\n    parentRef: {}\n"
    assert check(write(tmp_path, map=MAP, route=ROUTE + rules + status)).findings == ()
    strange = check(write(tmp_path, map=MAP, route=ROUTE + rules + status + "    nosuch: 1\n"))
    assert [each.place for each in strange.findings] == ["route.yaml:11"]


def test_an_object_in_json_is_judged_like_one_in_yaml(tmp_path: Path) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"container": []}}
    (tmp_path / "pod.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod]}, indent=1))
    (tmp_path / "package.json").write_text('{"name": "a"}')
    found = check(tmp_path)
    assert found.state is CheckState.CHECKED
    assert {(each.rule, each.place) for each in found.findings} == {("kubernetes/schema", "pod.json:11")}


def test_an_overlay_is_checked_as_kustomize_makes_it_and_a_patch_is_no_object(tmp_path: Path) -> None:
    write(tmp_path, base__kustomization="resources: [web.yaml]\n", base__web=DEPLOYMENT.replace("  replica: 2\n", ""))
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n"
    write(tmp_path, over__kustomization="resources: [../base]\npatches: [{path: patch.yaml}]\n", over__patch=patch)
    assert check(tmp_path).findings == ()
    write(tmp_path, over__patch=patch.replace("replicas: 3", "replicas: many"))
    (found,) = check(tmp_path).findings
    assert found.rule == "kubernetes/schema" and "many" in found.why


WHOLE = DEPLOYMENT.replace("  replica: 2\n", "")
BASE = "resources: [map.yaml]\n"


@pytest.mark.parametrize(
    ("kustomization", "path"),
    [
        ("patches: [{path: bad.yaml, target: {kind: Nothing}}]\n", "bad"),
        ("patches: [{path: below/bad.yaml, target: {kind: Nothing}}]\n", "below__bad"),
        ("patchesStrategicMerge: [bad.yaml]\n", "bad"),
        ("patches: [{path: ../other/bad.yaml}]\n", "..__other__bad"),
        ("helmCharts: [{name: a, repo: 'https://example.com'}]\npatches: [{path: bad.yaml}]\n", "bad"),
    ],
)
def test_a_whole_object_that_is_called_a_patch_is_judged(tmp_path: Path, kustomization: str, path: str) -> None:
    write(tmp_path, k__kustomization=BASE + kustomization, k__map=MAP, **{f"k__{path}": DEPLOYMENT})
    (found,) = check(tmp_path).findings
    assert found.rule == "kubernetes/schema" and "'replica'" in found.why and found.place is not None
    assert found.place.endswith("bad.yaml:5")


PARTS = {
    "deployment": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replica: 3}\n",
    "image": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, ttx: true}]}\n",
    "job": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\n"
    "spec: {template: {spec: {containers: [{name: a, image: 'a:2'}]}}}\n",
    "directive": WHOLE.replace("      containers:", "      $patch: replace\n      containers:"),
    "service": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {type: LoadBalancer}\n",
    "scaler": "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n"
    "metadata: {name: a}\nspec: {minReplicas: 3}\n",
}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_a_part_of_an_object_that_a_kustomization_lays_over_others_is_judged_in_what_it_makes(
    tmp_path: Path, part: str
) -> None:
    own = "patches: [{path: part.yaml, target: {kind: Nothing}}]\n"
    write(tmp_path, k__kustomization=BASE + own, k__map=MAP, k__part=part)
    checked = check(tmp_path)
    assert (checked.findings, checked.state) == ((), CheckState.CHECKED)


def test_a_part_that_a_kustomization_elsewhere_names_is_not_checked_and_not_said_to_be_wrong(tmp_path: Path) -> None:
    part = PARTS["deployment"]
    write(tmp_path, k__kustomization=f"{BASE}patches: [{{path: ../part.yaml}}]\n", k__map=MAP, part=part)
    checked = check(tmp_path)
    assert checked.findings == () and checked.state is CheckState.NOT_CHECKED
    assert {gap.place for gap in checked.gaps} == {"k", "part.yaml"}, "kustomize itself refuses such a name"


@pytest.mark.parametrize(
    "line",
    [
        "commonAnnotations: {a: bad.yaml}",
        "labels: [{pairs: {a: bad.yaml}}]",
        "configMapGenerator: [{name: a, literals: ['a=bad.yaml']}]",
        "namePrefix: bad.yaml",
        "openapi: {path: bad.yaml}",
    ],
)
def test_a_text_that_happens_to_be_a_path_names_no_file(tmp_path: Path, line: str) -> None:
    write(tmp_path, k__kustomization=f"{BASE}{line}\n", k__map=MAP, k__bad=DEPLOYMENT)
    checked = check(tmp_path)
    assert [gap.place for gap in checked.gaps if gap.place != "k"] == ["k/bad.yaml"]


def test_nothing_is_fetched_and_without_kubectl_overlays_are_not_checked(tmp_path: Path) -> None:
    write(tmp_path, kustomization="resources: [web.yaml]\n", web=MAP)
    checked = check(tmp_path, path=str(tmp_path))
    assert checked.state is CheckState.NOT_CHECKED and "kubectl" in checked.why and not checked.lasting
    for named in ("https://example.com/a.yaml", "github.com/a/b?ref=v1", "../gone"):
        write(tmp_path, kustomization=f'resources: [web.yaml, "{named}"]\n')
        checked = check(tmp_path)
        assert checked.state is CheckState.NOT_CHECKED and named in checked.why and checked.lasting


UNFIT = {("kubernetes/schema-not-valid", ".kr8/schemas/example.com/widget_v1.json:1")}
NONE = set[tuple[str, str]]()
SPEC = {"type": "object"}
SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "required": ["size"]}}}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (json.dumps(SCHEMA), {("kubernetes/schema", "own.yaml:5")}),
        (json.dumps({**SCHEMA, "properties": {"spec": {"properties": {"size": {"minimum": 0}}}}}), NONE),
        (json.dumps({"properties": {"spec": {"$ref": "#/definitions/spec"}}, "definitions": {"spec": SPEC}}), NONE),
        (json.dumps({"anyOf": [SCHEMA, {"required": ["spec"]}]}), NONE),
        ("{}", UNFIT),
        ("true", UNFIT),
        (json.dumps({**SCHEMA, "properties": {}}), UNFIT),
        (json.dumps({"properties": {"kind": {"enum": ["Widget"]}, "spec": {"description": "All."}}}), UNFIT),
        (json.dumps({"required": [], "definitions": {"spec": SPEC}}), UNFIT),
        (json.dumps({"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/a"}}}), UNFIT),
        (json.dumps({"anyOf": [SCHEMA, {}]}), UNFIT),
        ('{"type": "nothing"}', UNFIT),
        ("{", UNFIT),
        (
            '{"$ref": "https://example.com/a.json"}',
            UNFIT,
        ),
        (
            '{"$ref": "file:///etc/passwd"}',
            UNFIT,
        ),
    ],
)
def test_a_repositorys_own_schema_judges_a_kind_that_kr8_does_not_know(
    tmp_path: Path, schema: str, expected: set[tuple[str, str]]
) -> None:
    write(tmp_path, own=f"{OWN}spec: {{}}\n")
    file = tmp_path / ".kr8/schemas/example.com/widget_v1.json"
    file.parent.mkdir(parents=True)
    file.write_text(schema)
    checked = check(tmp_path)
    assert {(each.rule, each.place) for each in checked.findings} == expected
    assert checked.state is (CheckState.NOT_CHECKED if expected == UNFIT else CheckState.CHECKED)


@pytest.mark.parametrize(
    ("schema", "rules"),
    [
        ({"properties": {"spec": {"required": ["size"]}}}, {"kubernetes/schema": 2}),
        ({"properties": {"spec": {"maxProperties": 9}}}, {"kubernetes/schema": 1}),
        ({}, {"kubernetes/schema": 1, "kubernetes/schema-not-valid": 1}),
    ],
)
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("gateway.networking.k8s.io/httproute_v1", ROUTE + "spec:\n  rulez: []\n"),
        ("apps/deployment_v1", DEPLOYMENT),
    ],
)
def test_a_repositorys_own_schema_of_a_kind_that_kr8_knows_takes_nothing_back(
    tmp_path: Path, schema: dict[str, Any], rules: dict[str, int], path: str, text: str
) -> None:
    write(tmp_path, own=text)
    file = tmp_path / f".kr8/schemas/{path}.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(schema))
    checked = check(tmp_path)
    assert Counter(each.rule for each in checked.findings) == rules
    assert checked.state is CheckState.CHECKED
    write(tmp_path, own=text.replace("  rulez: []\n", "  hostnames: [a.example.com]\n").replace("  replica: 2\n", ""))
    assert not [each for each in check(tmp_path).findings if "was unexpected" in each.why]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("resources: [web.yaml, nosuch.yaml]", "kubernetes/missing-resource"),
        ("resources: [web.yaml, 'https://example.com/base']", None),
        ("resources: [web.yaml]\nhelmCharts: [{name: a, repo: 'https://example.com'}]", None),
        ("resources: [web.yaml]\nnamePrefx: a-", None),
    ],
)
def test_where_kustomize_makes_nothing_files_are_judged_as_they_are_written(
    tmp_path: Path, line: str, rule: str | None
) -> None:
    write(tmp_path, a__kustomization=f"{line}\npatches: [{{path: patch.yaml}}]\n", a__web=DEPLOYMENT)
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}\n"
    write(tmp_path, a__patch=patch, b__kustomization="resources: [map.yaml]\n", b__map=MAP)
    checked = check(tmp_path)
    assert {(each.rule, each.place) for each in checked.findings} == {
        ("kubernetes/schema", "a/web.yaml:5"),
        *([(rule, "a/kustomization.yaml:1")] if rule else []),
    }
    assert [gap.place for gap in checked.gaps] == ["a"] and checked.why.startswith("a: kustomize")


def test_doubled_keys_and_tabs_are_findings_and_unknown_kinds_are_never_a_pass_in_silence(tmp_path: Path) -> None:
    write(tmp_path, double=f"{MAP}data: {{a: b, a: c}}\n", tab=f"{MAP}data:\n\ta: b\n", own=OWN)
    checked = check(tmp_path)
    found = rules(checked)
    assert found["kubernetes/duplicate-key"].place == "double.yaml:5"
    assert found["kubernetes/unreadable"].place == "tab.yaml:6"
    assert checked.state is CheckState.NOT_CHECKED and "Widget (example.com/v1)" in checked.why and checked.lasting
    write(tmp_path, own=OWN.replace("Widget", '"../../../etc/passwd"'))
    assert "../../../etc/passwd (example.com/v1) at own.yaml:1: no schema is here" in check(tmp_path).why


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        (ROUTE + "spec:\n  hostnames: [web.example.com]\n  rulez: []\n", "route.yaml:5", "'rulez' was unexpected"),
        (ROUTE + "spec:\n  rules:\n  - backendRefs:\n    - {name: web, port: high}\n", "route.yaml:8", "'high'"),
        (RULE + "spec:\n  groups:\n  - name: a\n    rules: [{alert: A, exprs: up}]\n", "route.yaml:8", "'exprs' was"),
        (MONITOR + "spec:\n  endpoints: [{port: http}]\n", "route.yaml:5", "'selector' is a required property"),
    ],
)
def test_kinds_of_others_are_judged_too(tmp_path: Path, text: str, place: str, why: str) -> None:
    found = check(write(tmp_path, route=text)).findings[0]
    assert found.rule == "kubernetes/schema" and why in found.why and found.place == place
    assert "gateway.networking.k8s.io/v1" in found.what or "monitoring.coreos.com/v1" in found.what


def test_a_version_that_is_newer_than_all_schemas_is_not_checked(tmp_path: Path) -> None:
    project = Project.model_validate(
        {
            "project": {"name": "shop", "id": "prj_000000"},
            "services": {"web": {"run": ["serve"]}},
            "environments": {"production": {}},
            "infrastructure": {"kubernetes": {"version": "1.39"}},
        }
    )
    checked = check(write(tmp_path, map=MAP, route=ROUTE + "spec:\n  rulez: []\n"), project)
    assert checked.state is CheckState.NOT_CHECKED and "ConfigMap (v1)" in checked.why
    assert [each.place for each in checked.findings] == ["route.yaml:5"]


def test_what_kustomize_makes_and_nobody_can_read_is_not_checked(tmp_path: Path) -> None:
    many = f"{MAP}data: [{', '.join(['1'] * 110_000)}]\n"
    write(tmp_path, kustomization="resources: [a.yaml, b.yaml]\n", a=many, b=many.replace("settings", "others"))
    checked = check(tmp_path)
    assert checked.state is CheckState.NOT_CHECKED and "what kustomize makes" in checked.why and checked.lasting


def test_what_no_kustomization_names_is_judged_where_it_is_whole(tmp_path: Path) -> None:
    write(tmp_path, kustomization="resources: [web.yaml]\n", web=MAP)
    write(tmp_path, other__job=MAP.replace("settings", "others"))
    assert check(tmp_path).state is CheckState.CHECKED
    write(tmp_path, other__job="apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {backoffLimit: many}\n")
    checked = check(tmp_path)
    assert checked.state is CheckState.NOT_CHECKED and "other/job.yaml: no kustomization" in checked.why
    assert checked.findings == () and checked.lasting, "it may be a patch"
    write(tmp_path, other__job=OWN)
    assert "Widget (example.com/v1)" in check(tmp_path).why
    write(tmp_path, kustomization="resources: [web.yaml]\nconfigMapGenerator: [{name: a, files: [other/job.yaml]}]\n")
    assert "Widget" not in check(tmp_path).why


def test_what_only_kustomize_takes_for_manifests_is_told(tmp_path: Path) -> None:
    written = {"k/kustomization.yaml": "resources: [a.yaml, b, c.txt, d.json]\npatches: [{path: e.patch}]\n"}
    written |= {"k/a.yaml": MAP, "k/b": MAP.replace("settings", "b"), "k/c.txt": MAP.replace("settings", "c")}
    written |= {"k/d.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "d"}}', "k/e.patch": MAP}
    written |= {"k/notes.txt": "apiVersion, kind"}
    for path, text in written.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    checked = check(tmp_path)
    assert [gap.place for gap in checked.gaps] == ["k/b", "k/c.txt", "k/e.patch"]
    assert (checked.state, checked.findings) == (CheckState.NOT_CHECKED, ())

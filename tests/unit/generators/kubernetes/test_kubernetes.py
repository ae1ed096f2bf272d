"""What the manifests say, as values; the real tools read them in tests/integration/test_generated_kubernetes.py."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.support.manifests import Manifest, by_name, manifests, pods, shop, shop_values

from kr8.domain.infrastructure import overridden
from kr8.domain.kubernetes import KubernetesParameters
from kr8.domain.problem import Refused
from kr8.domain.project import Project
from kr8.generators.kubernetes import FOLDER, generate, unsettled
from kr8.generators.kubernetes.container import literally, quantity
from kr8.generators.kubernetes.difference import difference

Objects = dict[tuple[str, str], Manifest]


def of(values: Manifest, environment: str = "production") -> Objects:
    """The objects of an environment, in the plain form."""
    values["infrastructure"]["kubernetes"]["form"] = "plain"
    start = f"{FOLDER}/plain/{environment}/"
    files = [file for file in generate(Project.model_validate(values)) if file.path.startswith(start)]
    return by_name(each for file in files for each in manifests(file.text))


@pytest.fixture(scope="module")
def production() -> Objects:
    return of(shop_values())


def container(found: Objects, kind: str, name: str) -> Manifest:
    (pod,) = pods(found[kind, name])
    return pod["spec"]["containers"][0]


def test_the_same_project_gives_the_same_bytes() -> None:
    for form in ("kustomize", "plain"):
        assert generate(shop(form)) == generate(shop(form))
        paths = [file.path for file in generate(shop(form))]
        assert paths == sorted(set(paths))


def test_every_file_says_what_wrote_it_and_begins_as_a_person_expects() -> None:
    for file in generate(shop()):
        header, _, text = file.text.partition("\n\n")
        assert header.startswith("# Written by kr8 0.1.0, generate_kubernetes")
        keys = list(yaml.safe_load(text))
        assert keys[:2] == ["apiVersion", "kind"]
        assert keys[2] in {"metadata", "namespace", "resources"}


def test_every_instance_is_restricted(production: Objects) -> None:
    found = [pod["spec"] for value in production.values() for pod in pods(value)]
    assert len(found) == 6
    for spec in found:
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        inner = spec["containers"][0]["securityContext"]
        assert inner["allowPrivilegeEscalation"] is False
        assert inner["readOnlyRootFilesystem"] is True
        assert inner["capabilities"] == {"drop": ["ALL"]}
        assert set(spec["containers"][0]["resources"]) == {"requests", "limits"}
    assert production["Namespace", "shop-production"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == (
        "restricted"
    )


def test_probes_follow_what_is_said_of_health(production: Objects) -> None:
    api = container(production, "Deployment", "api")
    assert {api[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")} == {
        "/healthz"
    }
    assert api["startupProbe"]["periodSeconds"] * api["startupProbe"]["failureThreshold"] >= 31
    assert "livenessProbe" not in container(production, "Deployment", "mailer")


def test_an_instance_ends_when_requests_have_ended(production: Objects) -> None:
    (pod,) = pods(production["Deployment", "api"])
    assert pod["spec"]["terminationGracePeriodSeconds"] == 5 + 60 + 10
    (pod,) = pods(production["Deployment", "mailer"])
    assert pod["spec"]["terminationGracePeriodSeconds"] == 10


def test_instances_are_as_many_as_the_environment_says(production: Objects) -> None:
    autoscaler = production["HorizontalPodAutoscaler", "api"]["spec"]
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (2, 8)
    assert "replicas" not in production["Deployment", "api"]["spec"]
    assert ("HorizontalPodAutoscaler", "web") not in production
    assert production["Deployment", "web"]["spec"]["replicas"] == 3
    assert of(shop_values(), "staging")["Deployment", "mailer"]["spec"]["replicas"] == 2


def test_secrets_are_named_and_no_value_of_one_is_anywhere(production: Objects) -> None:
    env = {each["name"]: each for each in container(production, "Deployment", "api")["env"]}
    assert env["DATABASE_URL"]["valueFrom"] == {"secretKeyRef": {"name": "api-secrets", "key": "DATABASE_URL"}}
    assert not [key for key in production if key[0] == "Secret"]


def test_no_image_exists_before_a_version_is_declared(production: Objects) -> None:
    assert container(production, "Deployment", "api")["image"] == "registry.example.com:5000/team/shop/api:1.2.3"
    assert container(production, "Deployment", "web")["image"].endswith(f"/shop/web@sha256:{'a1' * 32}")
    assert container(production, "Deployment", "mailer")["image"].endswith(f"@sha256:{'0' * 64}")


def callers(found: Objects, service: str) -> list[Any]:
    return [peer for rule in found["NetworkPolicy", service]["spec"]["ingress"] for peer in rule["from"]]


def named(service: str) -> Manifest:
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": service}}}


def inside(namespace: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}


def test_only_who_is_declared_may_talk(production: Objects) -> None:
    assert production["NetworkPolicy", "kr8--default-deny"]["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    assert callers(production, "web") == [inside("gateway-system"), inside("monitoring")]
    assert callers(production, "api") == [
        named("web"),
        named("mailer"),
        inside("gateway-system"),
        inside("monitoring"),
        inside("partner"),
        {"ipBlock": {"cidr": "10.1.0.0/16"}},
    ]
    assert callers(production, "mailer") == []
    egress = production["NetworkPolicy", "web"]["spec"]["egress"]
    assert egress[1:] == [{"to": [named("api")], "ports": [{"protocol": "TCP", "port": 9000}]}]


def test_who_may_call_the_internet_may_not_ask_the_machine_for_credentials(production: Objects) -> None:
    (rule,) = production["NetworkPolicy", "api"]["spec"]["egress"][1:]
    assert rule["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]


def test_what_nobody_needs_is_public(production: Objects) -> None:
    route = production["HTTPRoute", "web"]["spec"]
    assert route["hostnames"] == ["shop.example.com", "*.shop.example.com"]
    assert route["parentRefs"] == [{"name": "internet", "namespace": "gateway-system"}]
    assert ("HTTPRoute", "api") in production
    staging = of(shop_values(), "staging")
    assert ("HTTPRoute", "api") not in staging
    assert staging["HTTPRoute", "web"]["spec"]["hostnames"] == ["web.staging.shop.internal"]


def alerts(found: Objects, service: str) -> Mapping[str, Any]:
    (group,) = found["PrometheusRule", service]["spec"]["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def test_what_is_nobodys_is_told_until_kr8_toml_says_it() -> None:
    values = shop_values()
    assert "registry is 'registry.internal'" in unsettled(Project.model_validate(values))
    assert "base_domain is 'internal'" in unsettled(Project.model_validate(values))
    values["infrastructure"]["kubernetes"]["base_domain"] = "example.com"
    assert "base_domain" not in unsettled(Project.model_validate(values))
    values["infrastructure"]["kubernetes"]["registry"] = "registry.example.com"
    assert unsettled(Project.model_validate(values)) == ""


def test_an_instance_that_starts_is_judged_as_one_that_runs(production: Objects) -> None:
    """One that takes two seconds to answer would else never be ready, and be started anew for ever."""
    probes = container(production, "Deployment", "api")
    start, ready = probes["startupProbe"], probes["readinessProbe"]
    assert start["timeoutSeconds"] == ready["timeoutSeconds"] <= start["periodSeconds"]
    assert 31 <= start["periodSeconds"] * start["failureThreshold"] < 31 + start["periodSeconds"]


def test_what_a_reader_would_ask_is_said_where_it_stands() -> None:
    texts = {file.path.removeprefix(f"{FOLDER}/"): file.text for file in generate(shop())}
    assert "autoscaler" in texts["overlays/production/kustomization.yaml"].partition("replicas: null")[0][-200:]
    assert "no blue-green" in texts["base/web/deployment.yaml"].partition("strategy:")[0][-120:]
    assert "no blue-green" not in texts["overlays/development/kustomization.yaml"], "it says rolling, as it likes"
    assert "ready_limit" in texts["base/api/deployment.yaml"].partition("startupProbe:")[0][-120:]
    assert "until it is due again" in texts["base/report/cron-job.yaml"].partition("startingDeadlineSeconds")[0][-120:]


def test_only_what_goes_on_running_starts_anew_for_a_variable(production: Objects) -> None:
    for kind, name in (("CronJob", "report"), ("Job", "import"), ("CronJob", "api--before")):
        (pod,) = pods(production[kind, name])
        assert "annotations" not in pod["metadata"], "a run reads what is there when it begins"


def test_alerts_are_what_the_service_promises(production: Objects) -> None:
    found = alerts(production, "api")
    assert list(found) == ["Errors", "Latency", "Silence", "Restarts", "Missing"]
    assert found["Errors"].endswith("> 0.005") and 'namespace="shop-production",service="api"' in found["Errors"]
    assert found["Latency"].endswith("> 0.3")
    assert list(alerts(production, "web")) == ["Errors", "Silence", "Restarts", "Missing"]
    monitor = production["ServiceMonitor", "api"]["spec"]
    assert monitor["selector"]["matchLabels"].items() <= production["Service", "api"]["metadata"]["labels"].items()


def test_a_run_of_a_job_has_failed_when_its_last_attempt_has_and_until_another_succeeds(production: Objects) -> None:
    found = alerts(production, "report")
    assert list(found) == ["Failed", "Overdue"]
    runs = 'namespace="shop-production",job_name=~"report(-[0-9]+)?"'
    assert found["Failed"] == (
        f'max(kube_job_status_start_time{{{runs}}} and on (job_name) kube_job_failed{{{runs},condition="true"}} == 1)'
        ' > (max(kube_cronjob_status_last_successful_time{namespace="shop-production",cronjob="report"}) or vector(0))'
    )
    assert found["Overdue"] == (
        'time() - max(kube_cronjob_next_schedule_time{namespace="shop-production",cronjob="report"}) > 7500'
    ), "its run_limit of two hours, and the five minutes in which it may still start"
    assert list(alerts(production, "import")) == ["Failed"]
    told = [
        each["annotations"]["summary"] for each in production["PrometheusRule", "report"]["spec"]["groups"][0]["rules"]
    ]
    assert told[1] == "report of shop in production: a run has not come for 2h5m"


def test_whoever_watches_finds_it_by_the_labels_that_it_chooses_by() -> None:
    values = shop_values()
    values["infrastructure"]["kubernetes"]["monitoring_labels"] = {"release": "prometheus", "example.com/team": "shop"}
    found = of(values)
    for kind in ("ServiceMonitor", "PrometheusRule"):
        told = found[kind, "api"]["metadata"]["labels"]
        assert told["release"] == "prometheus" and told["example.com/team"] == "shop"
        assert told["app.kubernetes.io/name"] == "api"
    assert "release" not in found["Service", "api"]["metadata"]["labels"]


@pytest.mark.parametrize("name", ["no label", "-x", "x" * 64, "a/b/c"])
def test_what_is_no_label_is_refused_by_its_field(name: str) -> None:
    values = shop_values()
    values["infrastructure"]["kubernetes"]["monitoring_labels"] = {name: "x"}
    with pytest.raises(ValidationError, match="monitoring_labels"):
        Project.model_validate(values)


def test_an_image_runs_what_kr8_toml_says_of_each_service() -> None:
    """A worker and a job of one image are not the same program."""
    values = shop_values()
    values["services"]["mailer"]["run"] = ["python", "-m", "mailer", "$HOME"]
    values["services"]["web"]["run"] = ["web", "--port", "{port}"]
    values["services"]["report"]["run"] = ["report"]
    found = of(values)
    assert container(found, "Deployment", "mailer")["command"] == ["python", "-m", "mailer", "$$HOME"]
    assert container(found, "Deployment", "web")["command"] == ["web", "--port", "8080"]
    assert container(found, "CronJob", "report")["command"] == ["report"]
    values["infrastructure"]["kubernetes"]["services"]["mailer"] = {"command": ["another"]}
    assert container(of(values), "Deployment", "mailer")["command"] == ["another"]


def test_jobs_end_and_run_when_they_are_to(production: Objects) -> None:
    assert production["CronJob", "report"]["spec"]["schedule"] == "@daily"
    assert production["CronJob", "report"]["spec"]["timeZone"] == "Europe/Berlin"
    assert production["CronJob", "report"]["spec"]["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 7200
    assert production["Job", "import"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    before = production["CronJob", "api--before"]["spec"]
    assert before["suspend"] is True
    assert before["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"] == [
        "migrate",
        "--to",
        "$$(HOME)",
    ]


def test_a_variable_that_changes_starts_instances_anew() -> None:
    values = shop_values()
    first = of(values)
    values["environments"]["production"]["env"] = {"MODE": "x"}
    second = of(values)
    for name in ("api", "web", "mailer"):
        assert (
            first["Deployment", name]["spec"]["template"]["metadata"]["annotations"]
            != second["Deployment", name]["spec"]["template"]["metadata"]["annotations"]
        )


def test_environments_differ_in_a_short_list() -> None:
    values = shop_values()
    values["environments"]["staging"] = values["environments"]["development"]
    overlays = {
        environment: {
            file.path.removeprefix(f"{FOLDER}/overlays/{environment}/"): file.text.replace(environment, "HERE")
            for file in generate(Project.model_validate(values))
            if f"/overlays/{environment}/" in file.path
        }
        for environment in ("development", "staging")
    }
    assert overlays["development"] == overlays["staging"]
    kustomization = yaml.safe_load(overlays["staging"]["kustomization.yaml"])
    changed = [yaml.safe_load(each["patch"]) for each in kustomization["patches"]]
    assert [(each["kind"], each["metadata"]["name"]) for each in changed] == [
        ("Deployment", "api"),
        ("Deployment", "web"),
        ("HTTPRoute", "web"),
        ("Deployment", "mailer"),
    ]


def expanded(text: str) -> str:
    """What Kubernetes makes of a part of a command where no variable is set: $$ is $, $(NAME) is a variable."""
    made, index = "", 0
    while index < len(text):
        if text[index] == "$" and index + 1 < len(text):
            if text[index + 1] == "$":
                made, index = made + "$", index + 2
                continue
            if text[index + 1] == "(" and ")" in text[index:]:
                made, index = made + "VARIABLE", text.index(")", index) + 1
                continue
        made, index = made + text[index], index + 1
    return made


@given(st.text(st.sampled_from("$()aHOME"), max_size=12))
def test_no_part_of_a_command_is_a_variable(text: str) -> None:
    assert expanded(literally(text, 1)) == text


@pytest.mark.parametrize(("size", "text"), [(1 << 30, "1Gi"), (3 << 20, "3Mi"), (1 << 10, "1Ki"), (1025, "1025")])
def test_a_size_is_written_exactly(size: int, text: str) -> None:
    assert quantity(size) == text


tables = st.recursive(
    st.integers(0, 3), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(st.sampled_from("abc"), tables), st.dictionaries(st.sampled_from("abc"), tables))
def test_a_difference_leads_from_one_to_the_other(before: Manifest, after: Manifest) -> None:
    assert merged(before, difference(before, after)) == after


def merged(value: Any, patch: Any) -> Any:
    """JSON merge patch, RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    made = dict(value) if isinstance(value, dict) else {}
    for key, each in patch.items():
        if each is None:
            made.pop(key, None)
        else:
            made[key] = merged(made.get(key), each)
    return made


def test_what_is_said_of_a_service_is_overridden_field_by_field() -> None:
    base = KubernetesParameters.model_validate({"services": {"api": {"port": 1, "cpu_limit": "2"}, "web": {"port": 2}}})
    over = KubernetesParameters.model_validate({"services": {"api": {"port": 3}}})
    found = overridden(base, over).services
    assert (found["api"].port, found["api"].cpu_limit, found["web"].port) == (3, 2000, 2)


def test_parameters_come_back_from_json_as_they_were() -> None:
    given_ = KubernetesParameters.model_validate(
        {"services": {"api": {"cpu_request": "100m", "cpu_limit": 2, "run_limit": "2h", "memory_limit": "1G"}}}
    )
    assert KubernetesParameters.model_validate_json(given_.model_dump_json()) == given_


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", "1.29"),
        ("version", "latest"),
        ("namespace", "default"),
        ("namespace", "kube-system"),
        ("namespace", "a" * 64),
        ("registry", "a b"),
        ("registry", "registry/x:latest"),
        ("user", 0),
        ("gateway", "A"),
        ("base_domain", "*.example.com"),
        ("form", "helm"),
        ("services", {"api": {"version": "latest"}}),
        ("services", {"api": {"version": "sha256:12"}}),
        ("services", {"api": {"image": "x:latest"}}),
        ("services", {"api": {"cpu_limit": "1x"}}),
        ("services", {"api": {"cpu_limit": 0}}),
        ("services", {"api": {"port": 0}}),
        ("services", {"api": {"hosts": ["http://x"]}}),
        ("services", {"api": {"calls": [{"network": "10.0.0.1/8"}]}}),
        ("services", {"api": {"calls": [{}]}}),
        ("services", {"api": {"calls": [{"network": "10.0.0.0/8", "namespace": "x"}]}}),
        ("services", {"api": {"schedule": "every day"}}),
        ("services", {"api": {"requests_metric": 'x"} or up'}}),
    ],
)
def test_what_does_not_fit_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        KubernetesParameters.model_validate({field: value})


REFUSED: list[tuple[str, tuple[str, ...], Any]] = [
    ("unknown_service", ("infrastructure", "kubernetes", "services", "apu"), {}),
    ("infrastructure_name_too_long", ("project", "name"), "x" * 32),
    ("infrastructure_parameter", ("infrastructure", "kubernetes", "namespace"), "shop"),
    ("infrastructure_parameter", ("infrastructure", "kubernetes", "services", "web"), {"memory_request": "1G"}),
    ("infrastructure_parameter", ("infrastructure", "kubernetes", "services", "web"), {"cpu_request": 2}),
    ("infrastructure_parameter", ("infrastructure", "kubernetes", "services", "web"), {"schedule": "@daily"}),
    ("invalid_project_file", ("services", "web", "env"), {"A B": "x"}),
    ("invalid_project_file", ("services", "web", "env"), {"$patch": "delete"}),
    ("invalid_project_file", ("services", "web", "env"), {"A": "x\0"}),
    ("invalid_project_file", ("services", "web", "env"), {"A": "x\x7f"}),
    ("invalid_project_file", ("services", "web", "before"), {"run": ["x\0"]}),
    ("out_of_limits", ("services", "web", "env"), {"A": "x" * (1 << 20)}),
]


@pytest.mark.parametrize(("code", "path", "value"), REFUSED)
def test_what_kubernetes_would_not_take_is_refused_before(code: str, path: tuple[str, ...], value: Any) -> None:
    values = shop_values()
    values["environments"]["e" * 32] = {}
    here = values
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = value
    with pytest.raises(Refused) as refused:
        generate(Project.model_validate(values))
    assert refused.value.problem.code == code
    assert refused.value.problem.what and (refused.value.problem.why or refused.value.problem.mend)


def test_a_text_that_kustomize_cannot_carry_stands_in_the_plain_form() -> None:
    values = shop_values()
    values["services"]["web"]["env"] = {"A": "\x7f"}
    assert of(values)["ConfigMap", "web"]["data"]["A"] == "\x7f"

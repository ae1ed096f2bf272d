"""Generated manifests, read by the tools that will read them: kubectl's kustomize, and Kubernetes' own schemas."""

from pathlib import Path

import kubernetes_validate
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.support.manifests import CUSTOM, Manifest, by_name, generated, kustomized, plain, pods, shop, shop_values
from tests.support.values import HOSTILE

from kr8.domain.project import Project

ENVIRONMENTS = ("development", "staging", "production")
VERSIONS = tuple(f"1.{minor}" for minor in range(30, 38))


@pytest.fixture(scope="module")
def kustomize(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(shop(), tmp_path_factory.mktemp("kustomize"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(shop("plain"), tmp_path_factory.mktemp("plain"))


def same(kustomized_objects: list[Manifest], plain_objects: list[Manifest]) -> None:
    assert by_name(kustomized_objects) == by_name(plain_objects)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_kustomize_makes_of_an_overlay_what_the_plain_form_says(kustomize: Path, whole: Path, environment: str) -> None:
    same(kustomized(kustomize / "overlays" / environment), plain(whole / "plain" / environment))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_of_the_clusters_version_take_every_core_object(version: str, tmp_path: Path) -> None:
    folder = generated(shop("plain", version=version), tmp_path)
    checked: set[str] = set()
    for value in plain(folder / "plain" / "production"):
        if value["kind"] not in CUSTOM:
            kubernetes_validate.validate(value, version, strict=True)
            checked.add(value["kind"])
    assert checked == {
        "ConfigMap",
        "CronJob",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Job",
        "Namespace",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    }


def test_a_word_that_the_schema_does_not_know_is_found(whole: Path) -> None:
    value = by_name(plain(whole / "plain" / "production"))["Deployment", "api"]
    value["spec"]["replica"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(value, "1.34", strict=True)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_selectors_find_their_instances_and_no_others(whole: Path, environment: str) -> None:
    values = plain(whole / "plain" / environment)
    labels = {
        (value["kind"], value["metadata"]["name"]): pod["metadata"]["labels"] for value in values for pod in pods(value)
    }
    for value in values:
        if value["kind"] in {"Deployment", "PodDisruptionBudget"}:
            chosen = value["spec"]["selector"]["matchLabels"]
        elif value["kind"] == "Service":
            chosen = value["spec"]["selector"]
        else:
            continue
        found = [owner for owner, own in labels.items() if chosen.items() <= own.items()]
        assert found == [("Deployment", value["metadata"]["name"])]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_name_that_an_object_refers_to_is_there(whole: Path, environment: str) -> None:
    found = by_name(plain(whole / "plain" / environment))
    for value in found.values():
        for pod in pods(value):
            assert ("ServiceAccount", pod["spec"]["serviceAccountName"]) in found
            for source in pod["spec"]["containers"][0]["envFrom"]:
                assert ("ConfigMap", source["configMapRef"]["name"]) in found
        if value["kind"] == "HTTPRoute":
            backend = value["spec"]["rules"][0]["backendRefs"][0]
            assert backend["port"] in [port["port"] for port in found["Service", backend["name"]]["spec"]["ports"]]
        if value["kind"] == "HorizontalPodAutoscaler":
            assert "replicas" not in found["Deployment", value["spec"]["scaleTargetRef"]["name"]]["spec"]


def test_hostile_words_stay_words(kustomize: Path) -> None:
    found = by_name(kustomized(kustomize / "overlays" / "staging"))
    assert found["Namespace", "shop-staging"]["metadata"]["annotations"] == {"kubernetes.io/description": HOSTILE}
    assert found["ConfigMap", "api"]["data"]["GREETING"] == HOSTILE
    assert found["ConfigMap", "kr8--environment"]["data"]["yes"] == "no"


words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=30)
sizes = st.sampled_from(["300M", "1G", "333333333"])
workload = st.fixed_dictionaries(
    {},
    optional={
        "port": st.integers(1, 65535),
        "image": st.sampled_from(["registry.example.com/x/y", "localhost:5000/a"]),
        "version": st.sampled_from(["1.0", f"sha256:{'b2' * 32}"]),
        "command": st.lists(words, max_size=3),
        "cpu_request": st.sampled_from(["1m", "0.25", 1]),
        "memory_limit": sizes,
        "scratch": sizes,
        "public": st.booleans(),
        "hosts": st.lists(st.sampled_from(["a.example.com", "b.example.com"]), unique=True),
        "calls": st.lists(st.sampled_from([{"network": "10.0.0.0/8"}, {"network": "::/0", "ports": [443]}])),
        "requests_metric": st.sampled_from(["http_requests_total", "x:y"]),
    },
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "registry": st.sampled_from(["registry.example.com", "localhost:5000/x"]),
        "pull_secret": st.sampled_from(["one", "two"]),
        "user": st.integers(1000, 65535),
        "gateway": st.sampled_from(["one", "two"]),
        "base_domain": st.just("example.org"),
        "services": st.dictionaries(st.sampled_from(["api", "web", "mailer", "import", "before"]), workload),
    },
)
environment = st.fixed_dictionaries(
    {"infrastructure": st.fixed_dictionaries({"kubernetes": parameters})},
    optional={
        "env": st.dictionaries(st.sampled_from(["A", "on", "LOG.LEVEL"]), words),
        "keep": st.integers(2, 5),
        "scale": st.just({"api": {"min": 2, "max": 4}, "mailer": {"min": 1, "max": 2}}),
        "strategy": st.sampled_from([{"kind": "blue-green"}, {"kind": "rolling", "surge": 3, "drain_limit": "5s"}]),
    },
)


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], derandomize=True)
@given(common=parameters, ours=environment, description=words)
def test_whatever_an_environment_differs_in_both_forms_say_the_same(
    common: Manifest, ours: Manifest, description: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    values = shop_values()
    values["services"]["before"] = {"run": ["x"], "env": {"A": description}}
    values["project"]["description"] = description
    values["environments"] = {"here": ours}
    folders: list[Path] = []
    for form in ("kustomize", "plain"):
        values["infrastructure"]["kubernetes"] = {**common, "form": form}
        folders.append(generated(Project.model_validate(values), tmp_path_factory.mktemp(form)))
    expected = plain(folders[1] / "plain" / "here")
    same(kustomized(folders[0] / "overlays" / "here"), expected)
    kubernetes_validate.validate(by_name(expected)["Deployment", "api"], "1.34", strict=True)

"""What something fills in before it is YAML is no broken manifest, and no checked one."""

from __future__ import annotations

import pytest

from kr8.domain.finding import Severity
from kr8.drivers.kubernetes_schemas.findings import broken
from kr8.drivers.yaml_files import reader

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n"


@pytest.mark.parametrize(
    "rest",
    [
        "  name: {{name}}\n",
        "  name: {{ .Values.name }}\ndata:\n  a: b\n",
        "  name: a\n{% if more %}\n  labels: {a: b}\n{% endif %}\n",
    ],
)
def test_a_template_is_told_as_one(rest: str) -> None:
    texts = {"a.yaml": (HEAD + rest).encode()}
    (found,) = broken(reader.read(texts), texts)
    assert (found.rule, found.severity) == ("kubernetes/template", Severity.INFO)
    assert found.place and found.place.startswith("a.yaml:")


@pytest.mark.parametrize(
    "rest",
    [
        "\tname: a\n",
        '  name: a\n  note: "{{ $value }}"\n  more: b\n  last: [a\n',
    ],
)
def test_what_is_broken_beside_an_expression_stays_broken(rest: str) -> None:
    texts = {"a.yaml": (HEAD + rest).encode()}
    (found,) = broken(reader.read(texts), texts)
    assert (found.rule, found.severity) == ("kubernetes/unreadable", Severity.HIGH)

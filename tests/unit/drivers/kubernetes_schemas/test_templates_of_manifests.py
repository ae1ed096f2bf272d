"""What something fills in before it is YAML is no broken manifest, and no checked one."""

from __future__ import annotations

import pytest

from kr8.domain.finding import Severity
from kr8.domain.infrastructure_check import CheckState, judged
from kr8.drivers.kubernetes_schemas.findings import broken, filled_in
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
def test_a_template_was_not_judged(rest: str) -> None:
    texts = {"a.yaml": (HEAD + rest).encode()}
    code = reader.read(texts)
    assert list(broken(code, texts)) == []
    (gap,) = filled_in(code, texts)
    assert str(gap.place).startswith("a.yaml:") and "was not judged" in gap.why


@pytest.mark.parametrize(
    "rest",
    [
        "\tname: a\n",
        '  name: a\n  note: "{{ $value }}"\n  more: b\n  last: [a\n',
        '  annotations:\n    summary: "{{ $labels.instance }} is down"\n   wrong: a\n',
        "  name: a # {{ name }}\n   wrong: a\n",
        "  name: ${{ name }}\n   wrong: a\n",
    ],
)
def test_what_is_broken_beside_an_expression_stays_broken(rest: str) -> None:
    texts = {"a.yaml": (HEAD + rest).encode()}
    code = reader.read(texts)
    (found,) = broken(code, texts)
    assert (found.rule, found.severity) == ("kubernetes/unreadable", Severity.HIGH)
    assert list(filled_in(code, texts)) == []


def test_of_many_the_first_are_named_and_the_reason_is_told_once() -> None:
    texts = {f"{number}.yaml": f"{HEAD}  name: {{{{name}}}}\n".encode() for number in range(8)}
    told = judged("kubernetes", filled_in(reader.read(texts), texts))
    assert told.state is CheckState.NOT_CHECKED and "and 3 more" in told.why and told.why.count("template") == 1

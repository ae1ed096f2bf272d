"""Expressions of PromQL, and what their parser said."""

from __future__ import annotations

import pytest

from kr8.domain.finding import Severity
from kr8.domain.yaml_code import YamlCode
from kr8.drivers.kubernetes_schemas import expressions
from kr8.drivers.kubernetes_schemas.driver import Asked
from kr8.drivers.kubernetes_schemas.expressions import Expression, Parsed
from kr8.drivers.kubernetes_schemas.findings import Places
from kr8.drivers.yaml_files import reader

RULE = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: web}
spec:
  groups:
    - rules:
        - expr: first
        - expr: second
        - expr: third
"""


@pytest.fixture
def code() -> YamlCode:
    return reader.read({"web.yaml": RULE.encode()})


def asked(code: YamlCode, *texts: str) -> list[Expression]:
    """What is asked of the rule; `texts` in the places of its own."""
    found = list(expressions.expressions([Asked(node, "1.33") for node in code.manifests()]))
    return [Expression(each.judged, each.path, text) for each, text in zip(found, texts, strict=False)]


def test_a_label_or_an_annotation_that_is_called_expr_is_no_promql() -> None:
    labels = "\n          labels: {expr: see the wiki}\n          annotations: {expr: see the wiki}"
    text = RULE.replace("expr: first", f"expr: first{labels}")
    text = text.replace("- rules:", "- labels: {expr: see the wiki}\n      rules:")
    found = expressions.expressions(
        [Asked(node, "1.33") for node in reader.read({"a.yaml": text.encode()}).manifests()]
    )
    assert [each.text for each in found] == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(" * 1_000 + "x" + ")" * 1_000, False),
        ("(" * 1_001 + "x" + ")" * 1_001, True),
        ("x" + " AND x" * 1_001, True),
        ("a" * 10_001, True),
        ('x{a=~"' + "(" * 5_000 + '"}', False),
        ("x{a=~'\\'" + "(" * 5_000 + "'}", False),
        ("x{a=~`\\" + "(" * 5_000 + "`}", False),
        ("x # " + "(" * 5_000, False),
        ("x # \n" + "(" * 1_001, True),
    ],
)
def test_what_is_too_much_for_the_parser_is_known_by_its_own_words(code: YamlCode, text: str, told: bool) -> None:
    (found,) = asked(code, text)
    assert found.is_too_much() is told


def test_where_the_parser_ended_the_rest_is_not_parsed_and_says_from_where(code: YamlCode) -> None:
    three = asked(code, "sum(", "crash", "up")
    parsed = Parsed(("unclosed left parenthesis",), "signal SIGSEGV ended it")
    (found,) = expressions.told(three, parsed, Places(code))
    assert found.place == "web.yaml:7"
    (gap,) = expressions.not_parsed(three, parsed, Places(code))
    assert (gap.what, gap.why) == ("web.yaml:8", "from here on PromQL was not parsed: signal SIGSEGV ended it.")
    assert list(expressions.not_parsed(three, Parsed((None, None, None)), Places(code))) == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("up > 1_000", Severity.LOW),
        ("up > 0xff_ff", Severity.LOW),
        ("rate(x[5m * 2])", Severity.LOW),
        ("x[1h] smoothed", Severity.LOW),
        ("rate(x[5m)", Severity.MEDIUM),
        ('rate(x{a="1_000 anchored [5m * 2]"})', Severity.MEDIUM),
        ("p_99_9 +", Severity.MEDIUM),
        ("rate(x[5m:1m]) + (", Severity.MEDIUM),
        ("sum(rate(x[5m])) - sum(", Severity.MEDIUM),
        ("up # smoothed", Severity.MEDIUM),
        ("filled +", Severity.MEDIUM),
    ],
)
def test_only_what_may_be_of_a_newer_prometheus_is_low(code: YamlCode, text: str, severity: Severity) -> None:
    (found,) = expressions.told(asked(code, text), Parsed(("not taken",)), Places(code))
    assert found.severity is severity


@pytest.mark.parametrize(
    "text",
    [
        "[" * 900 + ":" * 9_000,
        "[" * 900 + "1" * 9_000,
        "offset" + " " * 9_900 + "x",
        "1." * 5_000,
        "1m" * 5_000,
        '"' + '\\"' * 4_990,
    ],
    ids=["ranges", "numbers", "offset", "parts", "durations", "escapes"],
)
def test_what_is_no_promql_is_judged_by_patterns_that_do_not_go_back_for_ever(code: YamlCode, text: str) -> None:
    (each,) = asked(code, text)
    (found,) = expressions.told([each], Parsed(("not taken",)), Places(code))
    assert not each.is_too_much() and found.severity is Severity.MEDIUM

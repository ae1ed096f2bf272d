"""What is read of a repository's text takes time that grows with the text, and not with its square."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date

import pytest

from kr8.domain.headline import headline
from kr8.domain.spelled_out import spelled_out
from kr8.domain.waiver import read_waivers
from kr8.domain.yaml_code import Node, YamlCode, YamlFile
from kr8.drivers.ansible.driver import PLAY
from kr8.drivers.checkov.concern import is_cloudformation
from kr8.drivers.kubernetes_schemas.driver import Asked
from kr8.drivers.kubernetes_schemas.findings import Places, is_filled_in
from kr8.drivers.shellcheck.driver import is_filled_in_elsewhere
from kr8.drivers.terraform.versions import allows
from kr8.drivers.toml.positions import Positions

SHORT = 4_000
TIMES = 8
LEAST_S = 0.005
"""What is shorter is no measure of how it grows."""
WITH_RESOURCES = b"Resources:\n"


@pytest.mark.parametrize(
    ("read", "unit"),
    [
        (is_cloudformation, b"\n"),
        (lambda text: is_cloudformation(WITH_RESOURCES + text), b"\n"),
        (lambda text: is_cloudformation(WITH_RESOURCES + text), b"{\n"),
        (is_filled_in_elsewhere, b"\n"),
        (lambda text: is_filled_in_elsewhere(b"%{" + text), b" "),
        (lambda text: PLAY.search(b"- " + text + b"\n"), b":"),
        (lambda text: PLAY.search(b"- " + text + b"\n"), b" :"),
        (lambda text: read_waivers(text, date(2026, 8, 1)), b"\n"),
        (lambda text: read_waivers(text, date(2026, 8, 1)), b"a."),
        (lambda text: read_waivers(b'a = "' + text, date(2026, 8, 1)), b'\\"'),
        (lambda text: Positions(b"a = [" + text + b"]"), b"1,"),
        (lambda text: allows(f"{text.decode()}x", (1,)), b" "),
        (lambda text: headline(text.decode(), "x"), b" 'a"),
        (lambda text: is_filled_in({"a": b'x: "' + text}, "a:1"), b'\\"'),
        (lambda text: _placed(len(text)), b"a"),
        (lambda text: spelled_out(b"\\\n" + text), b" "),
        (spelled_out, b"\\"),
    ],
)
def test_the_time_grows_with_the_text_alone(read: Callable[[bytes], object], unit: bytes) -> None:
    short, long = (min(_seconds(read, unit * count) for _ in range(3)) for count in (SHORT, SHORT * TIMES))
    assert long < 2.5 * TIMES * max(short, LEAST_S)


def _placed(count: int) -> list[str]:
    """Where so many objects that kustomize has made are written."""
    nodes = tuple(_object(str(number)) for number in range(count))
    places = Places(YamlCode({"a.yaml": YamlFile(nodes)}))
    return [places.of(Asked(node, "1.33", overlay="kustomization.yaml"), ()) for node in nodes]


def _object(name: str) -> Node:
    texts = {"apiVersion": "v1", "kind": "ConfigMap"}
    entries = {key: Node(text, "a.yaml:1") for key, text in texts.items()}
    return Node({**entries, "metadata": Node({"name": Node(name, "a.yaml:1")}, "a.yaml:1")}, "a.yaml:1")


def _seconds(read: Callable[[bytes], object], text: bytes) -> float:
    begun = time.thread_time()
    read(text)
    return time.thread_time() - begun

"""What images are made by."""

from __future__ import annotations

import pytest

from kr8.domain.dockerfile import has_here_document, is_dockerfile, lines_for_other_shells


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("Dockerfile", True),
        ("a/Dockerfile.dev", True),
        ("a/Dockerfile-windows", True),
        ("a/Dockerfile.3.12", True),
        ("api.Dockerfile", True),
        ("build/dockerfile", True),
        ("Containerfile", True),
        ("Dockerfiles/readme.md", False),
        ("Dockerfiles", False),
        ("dockerfile.py", False),
        ("Dockerfile.dockerignore", False),
        ("Dockerfile.j2", False),
        ("Dockerfile-template.erb", False),
    ],
)
def test_an_image_is_known_by_the_name_of_its_file(path: str, told: bool) -> None:
    assert is_dockerfile(path) is told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("RUN <<EOF\ntrue\nEOF\n", True),
        ('FROM a\nCOPY --chmod=755 <<-"END" /a\n', True),
        ("run cat <<'E' > a && <<B cat\n", True),
        ("RUN echo $((1 << 2))\n", False),
        ("# RUN <<EOF\n", False),
        ("RUN cat <<< word\n", False),
    ],
)
def test_a_here_document_is_known(text: str, told: bool) -> None:
    assert has_here_document(text) is told


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('FROM a\nSHELL ["pwsh", "-c"]\nRUN x\nFROM b\nRUN y\n', {2, 3}),
        ('FROM a\nSHELL ["C:\\\\\\\\x\\\\\\\\PowerShell.exe"]\nRUN x\nSHELL ["/bin/bash", "-c"]\nRUN y', {2, 3}),
        ("FROM golang:1-nanoserver\nRUN x", {1, 2}),
        ("# hadolint shell=powershell\nARG V\nFROM a:$V\nRUN x\nFROM b\nRUN y", {1, 2, 3, 4}),
        ("FROM a\nSHELL [broken\nRUN x", set[int]()),
    ],
)
def test_commands_for_no_shell_of_posix_are_known(text: str, lines: set[int]) -> None:
    assert lines_for_other_shells(text.rstrip("\n")) == lines

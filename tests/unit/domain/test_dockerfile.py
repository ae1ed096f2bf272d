"""What images are made by."""

from __future__ import annotations

import pytest

from kr8.domain.dockerfile import is_dockerfile, lines_for_other_shells, spaced


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
        ("DOCKERFILE", True),
        ("a/web.dockerfile", True),
        ("a/web.Containerfile", True),
        ("Dockerfile.prod.gpu", True),
        ("Dockerfile_dev", True),
        ("dockerfile_test.go", False),
        ("dockerfile.js", False),
        ("Dockerfile.go", False),
        ("dockerfile-parser.ts", False),
        ("dockerfile-parser", False),
        ("Dockerfile.patch", False),
        ("dockerfile.toml", False),
        ("docs/dockerfile-best-practices.adoc", False),
        ("docs/Dockerfile-best-practices.html", False),
        ("Dockerfile.tar.gz", False),
        ("my-dockerfile", False),
    ],
)
def test_an_image_is_known_by_the_name_of_its_file(path: str, told: bool) -> None:
    assert is_dockerfile(path) is told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("RUN <<EOF\ntrue\nEOF\nUSER a\n", "RUN <<EOF\ntrue\nEOF\n\nUSER a\n"),
        ('COPY --chmod=755 <<-"END" /a\n\tx\n\tEND\nUSER a', 'COPY --chmod=755 <<-"END" /a\nx\nEND\n\nUSER a'),
        ("COPY <<A <<B /x/\na\nA\nb\nB\n", "COPY <<A <<B /x/\na\nA\nb\nB\n\n"),
        ("run a \\\n  && cat <<'E' > b\nRUN <<X\nE\nUSER a", "run a \\\n  && cat <<'E' > b\nRUN <<X\nE\n\nUSER a"),
        ("RUN <<EOF\r\ntrue\r\nEOF\r\nUSER a", "RUN <<EOF\r\ntrue\r\nEOF\r\n\nUSER a"),
    ],
)
def test_a_here_document_gets_a_blank_line_below_and_loses_its_tabs(text: str, told: str) -> None:
    made = spaced(text)
    assert (made.text, made.is_whole) == (told, True)
    of_user = next((number for number, line in enumerate(told.split("\n"), 1) if line.startswith("USER")), 0)
    assert not of_user or text.split("\n")[made.line(of_user) - 1].startswith("USER")


@pytest.mark.parametrize(
    "text", ["RUN echo $((1 << 2))\n", "# RUN <<EOF\nUSER a\n", "RUN cat <<< word\n", "ENV A=<<B\nUSER a\n", ""]
)
def test_what_has_none_stays_as_it_is(text: str) -> None:
    assert spaced(text) == (text, (), True)


@pytest.mark.parametrize("text", ["RUN <<A cat && <<B cat\na\nA\nb\nB\n", "RUN <<EOF\ntrue\n"])
def test_several_in_a_run_and_one_without_an_end_are_of_another_form(text: str) -> None:
    assert not spaced(text).is_whole


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

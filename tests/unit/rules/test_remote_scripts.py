"""Downloads that a build hands to a shell, in the forms that installers name."""

from __future__ import annotations

import pytest

from kr8.domain.code import Code
from kr8.rules import image_remote_script


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("RUN curl https://a.example/i.sh | sh", 1),
        ("RUN wget -qO- https://a.example/i.sh | sudo -E bash -", 1),
        (" && curl -sSL https://a.example | /bin/bash -s -- --yes", 1),
        ('RUN bash -c "$(curl -fsSL https://a.example/i.sh)"', 1),
        ("RUN bash <(curl -s https://a.example)", 1),
        ("RUN curl -fsSL https://a.example/i.sh \\\n  | bash", 1),
        ("RUN curl 'https://a.example/?a=1&b=2' | sh", 1),
        ("RUN curl https://a.example && cat x | sh", 0),
        ("RUN curl -o i.sh https://a.example/i.sh && sha256sum --check sums && sh i.sh", 0),
        ("RUN curl https://a.example/x.tgz | tar xz", 0),
        ("RUN curl https://a.example/x | sha256sum", 0),
        ("# curl https://a.example/i.sh | sh", 0),
    ],
)
def test_a_download_that_a_shell_runs_at_once(line: str, found: int) -> None:
    assert len(list(image_remote_script.check(Code(texts={"Dockerfile": f"FROM alpine:3\n{line}\n"})))) == found

"""A secret is found by place and kind, and never shown; what only looks like one does not stand in the way."""

from __future__ import annotations

import io
import string
import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kr8.domain.finding import Severity
from kr8.drivers.scan.findings import finding, left_out
from kr8.drivers.scan.scanning import Found, contents, scan

LETTERS = string.ascii_letters + string.digits


CHANCE = Random(7)


def random(length: int, letters: str = LETTERS) -> str:
    """The same in every run: texts made of it name the tests."""
    return "".join(CHANCE.choice(letters) for _ in range(length))


SURE = {
    "GitHub Token": lambda: "ghp_" + random(36),
    "Access Token": lambda: "github_pat_" + random(70),
    "AWS Access Key": lambda: "AKIA" + random(16, string.ascii_uppercase + string.digits),
    "Slack Token": lambda: f"xoxb-{random(12, string.digits)}-{random(12, string.digits)}-{random(24)}",
    "Stripe Access Key": lambda: "sk_live_" + random(24),
    "GitLab Token": lambda: "glpat-" + random(20),
}


def found(text: str, path: str = "app/config.py") -> list[Found]:
    return list(scan(path, text))


@pytest.mark.parametrize("kind", SURE)
@pytest.mark.parametrize("line", ['token = "{}"', "TOKEN={}", "curl -H 'X: {}' host", "{}", "- {} # comment"])
def test_a_token_is_found_wherever_it_stands(kind: str, line: str) -> None:
    text = "first\n\n" + line.format(SURE[kind]()) + "\nlast\n"
    assert Found("app/config.py", 3, kind, True) in found(text)


def test_a_private_key_is_found_by_its_body() -> None:
    header = "-----BEGIN OPENSSH PRIVATE KEY-----"
    key = f"{header}\n{random(70)}\n{random(70)}\n-----END OPENSSH PRIVATE KEY-----\n"
    assert [(one.kind, one.sure) for one in found(key, "id")] == [("Private Key", True)]
    assert found(f'if text.startswith("{header}"):\n    raise ValueError\n', "check.py") == []


def test_a_value_that_looks_like_a_secret_is_a_guess() -> None:
    guesses = found(f'password = "{random(20)}"\nurl = "https://user:{random(12)}@host/x"\n')
    assert {(one.line, one.sure) for one in guesses} == {(1, False), (2, False)}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("requirements.txt", "    --hash=sha256:" + "0123456789abcdef" * 4),
        ("package-lock.json", '"integrity": "sha512-' + random(86) + '=="'),
        ("uv.lock", f'{{ url = "x", hash = "{random(64, "0123456789abcdef")}" }}'),
        ("main.py", 'token = os.environ["TOKEN"]'),
        ("main.py", 'id = "123e4567-e89b-12d3-a456-426614174000"'),
        ("main.yml", 'password: "${PASSWORD}"'),
        ("backend.tf", 'bucket = "shop-01m8jjv8x2yk4hv8qgam33whn1-staging-tfstate"'),
        ("docs.md", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE"),
        ("image.txt", "data:" + "A" * 50 + "AKIA" + "Z" * 16 + "A" * 50),
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(path: str, line: str) -> None:
    assert found(line, path) == []


def test_a_token_is_found_in_a_lock_file_too() -> None:
    assert found(SURE["GitHub Token"](), "package-lock.json")[0].sure


def test_a_line_can_say_that_it_has_no_secret() -> None:
    token = SURE["GitHub Token"]()
    assert found(f"t = '{token}'  # pragma: allowlist secret") == []
    assert found(f"# pragma: allowlist nextline secret\nt = '{token}'") == []
    assert len([one for one in found(f"# pragma: allowlist secret\nt = '{token}'") if one.sure]) == 1


def test_findings_never_show_the_secret() -> None:
    token = SURE["GitHub Token"]()
    for one in found(f"t = '{token}'"):
        shown = finding(one.path, one.line, one.kind, sure=one.sure).model_dump_json()
        assert token not in shown
        assert token[8:20] not in shown


def test_what_leaves_no_doubt_is_critical_and_a_guess_is_not() -> None:
    sure = finding("a\nb", 3, "GitHub Token", sure=True)
    assert (sure.severity, sure.rule) == (Severity.CRITICAL, "secrets/github-token")
    assert sure.untrusted_places == ("a\\nb:3",) and "a\\nb" not in sure.what + sure.why + sure.mend
    assert finding("a", 1, "Secret Keyword", sure=False).severity is Severity.MEDIUM
    assert left_out([], 10) == ()
    assert "2 files" in left_out(["a", "b"], 10)[0].what


def test_binary_files_are_left_out() -> None:
    stream = io.BytesIO(b"id blob 3\na\x00b\nid blob 2\nhi\n")
    assert list(contents(["binary", "text"], stream)) == [("text", "hi")]


@given(st.text(max_size=300))
def test_no_text_makes_it_fall_over(text: str) -> None:
    list(scan("file", text))


@pytest.mark.parametrize("text", ["a" * 200_000, "aws key " * 25_000, "'" * 200_000, "-----BEGIN PRIVATE KEY" * 9_000])
def test_a_file_made_to_keep_it_busy_does_not(text: str) -> None:
    begun = time.monotonic()
    list(scan("file", text))
    assert time.monotonic() - begun < 20

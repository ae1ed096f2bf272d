"""A secret is found by place and kind, and never shown; what only looks like one does not stand in the way."""

from __future__ import annotations

import base64
import io
import string
import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kr8.domain.finding import Severity
from kr8.drivers.scan.certainty import Certainty
from kr8.drivers.scan.findings import finding, left_out, states
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
    assert Found("app/config.py", 3, kind, Certainty.SURE) in found(text)


def test_a_private_key_is_found_by_its_body() -> None:
    header = "-----BEGIN OPENSSH PRIVATE KEY-----"
    key = f"{header}\n{random(70)}\n{random(70)}\n-----END OPENSSH PRIVATE KEY-----\n"
    assert [(one.kind, one.certainty) for one in found(key, "id")] == [("Private Key", Certainty.SURE)]
    assert found(f'if text.startswith("{header}"):\n    raise ValueError\n', "check.py") == []


def test_a_value_that_looks_like_a_secret_is_a_guess() -> None:
    guesses = found(f'password = "{random(20)}"\nurl = "https://user:{random(12)}@host/x"\n')
    assert {(one.line, one.certainty) for one in guesses} == {(1, Certainty.GUESS), (2, Certainty.GUESS)}


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("requirements.txt", "    --hash=sha256:" + "0123456789abcdef" * 4),
        ("package-lock.json", '"integrity": "sha512-' + random(86) + '=="'),
        ("uv.lock", f'{{ url = "x", hash = "{random(64, "0123456789abcdef")}" }}'),
        ("main.py", 'token = os.environ["TOKEN"]'),
        ("main.py", 'id = "123e4567-e89b-12d3-a456-426614174000"'),
        ("main.yml", 'password: "${PASSWORD}"'),
        ("kr8.toml", 'id = "prj_01m8jjv8x2yk4hv8qgam33whn1"'),
        ("kr8.toml", 'id = "prj_3z7k1w9qxv5t8pbd2hnr6jcgfm"'),
        ("backend.tf", 'bucket = "shop-01m8jjv8x2yk4hv8qgam33whn1-staging-tfstate"'),
        ("docs.md", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE"),
        ("docs.md", "| `token` | `xoxb-1234567890-1234567890123-" + "5n38u5ed63fgzqlvuyxvxcx6` |"),
        ("image.txt", "data:" + "A" * 50 + "AKIA" + "Z" * 16 + "A" * 50),
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(path: str, line: str) -> None:
    assert found(line, path) == []


HEX = "0123456789abcdef"
DIGITS = string.digits
TOKENS = {
    "npm": lambda: "npm_" + random(36),
    "docker": lambda: "dckr_" + "pat_" + random(27),
    "vault": lambda: "hvs." + random(95),
    "terraform cloud": lambda: random(14) + ".atlasv1." + random(67),
    "digitalocean": lambda: "dop_v1_" + random(64, HEX),
    "databricks": lambda: "dapi" + random(32, HEX),
    "doppler": lambda: "dp.pt." + random(43),
    "grafana": lambda: f"glsa_{random(32)}_{random(8, HEX)}",
    "new relic": lambda: "NRAK-" + random(27, string.ascii_uppercase + DIGITS),
    "openai": lambda: f"sk-proj-{random(74)}T3BlbkFJ{random(74)}",
    "openai of before": lambda: f"sk-{random(20)}T3BlbkFJ{random(20)}",
    "hugging face": lambda: "hf_" + random(34, string.ascii_letters),
    "shopify": lambda: "shpat_" + random(32, HEX),
    "slack app": lambda: f"xapp-1-A{random(10, DIGITS)}-{random(13, DIGITS)}-{random(64, HEX)}",
    "telegram": lambda: f"{random(10, DIGITS)}:AA{random(33)}",
    "discord": lambda: f"https://discord.com/api/webhooks/{random(18, DIGITS)}/{random(68)}",
    "teams": lambda: (
        f"https://shop.webhook.office.com/webhookb2/{random(36, HEX)}@{random(36, HEX)}"
        f"/IncomingWebhook/{random(32, HEX)}/{random(36, HEX)}"
    ),
}


@pytest.mark.parametrize("whose", TOKENS)
def test_a_token_says_by_its_form_whose_it_is(whose: str) -> None:
    token = TOKENS[whose]()
    for line in (f"t = {token}", f'"{token}"', token):
        assert Found("a.txt", 1, "Access Token", Certainty.SURE) in found(line, "a.txt")
    assert not [one for one in found(token[: len(token) // 2], "a.txt") if one.certainty is Certainty.SURE]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("calls.http", "Authorization: Bearer {}"),
        ("client.py", '{{"Authorization": "Bearer {}"}}'),
        ("README.md", "curl -u ada:{} https://a.example"),
        ("main.tf", "curl --silent --user=ada:{} https://a.example"),
    ],
)
def test_what_a_request_is_sent_with_is_found_in_any_file(path: str, line: str) -> None:
    assert found(line.format("kJ8s2Lq0xPz71mN4"), path)[0].certainty is Certainty.LIKELY
    for harmless in ("$TOKEN", "${TOKEN_1}", "<your-token-1>", "changeme1changeme1"):
        assert found(line.format(harmless), path) == []


def test_dockers_login_for_a_registry_is_found() -> None:
    login = base64.b64encode(b"ada:kJ8s2Lq0xPz71mN4").decode()
    text = f'{{"auths": {{"registry.example": {{"auth": "{login}"}}}}}}'
    assert Certainty.LIKELY in {one.certainty for one in found(text, "config.json")}
    token = base64.b64encode(b"<token>").decode()
    assert found(f'{{"auth": "{token}"}}', "config.json") == []


def test_terraforms_state_is_a_finding_whatever_is_in_it() -> None:
    paths = ("a/terraform.tfstate", "a/terraform.tfstate.backup", "a/main.tf")
    assert [each.untrusted_places for each in states(paths)] == [(paths[0],), (paths[1],)]


UNQUOTED = [
    (".env", "DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    ("deploy/production.env", "export API_KEY=kJ8s2Lq0xPz71mN4"),
    (".env.example.j2", "DB_PASSWORD=kJ8s2Lq0xPz71mN4 # for now"),
    ("chart/values.yaml", "  adminPassword: hunter2hunter2"),
    ("chart/values.yaml", "auth: {password: hunter2hunter2, user: ada}"),
    ("kustomization.yaml", "      - password=1f2d1e2e67df"),
    ("secret.yml", "  password: aHVudGVyMg=="),
    ("app.ini", "secret_key = S3cr3t!pass"),
    ("application.properties", "spring.datasource.password=welcome123"),
    ("scripts/up.sh", "export DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    ("scripts/up.sh", "docker run -e DB_PASSWORD=kJ8s2Lq0xPz71mN4 shop"),
    ("scripts/up.sh", "tool --token=kJ8s2Lq0xPz71mN4"),
    ("play.yml", "    ansible_password: kJ8s2Lq0xPz71mN4"),
    ("hosts", "[web]\nweb1 ansible_user=root ansible_become_pass=Winter2024"),
    ("up", "#!/bin/sh\nexport DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    ("Dockerfile", "ENV DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    ("shop.service", 'Environment="DB_PASSWORD=kJ8s2Lq0xPz71mN4"'),
    ("docker-compose.yml", 'DB_PASSWORD: "kJ8s2Lq0xPz71mN4"'),
    (".env", "RAILS_MASTER_KEY=4f9a1c77b2d84e0fa6c3"),
    ("values.yaml", "encryption_key: kJ8s2Lq0xPz71mN4"),
    ("values.yaml", "db_password: S3cret-example-9f3a77c1"),
    ("values.yaml", "db_password: Prod1234567890x"),
    ("values.yaml", "password: todo4Lq0xPz71mN4"),
    ("secret.yaml", "sops: none yet\npassword: hunter2hunter2"),
    ("secret.yaml", "sops:\n  mac: ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ=]\n  version: 3.8.1\npassword: hunter2x9"),
    ("secret.yaml", "kind: SealedSecret\nspec:\n  encryptedData:\n    a: AgBy3\n  template:\n    password: hunter2x9"),
    (".pypirc", "[pypi]\nusername = ada\npassword = kJ8s2Lq0xPz71mN4"),
    (".env-prod", "DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    (".env_staging", "DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    (".env.production", "DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    ("env.production", "DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    ("prod.env", "DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    ("prod.env.local", "DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
    (".npmrc", "//registry.example/:_password=kJ8s2Lq0xPz71mN4"),
    (".netrc", "machine db.example login ada password kJ8s2Lq0xPz71mN4"),
    ("_netrc", "machine db.example\n  login ada\n  password kJ8s2Lq0xPz71mN4"),
    (".pgpass", "db.example:5432:shop:ada:kJ8s2Lq0xPz71mN4"),
    (".my.cnf", "[client]\npassword=kJ8s2Lq0xPz71mN4"),
    (".yarnrc.yml", "npmAuthToken: kJ8s2Lq0xPz71mN4"),
    (".aws/credentials", "[default]\ndb_password = kJ8s2Lq0xPz71mN4"),
    ("terraform.tfvars", 'db_password = "kJ8s2Lq0xPz71mN4"'),
    ("values.toml", 'db_password = "kJ8s2Lq0xPz71mN4"'),
]


@pytest.mark.parametrize(("path", "text"), UNQUOTED)
def test_a_secret_is_found_where_values_need_no_quotes(path: str, text: str) -> None:
    line = text.count("\n") + 1
    assert found(text, path)[0] == Found(path, line, "Secret Keyword", Certainty.LIKELY)


@pytest.mark.parametrize(
    "line", ["AWS_SECRET_ACCESS_KEY: {}", "aws_secret_access_key = {}", "export AWS_SECRET_ACCESS_KEY={}"]
)
def test_a_secret_key_of_aws_needs_no_quotes(line: str) -> None:
    key = "wJalr/UtnFEMI7K7MDENG+bPxRfiCYzzzzzzKEY1"
    assert found(line.format(key), "a.txt")[0][2:4] == ("AWS Access Key", Certainty.SURE)
    assert found(line.format(f"/{key[1:]}"), "a.txt")[0].certainty is Certainty.SURE, "what begins so is no path"
    named = line.replace("SECRET", "SECRET_EXAMPLE").replace("secret", "secret_example")
    assert found(named.format(key), "a.txt")[0].certainty is Certainty.SURE
    assert found(line.format("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), "a.txt") == []


@pytest.mark.parametrize("of", ["", "RSA ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_in_base64_is_one(of: str) -> None:
    key = f"-----BEGIN {of}PRIVATE KEY-----\n{random(70)}\n-----END {of}PRIVATE KEY-----\n"
    text = f"data:\n  tls.key: {base64.b64encode(key.encode()).decode()}\n"
    assert [one[1:4] for one in found(text, "tls.yaml")] == [(2, "Private Key", Certainty.SURE)]
    public = base64.b64encode(f"-----BEGIN CERTIFICATE-----\n{random(70)}\n".encode()).decode()
    assert found(f"data:\n  tls.crt: {public}\n", "tls.yaml") == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("values.yaml", "secretName: shop-tls-2"),
        ("values.yaml", 'secretName: "shop-tls-2"'),
        ("values.yaml", "existingSecret: k8s-oauth2-proxy-secret"),
        ("values.yaml", "secret: db-user-pass-96mffmfh4k"),
        ("values.yaml", "secretKey: github_app_2_key"),
        ("values.yaml", "token_ttl: 3600s"),
        ("values.yaml", "password: changeme123"),
        ("values.yaml", "password: {{ lookup('env', 'DB_PASSWORD_1') }}"),
        ("values.yaml.jinja", "password: {{ password1 }}"),
        ("play.yml", "password: !vault |"),
        ("play.yml", "update_password: on_create"),
        ("pipeline.yml", "token: ${{ secrets.TOKEN_1 }}"),
        ("pipeline.yml", "secrets: inherit"),
        ("secret.yaml", "password: ENC[AES256_GCM,data:p673w==,iv:YY=,tag:UQ=]"),
        ("secret.yaml", "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgBy3i4OJSWK1PiTySYZZA9rO43cGDEq"),
        (
            "secret.yaml",
            "password: ENC[AES256_GCM,data:p673w1==]\nsops:\n  mac: ENC[AES256_GCM,data:p67]\n  version: 3.8.1",
        ),
        ("secret.yaml", "kind: SealedSecret\nspec: {encryptedData: {password: AgBy3i4OJSWK1PiTySYZZA9rO43cGDEq}}"),
        (
            "group_vars/all.yml",
            "$ANSIBLE_VAULT;1.1;AES256\n6231336539666234306139346433616338",
        ),
        ("values.yaml", "password: your_password_1"),
        (".netrc", "machine db.example login ada password changeme1"),
        ("env.md", "DB_PASSWORD=kJ8s2Lq0xPz71mN4"),
        (".env", "DB_PASSWORD_FILE=/run/secrets/db1"),
        ("defaults/main.yml", "os_auth_pam_passwdqc_options: min=disabled,disabled,16,12,8"),
        (".env", "DB_PASSWORD=${DB_PASSWORD_1}"),
        (".env", "DB_PASSWORD=<your password 1>"),
        ("app.ini", "secret_version = 1.2.3"),
        ("up.sh", "TOKEN=$(kr8 token 1)"),
        ("up.sh", "curl https://host1/?token=abc1def2ghi3"),
        ("README.md", "password: hunter2hunter2"),
        ("main.py", "password=hunter2hunter2"),
    ],
)
def test_names_of_secrets_and_what_stands_for_them_are_left_alone(path: str, text: str) -> None:
    assert found(text, path) == []


def test_what_is_encrypted_hides_no_other_document_of_its_file() -> None:
    sealed = "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgBy3i4OJSWK1PiT\n"
    text = f"{sealed}---\nkind: Secret\npassword: hunter2hunter2\n"
    assert [one.line for one in found(text, "a.yaml")] == [7]


def test_a_token_is_found_in_a_lock_file_too() -> None:
    assert found(SURE["GitHub Token"](), "package-lock.json")[0].certainty is Certainty.SURE


def test_a_line_can_say_that_it_has_no_secret() -> None:
    token = SURE["GitHub Token"]()

    def allowed(text: str) -> set[bool]:
        return {one.allowed for one in found(text) if one.certainty is Certainty.SURE}

    assert allowed(f"t = '{token}'") == {False}
    assert allowed(f"t = '{token}'  # pragma: allowlist secret") == {True}
    assert allowed(f"# pragma: allowlist nextline secret\nt = '{token}'") == {True}
    assert allowed(f"# pragma: allowlist secret\nt = '{token}'") == {False}


def test_findings_never_show_the_secret() -> None:
    token = SURE["GitHub Token"]()
    for one in found(f"t = '{token}'"):
        shown = finding(*one[:4]).model_dump_json()
        assert token not in shown
        assert token[8:20] not in shown


def test_what_leaves_no_doubt_is_critical_and_a_guess_is_not() -> None:
    sure = finding("a\nb", 3, "GitHub Token", Certainty.SURE)
    assert (sure.severity, sure.rule) == (Severity.CRITICAL, "secrets/github-token")
    assert sure.untrusted_places == ("a\\nb:3",) and "a\\nb" not in sure.what + sure.why + sure.mend
    assert finding("a", 1, "Secret Keyword", Certainty.LIKELY).severity is Severity.HIGH
    assert finding("a", 1, "Secret Keyword", Certainty.GUESS).severity is Severity.MEDIUM
    assert left_out([], 10) == ()
    assert "2 files" in left_out(["a", "b"], 10)[0].what


def test_binary_files_are_left_out() -> None:
    stream = io.BytesIO(b"id blob 3\na\x00b\nid blob 2\nhi\n")
    assert list(contents(["binary", "text"], stream)) == [("text", "hi")]


@given(st.text(max_size=300))
def test_no_text_makes_it_fall_over(text: str) -> None:
    list(scan("file", text))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "a=" * 100_000,
        "password: " * 20_000,
        "aws secret key" * 9_000,
        "aws key " * 25_000,
        "'" * 200_000,
        "-----BEGIN PRIVATE KEY" * 9_000,
        "sk-proj-" * 25_000,
        "dp.pt.a." * 25_000,
        "https://" + "a." * 100_000,
    ],
)
def test_a_file_made_to_keep_it_busy_does_not(text: str) -> None:
    begun = time.monotonic()
    list(scan("file.yaml", text))
    assert time.monotonic() - begun < 20

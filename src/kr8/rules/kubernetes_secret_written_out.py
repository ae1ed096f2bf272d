"""No object of kind Secret has its values in the repository."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from kr8.domain.code import Code
from kr8.domain.finding import Finding, Severity
from kr8.domain.infrastructure_check import Part
from kr8.domain.manifests import is_filled_in
from kr8.domain.placeholder import is_placeholder
from kr8.domain.rule import Rule
from kr8.domain.yaml_code import Node

RULE = Rule(
    name="kubernetes-secret-written-out",
    part=Part.KUBERNETES,
    severity=Severity.HIGH,
    security=True,
    title="No object of kind Secret has its values in the repository.",
    why="Base64 hides nothing: who reads the repository has them, and they stay in the history.",
    mend="Replace it, and commit it sealed (SealedSecret, SOPS), or have it fetched (ExternalSecret).",
    link="https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
)
_SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n"
PASSES = {
    "sealed.yaml": "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db}\n"
    "spec:\n  encryptedData: {password: AgBy3i4OJSWK}\n",
    "sops.yaml": f"{_SECRET}stringData: {{password: 'ENC[AES256_GCM,data:p673w==,type:str]'}}\n"
    "sops: {mac: 'ENC[AES256_GCM,data:x]'}\n",
    "filled.yaml": f"{_SECRET}stringData: {{password: '${{DB_PASSWORD}}', username: shop, token: changeme}}\n",
    "elsewhere.yaml": f"{_SECRET}stringData: {{token: 'op://shop/db/token'}}\n",
    "public.yaml": f"{_SECRET}data: {{ca.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0=, password: ''}}\n",
}
FAILS = {
    "plain.yaml": f"{_SECRET}stringData:\n  password: hunter2hunter2\n",
    "encoded.yaml": f"{_SECRET}data:\n  password: aHVudGVyMg==\n",
    "host.yaml": f"{_SECRET}stringData:\n  password: hunter2@db.example.com\n",
    "words.yaml": f"{_SECRET}stringData:\n  password: S3cret-example-9f3a77c1\n",
    "url.yaml": f"{_SECRET}data:\n  DATABASE_URL: cG9zdGdyZXM6Ly9zaG9wOmh1bnRlcjJAZGIuZXhhbXBsZS5jb20vc2hvcA==\n",
    "sops.yaml": f"{_SECRET}sops: {{}}\nstringData:\n  password: hunter2hunter2\n",
    "key.yaml": f"{_SECRET}type: kubernetes.io/tls\ndata:\n  tls.key: aHVudGVyMg==\n",
}
_NAMED = re.compile(
    r"pass(?:word|wd|phrase)?$|pwd$|secret|token$|api_?key|credentials?$|(?:^|[._-])key$|(?:access|private|ssh|auth)[._-]?key"
    r"|^id_\w+$|^\.?(?:dockerconfigjson|dockercfg|htpasswd|netrc|pgpass)$|^ssh-privatekey$|^kubeconfig$",
    re.IGNORECASE,
)
_PUBLIC = re.compile(r"(?:\.pub|\.crt|_?id|name|[._-](?:file|path|ttl|url))$", re.IGNORECASE)
_HARMLESS = re.compile(
    r"\s*|\W*|true|false|none|null|enc\[.*|vault:.*|ref\+.*|[a-z0-9+]+://.*",
    re.IGNORECASE | re.DOTALL,
)
"""Nothing, what is encrypted, and references to where the secret is."""
_LOGIN = re.compile(r"[a-z0-9+]://[^/\s:@]*:([^/\s@]+)@", re.IGNORECASE)
"""An address with a password in it."""


def check(code: Code) -> Iterator[Finding]:
    """Each entry that is named like a secret, and has a value that nothing fills in and nobody encrypted."""
    for node in code.yaml.manifests():
        if node.text("kind") == "Secret" and node.text("apiVersion") == "v1":
            for field in ("data", "stringData"):
                entries = node.at(field)
                for name, value in entries.entries().items() if entries is not None else ():
                    if _is_secret(name, _plain(value, field)):
                        yield RULE.finding("A Secret has a value here that everybody can read.", value.place)


def _plain(value: Node, field: str) -> str:
    text = value.value if isinstance(value.value, str) else ""
    if field == "stringData" or is_filled_in(text):
        return text
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return text


def _is_secret(name: str, text: str) -> bool:
    logins = [login[1] for login in _LOGIN.finditer(text)]
    if any(not is_filled_in(password) and not is_placeholder(password) for password in logins):
        return True
    is_named = _NAMED.search(name) is not None and _PUBLIC.search(name) is None
    is_none = is_filled_in(text) or is_placeholder(text) or _HARMLESS.fullmatch(text) is not None
    return (is_named or "PRIVATE KEY" in text) and not is_none

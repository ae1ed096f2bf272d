"""T15 for HCL: no text of a user is anything but that text to the real parser, and its layout is `terraform fmt`'s.

What holds: Terraform turns every text into Unicode's form NFC, so what comes out is the NFC of what went in, and the
text itself where it was NFC already. `test_what_terraform_itself_changes` has the rest.
"""

import base64
import json
import unicodedata
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.support.terraform import Terraform

from kr8.generators.hcl import Attribute, Block, attributes, document

COUNT = 12_000
FRAGMENTS = (
    *"\"\\\n\r\t\0\x07\x1b\x7f\x85 ={}[]()#,.:$%/*<>&~'`-_aB0é漢",
    *(
        "${",
        "%{",
        "$${",
        "%%{",
        "$$",
        "%%",
        "}",
        "~}",
        "${~",
        '${file("/etc/passwd")}',
        "%{ for x in [1] }",
        "%{ endif }",
    ),
    *("\\n", "\\u0024", "\\${", '\\"', '"\n', "<<EOT\n", "\nEOT\n", "/*", "*/", "//", "# ", "\r\n"),
    *("\u200e", "\u200f", "\u202e", "\u2066", "\u2069", "\u200b", "\u200d", "\u00ad", "\ufeff", "\u2028", "\u2029"),
    *("\U0001f600", "\U0001f468\u200d\U0001f469", "\U00010348", "\U000e0001", "\U0010ffff", "\ufffd", "\ue000"),
    *(
        "e\u0301",
        "\u0301",
        "\u212b",
        "\u1100\u1161",
        "\uac00",
        "\u0958",
        "\u3099",
        "か\u3099",
        "\ufb01",
        "\u0f73",
        "\u0344",
    ),
    *("null", "true", "for", "if", "in", "1e3", "local.x", "var.y", "each.value"),
)


def hostile() -> list[str]:
    """The same texts each time: every fragment, every pair of them, and many longer ones."""
    random = Random("kr8")
    pairs = [first + second for first in FRAGMENTS for second in FRAGMENTS]
    longer = (
        "".join(random.choices(FRAGMENTS, k=random.randint(3, 12))) for _ in range(COUNT - len(pairs) - len(FRAGMENTS))
    )
    return [*FRAGMENTS, *pairs, *longer]


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return Terraform(tmp_path_factory.mktemp("terraform"))


def evaluated(terraform: Terraform, folder: Path, expression: str) -> Any:
    """The value of an expression, by the real Terraform."""
    said = terraform.ok(folder, "console", said=f"base64encode(jsonencode({expression}))\n")
    return json.loads(base64.b64decode(said.strip().strip('"')))


def decoded(text: str) -> str:
    return base64.b64decode(text).decode()


def test_texts_are_what_they_were(terraform: Terraform, tmp_path: Path) -> None:
    texts = hostile()
    assert len(set(texts)) >= 10_000
    keys = {f"{number}{text}": number for number, text in enumerate(texts)}
    nested = {"list": texts, "object": {"of": {"lists": [[text] for text in texts[:100]]}}}
    block = Block("locals", body=attributes(texts=texts, keys=keys, nested=nested))
    (tmp_path / "main.tf").write_text(document([block]), newline="")

    values = "[for text in concat(local.texts, flatten(local.nested.object.of.lists)) : base64encode(text)]"
    found = [decoded(text) for text in evaluated(terraform, tmp_path, values)]
    normal = [unicodedata.normalize("NFC", text) for text in texts]
    assert found == [*normal, *normal[:100]]
    assert sum(found[number] == text for number, text in enumerate(texts)) > 5_000

    names = evaluated(terraform, tmp_path, "{ for name, number in local.keys : base64encode(name) => number }")
    assert {decoded(name): number for name, number in names.items()} == {
        unicodedata.normalize("NFC", key): number for key, number in keys.items()
    }


def test_labels_comments_and_descriptions_are_no_more_than_that(terraform: Terraform, tmp_path: Path) -> None:
    """Texts in each place that a generator puts one; the parser must see as many blocks as were written."""
    texts = hostile()[:: COUNT // 400]
    outputs = [
        Block("output", (f"o{number}",), (Attribute("value", number, text), Attribute("description", text)), text)
        for number, text in enumerate(texts)
    ]
    (tmp_path / "main.tf").write_text(document(outputs, "\n".join(texts)), newline="")
    terraform.ok(tmp_path, "fmt", "-check", "-diff")
    terraform.ok(tmp_path, "init", "-backend=false")
    terraform.ok(tmp_path, "apply", "-auto-approve")
    found = json.loads(terraform.ok(tmp_path, "output", "-json"))
    assert {name: output["value"] for name, output in found.items()} == {
        f"o{number}": number for number in range(len(texts))
    }


def test_layout_is_what_fmt_leaves_as_it_is(terraform: Terraform, tmp_path: Path) -> None:
    texts = hostile()
    objects = [
        Block("locals", body=attributes(**{f"x{number}": {**dict(zip(chunk, chunk, strict=True)), "list": chunk[:3]}}))
        for number in range(0, len(texts), 10)
        if (chunk := texts[number : number + 10])
    ]
    (tmp_path / "main.tf").write_text(document(objects), newline="")
    terraform.ok(tmp_path, "fmt", "-check", "-diff")


def test_what_terraform_itself_changes(terraform: Terraform, tmp_path: Path) -> None:
    """Not ours to mend, and harmless: one text becomes another, or an error; none becomes code.

    Its normalizer looks at 16 bits of a character, so that one beyond them may be taken for a letter before an accent.
    And `jsonencode` gives the NFC of its JSON: the "n" of a "\\n" takes the accent after it, and no reader knows "\\ń".
    """
    (tmp_path / "main.tf").write_text(
        document([Block("locals", body=attributes(tag="\U000e0041\u0301", line="\n\u0301"))])
    )
    assert decoded(evaluated(terraform, tmp_path, "base64encode(local.tag)")) == "\u00c1"
    assert decoded(evaluated(terraform, tmp_path, "base64encode(local.line)")) == "\n\u0301"
    assert decoded(evaluated(terraform, tmp_path, "base64encode(jsonencode(local.line))")) == '"\\\u0144"'
    assert evaluated(terraform, tmp_path, "can(jsondecode(jsonencode(local.line)))") is False

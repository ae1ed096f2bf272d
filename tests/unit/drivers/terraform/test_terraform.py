"""Roots, versions, providers and output of Terraform, by values."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from kr8.bridge.home import LONGEST_ROOT
from kr8.domain.finding import Finding, Severity
from kr8.drivers.hcl import reader
from kr8.drivers.terraform import commands, mirror, parse, schema, versions
from kr8.drivers.terraform.concern import concerned
from kr8.drivers.terraform.likeness import likeness
from kr8.drivers.terraform.packed import unpacked
from kr8.drivers.terraform.roots import Root, roots


def roots_of(**files: str) -> dict[str, Root]:
    code = reader.read({path.replace("__", "/"): text.encode() for path, text in files.items()})
    return {root.folder: root for root in roots(code)}


def tf(**files: str) -> dict[str, Root]:
    return roots_of(**{f"{folder}__main.tf": text for folder, text in files.items()})


@pytest.mark.parametrize(
    ("constraint", "allowed", "refused"),
    [
        (">= 5.100, < 7.0", ["5.100.0", "6.69.1"], ["5.99.0", "7.0.0"]),
        ("~> 5.0", ["5.0.0", "5.100.0"], ["4.9.9", "6.0.0"]),
        ("~> 5.1.2", ["5.1.2", "5.1.9"], ["5.2.0", "5.1.1"]),
        ("~> 5", ["5.1.0"], ["6.0.0", "4.0.0"]),
        ("5.100.0", ["5.100.0"], ["5.100.1"]),
        ("= v5.100", ["5.100.0"], ["5.101.0"]),
        ("!= 5.1.0, > 5", ["5.2.0"], ["5.1.0", "5.0.0"]),
        ("<= 5.1", ["5.1.0", "4.0.0"], ["5.1.1"]),
        ("latest", [], ["5.0.0"]),
        ("", ["1.0.0"], []),
    ],
)
def test_a_constraint_allows_what_terraform_says(constraint: str, allowed: list[str], refused: list[str]) -> None:
    assert [text for text in allowed if not versions.allows(constraint, versions.version_of(text) or ())] == []
    assert [text for text in refused if versions.allows(constraint, versions.version_of(text) or ())] == []


def test_the_newest_version_that_everybody_takes_is_chosen_and_none_before_a_release() -> None:
    known = ["5.9.0", "5.10.0", "6.0.0", "5.11.0-beta1"]
    assert versions.newest(known, [">= 5.0", "< 6.0"]) == "5.10.0"
    assert versions.newest(known, ["~> 4.0"]) is None
    assert versions.newest([], []) is None


def test_a_root_is_what_no_other_folder_uses_and_has_the_providers_of_its_modules() -> None:
    found = tf(
        envs__prod='terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws", version = "~> 5.0" }\n'
        '  }\n}\nmodule "net" {\n  source = "../../modules/net"\n}\n',
        modules__net='resource "aws_vpc" "a" {}\nresource "random_id" "b" {}\nresource "terraform_data" "c" {}\n',
    )
    assert list(found) == ["envs/prod"]
    assert set(found["envs/prod"].folders) == {"envs/prod", "modules/net"}
    assert found["envs/prod"].providers == {"hashicorp/aws": ("~> 5.0",), "hashicorp/random": ()}
    assert found["envs/prod"].elsewhere == ()


def test_providers_are_found_with_aliases_hosts_and_the_old_form() -> None:
    found = tf(
        a='terraform {\n  required_providers {\n    old = "~> 1.0"\n    dns = {\n'
        '      source = "registry.terraform.io/Acme/dns"\n      configuration_aliases = [dns.one]\n    }\n  }\n}\n'
        'resource "dns_record" "x" {}\nresource "google_x" "y" {\n  provider = google-beta.eu\n}\n'
    )
    assert found["a"].providers == {
        "hashicorp/old": ("~> 1.0",),
        "acme/dns": (),
        "hashicorp/google-beta": (),
    }


def test_modules_from_elsewhere_are_named_and_a_circle_ends() -> None:
    found = tf(
        a='module "v" {\n  source = "terraform-aws-modules/vpc/aws"\n}\nmodule "b" {\n  source = "../b"\n}\n',
        b='module "a" {\n  source = "../a"\n}\n',
    )
    assert list(found) == ["a"] and found["a"].elsewhere == ("terraform-aws-modules/vpc/aws",)


def test_files_that_configuration_may_read_are_its_concern() -> None:
    files = ("README.md", "infra/a/main.tf", "infra/a/policies/x.json", "shared/y.tpl", "src/app.py")
    assert concerned(files, {"infra/a/main.tf": 'file("policies/x.json")'}) == files[1:3]
    up = {"infra/a/main.tf": 'x = templatefile("${path.module}/../../shared/y.tpl", {})'}
    assert concerned(files, up) == files[1:4]
    assert concerned(files, {"infra/a/main.tf": '"../../${var.where}/x"'}) == files
    assert concerned(files, {"main.tf": ""}) == files


def test_three_dots_are_no_way_up() -> None:
    files = ("infra/a/main.tf", "infra/b/main.tf")
    spread = {"infra/a/main.tf": "least = min([for each in local.all : each.size]...)"}
    assert concerned(files, spread) == ("infra/a/main.tf",)


def test_providers_lie_where_a_mirror_or_a_cache_has_them(tmp_path: Path) -> None:
    place = tmp_path / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0"
    for machine in ("amd64", "arm64"):
        (place / f"linux_{machine}").mkdir(parents=True)
    assert list(mirror.find({}, str(tmp_path))["hashicorp/aws"]) == ["5.100.0"]
    home = tmp_path / "home"
    home.mkdir()
    (home / ".terraformrc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}"\n  }}\n}}\n'
    )
    assert "hashicorp/aws" in mirror.find({"HOME": str(home)})
    assert "hashicorp/aws" in mirror.find({"HOME": "/nonexistent", "TF_PLUGIN_CACHE_DIR": str(tmp_path)})
    assert mirror.find({}, "/nonexistent") == {}


def test_no_argument_or_credential_of_anybody_gets_to_terraform(tmp_path: Path) -> None:
    given = commands.environment(tmp_path, tmp_path)
    assert not any(name.startswith(("TF_CLI_ARGS", "AWS_ACCESS", "AWS_PROFILE")) for name in given)
    text = commands.configuration({"hashicorp/aws": Path('/a"b')})
    assert '"hashicorp/aws" = "/a\\"b"' in text and "direct" not in text


def test_sockets_of_providers_fit_in_the_deepest_home() -> None:
    home = Path("/".ljust(LONGEST_ROOT, "h"))
    scratch, cwd = (
        home / "tmp" / "kr8-terraform-12345678",
        home / "tmp" / "kr8-check-12345678" / "files/infra/terraform",
    )
    told = commands.environment(scratch, cwd)["TMPDIR"]
    assert (cwd / told).resolve() == scratch and len(f"{told}/plugin1234567890") < 108


def test_what_fmt_would_change_is_told_once_a_file_at_its_first_line() -> None:
    printed = "a.tf\n--- old/a.tf\n+++ new/a.tf\n@@ -8,5 +8,5 @@\n-  x=1\n+  x = 1\n@@ -20 +20 @@\n"
    (finding,) = parse.layout(printed)
    assert (finding.place, finding.rule, finding.severity) == ("a.tf:8", "terraform/fmt", Severity.LOW)


def test_errors_without_json_are_found_with_their_place() -> None:
    printed = '\nError: Unclosed configuration block\n\n  on y.tf line 1, in resource "x":\n   1: resource "x" {\n'
    (finding,) = parse.errors(printed, "infra")
    assert finding.place == "infra/y.tf:1" and finding.rule == "terraform/unclosed-configuration-block"


def test_diagnostics_become_findings_below_the_root() -> None:
    printed = (
        b'{"diagnostics": [{"severity": "error", "summary": "Unsupported argument", "detail": "No \\n x.",'
        b' "range": {"filename": "../m/a.tf", "start": {"line": 3}}},'
        b' {"severity": "warning", "summary": "Deprecated"},'
        b' {"severity": "warning", "summary": "Provider development overrides are in effect"}]}'
    )
    found = parse.diagnostics(printed, "infra/prod")
    assert found is not None
    assert [(each.place, each.severity) for each in found] == [
        ("infra/m/a.tf:3", Severity.HIGH),
        ("infra/prod", Severity.LOW),
    ]
    assert parse.diagnostics(b"panic: oh", "") is None and parse.diagnostics(b"{}", "") is None


def test_packed_providers_of_a_mirror_are_found_and_unpacked_once(tmp_path: Path) -> None:
    folder = tmp_path / "mirror" / "registry.terraform.io" / "hashicorp" / "aws"
    folder.mkdir(parents=True)
    for machine in ("amd64", "arm64"):
        with zipfile.ZipFile(folder / f"terraform-provider-aws_5.9.0_linux_{machine}.zip", "w") as packed:
            packed.writestr("terraform-provider-aws_v5.9.0_x5", "program")
            packed.writestr("LICENSE.txt", "licence")
            packed.writestr("../terraform-provider-outside", "outside")
    archive = mirror.find({}, str(tmp_path / "mirror"))["hashicorp/aws"]["5.9.0"]
    place = unpacked(archive, tmp_path / "cache")
    assert [path.name for path in place.iterdir()] == ["terraform-provider-aws_v5.9.0_x5"]
    assert (place / "terraform-provider-aws_v5.9.0_x5").stat().st_mode & 0o111 == 0o111
    assert unpacked(archive, tmp_path / "cache") == place
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [place.name]
    assert unpacked(place, tmp_path / "cache") == place


def test_a_broken_archive_leaves_nothing(tmp_path: Path) -> None:
    archive = tmp_path / "terraform-provider-aws_5.9.0_linux_amd64.zip"
    archive.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(zipfile.BadZipFile):
        unpacked(archive, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def root_with(*constraints: str) -> Root:
    return Root("", ("",), {"hashicorp/aws": constraints}, ())


@pytest.mark.parametrize(
    ("constraints", "here", "lock", "wanted"),
    [
        ((">= 5.100, < 7.0",), "5.100.0", "", True),
        ((), "5.100.0", "", True),
        ((">= 6.0",), None, "", True),
        (("~> 5.0",), "5.100.0", "", False),
        ((">= 6.70",), None, "", False),
        ((">= 5.0",), "6.69.1", "", False),
        ((">= 5.0",), "6.80.0", "", False),
        ((">= 5.0",), "5.100.0", "5.90.0", False),
        ((">= 5.0",), "5.100.0", "6.69.1", True),
    ],
)
def test_the_newest_schema_is_for_roots_that_may_come_to_be_run_with_it(
    constraints: tuple[str, ...], here: str | None, lock: str, wanted: bool
) -> None:
    locked = f'provider "registry.terraform.io/hashicorp/aws" {{\n  version     = "{lock}"\n}}\n' if lock else ""
    assert schema.is_wanted(root_with(*constraints), here, "6.69.1", locked) is wanted


def test_the_newest_schema_is_not_for_roots_without_aws() -> None:
    assert not schema.is_wanted(Root("", ("",), {"hashicorp/random": ()}, ()), None, "6.69.1", "")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('ephemeral "aws_secretsmanager_secret_version" "x" {\n}\n', 'ephemeral "aws_secretsmanager_secret_version"'),
        ('action "aws_lambda_invoke" "x" {\n}\n', 'action "aws_lambda_invoke"'),
        ("import {\n  to       = aws_s3_bucket.x\n  identity = {}\n}\n", "import by identity"),
        ('output "x" {\n  value = provider::aws::arn_parse("x")\n}\n', "provider::aws::arn_parse"),
        ('ephemeral "random_password" "x" {\n}\nresource "aws_vpc" "x" {\n}\n', ""),
    ],
)
def test_what_no_schema_has_is_not_judged_by_it(text: str, named: str) -> None:
    code = reader.read({"main.tf": text.encode()})
    assert schema.beyond(code.modules()[""], [text]) == named


def test_a_finding_that_only_the_newest_schema_has_says_so() -> None:
    both = Finding(rule="terraform/x", severity=Severity.HIGH, what="One.", place="main.tf:1")
    only = both.model_copy(update={"place": "main.tf:2"})
    assert [(each.place, each.what) for each in schema.added([both], [both, only], "6.69.1")] == [
        ("main.tf:2", "With the AWS provider 6.69.1: One.")
    ]


FMT = """\
main.tf
--- old/main.tf
+++ new/main.tf
@@ -1,4 +1,4 @@
 locals {
-a = 1
--- 2
+  a = 1
+  -- 2
 }
@@ -9,2 +9,2 @@
 x {
-}
\\ No newline at end of file
+}
--- old/b/c.tf
+++ new/b/c.tf
@@ -3 +3 @@
-y=1
+y = 1
"""


def test_what_fmt_would_change_becomes_edits_hunk_by_hunk() -> None:
    first, second, third = parse.edits(FMT)
    assert (first.place, first.old, first.new) == (
        "main.tf:1",
        ("locals {", "a = 1", "-- 2", "}"),
        ("locals {", "  a = 1", "  -- 2", "}"),
    )
    assert (second.place, second.old, second.new) == ("main.tf:9", ("x {", "}"), ("x {", "}", ""))
    assert (third.place, third.old, third.new) == ("b/c.tf:3", ("y=1",), ("y = 1",))
    assert {each.rule for each in (first, second, third)} == {finding.rule for finding in parse.layout(FMT)}


def likeness_of(path: str, text: str) -> object:
    return likeness(path, reader.read({path: text.encode()}).files[path])


BACKEND = 'terraform {\n  backend "s3" {\n    bucket = "BUCKET"\n    key    = "x"\n  }\n}\n'
TRIAL = """\
mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}
run "plans" {
  command = plan
  variables {
    size = 3
  }
  assert {
    condition     = length(module.a.ids) == var.size
    error_message = "As many as asked."
  }
}
"""


def test_backends_are_alike_whatever_their_values() -> None:
    alike = likeness_of("backend.tf", BACKEND)
    assert alike is not None and alike == likeness_of("backend.tf", BACKEND.replace("BUCKET", "other"))
    for change in (BACKEND.replace('"s3"', '"gcs"'), BACKEND.replace("bucket", "buckett"), BACKEND.replace('"x"', "5")):
        assert likeness_of("backend.tf", change) != alike


def test_a_file_with_anything_but_a_backend_is_like_no_other() -> None:
    assert likeness_of("main.tf", 'locals {\n  a = "b"\n}\n') is None
    assert likeness_of("main.tf", BACKEND + 'locals {\n  a = "b"\n}\n') is None
    assert likeness_of("main.tf", 'terraform {\n  required_version = ">= 1"\n  backend "s3" {\n  }\n}\n') is None
    assert likeness_of("main.tf", "") is None


def test_tests_are_alike_whatever_their_facts() -> None:
    alike = likeness_of("x.tftest.hcl", TRIAL)
    assert alike == likeness_of("x.tftest.hcl", TRIAL.replace("eu-west-1", "us-east-1").replace("3", "4"))
    changes = [("plan\n", "apply\n"), ("var.size", "var.sise"), ("aws_region", "aws_regio"), ("size = 3", "sise = 3")]
    for before, after in changes:
        assert likeness_of("x.tftest.hcl", TRIAL.replace(before, after)) != alike


def test_what_a_test_reads_is_looked_at() -> None:
    text = 'run "a" {\n  module {\n    source = "./one"\n  }\n}\n'
    assert likeness_of("x.tftest.hcl", text) != likeness_of("x.tftest.hcl", text.replace("one", "two"))
    text = 'mock_provider "aws" {\n  source = "./one"\n}\n'
    assert likeness_of("x.tftest.hcl", text) != likeness_of("x.tftest.hcl", text.replace("one", "two"))

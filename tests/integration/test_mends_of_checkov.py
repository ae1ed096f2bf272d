"""What kr8 says mends a finding of checkov does mend it: checkov itself is asked again."""

from __future__ import annotations

import re
from typing import Any

from tests.support.repository import Repository

POD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostPID: true
      hostIPC: true
      hostNetwork: true
      containers:
        - name: web
          image: "web:1"
          ports: [{containerPort: 8000}]
          env: [{name: TOKEN, valueFrom: {secretKeyRef: {name: web, key: token}}}]
          securityContext: {privileged: true}
"""
MENDED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: web
          image: "web@sha256:0000000000000000000000000000000000000000000000000000000000000000"
          imagePullPolicy: Always
          ports: [{containerPort: 8000}]
          livenessProbe: {httpGet: {path: /, port: 8000}}
          volumeMounts: [{name: secrets, mountPath: /run/secrets, readOnly: true}]
          securityContext:
            privileged: false
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
      volumes: [{name: secrets, secret: {secretName: web}}]
"""
TERRAFORM = {
    "aws_s3_bucket_public_access_block": ("block_public_acls", "block_public_policy", "ignore_public_acls"),
    "aws_ebs_volume": ("encrypted",),
    "aws_efs_file_system": ("encrypted",),
    "aws_cloudtrail": ("enable_log_file_validation", "is_multi_region_trail"),
    "aws_elasticache_replication_group": ("at_rest_encryption_enabled", "transit_encryption_enabled"),
}
"""Arguments that checkov wants to be true, of some resources that say nothing."""
SET = re.compile(r"Set (\w+) = true, or waive it")


def found(shop: Repository, part: str, files: dict[str, str]) -> list[dict[str, Any]]:
    """What checkov finds in these files."""
    for path, text in files.items():
        shop.write(path, text)
    told: list[dict[str, Any]] = shop.validate(part).value["findings"]
    return [each for each in told if each["rule"].startswith("checkov/")]


def rules(told: list[dict[str, Any]]) -> set[str]:
    return {each["rule"] for each in told}


def test_arguments_of_terraform_are_those_that_the_check_looks_at(shop: Repository) -> None:
    bare = {f"{kind}.tf": f'resource "{kind}" "a" {{\n}}\n' for kind in TERRAFORM}
    mends = ((each["rule"], SET.match(each["mend"])) for each in found(shop, "terraform", bare))
    said = {rule: told[1] for rule, told in mends if told is not None}
    assert {name for names in TERRAFORM.values() for name in names} <= set(said.values())
    body = "".join(f"  {name} = true\n" for name in sorted(set(said.values())))
    mended = {path: text.replace("{\n", f"{{\n{body}") for path, text in bare.items()}
    assert said.keys() & rules(found(shop, "terraform", mended)) == set()


def test_an_argument_is_that_of_the_resources_own_type(shop: Repository) -> None:
    open_ = "  associate_public_ip_address = true\n"
    files = {
        "a.tf": f'resource "aws_instance" "a" {{\n{open_}}}\n',
        "b/b.tf": f'resource "aws_launch_template" "a" {{\n  network_interfaces {{\n  {open_}  }}\n}}\n',
    }
    said = [each for each in found(shop, "terraform", files) if each["rule"] == "checkov/CKV_AWS_88"]
    assert {each["untrusted_place"]: each["mend"].partition(",")[0] for each in said} == {
        "a.tf:1": "Set associate_public_ip_address = false",
        "b/b.tf:1": "Set network_interfaces.associate_public_ip_address = false",
    }


def test_what_the_table_says_of_a_pod_mends_it(shop: Repository) -> None:
    before = found(shop, "kubernetes", {"web.yaml": POD})
    told = rules([each for each in before if not each["mend"].startswith("Mend it")])
    assert len(told) > 15 and not [each for each in before if "spec." in each["mend"]]
    after = found(shop, "kubernetes", {"web.yaml": MENDED})
    # Its mend is a policy that lies beside the pod.
    assert told & rules(after) <= {"checkov/CKV2_K8S_6"}

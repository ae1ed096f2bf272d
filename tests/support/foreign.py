"""Infrastructure code in the styles of others: none of it is kr8's, and all of it is in order."""

from __future__ import annotations

NETWORK = """\
terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
  }
}

variable "subnets" {
  type = map(object({
    cidr   = string
    public = optional(bool, false)
    tags   = optional(map(string), {})
  }))
  default = {}

  validation {
    condition     = alltrue([for s in values(var.subnets) : can(cidrhost(s.cidr, 0))])
    error_message = "Each cidr must be one."
  }
}

variable "rules" {
  type    = list(object({ port = number, from = list(string) }))
  default = []
}

locals {
  public = { for name, s in var.subnets : name => s if s.public }
  names  = sort(keys(var.subnets))
  policy = <<-EOT
    # not a comment of ours: $${literal} %%{literal}
    %{for name in local.names~}
    subnet ${name}
    %{endfor~}
  EOT
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
  tags       = merge({ Name = "a \\"quoted\\" name" }, { "kubernetes.io/role/elb" = 1 })
}

resource "aws_subnet" "this" {
  for_each   = var.subnets
  vpc_id     = aws_vpc.this.id
  cidr_block = each.value.cidr
  tags       = each.value.tags

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [tags["Created"], tags]
  }
}

resource "aws_security_group" "this" {
  count       = length(var.rules) > 0 ? 1 : 0
  name_prefix = "x-"
  vpc_id      = aws_vpc.this.id

  dynamic "ingress" {
    for_each = var.rules
    iterator = rule
    content {
      description = "port ${rule.value.port}"
      from_port   = rule.value.port
      to_port     = rule.value.port
      protocol    = "tcp"
      cidr_blocks = rule.value.from
    }
  }
}

moved {
  from = aws_subnet.old
  to   = aws_subnet.this["old"]
}

check "sane" {
  assert {
    condition     = length(local.names) >= 0
    error_message = "Never."
  }
}

output "ids" {
  value       = [for s in aws_subnet.this : s.id]
  description = "All of them"
}

output "policy" {
  value = local.policy
}
"""
ROOT = """\
module "network" {
  source   = "../../modules/network"
  for_each = toset(["a", "b"])
  subnets  = { "x-${each.key}" = { cidr = cidrsubnet("10.0.0.0/16", 8, 1), public = true } }
}

resource "terraform_data" "rendered" {
  input = templatefile("${path.module}/unit.tftpl", { names = ["one", "two"], home = "/srv" })
}

output "all" {
  value     = module.network["a"].ids[*]
  sensitive = true
}
"""
TERRAFORM = {
    "modules/network/main.tf": NETWORK,
    "live/prod/main.tf": ROOT,
    "live/prod/unit.tftpl": "%{ for name in names ~}\nExecStart=${home}/${name}\n%{ endfor ~}\n",
    "live/prod/terraform.tfvars": 'region = "eu-central-1"\n',
    "live/prod/prod.auto.tfvars.json": '{"region": "eu-central-1"}\n',
    "live/prod/vars.tf": 'variable "region" { default = "x" }\n',
    "json/main.tf.json": '{"//": "made", "locals": {"a": "${1 + 1}"}, "output": {"a": {"value": "${local.a}"}}}\n',
    "empty/main.tf": "",
    "comments/main.tf": "# one\n// two\n/* three\n */\n",
    "windows/main.tf": 'locals {\r\n  a = "b"\r\n}\r\n',
    "bom/main.tf": '\ufefflocals {\n  a = "b"\n}\n',
}

DEPLOYMENT = """\
# Three documents, one of them empty
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: &name app
  annotations: {"a/b": 'c', d: "e\\tf"}
data:
  script.sh: |+
    #!/bin/sh
    echo "${HOME} $(date) {{ not helm }}"

  folded: >-
    one
    two
---
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: &name app, labels: &labels {app.kubernetes.io/name: *name}}
spec:
  selector: {matchLabels: *labels}
  replicas: 2
  template:
    metadata:
      labels:
        <<: *labels
        version: "1.0"
    spec:
      containers:
      - name: app
        image: registry.example.com:5000/team/app:1.0
        args: ["--level=info", '--match=^[a-z]+$']
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: http}}
        resources: {requests: {cpu: 0.1, memory: 64Mi}, limits: {memory: 128Mi}}
...
"""
CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        x-kubernetes-preserve-unknown-fields: true
        properties: {spec: {type: object, properties: {size: {type: integer, default: 1}}}}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one}
spec: {size: 3, anything: [goes, 1, null, 2001-01-01]}
"""
LIST = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: app}
  spec: {selector: {app: app}, ports: [{port: 80, targetPort: http}]}
- {apiVersion: v1, kind: Namespace, metadata: {name: team}}
"""
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {$patch: merge}}}\n"
KUBERNETES = {
    "deploy/all.yaml": DEPLOYMENT,
    "deploy/crd.yml": CRD,
    "deploy/list.yaml": LIST,
    "kustomize/base/kustomization.yaml": "resources: [app.yaml]\nconfigMapGenerator:\n- name: s\n  literals: [A=b]\n",
    "kustomize/base/app.yaml": DEPLOYMENT.partition("---\n---\n")[2],
    "kustomize/overlays/prod/kustomization.yaml": "resources: [../../base]\nnamePrefix: prod-\nimages:\n"
    "- {name: registry.example.com:5000/team/app, newTag: '2.0'}\npatches:\n- path: replicas.yaml\n"
    "- patch: |-\n    - {op: add, path: /metadata/labels/a, value: b}\n  target: {kind: Deployment}\n",
    "kustomize/overlays/prod/replicas.yaml": PATCH.replace("{template: {spec: {$patch: merge}}}", "{replicas: 3}"),
    "chart/Chart.yaml": "apiVersion: v2\nname: app\nversion: 0.1.0\n",
    "chart/values.yaml": "image: {repository: app, tag: ~}\nkind: value\napiVersion: none\n",
    "chart/templates/_helpers.tpl": '{{- define "app.name" -}}\n{{ .Chart.Name }}\n{{- end }}\n',
    "chart/templates/app.yaml": "{{- if .Values.on }}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n"
    '  name: {{ include "app.name" . }}\n{{- end }}\n',
    "jsonnet/main.jsonnet": "local k = import 'k.libsonnet';\n{ apiVersion: 'v1', kind: 'List', items: [] }\n",
    "monitoring/rules.yml": "groups:\n- name: a\n  rules:\n  - {alert: Down, expr: 'up == 0', for: 5m}\n",
    "docker-compose.yml": "services:\n  web: {image: 'web:1', ports: ['80:80', 22:22]}\n",
    "openapi.yaml": "openapi: 3.1.0\ninfo: {title: apiVersion and kind, version: '1'}\npaths: {}\n",
}

PLAYBOOK = """\
---
- name: Configure the servers
  hosts: web:!old
  become: true
  gather_facts: false
  vars_files:
    - vars/main.yml
  pre_tasks:
    - name: Wait
      ansible.builtin.wait_for_connection:
        timeout: 30
  roles:
    - role: app
      vars:
        app_port: "{{ port | default(8000) }}"
  tasks:
    - name: Say what there is
      ansible.builtin.debug:
        msg: "{% if secret is defined %}yes{% else %}no{% endif %}"
      when: secret is defined
"""
TASKS = """\
---
- name: Copy the settings
  ansible.builtin.template:
    src: app.conf.j2
    dest: /etc/app.conf
    mode: "0644"
  notify: Restart app

- name: Do it or not
  block:
    - name: Ask
      ansible.builtin.command: /usr/bin/app --check
      changed_when: false
      register: app_asked
  rescue:
    - name: Say so
      ansible.builtin.debug:
        var: app_asked
"""
VAULT = """\
---
port: 8080
secret: !vault |
          $ANSIBLE_VAULT;1.1;AES256
          33363965326261303234626234623963633531343539616361333135333637
          3830
plain: !unsafe "{{ not a template }}"
"""
ANSIBLE = {
    "ansible/site.yml": PLAYBOOK,
    "ansible/vars/main.yml": VAULT,
    "ansible/roles/app/tasks/main.yml": TASKS,
    "ansible/roles/app/handlers/main.yml": "---\n- name: Restart app\n  ansible.builtin.service:\n"
    "    name: app\n    state: restarted\n",
    "ansible/roles/app/templates/app.conf.j2": "port={{ app_port }}\n{% for x in [] %}{{ x }}{% endfor %}\n",
    "ansible/roles/app/defaults/main.yml": "---\napp_port: 8000\n",
    "ansible/hosts.ini": "[web]\none ansible_host=10.0.0.1\n\n[web:vars]\na=b\n",
}
ROLES = {
    "collection/galaxy.yml": "namespace: example\nname: tools\nversion: 1.2.3\nreadme: README.md\n"
    "description: Tools\nauthors: [Somebody]\ndependencies: {community.general: '>=9.0.0'}\n",
    "collection/meta/runtime.yml": "---\nrequires_ansible: '>=2.15.0'\n",
    "collection/roles/agent/tasks/main.yml": TASKS.replace("app", "agent"),
    "collection/roles/agent/handlers/main.yml": "---\n- name: Restart agent\n  ansible.builtin.service:\n"
    "    name: agent\n    state: restarted\n",
    "collection/roles/agent/meta/argument_specs.yml": "---\nargument_specs:\n  main:\n"
    "    short_description: The agent\n    options:\n      agent_port:\n        type: int\n        default: 9100\n",
    "role/tasks/main.yml": TASKS.replace("app", "role"),
    "role/meta/main.yml": "---\ngalaxy_info:\n  author: Somebody\n  description: A role of its own\n"
    "  license: MIT\n  min_ansible_version: '2.15'\n  platforms:\n    - name: Debian\n      versions: [bookworm]\n",
}
"""A collection, and a role of its own: no playbook is near."""

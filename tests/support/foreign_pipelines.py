"""Dockerfiles, shell scripts and workflows in the styles of others: none of it is kr8's, and all of it is in order."""

from __future__ import annotations

STAGES = """\
# syntax=docker/dockerfile:1.7
# check=skip=SecretsUsedInArgOrEnv
ARG TAG=3.20.3
ARG BASE=registry.example.com:5000/team/base

FROM --platform=$BUILDPLATFORM golang:1.23.4-alpine3.20 AS compile
ARG TARGETOS TARGETARCH
WORKDIR /src
RUN --mount=type=bind,source=go.mod,target=go.mod \\
    --mount=type=cache,target=/go/pkg/mod \\
    --mount=type=secret,id=netrc,target=/home/build/.netrc,required=false \\
    go mod download
COPY --link --chown=65532:65532 . .
RUN --network=none <<EOF
set -e
CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} go build -o /out/app ./cmd/app
EOF
COPY <<-"NGINX" <<-"OTHER" /out/etc/
	server { listen 8080; location / { return 200 "$uri"; } }
	NGINX
	# nothing
	OTHER

FROM compile AS test
RUN go vet ./... && go test ./...

FROM ${BASE}:${TAG}
LABEL org.opencontainers.image.title="app" \\
      # a comment between lines
      org.opencontainers.image.licenses='Apache-2.0'
ENV A=b C="d e" \\
    PATH="/out:${PATH}"
COPY --from=compile --chmod=0555 /out/app /app
COPY --from=compile ["/out/etc/a b", "/etc/app/"]
EXPOSE 8080/tcp 8443/udp
VOLUME ["/data", "/cache"]
STOPSIGNAL SIGTERM
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --start-interval=1s --retries=3 CMD ["/app", "health"]
ENTRYPOINT ["/app"]
CMD ["serve", "--listen=:8080"]
"""
LONG_RUN = """\
FROM debian:12.8-slim as base
MAINTAINER Somebody <somebody@example.com>
ENV DEBIAN_FRONTEND noninteractive
SHELL ["/bin/bash", "-o", "pipefail", "-euc"]

ONBUILD COPY . /app

RUN set -ex; \\
\t\\
\tsavedAptMark="$(apt-mark showmanual)"; \\
\tapt-get update; \\
\tapt-get install -y --no-install-recommends \\
# comments stand in the middle of a command
\t\tca-certificates=2023* \\
\t\twget=1.21.* \\
\t; \\
\trm -rf /var/lib/apt/lists/*; \\
\t\\
\tarch="$(dpkg --print-architecture)"; \\
\tcase "$arch" in \\
\t\tamd64) url='https://example.com/amd64.tar.gz'; sha256='e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca' ;; \\
\t\tarm64) url='https://example.com/arm64.tar.gz'; sha256='e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934cb' ;; \\
\t\t*) echo >&2 "error: unsupported '$arch'"; exit 1 ;; \\
\tesac; \\
\twget -O app.tgz "$url" --progress=dot:giga; \\
\techo "$sha256 *app.tgz" | sha256sum -c -; \\
\t\\
\tif [[ -n "${savedAptMark:-}" ]]; then apt-mark manual $savedAptMark > /dev/null; fi; \\
\tfind /usr/local -type f -executable -exec ldd '{}' ';' \\
\t\t| awk '/=>/ { so = $(NF-1); if (index(so, "/usr/local/") == 1) { next }; gsub("^/(usr/)?", "", so); print so }' \\
\t\t| sort -u
run ["/bin/true"]
USER nobody
HEALTHCHECK NONE
CMD exec app
"""
WINDOWS = """\
# escape=`
# hadolint shell=powershell
ARG VERSION=ltsc2022
FROM mcr.microsoft.com/windows/servercore:"${VERSION}" AS base
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue';"]
ARG folder='C:\\app'
ARG archive="${folder}\\app.zip"
RUN New-Item -ItemType Directory -Path $env:TEMP\\app | Out-Null ; `
    if ($env:A -eq '1') { Write-Host "one`ntwo" } else { switch ($env:B) { 'x' { exit 1 } Default { } } }
# escaped lines
RUN $expanded = Get-ChildItem -Path $env:folder -Directory | Where-Object { $_.Name -like 'a*' } ; `
    $path = (Get-Itemproperty -path 'hklm:\\system' -Name Path).Path + $(';{0}/bin' -f $env:folder)
COPY app.exe C:\\app\\app.exe
USER ContainerUser
HEALTHCHECK CMD powershell -Command "exit 0"
ENTRYPOINT ["C:\\\\app\\\\app.exe"]
"""
DOCKERFILES = {
    "Dockerfile": STAGES,
    "images/debian/Dockerfile": LONG_RUN,
    "images/Dockerfile.windows": WINDOWS,
    "images/tool.Dockerfile": 'FROM scratch\nCOPY tool /\nUSER 1000\nENTRYPOINT [ "/tool" ]\n',
    "images/Containerfile": "FROM quay.io/fedora/fedora-minimal:41\nRUN echo 'a\\\nb'\nUSER 1000\nCMD [\"true\"]\n",
    "images/crlf/Dockerfile": "FROM alpine:3.20\r\nRUN echo a \\\r\n  b\r\nUSER 1000\r\n",
}
BESIDE_DOCKERFILES = {
    "Dockerfile.dockerignore": "**\n!cmd\n!go.*\n",
    "images/Dockerfile.j2": "{% for each in images %}\nFROM {{ each }}\n{% endfor %}\n",
    "images/Dockerfile.tmpl": '{{ define "base" }}\nFROM {{ .Base }}\n{{ end }}\n',
    "images/Dockerfile.md": "# How images are made\n\nBy people.\n",
}
"""What has a Dockerfile's name, and is none."""

BASH = """\
#!/usr/bin/env bash
# shellcheck source-path=SCRIPTDIR
set -Eeuo pipefail
shopt -s extglob nullglob inherit_errexit

readonly HERE="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" &> /dev/null && pwd -P)"
declare -A known=([one]=1 ["two words"]=2)
declare -r -a names=(a b "c d")
: "${REGION:=eu-central-1}" "${TOKEN:?is needed}"
source "${HERE}/lib.sh"

usage() {
  cat <<-EOF
	usage: ${0##*/} [-v] NAME
	NAME is one of $(printf '%s ' "${names[@]}")
	EOF
}

function cleanup { local -r code=$?; trap - SIGINT SIGTERM ERR EXIT; rm -rf -- "${work:-}"; exit "$code"; }
trap cleanup SIGINT SIGTERM ERR EXIT

work="$(mktemp -d)"
while (($#)); do
  case "${1-}" in
    -h | --help) usage; exit 0 ;;
    -v | --verbose) set -x ;;&
    --name=*) name="${1#*=}" ;;
    +([0-9])) echo number ;;
    -?*) printf >&2 'unknown: %q\\n' "$1"; exit 2 ;;
    *) break ;;
  esac
  shift
done

if [[ ${name:-} =~ ^([a-z]+)-([0-9]+)$ && ! -e "$work/${BASH_REMATCH[1]}" ]]; then
  echo "${BASH_REMATCH[2]^^}" "${name//-/_}" "${name:0:3}" "${!known[*]}" "${names[@]: -1}"
fi
mapfile -t lines < <(grep -v '^#' "$HERE/list" | sort -u || true)
for ((i = 0; i < ${#lines[@]}; i++)); do
  printf -v line '%03d %s' "$((i + 1))" "${lines[i]}"
  {
    echo "$line"
    (( i % 2 == 0 )) && echo even || echo odd
  } >> "$work/out" 2>&1
done
diff <(sort "$work/out") <(sort -r "$work/out") || :
jq -r --arg name "${name:-x}" '.[] | select(.name == $name) | "\\(.id)\\t\\(.name)"' <<< "$(cat "$work/out")" |&
  tee -a "$work/log" >(gzip > "$work/log.gz") | while IFS=$'\\t' read -r id _; do echo "$id"; done
select choice in yes no; do [ "$choice" = yes ] && break; done
coproc cat
exec {descriptor}<> "$work/out"
eval "$(ssh-agent -s)" > /dev/null
python3 - "$work" <<'PYTHON'
import sys
print(f"{sys.argv[1]!r} it's \\"quoted\\" $(not a command)")
PYTHON
"""
POSIX = """\
#!/bin/sh -eu
# vim: set ft=sh:
prefix=${PREFIX-/usr/local}
[ "$(id -u)" -eq 0 ] || { echo >&2 'root only'; exit 1; }
say () ( IFS=:; set -f; for each in $PATH; do printf '%s\\n' "$each"; done )
if test -r /etc/os-release; then . /etc/os-release; fi
case ${ID:-}${VERSION_ID+-$VERSION_ID} in
(debian*|ubuntu-2[24].*) apt-get -qq update;;
(*[!a-z]*) echo "odd: $ID";;
esac
while read -r one rest; do
\tcase $one in '#'*|'') continue;; esac
\techo "$one" "${rest%%#*}"
done <<EOF
a b # c
`say`
EOF
cat > "$prefix/bin/app" <<\\EOF
#!/bin/sh
exec "$0.real" "$@"
EOF
until nc -z localhost 80 2>/dev/null; do sleep 1; done &
wait $!
exec "$@"
"""
HOOK = """\
#!/usr/bin/env -S bash -e
git diff --cached --name-only -z --diff-filter=ACM -- '*.tf' | xargs -0 -r terraform fmt -check
"""
USER_DATA = """\
#!/bin/bash
%{ if length(extra) > 0 ~}
export EXTRA="${extra}"
%{ endif ~}
/etc/eks/bootstrap.sh "${cluster_name}" --kubelet-extra-args '--node-labels=a=b'
TOKEN=$(curl -sX PUT http://169.254.169.254/latest/api/token -H "X-aws-ec2-metadata-token-ttl-seconds: 60")
echo "$${TOKEN}" > /dev/null
"""
SCRIPTS = {
    "scripts/deploy.sh": BASH,
    "scripts/entrypoint": POSIX,
    "scripts/lib.sh": "# shellcheck shell=bash\nlog() { local IFS=' '; echo \"[$(date -u +%FT%TZ)] $*\" >&2; }\n",
    "scripts/.hooks/pre-commit": HOOK,
    "scripts/windows.bash": "#!/bin/bash\necho one\n",
    "scripts/korn.ksh": '#!/bin/ksh\ntypeset -i n=1\nprint -r -- "$((n + 1))"\n[[ -n $n ]] && whence -v ls\n',
    "scripts/empty.sh": "",
}
BESIDE_SCRIPTS = {
    "modules/node/user_data.sh": USER_DATA,
    "roles/app/files/run.sh": "#!/bin/sh\n{% for each in hosts %}\necho {{ each }} (\n{% endfor %}\n",
    "scripts/profile.zsh": "autoload -Uz compinit && compinit\nprint -P '%F{red}%n%f' (#i)*.zip(N)\n",
    "scripts/tool": "#!/usr/bin/env python3\nprint('(')\n",
    "scripts/run.fish": "function run; echo (date); end\n",
}
"""What lies where scripts lie, and is no shell's: templates, and the languages of others."""

CI = """\
---
# yaml-language-server: $schema=https://json.schemastore.org/github-workflow.json
name: CI
run-name: ${{ github.actor }} on ${{ github.ref_name }}
on:
  push: {branches: [main, 'release/**'], tags-ignore: ['*-rc'], paths-ignore: ["**.md"]}
  pull_request:
    types: [opened, synchronize, reopened, labeled]
  merge_group:
  schedule:
    - cron: '17 3 * * 1-5'
  workflow_dispatch:
    inputs:
      level: {description: How much, type: choice, options: [some, all], default: some, required: true}
      dry: {type: boolean, default: false}
permissions: read-all
concurrency:
  group: ${{ github.workflow }}-${{ github.event.pull_request.number || github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}
defaults: {run: {shell: bash, working-directory: .}}
env:
  FORCE_COLOR: 1
  LEVEL: ${{ inputs.level || 'some' }}
jobs:
  changes:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: {}
    outputs:
      matrix: ${{ steps.find.outputs.matrix }}
      any: ${{ steps.find.outputs.matrix != '[]' }}
    steps:
    - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      with: {fetch-depth: 0, persist-credentials: false}
    - id: find
      name: Find what has changed
      run: |
        matrix="$(git diff --name-only "$BASE" -- '*.tf' | xargs -r dirname | sort -u | jq -Rsc 'split("\\n")[:-1]')"
        echo "matrix=${matrix}" >> "$GITHUB_OUTPUT"
        {
          echo 'summary<<EOF'
          echo "### ${matrix}"
          echo EOF
        } >> "${GITHUB_STEP_SUMMARY}"
      env: {BASE: "${{ github.event.before || github.event.pull_request.base.sha }}"}
  test:
    name: test (${{ matrix.os }}, ${{ matrix.python }})
    needs: changes
    if: >-
      ${{ !cancelled() && needs.changes.outputs.any == 'true' &&
          !contains(github.event.pull_request.labels.*.name, 'skip-ci') }}
    strategy:
      fail-fast: false
      max-parallel: 4
      matrix:
        os: [ubuntu-24.04, macos-14, windows-2022]
        python: ["3.10", '3.13']
        folder: ${{ fromJSON(needs.changes.outputs.matrix) }}
        exclude: [{os: macos-14, python: "3.10"}]
        include:
        - {os: ubuntu-24.04-arm, python: '3.13', experimental: true}
    runs-on: ${{ matrix.os }}
    continue-on-error: ${{ matrix.experimental || false }}
    services:
      postgres:
        image: postgres:17.2@sha256:0000000000000000000000000000000000000000000000000000000000000000
        env: {POSTGRES_PASSWORD: "${{ github.run_id }}"}
        ports: ['5432/tcp']
        options: >-
          --health-cmd pg_isready
          --health-interval 10s
    steps:
    - &checkout
      uses: actions/checkout@v4
      with: &once {fetch-depth: 1}
    - uses: ./.github/actions/setup
      with: {python: "${{ matrix.python }}"}
    - *checkout
    - uses: actions/checkout@v4
      with: *once
    - name: On Windows otherwise
      if: runner.os == 'Windows'
      shell: pwsh
      run: |
        $ErrorActionPreference = 'Stop'
        Get-ChildItem env: | Where-Object { $_.Name -like 'CI*' } | ForEach-Object { "$($_.Name)=$($_.Value)" }
    - shell: python
      run: |
        import os
        print(f"{os.environ['LEVEL']}")
    - id: test
      run: make test ARGS='-n auto'
      timeout-minutes: 20
      env:
        DATABASE_URL: postgres://postgres@localhost:${{ job.services.postgres.ports['5432'] }}/x
        HASH: ${{ hashFiles('**/*.lock', '!vendor/**') }}
    - if: failure() || contains(steps.*.outcome, 'failure')
      uses: actions/upload-artifact@v4
      with:
        name: logs-${{ strategy.job-index }}
        path: |
          logs/**
          !logs/**/*.tmp
        if-no-files-found: ignore
  in-a-container:
    runs-on: {group: large, labels: [self-hosted, linux, x64]}
    container:
      image: ghcr.io/example/build:1.2.3
      credentials: {username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
      volumes: [/cache:/cache]
      options: --cpus 2
    steps: [{run: 'true'}]
  deploy:
    needs: [test, in-a-container]
    if: github.ref == 'refs/heads/main' && github.repository_owner == 'example'
    uses: ./.github/workflows/deploy.yaml
    permissions: {contents: read, id-token: write}
    with: {environment: production, count: 3}
    secrets: inherit
  done:
    if: always()
    needs: [test, deploy]
    runs-on: ubuntu-latest
    steps:
    - run: exit 1
      if: ${{ contains(needs.*.result, 'failure') || contains(toJSON(needs), 'cancelled') }}
    - run: echo "${{ format('{0} {1}', needs.test.result, join(needs.*.result, ', ')) }}"
"""
DEPLOY = """\
name: Deploy
on:
  workflow_call:
    inputs:
      environment: {required: true, type: string}
      count:
        type: number
        default: 1
    secrets:
      token: {required: false, description: "Of nobody"}
    outputs:
      url: {description: Where it is, value: "${{ jobs.deploy.outputs.url }}"}
permissions:
  contents: read
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment:
      name: ${{ inputs.environment }}
      url: ${{ steps.go.outputs.url }}
    outputs: {url: "${{ steps.go.outputs.url }}"}
    permissions: {id-token: write, contents: read}
    steps:
      - uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502 # v4.0.2
        with:
          role-to-assume: arn:aws:iam::${{ vars.ACCOUNT_ID }}:role/deploy
          aws-region: ${{ vars.AWS_REGION || 'eu-central-1' }}
      - uses: docker://alpine:3.20
        with: {entrypoint: /bin/true, args: --all}
      - id: go
        run: >
          echo "url=https://$ENVIRONMENT.example.com"
          >> "$GITHUB_OUTPUT"
        env: {ENVIRONMENT: "${{ inputs.environment }}", COUNT: "${{ inputs.count }}"}
"""
MADE = """\
name: Made of what a job finds
on: [workflow_dispatch]
permissions: {}
jobs:
  find:
    runs-on: ubuntu-latest
    outputs: {strategy: "${{ steps.find.outputs.strategy }}"}
    steps: [{id: find, run: ./find >> "$GITHUB_OUTPUT"}]
  made:
    needs: find
    strategy: ${{ fromJSON(needs.find.outputs.strategy) }}
    name: ${{ matrix.name }}
    runs-on: ${{ matrix.os }}
    container: ${{ fromJSON(vars.CONTAINER) }}
    services: ${{ fromJSON(vars.SERVICES) }}
    steps: [{run: "true", if: matrix.runs}]
"""
ACTION = """\
name: Set up
description: Python and what is needed
inputs:
  python: {description: Which, required: false, default: "3.13"}
outputs:
  version:
    description: Which it was
    value: ${{ steps.python.outputs.python-version }}
runs:
  using: composite
  steps:
    - id: python
      uses: actions/setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b # v5.3.0
      with: {python-version: "${{ inputs.python }}"}
    - run: pip install --require-hashes -r requirements.txt
      shell: bash
"""
PIPELINES = {
    ".github/workflows/ci.yml": CI,
    ".github/workflows/deploy.yaml": DEPLOY,
    ".github/workflows/made.yml": MADE,
    ".github/actions/setup/action.yml": ACTION,
}
BESIDE_PIPELINES = {
    ".github/dependabot.yml": "version: 2\nupdates:\n"
    "- {package-ecosystem: gomod, directory: /, schedule: {interval: daily}}\n",
    ".github/workflows/README.md": "# Workflows\n",
    ".github/workflows/old/ci.yml": "not: a workflow, for GitHub reads no folders there\n",
    ".gitlab-ci.yml": "include: [{local: /ci/*.yml}]\ntest: {script: [!reference [.setup, script], make]}\n",
}
"""What lies where workflows lie, and is none."""

# Everything here sets up what it needs first; a second run compares one hash (scripts/setup).

SHELL := /bin/bash
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
# Where set-up found HAProxy and the rest, for every command below; ssh-keygen is looked for on the PATH.
WITH := set -a && . ./.cache/setup.env && PATH="$$PATH:$${KR8_SSH_KEYGEN%/*}" && set +a &&
PYTEST_ARGS ?=

.PHONY: help setup setup-test demo test unit lint format types gates bench contract lock docs clean

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 12

setup: ## the environment, the locked dependencies, HAProxy
	@scripts/setup

setup-test:
	@scripts/setup --test

demo: setup ## a real deployment story on this machine, under load (KEEP=1 keeps it running)
	@$(WITH) exec $(BIN)/python -m demo

test: setup-test ## gates and every test, a process for each core and each file in one of them
	@$(WITH) exec $(BIN)/pytest --numprocesses "$$(nproc)" --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

unit: setup-test ## the tests that need nothing but Python, in a process more than there are cores: some wait
	@$(WITH) exec $(BIN)/pytest tests/unit --numprocesses "$$(( $$(nproc) + 1 ))" --dist worksteal $(PYTEST_ARGS)

gates: setup-test ## layers, sizes, types, lint, words
	@$(WITH) exec $(BIN)/pytest tests/gates $(PYTEST_ARGS)

lint: setup-test ## ruff, and the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

format: setup-test ## let ruff format and mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup-test ## mypy strict and pyright strict
	@$(BIN)/mypy
	@$(BIN)/pyright

bench: setup-test ## measure every number this project keeps, into docs/benchmarks.md
	@$(WITH) exec $(BIN)/python -m bench

docs: setup ## write the generated reference again
	@$(WITH) exec $(BIN)/python -m scripts.reference

contract: setup ## write what the bridge answers by itself, and the golden list of tools
	@$(BIN)/python -m scripts.contract

lock: setup-test ## lock the dependencies again: hashes, and no address
	@scripts/lock

clean: ## what set-up and the tests left in this checkout
	rm -rf .venv .cache tests/conformance/node_modules .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What a newcomer guesses: demo, run, test, lint, docs, bench, clean. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
# The first Python of 3.11-3.13 that really runs (version managers put names on PATH that do not).
FIND_PYTHON = for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && command -v $$p && exit; done; \
  echo "No Python 3.11, 3.12 or 3.13 was found on PATH: install one (apt install python3 python3-venv)." >&2; exit 1
BIN := .venv/bin
SYNCED := .venv/.synced

# Tests run in two workers; `make test JOBS=0` runs them in one process, for a debugger.
JOBS ?= 2
PYTEST = $(BIN)/pytest -n $(JOBS) --dist loadgroup

.PHONY: help setup demo run serve test unit integration e2e lint format types sql docs bench clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.tools/bin/uv:
	@python=$$($(FIND_PYTHON)); $$python -m venv .tools || { echo "python3-venv is missing: apt install python3-venv" >&2; exit 1; }
	@.tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

ifeq ($(UV),.tools/bin/uv)
$(SYNCED): .tools/bin/uv
endif
$(SYNCED): pyproject.toml uv.lock
	@echo "Setting up .venv (about 1.8 GB, from the lock) …"
	@python=$$($(FIND_PYTHON)); $(UV) sync --locked --quiet --compile-bytecode --python "$$python"
	@touch $@

setup: $(SYNCED) ## install everything into .venv

demo: $(SYNCED) ## set up and do the whole job on generated data
	@$(BIN)/conso up --source demo

run: $(SYNCED) ## do the whole job again on the source used last
	@$(BIN)/conso up

serve: $(SYNCED) ## serve forecasts, API, metrics and site on 127.0.0.1:3000
	@$(BIN)/conso serve

test: $(SYNCED) ## set up and run all tests
	@$(PYTEST)

unit: $(SYNCED) ## the tests without I/O (under 30 s)
	@$(PYTEST) -m unit

integration: $(SYNCED) ## the tests on a real PostgreSQL
	@$(PYTEST) -m integration

e2e: $(SYNCED) ## the tests through commands, HTTP and a browser
	@$(PYTEST) -m "e2e or browser"

lint: types sql ## everything that reads the code without running it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(SYNCED)
	@$(BIN)/mypy

sql: $(SYNCED) # the templater compiles the models, for which dbt wants a database to talk to
	@$(BIN)/conso db start 2>/dev/null
	@$(BIN)/sqlfluff lint --disable-progress-bar warehouse

format: $(SYNCED) ## put the code into its form
	@$(BIN)/ruff check --fix-only . && $(BIN)/ruff format .

docs: $(SYNCED) ## the dbt documentation, as a site in .conso/dbt-docs
	@$(BIN)/conso db start && cd warehouse && ../$(BIN)/dbt docs generate --static --target-path ../.conso/dbt-docs

bench: $(SYNCED) ## the figures of the README
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script; done

clean: ## remove the environment and all state (loaded data included)
	@[ ! -x $(BIN)/conso ] || $(BIN)/conso db stop || true
	@rm -rf .venv .tools .conso .pytest_cache .mypy_cache .ruff_cache warehouse/target warehouse/logs

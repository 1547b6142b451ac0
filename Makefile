# Ketensluis. `make help` lists what can be made; every target explains itself after `##`.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

VENV     := .venv
BIN      := $(VENV)/bin
# Parameters, overridden on the command line: make bench CLIENTS=200000
CLIENTS  ?= 20000
MESSAGES ?= 10000
OFFICIAL ?= $(or $(KETENSLUIS_OFFICIAL),../shared/official)
WORKERS  ?= logical
PYTEST   ?=
SBOM     ?= dist/ketensluis.cdx.json

# Empty is not set: what every process imports is compiled once, also where the surroundings say not to (containers do).
export PYTHONDONTWRITEBYTECODE :=

INPUTS := pyproject.toml constraints.txt scripts/install

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z][a-z-]*:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: install
install: $(VENV)/.installed ## Make the environment .venv from constraints.txt (gives .venv/bin/sluis)

.PHONY: install-test
install-test: $(VENV)/.installed-test ## The same, with what the tests need

$(VENV)/.installed: $(INPUTS)
	@scripts/install $(VENV)
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	@scripts/install $(VENV) test
	@touch $@

.PHONY: demo
demo: install ## A synthetic municipality through the whole chain, run by Airflow
	@$(BIN)/sluis demo

.PHONY: test-deps
test-deps: ## Find what the tests need beyond Python; install it where that is allowed
	@scripts/test-deps

.PHONY: lint
lint: install-test ## Style, types of core/, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

.PHONY: test
test: install-test test-deps lint ## Everything: lint, then all tests (make test PYTEST="-k sftp" for some)
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

.PHONY: test-fast
test-fast: install-test ## Tests without servers
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not system" $(PYTEST)

.PHONY: reliability
reliability: install-test ## Kill it, fill its disk, lie to it, and write docs/reliability.md from what was seen
	@KETENSLUIS_RELIABILITY=write $(BIN)/pytest tests/system/reliability

.PHONY: bench
bench: install ## Time the outbound chain against xmllint (make bench CLIENTS=200000)
	@$(BIN)/sluis bench outbound --exchange dkd_reintegratie --clients $(CLIENTS)

.PHONY: schemas-verify
schemas-verify: install ## Our schemas against the official ones (OFFICIAL=dir MESSAGES=10000)
	@$(BIN)/sluis schemas verify --official $(OFFICIAL) --messages $(MESSAGES)

.PHONY: sbom
sbom: install-test ## What is installed, for whoever watches over vulnerabilities (SBOM=file, CycloneDX)
	@scripts/sbom $(VENV) $(SBOM)

.PHONY: constraints
constraints: install-test ## Resolve constraints.txt again from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --all-extras --python-version 3.11 --no-annotate --no-header -q -o constraints.txt

.PHONY: clean
clean: ## Remove the environment, caches and everything the demo made
	rm -rf $(VENV) var dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two commands matter: `make run` and `make test`. Only Python 3.11 to 3.13 and make are assumed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV := $(shell command -v uv 2>/dev/null)
# One more than cores: tests wait for servers, disks and processes of their own an eighth of the time.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# Every command starts some processes of ours: without stored bytecode each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check lint format sample docs bench clean

help: ## Say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "qdeep needs Python 3.11, 3.12 or 3.13; say which with: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv $(VENV)

# $(call install,LOCK): install exactly what the lock says, by hash. uv does the same faster where it is present.
define install
	$(if $(UV),VIRTUAL_ENV=$(CURDIR)/$(VENV) UV_PYTHON_DOWNLOADS=never $(UV) pip install --quiet --compile-bytecode --no-deps --require-hashes -r $(1),$(PIP) --no-deps --require-hashes -r $(1))
	$(PIP) --no-deps --no-build-isolation --editable .
endef

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing qdeep into $(VENV) (one to two minutes) ..."
	$(call install,requirements.lock)
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing qdeep and its development tools into $(VENV) (one to two minutes) ..."
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/run.stamp

.keys/sample.key: | $(VENV)/run.stamp
	@$(BIN)/qdeep key new $@

run: $(VENV)/run.stamp .keys/sample.key ## Run the main job on the invented data of data/sample
	@$(BIN)/qdeep run || [ $$? -eq 1 ] # 1: findings were made and listed, as planted in the sample
	@echo "see    data/published/current/report/index.html, data/published/current/dictionary.html"

test: $(VENV)/dev.stamp lint ## Run all checks and all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

check: $(VENV)/dev.stamp lint ## Run lint, types and the quick tests (under a minute)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow and not fixtures"

lint: $(VENV)/dev.stamp ## Check style, types, SQL and contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests dbt_project/macros
	$(BIN)/qdeep contract check

format: $(VENV)/dev.stamp ## Put code and SQL in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix dbt_project/models dbt_project/tests

sample: $(VENV)/dev.stamp ## Make data/sample again from its seed
	$(BIN)/python -m data.generator

docs: $(VENV)/dev.stamp ## Make the files again that come from the contracts
	$(BIN)/python -m flows.contracts.docs

bench: $(VENV)/dev.stamp ## Measure intake and build against a plain DuckDB floor
	$(BIN)/python -m tests.benchmarks $(ARGS)

clean: ## Remove what was built; received files in the vault go too
	rm -rf data/lake data/vault data/warehouse data/published data/tmp data/spool data/prefect data/runs.jsonl data/run.lock

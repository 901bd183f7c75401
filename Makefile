# Every target works in a fresh clone with no virtualenv active: scripts/setup-venv.sh makes .venv
# first (with uv when it is on PATH, else with pip) and returns at once when it is up to date.

PYTHON ?= python3
export PYTHON

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-s3 test-pool lint figures bench lock clean venv venv-run

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: venv-run ## plan and apply an example on the built-in emulator: no account, nothing left behind
	@scripts/demo.sh

test: venv ## run the tests
	$(PYTEST) -n auto

test-long: venv ## run the long matrices (crash points, races)
	$(PYTEST) -n auto -m slow --timeout 900

test-s3: venv ## try states in the S3 at RECONCILER_TEST_S3_URL (http://HOST:PORT), such as Ceph's, with AWS_… credentials
	$(PYTEST) -n 0 tests/unit/state/objects tests/e2e/test_shared_state.py -k "not postgres"

test-pool: export RECONCILER_TEST_PGBOUNCER ?= $(shell command -v pgbouncer)
test-pool: venv ## try states in PostgreSQL behind a real PgBouncer, if one is on PATH
	$(PYTEST) -n 0 tests/unit/state/postgres/test_pgbouncer.py tests/e2e/test_shared_state.py -k pgbouncer

lint: venv ## ruff, mypy, import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

figures: venv ## sizes and branches of the code, beside what they are held to
	@$(BIN)/python scripts/figures.py

bench: venv ## time it, as ratios within one run (ONLY="startup apply": some of it)
	$(BIN)/python -m benchmarks $(ONLY)

lock: ## write uv.lock and the locks of pip again (UPGRADE=1: with the newest versions)
	@scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## remove .venv, caches and builds
	rm -rf .venv .venv.lock build dist .coverage htmlcov .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@scripts/setup-venv.sh

venv-run:
	@scripts/setup-venv.sh run

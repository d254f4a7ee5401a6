# `make` alone lists what there is; each target sets up what it needs.
.DEFAULT_GOAL := help
BIN := .venv/bin
READY := .venv/.installed
MODELS := dbt_project/models $(wildcard tests/projects/*/models)

.PHONY: help run serve test test-slow lint format lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	@sh .ci/install
	@touch $@

run: $(READY) ## run the loop once; fills an empty landing folder with the example first
	@$(BIN)/tidemill example --if-empty
	@$(BIN)/tidemill run

serve: $(READY) ## start Prefect's server and the schedules on loopback; Ctrl-C stops both
	@$(BIN)/tidemill serve

test: $(READY) ## run all tests but the slow ones
	@# By file (and see tests/sharing.py): what tests share is made once, not once for each process.
	@$(BIN)/pytest -n 2 --dist loadfile -q

test-slow: $(READY) ## run the longer proofs
	@$(BIN)/pytest -m slow -q

lint: $(READY) ## check style, types, architecture, dependencies and SQL formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/sqlfmt --check --no-progressbar $(MODELS)

format: $(READY) ## format Python and SQL
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/sqlfmt --no-progressbar $(MODELS)

lock: ## pin every dependency anew, with hashes (needs uv)
	@uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade --quiet \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --output-file requirements.lock

clean: ## remove what the loop and the tools made; raw files in warehouse/landing stay
	@rm -rf warehouse/*.duckdb* warehouse/*.lock warehouse/*.holder warehouse/target models_store/*/ \
		dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

# All commands of the project. Each does its own set-up; `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

bin := .venv/bin

##@ Use

.PHONY: help
help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.installed ## Install everything into .venv (any Python 3.11+, or PYTHON=path)
	@:

.PHONY: run
run: setup ## Start the demo (PORT=8123 and DATA=dir choose its port and folder)
	$(bin)/errata demo $(if $(PORT),--port "$(PORT)") $(if $(DATA),--data "$(DATA)")

##@ Develop

.PHONY: test
test: check browser isolated ## Run all checks and all tests
	$(bin)/pytest -n 2 --dist loadfile

.PHONY: check
check: setup ## Check format, lint and types
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/mypy
	$(bin)/pyright

.PHONY: format
format: setup ## Format the code and mend what lint can mend
	$(bin)/ruff check --fix-only --quiet .
	$(bin)/ruff format .

.PHONY: browser
browser: ## Install the browser of the browser tests, if it is missing
	@scripts/ensure_chromium.sh

.PHONY: coverage
coverage: setup browser ## Run the tests and show the lines that none of them reaches
	$(bin)/pytest -n 2 --dist loadfile --cov

.PHONY: coverage-ids
coverage-ids: setup ## Show which requirement ids have a test
	$(bin)/python scripts/coverage_ids.py

.PHONY: bench
bench: .venv-bench/.installed ## Measure speed against other packages
	.venv-bench/bin/python benchmarks/run.py

.PHONY: judges
judges: .venv-judges/.installed ## Let the vendors' own clients judge what errata writes
	.venv-judges/bin/pytest judges

.PHONY: isolated
isolated: .venv-isolated/.installed ## Test what needs an environment of its own
	.venv-isolated/bin/pytest isolated

.PHONY: fuzz
fuzz: .venv-fuzz/.installed ## Fuzz reading and translating (SECONDS=60)
	.venv-fuzz/bin/python fuzz/run.py $(or $(SECONDS),60)

.PHONY: docs
docs: setup browser ## Draw the pictures of the README, and write the page of all formats
	$(bin)/python scripts/readme_picture.py
	$(bin)/python scripts/formats_page.py

##@ Maintain

.PHONY: lock
lock: setup ## Lock the requirements anew (UPGRADE=1 takes newer versions)
	scripts/lock.sh $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove everything that the other commands made
	rm -rf .venv .venv-bench .venv-judges .venv-fuzz .venv-isolated .fuzz .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis
	rm -rf build dist .coverage .coverage.*
	find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp per environment: set-up runs again only when one of these has changed.
.venv/.installed: requirements/dev.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh .venv requirements/dev.txt

.venv-bench/.installed: requirements/bench.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh .venv-bench requirements/bench.txt

.venv-judges/.installed: requirements/judges.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh .venv-judges requirements/judges.txt

.venv-isolated/.installed: requirements/isolated.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh .venv-isolated requirements/isolated.txt

.venv-fuzz/.installed: requirements/fuzz.txt pyproject.toml scripts/setup.sh
	@scripts/setup.sh .venv-fuzz requirements/fuzz.txt

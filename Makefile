# `make help` lists the targets.
SHELL := /bin/bash
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: .venv/installed ## install, train and start everything on 127.0.0.1 (PORT=8000)
	@while :; do $(PYTHON) -m bot run; code=$$?; \
	  [ $$code -eq 137 ] || exit $$code; done   # killed outright: start again

test: .venv/installed-dev ## all tests; installs what they need where it may
	@scripts/test

quick: .venv/installed-dev ## the tests that need no model, no browser and no server
	@$(PYTHON) -m pytest -q -m "not model and not processes and not browser and not postgresql"

check: .venv/installed-dev ## style, types, content files
	@$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check . && $(PYTHON) -m mypy && $(PYTHON) -m bot validate

train: .venv/installed ## train the dialogue model now
	@$(PYTHON) -m bot train

vectors: ## compute the vectors of new training sentences, train the semantic layer of triage
	@$(PYTHON) scripts/vectors && $(PYTHON) scripts/semantic

bench: .venv/installed ## measure speed beside stock Rasa (half an hour), write docs/bench.md
	@$(PYTHON) -m bench --docs

bench-quick: .venv/installed ## the same in a minute, this product alone: shows that it works
	@$(PYTHON) -m bench --quick

lock: ## bring requirements*.txt up to date with requirements*.in
	@scripts/lock

.venv/installed: requirements.txt .python-version
	@scripts/install

.venv/installed-dev: .venv/installed requirements-dev.txt
	@scripts/install dev

.PHONY: help run test quick check train vectors bench bench-quick lock

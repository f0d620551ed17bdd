# Run `make` for a list. Every target works in an empty clone with only git, make and Python 3.11 to 3.13.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.PHONY: help setup run demo sandbox test test-services test-browser faults faults-short bench-exact mutants check format lock messages

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 18

setup: $(STAMP) ## .venv with the pinned requirements

$(STAMP): requirements/development.txt scripts/setup
	@scripts/setup $(VENV) requirements/development.txt && touch $@

demo: setup ## a day of orders, end to end, in the sandbox (ARGS=--once: end after the table)
	@$(BIN)/python -m sandbox.demo $(ARGS)

run: setup ## web, worker and scheduler from .env
	@$(BIN)/python scripts/run.py

sandbox: setup ## the stand-in of both vendors alone (ARGS=--port 8900)
	@$(BIN)/python -m sandbox $(ARGS)

test: setup ## the test suite on the embedded default
	@$(BIN)/pytest -n 2 $(ARGS)

test-services: setup ## the test suite on a private PostgreSQL and Redis
	@$(BIN)/python scripts/with_services.py -- $(BIN)/pytest -n 2 $(ARGS)

test-browser: setup ## the back-office in a real browser (Chromium; installed where it may be)
	@$(BIN)/python scripts/browser.py $(ARGS)

faults: setup ## all fault trials at their full counts, an hour or two; writes docs/reliability.md
	@$(BIN)/python scripts/faults.py full $(ARGS)

faults-short: setup ## a tenth of them and less, some minutes
	@$(BIN)/python scripts/faults.py short $(ARGS)

bench-exact: setup ## 20 000 generated orders: none wrong, few held, how fast (ARGS=--orders N)
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python scripts/bench_exact.py $(ARGS)

mutants: ## change the figures' code one place at a time: 9 of 10 changes must be noticed (about 10 minutes)
	@scripts/setup .venv-mutation requirements/mutation.txt
	@PATH="$(CURDIR)/.venv-mutation/bin:$$PATH" python scripts/mutants.py $(ARGS)

check: setup ## format, lint, types, layers, migrations, deployment, translations
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

format: setup ## put the code into its form
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

messages: setup ## collect and compile the translations
	@$(BIN)/python scripts/messages.py

lock: ## compile requirements/*.in with hashes (needs uv)
	@cd requirements && for name in base production development mutation; do \
	  uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	    --custom-compile-command "make lock" $$name.in -o $$name.txt || exit 1; done

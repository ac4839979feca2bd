# Everything that is done with this repository, one word each; `make` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := core people ticketing conversation channels phone gateway widgets bench tests
CODE := $(patsubst %/,%,$(dir $(wildcard $(addsuffix /__init__.py,$(PACKAGES)))))

# Node 20 or newer from the machine, else the one that `make install` puts into the virtual environment.
NODE_ON_MACHINE := $(shell node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' 2>/dev/null && command -v npm)
NODE_STAMP := $(if $(NODE_ON_MACHINE),,.stamps/node)
NPM := $(if $(NODE_ON_MACHINE),npm,PATH="$(CURDIR)/$(BIN):$$PATH" npm)

ASSET_SOURCES := $(shell find widgets -type f -not -path 'widgets/node_modules/*' -not -path 'widgets/dist/*' -not -name '*.py' -not -name '*.pyc' 2>/dev/null)

# Processes of tests, each with stores of its own; a story waits for them half of its time.
WORKERS ?= 3
PYTEST := $(BIN)/python -m pytest

say = @printf '\033[1m· %s\033[0m\n' $(1)

.PHONY: help install assets run dev test test-unit test-browser test-chaos test-corpus test-widgets test-needs check format simulate fuzz bench bench-crowd bench-mailbox kills screenshots lock clean

help: ## Print this list
	@awk 'BEGIN { FS = ":.*## "; print "Waystation (驿站). Usage: make <target>" } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  \033[36m%-14s\033[0m %s\n", $$1, $$2 }' Makefile

##@ Use it

run: install ## Start everything on this machine: stores, web, worker, demo data; Ctrl-C stops it
	@$(BIN)/python -m gateway run

install: .stamps/python .stamps/assets ## Virtual environment with locked packages, and the browser side

assets: .stamps/assets ## Build the browser side into widgets/dist

##@ Work on it

dev: install ## Like run, and rebuild the browser side on every change
	@$(NPM) --prefix widgets run watch & watcher=$$!; trap 'kill $$watcher' EXIT; $(BIN)/python -m gateway run

check: install ## Format, lint, types (Python and TypeScript), architecture
	$(call say,"format")
	@$(BIN)/ruff format --check $(CODE)
	$(call say,"lint")
	@$(BIN)/ruff check $(CODE)
	$(call say,"types")
	@$(BIN)/mypy $(CODE)
	$(call say,"architecture")
	@$(BIN)/lint-imports --no-cache --no-logo | sed '/^$$/d'
	$(call say,"types of the browser side")
	@$(NPM) --prefix widgets run --silent check

format: .stamps/python ## Put the code into its format, and fix what lint can fix
	@$(BIN)/ruff check --fix --quiet $(CODE) || true
	@$(BIN)/ruff format $(CODE)

##@ Test it

test: install test-needs ## Everything: unit, contract, flow, browser, chaos
	@$(MAKE) test-widgets
	@$(MAKE) test-unit
	@$(MAKE) test-browser
	@$(MAKE) test-chaos

test-unit: install ## Unit, contract, simulation and flow tests, against a real mongod and Valkey
	$(call say,"unit · contract · flow")
	@$(PYTEST) $(wildcard tests/unit tests/contract tests/simulation tests/flow) -n $(WORKERS)

# Synchronous Playwright and pytest-asyncio cannot share a process (both want to own the event loop).
test-browser: install test-needs ## Visitors and agents in a real Chromium
	$(call say,"browser")
	@if [ -d tests/browser ]; then $(PYTEST) tests/browser; fi

test-chaos: install ## Kill processes at random moments; nothing acknowledged may be lost
	$(call say,"chaos")
	@if [ -d tests/chaos ]; then $(PYTEST) tests/chaos; fi

test-corpus: install test-needs ## Read and import the 6,046 mails of the SpamAssassin public corpus; fetched once, takes minutes
	$(call say,"corpus")
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PYTEST) tests/corpora -s

test-widgets: install ## Tests of the browser side's pure logic
	$(call say,"widgets")
	@$(NPM) --prefix widgets test

NEEDED_PACKAGES := chromium fonts-noto-cjk fonts-noto-color-emoji libcurl4 dovecot-imapd

test-needs: ## Install what tests need and no registry of Python or npm has: Chromium, fonts, Dovecot
	@if command -v chromium >/dev/null && PATH="$$PATH:/usr/sbin" command -v dovecot >/dev/null && ls /usr/share/fonts/opentype/noto/NotoSansCJK-*.ttc >/dev/null 2>&1 \
	    && [ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  printf '\033[1m· installing what tests need: %s (a minute or two)\033[0m\n' "$(NEEDED_PACKAGES)"; \
	  apt-get update -q; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $(NEEDED_PACKAGES); \
	else \
	  printf 'Tests need Chromium, two fonts and Dovecot. Please install them:\n  sudo apt-get install %s\n' "$(NEEDED_PACKAGES)" >&2; exit 1; \
	fi

simulate: install ## A desk in fast motion: ten times the steps that `make test` runs
	@WAYSTATION_STEPS=1200000 $(PYTEST) tests/simulation -s

fuzz: install ## Throw bad requests at the API, made from its OpenAPI document
	@$(PYTEST) tests/fuzz

.PHONY: bench-mails
bench-mails: install ## Mails out in a second over four connections, and whether 25 MB are in the way
	@$(BIN)/python -m bench.mails

bench: install ## Messages per second, delays, connections, memory; prints one table
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.timers

kills: install ## Fifty kills of anything under a crowd of ten thousand who talk; takes ten minutes and a C compiler
	@WAYSTATION_KILLS=50 WAYSTATION_CROWD=10000 $(PYTEST) tests/chaos/test_kill_anything.py -s

bench-crowd: install ## Ten thousand visitors and two hundred agents, in steps that double; takes a quarter of an hour
	@$(BIN)/python -m bench.crowd

bench-mailbox: install test-needs ## Catch up with a mailbox of ten thousand mails while somebody chats
	@$(BIN)/python -m bench.mailbox

screenshots: install test-needs ## Pictures of every screen into screenshots/
	@$(BIN)/python -m tests.screenshots

##@ Keep house

lock: .stamps/python ## Write the lock files anew from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --universal --python-version 3.11 -q -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 -q -o requirements-runtime.lock
	@$(BIN)/uv pip compile --group node --generate-hashes --universal --python-version 3.11 -q -o requirements-node.lock
	@echo "requirements.lock, requirements-runtime.lock and requirements-node.lock are written."

clean: ## Remove what was built or installed; ./data stays
	@rm -rf $(VENV) .stamps dist widgets/dist widgets/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- What the targets stand on: a stamp file says when each was last done ---

.stamps/python: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Waystation needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(call say,"virtual environment")
	@$(PYTHON) -m venv $(VENV)
	$(call say,"Python packages from requirements.lock")
	@PYTHONUNBUFFERED=1 $(BIN)/pip install --disable-pip-version-check --require-hashes --requirement requirements.lock \
	  | awk -v total="$$(grep -c '^[a-z0-9].*==' requirements.lock)" "$$PROGRESS"
	@mkdir -p .stamps && touch $@

# pip prints a line when it comes to a package; counted, they tell how far it is.
define PROGRESS
/^(Collecting|Requirement already satisfied)/ { n += 1; if (n % 20 == 0) print "  " n " of about " total }
/^Installing collected packages/ { print "  unpacking" }
/^Successfully installed/ { print "  done" }
endef
export PROGRESS

.stamps/node: requirements-node.lock .stamps/python
	$(call say,"Node (this machine has none of version 20 or newer)")
	@$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes --requirement requirements-node.lock
	@touch $@

.stamps/packages: widgets/package.json widgets/package-lock.json $(NODE_STAMP)
	$(call say,"packages of the browser side")
	@$(NPM) ci --prefix widgets --no-audit --no-fund --loglevel=error
	@mkdir -p .stamps && touch $@

.stamps/assets: .stamps/packages $(ASSET_SOURCES)
	$(call say,"browser side")
	@$(NPM) --prefix widgets run --silent build
	@touch $@

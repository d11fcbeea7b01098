# make run, make test and the others set up what they need: a .venv with the versions of constraints.txt.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
else
BIN := .venv/bin
endif
BENCH := $(subst .venv,.venv-bench,$(BIN))
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
export NEURALZOO_DATA ?= $(wildcard $(abspath ../shared/data))

.PHONY: run test test-slow check bench clean

run: .venv/ready
	$(BIN)/neuralzoo study digits

test: .venv/test
	$(BIN)/python -m pytest -q -n 2 --dist loadfile  # most of a test is compiling, which takes one core

test-slow: .venv/test
	$(BIN)/python -m pytest -q -m slow

check: .venv/check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: .venv-bench/ready
	$(BENCH)/python -m benchmarks

# the peers need other versions of much, so they live apart
.venv-bench/ready: pyproject.toml constraints.txt benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	$(BENCH)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt --requirement benchmarks/requirements.txt --editable '.[onednn,playground]'
	touch $@

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

.venv/test: .venv/ready
	$(PIP) install --constraint constraints.txt --editable '.[test]'
	touch $@

.venv/check: .venv/test
	$(PIP) install --constraint constraints.txt --editable '.[test,check]'
	touch $@

clean:
	rm -rf .venv .venv-bench build dist

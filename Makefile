# Two commands do all the set-up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The models of the tests are so small that a second thread costs more than it gives.
export OMP_NUM_THREADS ?= 1

.PHONY: demo test test-slow lint clean

demo: $(VENV)/.installed
	$(BIN)/omiti2v demo

test: $(VENV)/.installed lint
	$(BIN)/python -m pytest -m "not slow" -n logical --maxprocesses 8 --dist worksteal

test-slow: $(VENV)/.installed
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Installing compiles the data set, so a changed sample installs anew.
$(VENV)/.installed: pyproject.toml constraints.txt hatch_build.py $(wildcard annotations/*.jsonl)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt torch torchvision
	$(BIN)/pip install --quiet -c constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) demo-out build dist *.egg-info

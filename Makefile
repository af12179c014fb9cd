# make demo and make test do all the set-up they need: Python 3.11 and make are enough.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.PHONY: demo test lint figures install clean

install: $(VENV)/.installed

$(VENV)/.installed: setup.cfg setup.py constraints.txt pyproject.toml $(wildcard spectrum/architecture/compiled/*.[ch])
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt setuptools
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[test]'
	touch $@

demo: install
	$(BIN)/spectrum run studies/digits.py --workers $(WORKERS)
	$(BIN)/spectrum plot digits
	$(BIN)/spectrum report digits

test: install
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

figures: install
	for script in analysis/*.py; do $(BIN)/python $$script || exit 1; done

clean:
	rm -rf $(VENV) build dist *.egg-info

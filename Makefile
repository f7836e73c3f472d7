# Every target sets itself up: all it needs is Python 3.11 or later with venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint bench notebook zoo clean

demo: .venv/train  ## train the classic network, measure it, write a report
	$(BIN)/inkdigit demo

test: .venv/dev  ## run all tests
	$(BIN)/python -m pytest -n auto

lint: .venv/dev  ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: .venv/dev  ## speed and accuracy, as JSON (about half an hour)
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/training_speed.py
	$(BIN)/python benchmarks/strokes.py
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/recognizer.py
	$(BIN)/python benchmarks/reading_speed.py
	$(BIN)/python benchmarks/handwriting.py

notebook: .venv/dev  ## execute the tutorial and keep its outputs
	$(BIN)/python notebooks/run.py

zoo: .venv/train  ## train the shipped models anew (about half an hour)
	$(BIN)/inkdigit train reader --run runs/zoo-cnn --force
	$(BIN)/inkdigit train reader-mlp --run runs/zoo-mlp --force
	cp runs/zoo-cnn/model.onnx src/inkdigit/zoo/cnn.onnx
	cp runs/zoo-mlp/model.onnx src/inkdigit/zoo/mlp.onnx

clean:
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "inkdigit needs Python 3.11 or later; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"

.venv/train: .venv/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --editable ".[train]" --constraint constraints.txt
	@touch $@

.venv/dev: .venv/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --editable ".[train]" --group dev --constraint constraints.txt
	@touch $@ .venv/train

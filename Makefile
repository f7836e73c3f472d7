# Every target sets itself up: all it needs is Python 3.11 or later with venv.
PYTHON ?= python3
BIN := .venv/bin

# The page needs Node.js 20.19 or later, to be changed and to be tested; a user of the package needs none.
NPM := $(shell command -v npm)
ifneq ($(NPM),)
PAGE := web/node_modules/.ready
endif

# The shipped models and what trains each.
ZOO := cnn mlp mlp-plain mlp-best cnn-best committee-1 committee-2 committee-3 committee-4 \
	committee-5 committee-6 committee-7 distilled
TRAIN_cnn := reader
TRAIN_mlp := reader-mlp
TRAIN_mlp-plain := mlp-plain
TRAIN_mlp-best := mlp-best --teacher cnn-best --epochs 150
TRAIN_cnn-best := cnn-best
TRAIN_committee-1 := cnn-best --seed 1
TRAIN_committee-2 := cnn-best --augment-strength 0.5 --p-identity 0
TRAIN_committee-3 := cnn-best --augment-strength 0.5 --p-identity 0 --seed 1
TRAIN_committee-4 := cnn-best --augment-strength 1 --p-identity 0 --epochs 90
TRAIN_committee-5 := cnn-m3
TRAIN_committee-6 := cnn-m3 --seed 1
TRAIN_committee-7 := cnn-m3 --seed 2
TRAIN_distilled := cnn-best --epochs 30 --teacher cnn-best --teacher committee-1 --teacher committee-2 \
	--teacher committee-3 --teacher committee-4

.PHONY: demo test test-all test-lowest test-page test-page-all lint page bench notebook zoo clean

demo: .venv/train  ## train the classic network, measure it, write a report
	$(BIN)/inkdigit demo

test: .venv/dev $(PAGE:%=test-page)  ## what each change needs: minutes
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not long"
ifneq ($(NPM),)
	@cd web && npx playwright test --list --grep @all | \
		sed -n 's/^Total: \(.*\) in .*/left out of the page: \1 marked @all; all of them: make test-all/p'
else
	@echo "left out: the tests of the page (npm is not installed)"
endif

test-all: .venv/dev $(PAGE:%=test-page-all)  ## all tests, as before a release
	XLA_FLAGS= $(BIN)/python -m pytest -n auto --dist worksteal --hypothesis-profile=random
ifeq ($(NPM),)
	@echo "left out: the tests of the page (npm is not installed)"
endif

test-lowest: .venv/dev  ## the short tests, with the lowest versions that pyproject.toml allows
	$(BIN)/python tools/lowest.py

test-page: .venv/dev web/node_modules/.ready  ## the page: its logic, its build, and itself in a browser
	$(BIN)/python web/tests/fixtures.py
	cd web && npm test && npm run fresh && npm run e2e

test-page-all: .venv/dev web/node_modules/.ready
	$(BIN)/python web/tests/fixtures.py --all
	cd web && npm test && npm run fresh && npm run e2e:all

lint: .venv/dev $(PAGE)  ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
ifneq ($(NPM),)
	cd web && npm run lint
endif

page: web/node_modules/.ready  ## build the page into the package
	cd web && npm run build

bench: .venv/dev  ## speed and accuracy, as JSON (hours: every recipe is trained)
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/training_speed.py
	$(BIN)/python benchmarks/strokes.py
	$(BIN)/python benchmarks/recipes.py
	$(BIN)/python benchmarks/accuracy.py
	$(BIN)/python benchmarks/recognizer.py
	$(BIN)/python benchmarks/reading_speed.py
	$(BIN)/python benchmarks/mutations.py
	$(BIN)/python benchmarks/handwriting.py
	$(BIN)/python benchmarks/documents.py
	$(BIN)/python benchmarks/robustness.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/serving.py --model mlp

notebook: .venv/dev  ## execute the tutorial and keep its outputs
	$(BIN)/python notebooks/run.py

zoo: $(ZOO:%=zoo-%)  ## train the shipped models anew (hours; without a GPU more than a day); one of them: make zoo-mlp-plain

zoo-%: .venv/train
	$(BIN)/inkdigit train $(TRAIN_$*) --run runs/zoo-$* --force
	cp runs/zoo-$*/model.onnx src/inkdigit/models/zoo/$*.onnx

clean:
	rm -rf .venv web/node_modules web/fixtures build dist .mypy_cache .pytest_cache .ruff_cache

web/node_modules/.ready: web/package-lock.json
	cd web && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "inkdigit needs Python 3.11 or later; name one with: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/train: .venv/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --editable ".[train,serve]" --constraint constraints.txt
	@touch $@

.venv/dev: .venv/bin/pip pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --upgrade "pip>=25.1"  # knows --group; .venv may be the reader's own
	$(BIN)/pip install --quiet --editable ".[train,serve]" --group dev --constraint constraints.txt
	@touch $@ .venv/train

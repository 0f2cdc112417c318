# Every target makes .venv first if it is missing. `make help` lists them.

PROFILE   ?= quick
SEED      ?= 0
OUT       ?=
NOTEBOOKS ?=
EXTRA     ?=
PYTHON    ?= python3

# torch fits the machine by itself. Another build: TORCH_INDEX=address, or =ordinary.
TORCH_INDEX ?=
# LOCKED=1: the versions with which CI last passed.
LOCKED      ?=

BIN = .venv/bin
INSTALL = PYTHON="$(PYTHON)" TORCH_INDEX="$(TORCH_INDEX)" LOCKED="$(LOCKED)" \
	sh tools/install.sh

.PHONY: help install install-dev run test check-fast notebooks figures bench lock lab \
	site clean

help:
	@echo "make run        install, then run the series; ends with the path of its index.html"
	@echo "make test       install, then every check"
	@echo "make check-fast the checks of a minute: style, imports, notebooks in step, units"
	@echo "make lab        open the notebooks in JupyterLab"
	@echo "make site       build the web book from notebooks/ into site/_build/html"
	@echo "make notebooks  build notebooks/ and notebooks/solutions/ from notebooks/src"
	@echo "make figures    draw the pictures in figures/"
	@echo "make bench      run the comparisons in benchmarks/ (hours)"
	@echo "make lock       note the versions of .venv in requirements.lock"
	@echo "make clean      remove caches and runs/, keep .venv and data/"
	@echo ""
	@echo "variables       PROFILE=smoke|quick|full  SEED=0  OUT=folder"
	@echo "                NOTEBOOKS=\"02 03\"  EXTRA=\"-p epochs=2\"  PYTHON=python3.12"
	@echo "                TORCH_INDEX=address of another build of torch, or ordinary"
	@echo "                LOCKED=1  (the versions of requirements.lock)"

install:
	@$(INSTALL)

install-dev:
	@$(INSTALL) dev

run: install
	@$(BIN)/python -m classroom run $(NOTEBOOKS) --profile $(PROFILE) --seed $(SEED) \
		$(if $(OUT),--out "$(OUT)") $(EXTRA)

test: install-dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash tools/check.sh $(EXTRA)

check-fast: install-dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash tools/check.sh --fast $(EXTRA)

notebooks: install-dev
	@$(BIN)/python tools/build_notebooks.py $(NOTEBOOKS) $(EXTRA)

figures: install-dev
	@$(BIN)/python tools/house_figure.py
	@$(BIN)/python tools/make_figures.py $(EXTRA)

bench: install-dev
	@set -e; for program in benchmarks/[a-z]*.py; do \
		[ -f "$$program" ] || { echo "nothing in benchmarks/ yet"; exit 0; }; \
		echo "== $$program"; $(BIN)/python "$$program" $(EXTRA); done

lock: install-dev
	@command -v uv > /dev/null || $(BIN)/python -m pip install --quiet uv
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/make_lock.py

lab: install
	@$(BIN)/python -m jupyterlab --notebook-dir=notebooks $(EXTRA)

site:
	@$(INSTALL) site
	@$(BIN)/python site/build_book.py

clean:
	rm -rf site/_build runs .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* build
	rm -rf *.egg-info
	find gan_utils tests tools notebooks benchmarks site -name __pycache__ -prune \
		-exec rm -rf {} + 2>/dev/null || true

# Everything runs in .venv. All that has to be there first: Python 3.11, 3.12 or 3.13, pip and make.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo demo-story test lint bench e2e eval soak audit lock clean docs

PY := .venv/bin/python
DEMO_DIR ?= out/demo
STORY_DIR ?= out/demo-story
STORY_SEED ?= 1
PYTEST_ARGS ?=
BENCH_ARGS ?=
PULL_ARGS ?= --incidents 100000
MEASURES_ARGS ?= --incidents 1000000
RENDER_ARGS ?= --incidents 1000000 --services 20
NIGHT_ARGS ?=
EVAL_ARGS ?=
PART ?=
SEEDS ?= 1-100

export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export OMP_NUM_THREADS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.installed ## a practice estate, from its records to the pack, in about a minute
	@echo "==> Running the weekly job on a practice estate"
	@.venv/bin/csi demo --out $(DEMO_DIR)

demo-story: .venv/.installed ## half a year of weeks, from candidates to proofs, and every edition; about 7 minutes
	@echo "==> Living 26 weeks of a practice estate"
	@$(PY) -m flows.story $(STORY_DIR) $(STORY_SEED)

test: .venv/.installed-dev ## the tests (slow ones apart; see e2e and soak)
	@echo "==> Testing"
	@$(PY) -m pytest $(PYTEST_ARGS)

lint: .venv/.installed-dev ## format, style, types, import direction, layout
	@echo "==> ruff check";       $(PY) -m ruff check .
	@echo "==> ruff format";      $(PY) -m ruff format --check .
	@echo "==> mypy --strict";    $(PY) -m mypy
	@echo "==> import direction"; PATH="$$PWD/.venv/bin:$$PATH" .venv/bin/lint-imports --no-logo
	@echo "==> layout";           $(PY) -m pytest -q tests/house

bench: .venv/.installed-dev ## how long a week, a pull and all figures take, beside peers
	@echo "==> Timing weeks of 2,000, 10,000 and 50,000 incidents"
	@$(PY) -m tests.bench.speed $(BENCH_ARGS)
	@echo "==> The review pages over 1,000,000 incidents with 10,000 candidates"
	@$(PY) -m tests.bench.review_speed $(REVIEW_ARGS)
	@echo "==> Mining a whole history, and a night's new incidents beside it"
	@$(PY) -m tests.bench.night_speed $(NIGHT_ARGS)
	@echo "==> Pulling ServiceNow, beside dlt and the floor"
	@$(PY) -m tests.bench.pull_speed $(PULL_ARGS)
	@echo "==> Pulling every system with history, beside its own floor"
	@$(PY) -m tests.bench.systems_speed $(SYSTEMS_ARGS)
	@echo "==> All editions of a week, beside the rendering libraries' own time"
	@$(PY) -m tests.bench.pack_render $(RENDER_ARGS)
	@echo "==> All figures of a week over a million incidents, and the same in SQL and pandas"
	@$(PY) -m tests.bench.measures_speed $(MEASURES_ARGS)
	@$(PY) -m tests.bench.measures_peers $(MEASURES_ARGS)

eval: .venv/.installed-dev ## how well mining and measures find what was planted
	@echo "==> Mining practice estates, and comparing with what was planted"
	@$(PY) -m tests.eval.mining_quality $(EVAL_ARGS)
	@echo "==> Searching and grouping public texts (CSI_REAL_DATA names their folder)"
	@$(PY) -m tests.eval.text_eval
	@echo "==> Changes that break things, spikes, and waits planted in practice estates"
	@$(PY) -m tests.eval.attribution_eval
	@$(PY) -m tests.eval.measures_eval
	@echo "==> The candidates of one estate through each of the eight systems"
	@$(PY) -m tests.eval.systems_agreement
	@echo "==> Forecasts beside the naive one"
	@$(PY) -m tests.eval.forecast_eval

e2e: .venv/.installed-dev ## whole weeks through the command line and Prefect, and the slow tests
	@echo "==> Testing whole weeks"
	@$(PY) -m pytest -m "not (soak or live)" --durations=10 tests/e2e $(PYTEST_ARGS)
	@echo "==> The slow tests of every room"
	@$(PY) -m pytest -m "e2e or slow" --ignore tests/e2e --durations=10 $(PYTEST_ARGS)

soak: .venv/.installed-dev ## long runs, killed and started again; proofs over 200 estates
	@echo "==> Killing and restarting runs"
	@CSI_SOAK_SEEDS=$(SEEDS) $(PY) -m pytest -m soak --durations=10 $(if $(PART),-k "$(PART)") \
		$(PYTEST_ARGS)

docs: .venv/.installed-dev ## the documentation as a site; links that lead nowhere stop it
	@$(PY) -m tests.house.site

audit: .venv/.installed-dev ## known vulnerabilities and the licence of every pinned package
	@echo "==> Licences"
	@$(PY) tests/house/licences.py
	@echo "==> Known vulnerabilities (asks the package index)"
	@$(PY) tests/house/vulnerabilities.py

lock: .venv/.installed-dev ## resolve constraints.txt anew from pyproject.toml
	@echo "==> Resolving the newest versions that pyproject.toml allows, for Python 3.11 to 3.13"
	@$(call with_uv,pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--fork-strategy fewest --upgrade --no-header --no-annotate --quiet -o constraints.txt)

clean: ## remove .venv, the demo and caches; other results under out/ stay
	rm -rf .venv build dist $(DEMO_DIR) out/.prefect *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the virtual environment -------------------------------------------------------------------

# $(call with_uv,ARGUMENTS): runs uv from the path, or from .venv.
with_uv = if command -v uv >/dev/null 2>&1; then uv $(1); else .venv/bin/uv $(1); fi

# $(call install,REQUIREMENT): uv where it is there or can be had through pip, plain pip otherwise.
define install
started=$$(date +%s); \
if command -v uv >/dev/null 2>&1; then uv=uv; \
elif test -x .venv/bin/uv; then uv=.venv/bin/uv; \
else echo "==> Getting uv, which installs the rest in seconds"; \
     if $(PY) -m pip install --quiet uv; then uv=.venv/bin/uv; else uv=; fi; \
fi; \
if test -n "$$uv" && echo "==> Installing packages with uv (about 700 MB)" && \
   $$uv pip install --python $(PY) --constraint constraints.txt --editable '$(1)'; \
then :; \
else echo "==> uv cannot do it here: installing with pip, which takes a minute or two"; \
     $(PY) -m pip install --constraint constraints.txt --editable '$(1)' || exit 1; \
fi; \
echo "==> Installed in $$(( $$(date +%s) - started )) s"
endef

.venv/.made:
	@found=; \
	for name in $(PYTHON) python3.11 python3.12 python3.13 python3 python; do \
	  if $$name -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	     >/dev/null 2>&1; then found=$$name; break; fi; \
	done; \
	if test -z "$$found"; then \
	  echo "Python 3.11, 3.12 or 3.13 with its venv module is needed and was not found." >&2; \
	  echo "On Debian or Ubuntu: apt-get install python3 python3-venv; or name one that you have:" >&2; \
	  echo "  make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; \
	fi; \
	if ! $(PY) -m pip --version >/dev/null 2>&1; then \
	  echo "==> Making .venv with $$($$found --version)"; $$found -m venv --clear .venv || exit 1; \
	fi; \
	touch $@

.venv/.installed: pyproject.toml constraints.txt | .venv/.made
	@if test .venv/.installed-dev -nt pyproject.toml && test .venv/.installed-dev -nt constraints.txt; \
	then :; else $(call install,.); fi; touch $@

.venv/.installed-dev: pyproject.toml constraints.txt | .venv/.made
	@$(call install,.[dev]); touch $@

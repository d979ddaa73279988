# Two commands: `make run` shows a scorecard, `make test` proves the house. The rest helps.
VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough, and not too new.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --no-deps --no-compile
# What is in a requirements file, every other package by another pip: one unpacks on one core.
define install
	@parts=$$(mktemp -d) && trap 'rm -rf "$$parts"' EXIT && \
		awk -v parts="$$parts" '/^[^ ]/ { n++ } { print > (parts "/" n % 2) }' $(1) && \
		printf '%s\n' "$$parts"/* | xargs -P 2 -n 1 $(PIP) --require-hashes -r
endef
# On all cores, which pip does on one: 20 s less. What packages carry along that is no Python of
# this version (templates) is left as it is, and so are packages' own tests, a quarter of all.
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '/tests?/'
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := run
.PHONY: pictures run test test-runs test-numbers test-slow test-field fuzz mutate honesty parity \
	spark lint decisions ui bench lock clean

run: $(VENV)/ready
	@$(BIN)/python -m drivewheel_demo.welcome

# The longest begins first; what lint finds stops the rest.
test: $(VENV)/ready-dev
	@turns=$$(mktemp -d) && trap 'rm -rf "$$turns"' EXIT && \
		$(MAKE) --no-print-directory --jobs 2 --output-sync LINTERS=1 TURNS="$$turns" \
		test-runs lint test-numbers

# Two halves that share no warehouse, so that two cores build theirs side by side: what asks the
# smallest company, and what asks the demo company and everything else, after lint.
# Three parts at once took two minutes longer (2026-11-28): the one that asks the demo company had
# two thirds of a core; and a minute longer where the third, at the lowest priority, took what the
# halves leave: two cores that share one's parts do the less, the more they are asked. What shares
# no home with other modules is taken in `make test` by whichever half is free, the longest first
# (tests/turns.py), so that none idles at the end.
RUNS := tests/orchestration tests/expectations tests/benchmarks
EITHER := tests/builds/test_skipping.py tests/end_to_end/test_vendor_rows.py tests/builds \
	tests/demo/test_demo.py tests/demo/test_switches.py tests/landing \
	tests/company tests/dev tests/lineage tests/oracles tests/project tests/statistics
TURNS ?=
IN_TURN = -p tests.turns --turns "$(TURNS)" $(EITHER:%=--either %)
test-runs: $(VENV)/ready-dev
	@$(BIN)/python -m pytest $(RUNS) $(if $(TURNS),$(IN_TURN) $(EITHER))

test-numbers: $(VENV)/ready-dev
	@$(BIN)/python -m pytest tests $(RUNS:%=--ignore %) $(if $(TURNS),$(IN_TURN))

# What takes long and is asked elsewhere in part: before a release.
test-slow: $(VENV)/ready-dev
	@$(BIN)/python -m pytest -m slow tests

# Situations from the field, in a folder beside the checkout: a table of what each gives.
CASES ?= ../shared/cases
test-field: $(VENV)/ready-dev
	@$(BIN)/python -m tests.field --cases "$(CASES)"

# Files made and broken by chance, held to what must hold of any; `SEED=1 FILES=5000`.
fuzz: $(VENV)/ready-dev
	@$(BIN)/python -m tests.fuzz $(if $(FILES),--files $(FILES)) $(if $(SEED),--seed $(SEED))

# Plants bugs, one at a time, and shows which test finds each; ONLY=NAME plants one.
mutate: $(VENV)/ready-dev
	@$(BIN)/python -m tests.mutate $(if $(ONLY),--only "$(ONLY)")

# Whether foresight keeps its promises, on companies of 3,000 customers: a line for each; SEED=7.
honesty: $(VENV)/ready-dev
	@$(BIN)/python -m tests.honesty $(if $(SEED),--seed $(SEED))

# Every model on Spark, row for row beside DuckDB: of a small demo company, or COMPANY="HOME" that
# was built in full; SELECT="MODEL …" asks of some, SET="NAME=VALUE …" tells Spark more. PySpark
# lies in a folder of its own, so that nobody else installs or imports it.
SPARK := $(VENV)/spark
parity: $(VENV)/ready-dev
	@if ! command -v java >/dev/null; then \
		echo "parity is skipped: no Java on the path; install openjdk-17-jre-headless"; \
	else \
		$(MAKE) --no-print-directory spark && \
		PYTHONPATH="$(SPARK)" $(BIN)/python -m pytest tests/spark && \
		$(BIN)/python -m tests.parity $(if $(COMPANY),--home "$(COMPANY)") \
			$(if $(SELECT),--select $(SELECT)) $(if $(SET),--set $(SET)); \
	fi

spark: $(SPARK)/ready

$(SPARK)/ready: $(VENV)/ready requirements-spark.txt
	@echo "adding Spark, in $(SPARK) (once; 480 MB)"
	@$(PIP) --require-hashes --upgrade --target $(SPARK) -r requirements-spark.txt
	@touch $@

# Processes of sqlfluff, 0 for one per core: two that pass files on cost a fifth more than one,
# which `make test` has no core for.
LINTERS ?= 0
# What it parses is trees of ten thousands of parts, through which Python's collector goes again
# and again: a tenth of the time.
SELDOM := import gc, runpy, sys; gc.set_threshold(100_000, 50, 1000); \
	sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')
lint: $(VENV)/ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -c "$(SELDOM)" $(BIN)/sqlfluff lint --disable-progress-bar \
		--processes $(LINTERS) dbt_project/models dbt_project/tests

# The pictures of the README, of what is published; needs Debian's package `chromium`.
pictures: $(VENV)/ready-dev
	@$(BIN)/python -m tests.pages.pictures

# The index of decisions/README.md, from the entries.
decisions: $(VENV)/ready-dev
	@$(BIN)/python -m tests.decision_folder

ui: $(VENV)/ready
	@$(BIN)/drivewheel ui

# `make bench EVENTS="1000000 10000000 100000000"` measures other sizes.
bench: $(VENV)/ready-dev
	@$(BIN)/python -m benchmarks $(if $(EVENTS),--events $(EVENTS))

$(VENV)/ready: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "drivewheel needs Python 3.11, 3.12 or 3.13; install one, or name it: make PYTHON=/path/to/python"; exit 2; }
	@echo "setting up $(VENV) with $(PYTHON) (once; about two minutes)"
	@$(PYTHON) -m venv $(VENV)
	$(call install,requirements.txt)
	@$(PIP) --no-build-isolation --editable .
	@$(COMPILE) $(VENV)/lib || true
	@touch $@

# Older drivers too, each in a folder of its own, to read the published file as BI tools do.
DRIVERS := 1.4.4 1.5.0
$(VENV)/ready-dev: $(VENV)/ready requirements-dev.txt $(DRIVERS:%=tests/drivers/duckdb-%.txt)
	@echo "adding what the tests need"
	$(call install,requirements-dev.txt)
	@printf '%s\n' $(DRIVERS) | xargs -P 2 -I DRIVER $(PIP) --require-hashes --upgrade \
		--target $(VENV)/drivers/DRIVER -r tests/drivers/duckdb-DRIVER.txt
	@$(COMPILE) $(VENV)/lib $(VENV)/drivers || true
	@touch $@

# Needs uv on the path, which writes no addresses into the lock unless it is told to.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --output-file requirements.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate \
		--constraint requirements.txt --output-file requirements-dev.txt
	@# Spark alone, without what the environment has already.
	sed -n 's/^spark = \["\(.*\)"\]$$/\1/p' pyproject.toml | uv pip compile - \
		--universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--constraint requirements.txt --output-file requirements-spark.txt

clean:
	rm -rf $(VENV) .drivewheel target logs

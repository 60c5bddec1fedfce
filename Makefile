# The commands of the project. `make demo` and `make test` need Python 3.11 to 3.13 and a package index, nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
export PYTHONDONTWRITEBYTECODE ?=
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help fleet-day demo-seeds drift-proof drift-parity demo test up check lint types pure bench crash-sweep strace-sweep tuf-conformance agent-budget service-budget bench-service slow-readers api-fuzz mutation lock openapi clean mcu-budget ring-sweep delta-bench layout-check chip-sweep chip-fuzz

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(VENV)/pyvenv.cfg:
	@sh requirements/venv.sh $(VENV)

$(VENV)/.demo: requirements/demo.lock $(VENV)/pyvenv.cfg
	@test $(VENV)/.dev -nt requirements/dev.lock || $(BIN)/uv pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements/demo.lock
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/pyvenv.cfg
	@echo "Installing the locked packages (about a minute on first use) ..."
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(PY) --require-hashes -r requirements/dev.lock
	@touch $@

demo: $(VENV)/.demo ## the whole story, from training data to a fleet and back (ONCE=1: end after the summary; FRESH=1: begin anew; BIND=host:port)
	@$(PY) -m fleet.demo $(if $(ONCE),--once) $(if $(FRESH),--fresh) $(if $(BIND),--bind $(BIND))

demo-seeds: $(VENV)/.dev ## the demonstration's releases with other data, trainings and cameras: who passes, who is found (FIRST=1 LAST=20)
	@OMP_NUM_THREADS=1 $(PY) -m tests.fleet.demo.seeds $(or $(FIRST),1) $(or $(LAST),20)

up: $(VENV)/.demo ## the service alone, on http://127.0.0.1:8000
	@$(PY) manage.py up

test: $(VENV)/.dev check ## every check and the whole test suite
	@$(PY) -m pytest -q -n 3 --dist loadgroup --durations=15

check: lint types ## style, types, import arrows, spelling, migrations, system checks

lint: $(VENV)/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/codespell
	@$(PY) manage.py check --fail-level WARNING --database default
	@$(PY) manage.py makemigrations --check --dry-run

# Not incremental: with a cache, the Django plugin forgets which rows a manager of an abstract class has.
types: $(VENV)/.dev
	@$(PY) -m mypy --no-incremental .

pure: $(VENV)/.dev ## the suites that need no database and no tool: seconds
	@$(PY) -m pytest -q tests/ota/engine tests/fleet/telemetry/drift tests/contract

bench: $(VENV)/.dev ## sizes and instruction counts of generated code, beside TFLM with CMSIS-NN
	@$(PY) -m builds.bench

mcu-budget: $(VENV)/.dev ## what the library for chips costs: flash, RAM, instructions, years of flash (MODEL=file.tflite)
	@$(PY) -m builds.bench.chip $(if $(MODEL),--model $(MODEL))

ring-sweep: $(VENV)/.dev ## a chip's ring of windows cut at every flash operation, and cut again
	@$(PY) -m tests.device_agent.chip.ring_sweep

chip-sweep: $(VENV)/.dev ## a chip that takes a model, stopped at every flash operation, and stopped again (needs g++)
	@$(PY) -m tests.device_agent.chip.slot_sweep

chip-fuzz: $(VENV)/.dev ## ten million mutated requests to a chip's server under sanitizers (RUNS=n; needs g++)
	@$(PY) -m tests.device_agent.chip.fuzz $(RUNS)

crash-sweep: $(VENV)/.dev ## an update cut at every storage operation, tens of thousands of times
	@$(PY) -m tests.device_agent.crash_sweep

strace-sweep: $(VENV)/.dev ## a real agent killed and failed at every system call that changes its files (needs strace)
	@$(PY) -m tests.device_agent.strace_sweep

fleet-day: $(VENV)/.dev ## a fleet that fails, hangs, lies and repeats, through simulated hours; afterwards its events are read (DEVICES=200 HOURS=24 ROLLOUTS=20 SEED=1)
	@$(PY) -m tests.simulators.day $(if $(DEVICES),devices=$(DEVICES)) $(if $(HOURS),hours=$(HOURS)) $(if $(ROLLOUTS),rollouts=$(ROLLOUTS)) $(if $(SEED),seed=$(SEED))

delta-bench: $(VENV)/.dev ## what deltas cost: the demonstration's model trained on, public models, patches of firmware
	@$(PY) -m tests.ota.releases.deltas.bench

tuf-conformance: $(VENV)/.dev ## every case of the TUF client's workflow, each command a process (CLIENT="another client")
	@TUF_CLIENT="$(or $(CLIENT),$(PY) -m device_agent.tuf_client)" $(PY) -m pytest -q tests/device_agent/conformance

agent-budget: $(VENV)/.dev ## what an agent costs at rest: memory, processor time, a poll on the wire
	@$(PY) -m tests.device_agent.budget

drift-proof: $(VENV)/.dev ## false alarms, delays, lots, rollouts and liars in fleets whose truth is known (PART=0.1: a tenth; TABLES="devices worlds lots rollouts liars")
	@OMP_NUM_THREADS=1 $(PY) -m tests.fleet.telemetry.judgement.proof $(if $(PART),part=$(PART)) $(TABLES)

# Its own environment: NannyML and Evidently want older packages than the project.
$(VENV)/.parity: requirements/parity.lock $(VENV)/.dev
	@$(PY) -m venv $(VENV)/parity
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(VENV)/parity/bin/python --require-hashes -r requirements/parity.lock
	@touch $@

drift-parity: $(VENV)/.parity ## our statistics beside Evidently's, NannyML's, statsmodels' and SciPy's
	@$(PY) -m tests.fleet.telemetry.drift.parity $(abspath $(VENV))/parity/bin/python

$(VENV)/.layouts: requirements/layouts.lock $(VENV)/.dev
	@$(PY) -m venv $(VENV)/layouts
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(VENV)/layouts/bin/python --require-hashes -r requirements/layouts.lock
	@touch $@

layout-check: $(VENV)/.layouts ## exports under the checkers of their ecosystems: compote, pio, west, CMake (PACK_XSD=file: the pack's schema too)
	@$(PY) -m tests.builds.export.checkers $(abspath $(VENV))/layouts/bin $(PACK_XSD)

service-budget: $(VENV)/.dev ## what the embedded default costs: memory of all processes, processor time to start
	@$(PY) -m tests.fleet.service.budget

bench-service: $(VENV)/.dev ## what polls, windows, rollouts and pages cost beside a bare view (DEVICES=n SQLITE=1; PostgreSQL where installed)
	@$(PY) -m tests.simulators.scale $(if $(DEVICES),--devices $(DEVICES)) $(if $(SQLITE),--sqlite)

slow-readers: $(VENV)/.dev ## polls while 1,000 connections are stuck (CONNECTIONS=n)
	@$(PY) -m tests.fleet.service.slow $(if $(CONNECTIONS),--connections $(CONNECTIONS))

# Its own environment: it wants what no part of the project wants.
$(VENV)/.fuzz: requirements/fuzz.lock $(VENV)/.dev
	@$(PY) -m venv $(VENV)/fuzz
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(VENV)/fuzz/bin/python --require-hashes -r requirements/fuzz.lock
	@touch $@

CASES := 10000
SEEDS := 1 2 3
api-fuzz: $(VENV)/.fuzz ## Schemathesis against every endpoint, 3 x 10,000 cases (CASES=n SEEDS="a b c")
	@$(PY) -m tests.fleet.lib.rest.fuzz $(abspath $(VENV))/fuzz/bin/schemathesis $(CASES) $(SEEDS)

mutation: $(VENV)/.dev ## a hundred thousand damaged models, refused or compiled without a fault
	@$(PY) -m tests.builds.compiler.mutation 100000

openapi: $(VENV)/.dev ## write the OpenAPI document again
	@$(PY) manage.py spectacular --validate --fail-on-warn --file fleet/console/docs/openapi.yaml

lock: $(VENV)/.dev ## resolve every dependency again
	@PATH="$(BIN):$$PATH" sh requirements/lock.sh

clean: ## remove what the commands made, the environment included
	rm -rf $(VENV) var .mypy_cache .ruff_cache .hypothesis

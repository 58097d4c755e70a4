# make demo | test | lint | docs | fuzz | soak | bench | reference | golden: each sets up what it needs.
PYTHON ?= python3
VENV := .venv
RUNS := $(VENV)/.runs
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs
BENCH_READY := $(VENV)/.bench
EVERYTHING := $(VENV)/.everything

.PHONY: demo test test-rest test-unit test-functional test-integration test-fleet test-installs test-oldest oldest test-3007 salt-3007 test-docs test-matrix test-ssh
.PHONY: lint docs fuzz soak bench reference golden packages clean

# On a node of vzctl 4.11, or with FAMILY=7 on one of vzctl 9.
FAMILY ?= 4
# Without bubblewrap and busybox, which run programs in simulated containers, it leaves out what needs them.
demo: $(RUNS)
	-@.ci/packages bubblewrap busybox-static
	@$(VENV)/bin/python demo/run.py --family $(FAMILY)

# All tests with the newest Salt, and those marked salt_api with the oldest too. The fleet mostly waits, and Salt gives up
# on minions that are slow to answer: everything else runs beside it and gives way to it.
test: packages
	$(MAKE) --jobs=2 $(EVERYTHING) oldest salt-3007
	$(MAKE) --jobs=2 --output-sync=target test-fleet test-rest

test-rest:
	nice -n 10 $(MAKE) --jobs=3 --output-sync=target test-functional test-unit test-installs test-oldest test-3007 test-docs lint

# One worker per CPU, each with its own node, Salt directories and temporary directory.
PYTEST := $(VENV)/bin/python -m pytest --quiet --numprocesses logical

test-unit: $(READY)
	$(PYTEST) --dist worksteal tests/unit tests/contract

test-functional: $(READY)
	$(PYTEST) --dist worksteal tests/functional

test-integration: test-fleet test-installs

# One process, in order: these tests share a master and its minions.
test-fleet: $(READY)
	$(VENV)/bin/python -m pytest --quiet -m fleet tests/integration

test-installs: $(READY)
	$(VENV)/bin/python -m pytest --quiet -m "not fleet" tests/integration

test-oldest: oldest
	PYTHON=$(PYTHON) .ci/matrix oldest

# Its environment alone.
oldest:
	@PYTHON=$(PYTHON) .ci/matrix oldest none

# What runs inside containers, with the Salt between the oldest and the newest.
test-3007: salt-3007
	PYTHON=$(PYTHON) .ci/matrix 3007 "tests/functional/inside -m inside_api"

salt-3007:
	@PYTHON=$(PYTHON) .ci/matrix 3007 none

test-docs: docs packages
	$(VENV)/bin/python -m pytest tests/docs

# The tests with every Python and Salt on this machine; see .ci/matrix.
test-matrix: packages
	.ci/matrix

# salt-ssh to this machine through a real sshd, with the newest and the oldest Salt.
test-ssh: $(READY)
	@.ci/packages openssh-server openssh-client
	$(VENV)/bin/python -m pytest tests/ssh
	PYTHON=$(PYTHON) .ci/matrix oldest tests/ssh

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

# Hostile documents and configuration files, and the laws; FUZZ is the number of examples per test (takes some minutes).
# To repeat a run: make fuzz SEED=…
FUZZ ?= 10000
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
fuzz: SEED := $(SEED)
fuzz: $(READY)
	@echo "make fuzz FUZZ=$(FUZZ) SEED=$(SEED)"
	OPENVZ_FUZZ=$(FUZZ) $(PYTEST) --hypothesis-seed=$(SEED) --dist worksteal tests/unit/test_security_fuzz.py tests/unit/*/test_*_laws.py

# Runs that are killed, concurrent writers, and random pillars on random nodes; about an hour. SOAK=0.1 runs a tenth of it.
# To repeat a run: make soak SEED=…
SOAK ?= 1
soak: SEED := $(SEED)
soak: KILLS := $(shell awk 'BEGIN { printf "%d", 150 * $(SOAK) + 0.5 }')
soak: SECONDS_OF_RACE := $(shell awk 'BEGIN { printf "%d", 180 * $(SOAK) + 0.5 }')
soak: PAIRS := $(shell awk 'BEGIN { printf "%d", 1000 * $(SOAK) + 0.5 }')
soak: $(READY)
	@echo "make soak SOAK=$(SOAK) SEED=$(SEED): $(KILLS) kills, $(SECONDS_OF_RACE) seconds of writers, $(PAIRS) pairs"
	OPENVZ_SEED=$(SEED) OPENVZ_SOAK=$(KILLS) OPENVZ_SOAK_SECONDS=$(SECONDS_OF_RACE) OPENVZ_PAIRS=$(PAIRS) \
		$(PYTEST) --dist worksteal tests/functional/faults/test_soak.py tests/functional/faults/test_random_pairs.py

# Builds the site in build/docs; any warning is an error.
docs: $(DOCS_READY)
	rm -rf build/docs
	$(VENV)/bin/python -m sphinx -W --keep-going -n -E -q -b html -d build/doctrees docs build/docs

# Measures and writes docs/performance.md and its picture; run it on an idle machine. SIZES="10 100" sets the numbers of
# containers; QUICK=1 takes half a minute and writes to build/bench.
SIZES ?=
QUICK ?=
bench: $(BENCH_READY)
	$(VENV)/bin/python -m benchmarks.run $(if $(SIZES),--sizes "$(SIZES)") $(if $(QUICK),--quick)

$(BENCH_READY): $(READY)
	@.ci/install $(VENV)/bin/python '.[bench]'
	touch $@

# The reference pages that are generated from tables in the code.
reference: $(READY)
	$(VENV)/bin/python docs/generate.py

# Rewrites the expected plans in tests/plans from today's planner and shows what changed.
golden: $(READY)
	PYTHONPATH=_utils $(VENV)/bin/python tests/golden.py

# virsh, libvirt's schemas, GnuPG for an encrypted pillar, bubblewrap and busybox for programs in simulated containers, and a
# browser for the report of the fleet; only tests need them.
packages:
	@.ci/packages libvirt-clients libvirt0 gnupg bubblewrap busybox-static chromium

# The extension and Salt: all that the demo needs.
$(RUNS): setup.cfg pyproject.toml Makefile
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))' || .ci/packages python3-venv
	$(PYTHON) -m venv $(VENV)
	@.ci/install $(VENV)/bin/python .
	@touch $@

$(READY): $(RUNS)
	@.ci/install $(VENV)/bin/python '.[tests,lint]'
	@touch $@

$(DOCS_READY): $(READY)
	@.ci/install $(VENV)/bin/python '.[docs]'
	touch $@

# The three at once takes less time than one after another.
$(EVERYTHING): setup.cfg pyproject.toml Makefile
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))' || .ci/packages python3-venv
	$(PYTHON) -m venv $(VENV)
	@.ci/install $(VENV)/bin/python '.[tests,lint,docs]'
	@touch $(RUNS) && touch $(READY) && touch $(DOCS_READY) && touch $@

clean:
	rm -rf $(VENV) .matrix build dist *.egg-info .demo

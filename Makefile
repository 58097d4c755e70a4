# make demo | make test | make lint | make docs | make fuzz | make bench | make reference: each sets up what it needs.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs
BENCH_READY := $(VENV)/.bench

.PHONY: demo test test-functional test-rest test-oldest test-docs test-matrix test-ssh
.PHONY: lint docs fuzz bench reference packages clean

demo: $(READY)
	$(VENV)/bin/python demo/run.py

# All tests with the newest Salt, and the functional ones with the oldest too; at the same time, since they often wait.
test: packages lint $(DOCS_READY)
	$(MAKE) --jobs=3 --output-sync=target test-functional test-oldest test-rest test-docs

test-functional: $(READY)
	$(VENV)/bin/python -m pytest tests/functional

test-rest: $(READY)
	$(VENV)/bin/python -m pytest tests/unit tests/contract tests/integration

test-oldest: $(READY)
	PYTHON=$(PYTHON) .ci/matrix oldest

test-docs: docs
	$(VENV)/bin/python -m pytest tests/docs

# The same with every Python and Salt that this machine has; see .ci/matrix.
test-matrix: packages
	.ci/matrix

# salt-ssh to this machine, through a real sshd.
test-ssh: $(READY)
	@.ci/packages openssh-server
	$(VENV)/bin/python -m pytest tests/ssh

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

# Hostile documents and configuration files: so many of each for every test (some minutes).
FUZZ ?= 10000
fuzz: $(READY)
	OPENVZ_FUZZ=$(FUZZ) $(VENV)/bin/python -m pytest -q tests/unit/test_security_fuzz.py

# The site, in build/docs; any warning is an error.
docs: $(DOCS_READY)
	rm -rf build/docs
	$(VENV)/bin/python -m sphinx -W --keep-going -n -E -q -b html -d build/doctrees docs build/docs

# Measurements, on a machine that does nothing else; docs/performance.md and its picture. SIZES="10 100" for others;
# QUICK=1 takes half a minute and writes to build/bench.
SIZES ?=
QUICK ?=
bench: $(BENCH_READY)
	$(VENV)/bin/python -m benchmarks.run $(if $(SIZES),--sizes "$(SIZES)") $(if $(QUICK),--quick)

$(BENCH_READY): $(READY)
	$(VENV)/bin/pip install --quiet --quiet --disable-pip-version-check --editable '.[bench]'
	touch $@

# The pages that come from tables in the code.
reference: $(READY)
	$(VENV)/bin/python docs/generate.py

# virsh and libvirt's schemas, and GnuPG for an encrypted pillar: for the tests alone.
packages:
	@.ci/packages libvirt-clients libvirt0 gnupg

$(READY): setup.cfg pyproject.toml Makefile
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))' || .ci/packages python3-venv
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --quiet --disable-pip-version-check --editable '.[tests,lint]'
	touch $@

$(DOCS_READY): $(READY)
	$(VENV)/bin/pip install --quiet --quiet --disable-pip-version-check --editable '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) .matrix build dist *.egg-info .demo

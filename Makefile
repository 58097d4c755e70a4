# make demo | make test | make lint | make reference: each sets up what it needs.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: demo test test-ssh lint reference packages clean

demo: $(READY)
	$(VENV)/bin/python demo/run.py

test: packages lint
	$(VENV)/bin/python -m pytest

# salt-ssh to this machine, through a real sshd.
test-ssh: $(READY)
	@.ci/packages openssh-server
	$(VENV)/bin/python -m pytest tests/ssh

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

# The pages that come from the table of options.
reference: $(READY)
	$(VENV)/bin/python docs/generate.py

# virsh and libvirt's schemas, for the tests alone.
packages:
	@.ci/packages libvirt-clients libvirt0

$(READY): setup.cfg pyproject.toml Makefile
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))' || .ci/packages python3-venv
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --quiet --disable-pip-version-check --editable '.[tests,lint]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .demo

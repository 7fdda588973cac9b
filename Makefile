# The tools live in a virtual environment of the project's own; `make` alone tells what there is.
VENV := .venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: help run test check check-lint check-format check-types check-rules synth fuzz compiled bench-core bench bench-full chaos lock wheel sbom clean system-packages
help: ## tell what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: $(VENV)/installed ## run the whole service on this machine
	@$(PYTHON) -m local

# Three at a time, for most of it they wait for phones. In the order of their names, so that a long file does not end last.
test: compiled ## run every test
	$(PYTHON) -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: check-lint check-format check-types check-rules ## lint, formatting, types, import directions, docstrings, documents

check-lint: $(VENV)/tests-installed
	$(VENV)/bin/ruff check .

check-format: $(VENV)/tests-installed
	$(VENV)/bin/ruff format --check .

check-types: $(VENV)/tests-installed
	$(VENV)/bin/mypy

check-rules: $(VENV)/tests-installed
	$(PYTHON) -m pytest -q tests/test_import_directions.py tests/test_sizes.py tests/test_prose.py tests/test_documents.py tests/test_decisions.py

synth: $(VENV)/installed ## write the CloudFormation templates to cdk.out/
	$(PYTHON) app.py

fuzz: $(VENV)/tests-installed ## feed a million made-up inputs to the parsers
	$(PYTHON) -m fuzz

compiled: $(VENV)/tests-installed system-packages ## make machine code of the edge's hot modules, for this Python
	$(PYTHON) -m sip_edge.build.compiling

bench-core: compiled ## measure the edge without sockets, against a stored baseline
	$(PYTHON) -m bench.core

bench: compiled ## measure the whole edge beside Kamailio in five minutes, and write docs/performance.md
	$(PYTHON) -m bench

bench-full: compiled ## the same with more of everything, in an hour
	$(PYTHON) -m bench --full

chaos: compiled ## kill, flood, race and soak edges for an hour, and write docs/reliability.md
	$(PYTHON) -m chaos

# The largest set is resolved first. The others are parts of it, and so have the same versions.
LOCK = UV_SYSTEM_CERTS=true $(PYTHON) -m uv pip compile --quiet --upgrade --universal --python-version=3.11 --generate-hashes
lock: $(VENV)/installed ## renew the locks: every requirements.txt, with hashes, from its requirements.in
	$(LOCK) tests/requirements.in --output-file=tests/requirements.txt
	for name in requirements lambdas/requirements sip_edge/requirements sip_edge/build-requirements; do \
	  $(LOCK) --constraint=tests/requirements.txt $$name.in --output-file=$$name.txt || exit; \
	done

wheel: $(VENV)/installed ## write the construct for other CDK applications to dist/
	$(PYTHON) -m uv build --quiet --system-certs

sbom: $(VENV)/tests-installed ## write what is deployed consists of to sbom.json (CycloneDX)
	$(PYTHON) -m sbom sbom.json

clean: ## remove everything that was made, the local data included
	rm -rf $(VENV) .local .cache .compiled build dist *.egg-info cdk.out sbom.json .mypy_cache .ruff_cache .pytest_cache

# Made again when a lock changes. uv installs many times faster; pip may know a mirror or a certificate that uv does not,
# and says what is wrong when neither gets on.
INSTALL = $(PYTHON) -m uv pip install --quiet --system-certs --python $(PYTHON) --require-hashes --requirement $(1) \
	2>/dev/null || $(PIP) --requirement $(1)
# The lines of uv in a lock.
UV := sed -n '/^uv==/,/[^\\]$$/p'

# A Python that the tests run with is preferred to a newer one.
PYTHONS := python3 python3.12 python3.11 python3.13
$(VENV)/installed: requirements.txt
	@for newest in 12 99; do for python in $(PYTHONS); do \
	  if $$python -c "import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, $$newest + 1))" 2>/dev/null; then \
	    echo "Installing the packages into $(VENV) ..."; \
	    $$python -m venv $(VENV) && $(UV) requirements.txt >$(VENV)/uv.txt && \
	    $(PIP) --requirement $(VENV)/uv.txt && \
	    { $(call INSTALL,requirements.txt); } && touch $@; exit; \
	  fi; \
	done; done; \
	echo "Python 3.11 or newer with its venv module is needed (on Debian: apt install python3-venv)." >&2; exit 1

$(VENV)/tests-installed: $(VENV)/installed tests/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 13))' || { \
	  echo "Tests and checks need Python 3.11 or 3.12: pjsua2-python has no wheel for the Python in $(VENV)." >&2; \
	  echo "With Python 3.12 beside it: make VENV=.venv-3.12 PYTHONS=python3.12 test" >&2; exit 1; \
	}
	@echo "Installing what the tests need ..."; { $(call INSTALL,tests/requirements.txt); } && touch $@

# The C compiler, and what it needs for this Python.
COMPILER := gcc:gcc /usr/include/stdio.h:libc6-dev \
	$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h:python3-dev
# Programs that tests use and no wheel brings: SIPp, more phones and a PBX, a browser, a reader of QR codes, networks with
# NATs and a NAT64, a media relay, a clock, curl.
PACKAGES := $(COMPILER) sipp:sip-tester curl:curl baresip:baresip-core linphonec:linphone-cli kamailio:kamailio \
	twinkle-console:twinkle-console pulseaudio:pulseaudio /etc/alsa/conf.d/50-pulseaudio.conf:libasound2-plugins \
	chromium:chromium zbarimg:zbar-tools ip:iproute2 nft:nftables tayga:tayga rtpengine:rtpengine-daemon faketime:faketime
bench-core: PACKAGES := $(COMPILER)
chaos: PACKAGES := $(COMPILER) linphonec:linphone-cli chromium:chromium ip:iproute2 nft:nftables rtpengine:rtpengine-daemon
bench bench-full: PACKAGES := $(COMPILER) sipp:sip-tester kamailio:kamailio psql:postgresql \
	/usr/share/kamailio/postgres/standard-create.sql:kamailio-postgres-modules
system-packages:
	@PATH="$$PATH:/usr/sbin:/sbin"; for pair in $(PACKAGES); do \
	  command -v "$${pair%%:*}" >/dev/null || [ -e "$${pair%%:*}" ] || missing="$$missing $${pair##*:}"; \
	done; \
	if [ -z "$$missing" ]; then exit; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing$$missing ..."; export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
	  apt-get update -qq && apt-get install -qq --no-install-recommends $$missing >/dev/null; \
	else \
	  echo "This needs$$missing (on Debian: sudo apt install$$missing)." >&2; exit 1; \
	fi

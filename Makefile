# `make run`, `make phone` and `make test` each do everything on a fresh Debian or Ubuntu with Python and git.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What the speaker needs to run, what a person needs to try it, and the phones and servers that the tests let it meet.
RUN_PACKAGES := libportaudio2 libasound2-plugins espeak-ng
TEST_PACKAGES := $(RUN_PACKAGES) baresip-core linphone-cli sip-tester wrk pulseaudio pulseaudio-utils ffmpeg \
    curl wget pipewire pipewire-pulse wireplumber dbus-daemon libspandsp2 libspeex1 \
    kamailio kamailio-tls-modules dnsmasq-base nftables iproute2 systemd tshark tcpdump

# Where things are while trying it out: the two ports that `make run` and `make phone` agree on.
SIP_PORT ?= 5060
HTTP_PORT ?= 8080
ARGS ?=

.PHONY: run phone test newest-axis service check format bench fuzz lock clean

run: $(VENV)/.run  ## start a speaker, on virtual sound where there is no sound card
	@echo "Starting the speaker. When the line 'ready' appears, call it:"
	echo "    make phone                          in a second terminal, or"
	echo "    sip:speaker@ADDRESS:$(SIP_PORT)       from any SIP phone in this network, ADDRESS being that of the line"
	echo "Press Ctrl-C to stop it."
	exec $(BIN)/speaker run --config docs/examples/first-call.toml --sip-port $(SIP_PORT) --http-port $(HTTP_PORT) $(ARGS)

phone: $(VENV)/.dev $(VENV)/sentence.wav  ## call the running speaker: says a sentence, presses keys, records what the speaker's microphone hears
	@$(BIN)/python -m tools.phone call sip:speaker@127.0.0.1:$(SIP_PORT) --play $(VENV)/sentence.wav \
	    --dtmf 1,,,0 --duration 10 --record phone-heard.wav $(ARGS)
	echo "What the phone heard is in phone-heard.wav."

test: $(VENV)/.dev $(VENV)/.peers  ## all tests, real phones included; those that ARGS names only
	@if [ -n "$(ARGS)" ]; then exec $(BIN)/python -m pytest $(ARGS); fi
	exec tools/run-tests $(BIN)/python

service: $(VENV)/.dev $(VENV)/.peers  ## the unit that ships, under a systemd of its own beside this machine's (root; two minutes)
	$(BIN)/python -m pytest tests/service $(ARGS)

check: $(VENV)/.dev  ## format, lint, types, directions of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev $(VENV)/.bench $(VENV)/.peers  ## the figures of docs/performance.md
	$(BIN)/python -m tools.bench $(ARGS)

# By time, not by number: a message takes half a millisecond, a conversation twenty times as long.
FUZZ_SECONDS ?= 300

fuzz: $(VENV)/.dev  ## hostile messages, challenges, conversations, descriptions, sound: five minutes each; then HTTP
	$(BIN)/python -m tests.fuzz.sip_messages -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=512
	$(BIN)/python -m tests.fuzz.digest -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=512
	$(BIN)/python -m tests.fuzz.user_agent -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=512
	$(BIN)/python -m tests.fuzz.descriptions -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=512
	$(BIN)/python -m tests.fuzz.rtp_streams -max_total_time=$(FUZZ_SECONDS) -timeout=5 -rss_limit_mb=512
	$(BIN)/python -m tests.fuzz.http_api

lock: $(VENV)/.dev  ## write the versions that are installed now into constraints.txt
	@$(BIN)/python -m pip freeze --exclude-editable | grep -v -i '^intercom' > constraints.txt

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- what the targets above stand on ----------------------------------------------------------------

$(VENV)/bin/python:
	@if ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
	    echo "This needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; exit 1
	fi
	if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then tools/install-packages python3-venv $(RUN_PACKAGES); fi
	$(PYTHON) -m venv $(VENV)

$(VENV)/.system: $(VENV)/bin/python Makefile
	@tools/install-packages $(RUN_PACKAGES)
	touch $@

$(VENV)/.run: $(VENV)/.system pyproject.toml constraints.txt
	@echo "Installing the speaker into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	@echo "Installing what development needs into $(VENV) ..."
	# The judge of speech, pesq, comes as source.
	if ! command -v cc >/dev/null || [ ! -e "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ]; then
	    tools/install-packages gcc libc6-dev python3-dev
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	@echo "Installing what the bench needs into $(VENV) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	touch $@

$(VENV)/sentence.wav: $(VENV)/bin/python Makefile
	@tools/install-packages espeak-ng
	espeak-ng -v en-gb -s 150 -a 60 -w $@ "Hello, this is the telephone. Key one starts a melody, and key zero stops it."

$(VENV)/.peers: $(VENV)/bin/python Makefile
	@tools/install-packages $(TEST_PACKAGES)
	touch $@

# Two commands: `make run` and `make test`. Both rest on `make setup`, which does nothing when nothing changed.

PYTHON := $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: setup run test lock clean

setup: $(VENV)/.done

$(VENV)/.done: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@# setuptools warns of editable installs in general, which tells nobody here anything.
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $@

run: setup
ifdef RULES
	$(BIN)/mailbot --rules $(RULES) run
else
	$(BIN)/mailbot run --embedded
endif

# The real Dovecot and Postfix of the tests come from Debian; without root the tests say that they were not there.
test: setup
	bash tests/servers.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

# Write requirements.lock anew from pyproject.toml, with the hash of every file.
lock: setup
	$(BIN)/pip-compile --quiet --all-extras --strip-extras --allow-unsafe --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) data/demo

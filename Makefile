# Signalpost: `make run` starts the product, `make test` runs the tests.
# Needs make and Python 3.11 or newer; everything else is installed into .venv.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
# Nothing is encrypted or signed with these: the linters only load the settings.
LINT_ENV := env SECRET_KEY=only-for-the-linters-0123456789-abcdefghijklmnopqrstuvwxyz \
	ENCRYPTION_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
	DATABASE_URL=sqlite://:memory: SITE_URL=https://signalpost.example DEBUG=0 \
	DELIVERY_ALLOW_HTTP=0 DELIVERY_ALLOWED_NETWORKS=

.PHONY: help run test lint style types templates checks format bench chromium \
	alertmanager curl requirements clean

help:
	@echo 'make run     start Signalpost on http://127.0.0.1:8000 (installs what it needs)'
	@echo 'make test    run all tests on SQLite and on PostgreSQL (ARGS="-k word")'
	@echo 'make lint    ruff, mypy, templates, Django checks'
	@echo 'make format  let ruff rewrite the files'
	@echo 'make bench   run the benchmarks (ARGS="deliver workers" for some)'
	@echo 'make clean   remove .venv and caches; keeps var/ and .env, your data'

# exec: make passes SIGTERM on to its child, which is then the supervisor itself.
run: .venv/run.stamp
	@$(BIN)/python manage.py bootstrap; status=$$?; [ $$status -eq 0 ] || exit $$status; \
	is_set() { grep -Eqs "^(export )?$$1=" .env; }; \
	is_set DELIVERY_ALLOW_HTTP || export DELIVERY_ALLOW_HTTP="$${DELIVERY_ALLOW_HTTP-1}"; \
	is_set DELIVERY_ALLOWED_NETWORKS || \
	export DELIVERY_ALLOWED_NETWORKS="$${DELIVERY_ALLOWED_NETWORKS-127.0.0.0/8,::1/128}"; \
	exec $(BIN)/python manage.py serve --end-with-parent

test: .venv/dev.stamp chromium alertmanager curl
	@$(BIN)/python -m tests.run $(ARGS)

lint: style types templates checks

style: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp
	@$(LINT_ENV) $(BIN)/mypy .

templates: .venv/dev.stamp
	$(BIN)/djlint --quiet --lint templates

checks: .venv/dev.stamp
	@$(LINT_ENV) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(LINT_ENV) $(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev.stamp
	@$(BIN)/python -m benchmarks $(ARGS)

# Programs of Debian's that some tests drive: $(1) the program, $(2) its package,
# $(3) the tests that are left out without it, $(4) what to do once it is installed.
define need
@command -v $(1) >/dev/null && exit 0; \
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo 'Installing $(1) for the tests: apt-get install $(2)'; \
	{ apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install \
	-y -qq --no-install-recommends $(2); } >/dev/null 2>&1 && { $(or $(4),:); exit 0; }; \
fi; \
echo 'No $(1): $(3) are left out.'; \
echo 'To run them too: sudo apt-get install $(2)'
endef

chromium:
	$(call need,chromium,chromium,the tests marked "browser" (tests/browser/))

# Debian's package brings a service, which the tests do not need: it is not started.
alertmanager:
	$(call need,prometheus-alertmanager,prometheus-alertmanager,the tests marked \
	"alertmanager",[ ! -d /run/systemd/system ] || \
	systemctl disable --quiet --now prometheus-alertmanager)

curl:
	$(call need,curl,curl,the tests marked "curl")

requirements: .venv/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --no-annotate \
		$$name.in -o $$name.txt || exit 1; \
	done

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .reports
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are younger than what is installed, so a second start installs nothing.
.venv/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'Signalpost needs Python 3.11 or newer: make run PYTHON=/path/to/python3'; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'Python cannot make virtual environments here: sudo apt-get install python3-venv'; \
		exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo 'Installing what Signalpost needs into .venv; this takes up to a minute.'
	@$(PIP) -r requirements.txt
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/run.stamp
	@echo 'Installing what tests and linters need into .venv.'
	@$(PIP) -r requirements-dev.txt
	@touch $@

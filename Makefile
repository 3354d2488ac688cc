# Every target works from a fresh clone and may be repeated. `make help` lists them.
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup run demo test check soak bench clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup:  ## install everything into .venv/ and var/, start nothing
	@bash bin/setup

run: setup  ## start Asterisk and the hotline; Ctrl-C stops both
	@exec .venv/bin/hotline up

demo: setup  ## the same with 60 simulated softphones and a trickle of callers
	@exec .venv/bin/hotline demo

check: setup  ## linters, types and the walls between the rooms
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy && .venv/bin/lint-imports

test: check  ## check, then every test but the soaks, the end-to-end ones last; as root, PostgreSQL is installed for them where there is none
	@bash bin/postgresql
	@$(PY) -m pytest -m "not soak" -n 4 --dist loadfile --no-loadscope-reorder

soak: setup  ## long runs: 2,000 calls with random endings, 1,000 at five a second, kill -9 under load, Erlang on real telephones, fuzzing
	@$(PY) -m pytest -m soak -s

bench: setup  ## the benchmarks, printed as tables
	@for b in benchmarks/[a-z]*.py; do $(PY) -m benchmarks.$$(basename $$b .py) || exit 1; done

clean:  ## remove what setup made (recordings and the ticket store in var/ too)
	rm -rf .venv var

# Each recipe is a line of plain commands; docs/CONTRIBUTING.md lists them for systems without make.
PY := .venv/bin/python
.PHONY: help setup run test check fix bench faults requirements
.DEFAULT_GOAL := help

help:            ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 16

setup:           ## make .venv with the program and its test tools
	@bash tools/prepare.sh dev

run:             ## build the demo store in ./demo, then open the program where there is a display
	@bash tools/prepare.sh
	@if [ ! -e demo/demo.json ]; then $(PY) -m compliance demo --dir demo; \
	elif [ "$$(uname -s)" != Linux ] || [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
	  $(PY) -m desktop_app --vault demo/demo.ckvault; \
	else echo "demo/ is there already (remove it to build it anew); there is no display to open it on"; fi

test:            ## all tests (T="-k word" picks some)
	@.ci/run $(T)

check: setup     ## what must hold before a commit: style, types, layers, rules, words, tests
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m compliance --json policy check
	$(PY) -m pytest -q tests/test_locale.py tests/test_banned_calls.py
	@.ci/run

fix: setup       ## let ruff mend what it can
	$(PY) -m ruff check --fix .

bench: setup     ## measure: figures with versions, median of five
	$(PY) -m compliance bench all $(B)

faults: setup    ## fault tests, long form
	$(PY) -m pytest -n 2 -m "slow or long" tests $(T)

requirements: setup  ## which requirement is proven by which test; writes docs/requirements.md
	$(PY) tools/requirements_report.py

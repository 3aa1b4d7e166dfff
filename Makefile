# Two commands on a fresh machine: `make run` and `make test`. What they do is in doctolib/dev/.
PYTHON ?= python3
STEP = @$(PYTHON) -m doctolib.dev

.PHONY: help setup run servers stop test lint format bench messages pins

help:
	$(STEP) help

setup run servers stop test lint format bench messages pins:
	$(STEP) $@

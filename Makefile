# Short names for what ./dev does. `make` alone lists them.
.PHONY: help run test check lock bench docs

help:  ## list these words
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run:  ## show the product: a trial survey, from a phone to a published score
	./dev run

test:  ## run every test
	./dev test

check:  ## style, types and the direction of imports
	./dev check

lock:  ## pin the packages again, from pyproject.toml
	./dev lock

bench: | .venv/made-for-dev  ## run every benchmark; each prints a table
	@for script in benchmarks/[!_]*.py; do echo "== $$script"; .venv/bin/python "$$script" || exit; done

docs:  ## hold the documentation against the program
	./dev test tests/contract -k docs

.venv/made-for-dev:
	./dev test --version

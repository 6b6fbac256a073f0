# From a fresh clone: git, make and Python 3.11 or later are enough. `make demo` and `make test` do the rest.
.DEFAULT_GOAL := help
.PHONY: help demo test proof mutants lint bench lock sdl graphiql graphiql-if-possible

PORT ?= 8000
TIMES ?= 10
# The first of these that is recent enough makes the environment; PYTHON=… chooses another.
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
VENV := .venv
BIN := $(VENV)/bin
# A copy of the lock file the environment was made from: made again only when the lock changes.
INSTALLED := $(VENV)/installed.lock
GRAPHIQL := schema/transport/graphiql
PAGE := $(GRAPHIQL)/dist/index.html

help:
	@echo "make demo [PORT=8000]  serve Prism on 127.0.0.1 with synthetic customers and an account of every role"
	@echo "make test              run the whole test suite on a database of its own"
	@echo "make proof [TIMES=10]  ask ten times as much, at random, of worlds that look alike to whoever asks"
	@echo "make mutants           take each guard away in turn and see the proof fail"
	@echo "make lint              ruff, formatting, types, import contracts"
	@echo "make bench             measure the queries of the README"
	@echo "make graphiql          build the GraphiQL page with Node"
	@echo "make sdl               write schema/schema.graphql again"
	@echo "make lock              write requirements.lock again (needs uv)"

$(INSTALLED): requirements.lock
	@python=""; for name in $(PYTHON); do \
	  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$name"; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "Prism needs Python 3.11 or later: install it, or name it as in make PYTHON=/path/to/python3." >&2; exit 1; fi; \
	echo "Making $(VENV) with $$python" && "$$python" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@cp requirements.lock $@

demo: $(INSTALLED) graphiql-if-possible
	@$(BIN)/python manage.py demo --port $(PORT)

# The browser tests need chromium and the built page. CI always runs them; elsewhere a machine without is told so.
test: $(INSTALLED) graphiql-if-possible
	@if [ -n "$$CI" ] || { command -v chromium && command -v chromedriver && [ -d $(GRAPHIQL)/dist ]; } >/dev/null; then \
	  $(BIN)/python -m pytest; \
	else \
	  echo "Without the browser tests: they need chromium, chromium-driver and the built GraphiQL page."; \
	  $(BIN)/python -m pytest -m "not browser"; \
	fi

proof: $(INSTALLED)
	@PRISM_PROOF_TIMES=$(TIMES) $(BIN)/python -m pytest tests/noninterference/test_views_decide_answers.py

mutants: $(INSTALLED)
	@$(BIN)/python -m pytest tests/noninterference/test_mutants.py

lint: $(INSTALLED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED)
	$(BIN)/python -m bench

sdl: $(INSTALLED)
	$(BIN)/python manage.py print_sdl --write

lock:
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --python-version 3.11 --universal -o requirements.lock

graphiql:
	npm ci --prefix $(GRAPHIQL) && npm run build --prefix $(GRAPHIQL)

# The graph serves without its page: a machine without Node, or off the net, is told what is missing and goes on.
graphiql-if-possible:
	@if [ -f $(PAGE) ] && [ -z "$$(find $(GRAPHIQL) -path $(GRAPHIQL)/node_modules -prune -o -path $(GRAPHIQL)/dist -prune -o -type f -newer $(PAGE) -print)" ]; then exit 0; fi; \
	if ! command -v npm >/dev/null; then \
	  echo "The GraphiQL page is not built: install Node.js (with npm) and run 'make graphiql'. The graph itself needs neither."; \
	elif ! { npm ci --silent --prefix $(GRAPHIQL) && npm run --silent build --prefix $(GRAPHIQL); }; then \
	  echo "The GraphiQL page could not be built (see above): run 'make graphiql' when npm can reach its registry. The graph itself needs neither."; \
	fi

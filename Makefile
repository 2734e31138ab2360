# Two commands: `make run` and `make test`. Everything else is a part of them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# One compiled set of dependencies for running, testing and measuring, outside the checkout, so
# that a fresh clone starts warm.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/microlearn/target
export CARGO_TERM_COLOR ?= auto

WEB := dashboard/web
BIN := $(CARGO_TARGET_DIR)/release/microlearn
DATA ?= microlearn-data
LISTEN ?= 127.0.0.1:8080
STACK ?= microlearn-stack
SOAK ?= 10
# What of the scenarios also runs on real servers, each service a process: `make soak` runs all.
SCENARIO := binary(main_job) & test(every_task)

.PHONY: help
help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: build ## Build everything, start everything, ready at http://127.0.0.1:8080
	exec $(BIN) up --listen $(LISTEN) --data $(DATA)

.PHONY: run-stack
run-stack: build servers ## The same as a cluster: real servers, each service a process of its own
	exec python3 scripts/stack.py --binary $(BIN) --listen $(LISTEN) --dir "$(STACK)" $(REPLICAS:%=--replicas %)

.PHONY: servers
servers: ## Fetch PostgreSQL, NATS, Valkey and SeaweedFS
	@python3 scripts/servers.py fetch

.PHONY: build
build: check-tools web ## Build the web app and the release program
	cargo build --release --locked -p microlearn -p system-tests

.PHONY: check-tools
check-tools: ## Say what is missing on this machine, and how to get it
	@scripts/check-tools.sh
	@scripts/own-target.sh

.PHONY: web
web: $(WEB)/dist/.built ## Build the web app

$(WEB)/node_modules/.installed: $(WEB)/package-lock.json $(WEB)/.npmrc
	cd $(WEB) && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(WEB)/dist/.built: $(WEB)/node_modules/.installed $(WEB)/package.json $(WEB)/index.html $(WEB)/vite.config.ts $(shell find $(WEB)/src -type f 2>/dev/null)
	cd $(WEB) && npm run build --silent
	@touch $@

.PHONY: test
test: check-tools lint test-web test-k8s build test-servers test-rust test-browser ## Everything that can be checked, browser included

.PHONY: lint
lint: check-tools web ## Formatting and lints of the Rust code
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings

.PHONY: test-web
test-web: $(WEB)/node_modules/.installed ## Types, lints and unit tests of the web app
	cd $(WEB) && npm run typecheck --silent && npm run lint --silent && npm run test --silent

.PHONY: test-k8s
test-k8s: ## k8s/, compose.yaml and the Dockerfile, without a cluster or a container engine
	python3 scripts/check-k8s.py

.PHONY: test-servers
test-servers: servers ## The real servers: how they start, survive and end
	python3 -m unittest discover -s scripts/servers/tests -t scripts

.PHONY: test-provider
test-provider: system-tests/oidc/node_modules/.installed ## The identity provider of the tests

system-tests/oidc/node_modules/.installed: system-tests/oidc/package-lock.json system-tests/oidc/.npmrc
	cd system-tests/oidc && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: test-rust
test-rust: check-tools servers test-provider ## Unit, property, contract and scenario tests
	@if command -v cargo-nextest >/dev/null; then \
	  cargo nextest run --release --locked --workspace && \
	  cargo test --release --locked --workspace --doc --quiet && \
	  MICROLEARN_TEST_BACKENDS=servers cargo nextest run --release --locked --workspace \
	    -E '$(SCENARIO)'; \
	else \
	  cargo test --release --locked --workspace && \
	  MICROLEARN_TEST_BACKENDS=servers cargo test --release --locked -p system-tests --test main_job every_task; \
	fi

.PHONY: test-browser
test-browser: $(WEB)/node_modules/.installed test-provider ## The whole path of a new user in headless Chromium
	scripts/browser-test.sh $(BIN)

.PHONY: soak
soak: build servers ## The random faults and histories of the tests, for long: SOAK=10 is ten times as much
	MICROLEARN_HISTORIES=$$((100 * $(SOAK))) cargo test --release --locked --workspace --lib both_stores_answer_alike
	MICROLEARN_HISTORIES=$$((30000 * $(SOAK))) cargo test --release --locked --workspace \
	  --test simulation histories_end -- --nocapture
	MICROLEARN_TEST_BACKENDS=servers cargo test --release --locked --workspace \
	  --test main_job --test repeat --test crash --test records
	MICROLEARN_PIPELINES=$$((20 * $(SOAK))) MICROLEARN_KILLS=$$((50 * $(SOAK))) MICROLEARN_AWAY_SECONDS=60 \
	  cargo test --release --locked --workspace --test faults -- --nocapture --test-threads=1

.PHONY: bench
bench: build ## Measure; TABLES=folder of adult.csv, california-housing.csv, penguins.csv
	python3 bench/scenarios.py --binary $(BIN) --tables "$(TABLES)" --out bench/RESULTS.md

.PHONY: bench-backends
bench-backends: build servers ## Measure many processes on real servers; TABLES as above
	cargo build --release --locked -p system-tests --examples
	python3 bench/backends.py --binary $(BIN) --tables "$(TABLES)" --out bench/RESULTS.md

.PHONY: bench-budgets
bench-budgets: build ## Measure whether budgets are kept, on generated tables; half an hour
	python3 bench/budgets.py --binary $(BIN) --out bench/RESULTS.md

.PHONY: check-api
check-api: build ## Ask everything that the API describes, and much that it does not, as three roles
	python3 -m venv $(CARGO_TARGET_DIR)/schemathesis
	$(CARGO_TARGET_DIR)/schemathesis/bin/pip install --quiet schemathesis==4.32.5
	python3 scripts/schemathesis.py $(BIN) --st $(CARGO_TARGET_DIR)/schemathesis/bin/st

.PHONY: audit
audit: ## Look for known faults in the dependencies; needs `cargo install cargo-deny` and the open network
	cargo deny check
	cd $(WEB) && npm audit

.PHONY: bench-access
bench-access: build ## Measure what it costs to know who asks and whether they may
	python3 bench/access.py --binary $(BIN) --out bench/RESULTS.md

.PHONY: bench-trees
bench-trees: ## Measure our trees against LightGBM's and scikit-learn's; TABLES as above
	cargo build --release --locked -p trees --example peer
	python3 bench/trees.py --binary $(CARGO_TARGET_DIR)/release/examples/peer --tables "$(TABLES)" --out bench/RESULTS.md

.PHONY: bench-automl
bench-automl: build ## Measure training against other AutoML; PEERS=all measures those anew, too
	python3 bench/automl.py --binary $(BIN) --tables "$(TABLES)" $(PEERS:%=--peers %) --out bench/RESULTS.md

.PHONY: bench-automl-long
bench-automl-long: build ## The same with five minutes, on four tables
	python3 bench/automl.py --binary $(BIN) --tables "$(TABLES)" $(PEERS:%=--peers %) --out bench/RESULTS.md \
	  --budget 300 --only credit-g,student-dropout,california-housing,adult

.PHONY: bench-search
bench-search: ## Measure our search against Optuna's; TABLES as above
	cargo build --release --locked -p hyperopt --example ask_tell --example replay
	python3 bench/search.py --binary $(CARGO_TARGET_DIR)/release/examples/ask_tell --tables "$(TABLES)" --out bench/RESULTS.md

.PHONY: format
format: ## Format all code
	cargo fmt --all
	cd $(WEB) && npm run format --silent

GO ?= go

.PHONY: build demo path setup programs test lint race fuzz generate long bench microbench

build:
	$(GO) build -o golive .

# The two-minute tour: the bundled app against the embedded sandbox.
demo: build
	./golive demo

# From the sandbox to production: certify, sign, cutover, launch list, gate, first days.
path:
	$(GO) test -v -count=1 -run 'TestScripts/^path$$' .

# Debian packages whose programs the tests run, as program:package; without a
# program it is a library.
PACKAGES = node:nodejs javac:default-jdk-headless php:php-cli :php-curl ruby:ruby :python3-requests :python3-httpx \
	curl:curl wget:wget git:git chromium:chromium :fonts-dejavu-core

# What the tests run: programs, and axe-core, which looks at the pages that they open.
setup: programs node_modules/axe-core/axe.min.js

node_modules/axe-core/axe.min.js: | programs
	@if command -v npm >/dev/null; then \
		npm install --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --silent axe-core@4.14.1; \
	else \
		echo "not installed: npm, so no axe-core; tests that need it are skipped"; \
	fi

# Install what is missing of them, as root; otherwise say so: their tests are skipped.
programs:
	@missing=; for p in $(PACKAGES); do \
		program=$${p%%:*}; package=$${p#*:}; \
		{ [ -n "$$program" ] && command -v $$program; } >/dev/null || dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else \
		echo "not installed:$$missing; tests that need them are skipped"; \
	fi

# All that must hold before a change lands.
test: setup lint race fuzz

lint:
	@unformatted="$$(gofmt -l .)"; test -z "$$unformatted" || { echo "gofmt: $$unformatted"; exit 1; }
	$(GO) vet ./...

race:
	$(GO) test -race -p 1 -timeout 60m ./... # one package at a time: apps are timed

# Each fuzz target for a moment, by count: a deadline so short makes the engine fail. FUZZTIME=10m for long.
FUZZTIME ?= 1000x
FUZZ = proxy/recording:FuzzRead proxy/recording:FuzzParser proxy/recording:FuzzHAR proxy/recording:FuzzScrubBody \
	proxy/config:FuzzParse proxy/config:FuzzUsed fixtures/anton:FuzzVerify checks:FuzzBody checks:FuzzMoney checks:FuzzCSV

fuzz:
	@for f in $(FUZZ); do \
		$(GO) test -run '^$$' -fuzz "^$${f#*:}$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./$${f%:*} >fuzz.log 2>&1 || { cat fuzz.log; exit 1; }; \
		echo "$$f: $$(tail -n 3 fuzz.log | grep -o 'elapsed.*execs: [0-9]*' | tail -n 1)"; \
	done; rm -f fuzz.log

# checks/README.md, from the checks; the JSON Schema of golive.yaml, from its types.
generate:
	$(GO) generate .
	UPDATE=1 $(GO) test -run TestSchemaIsFresh ./proxy/config
	$(GO) test -run TestSchemaIsOfTheTypes ./reports -update

# The long way: 200 kills under load, a body of 1 GiB each way, 10,000 connections.
long:
	GOLIVE_KILLS=200 GOLIVE_LARGE=1024 GOLIVE_CONNECTIONS=10000 \
		$(GO) test -v -timeout 30m -run 'TestKilled|TestRecordingBreaks|TestDiskFull|Large|TestManyConnections' ./proxy

# The recording proxy beside its peers, as fixtures/bench/README.md says; nginx
# and mitmproxy where they are installed.
bench: build
	$(GO) run ./fixtures/bench -golive ./golive $(BENCH)

# For benchstat, between two commits.
microbench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
